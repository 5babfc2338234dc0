"""Reflex's own configuration, derived from the app's settings: one port, one origin."""

import logging
import os
import sys
from functools import partialmethod
from pathlib import Path

import reflex as rx
from granian.server.common import AbstractServer
from reflex.utils import build
from reflex_base.environment import environment

from payment_app import preflight
from payment_app.api.middleware.messages import LARGEST_MESSAGE
from payment_app.web import build_stamp

settings = preflight.settings_or_exit()

# Read by Reflex and its server at start. A phone that changes networks leaves a half-open socket:
# found after 10 + 10 s instead of 145 s.
os.environ.setdefault("REFLEX_SOCKET_INTERVAL", "10s")
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "10s")
os.environ.setdefault("REFLEX_USE_GRANIAN", "1")
os.environ.setdefault("REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE", str(LARGEST_MESSAGE))
# A start must not depend on, or tell, anybody outside.
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
os.environ["GRANIAN_WORKERS"] = str(settings.workers)
# Without this the death of one worker (out of memory, kill -9) would end all of them. One that dies
# again within 5.5 s still ends the app, so that whoever supervises it learns of it.
# A stop waits for answers under way, a push to M-Pesa among them (20 s of silence at most); without
# an end to its patience one reader that stopped reading would keep the app from ever stopping.
AbstractServer.__init__ = partialmethod(
    AbstractServer.__init__, respawn_failed_workers=True, workers_kill_timeout=30
)

# A start builds the front end only when it would come out differently: a restart is back at once.
_web = Path(".web")
_fingerprint = build_stamp.fingerprint(Path(), origin=settings.origin, simulated=settings.simulated)
_build = build.build


def _build_once() -> None:
    if not build_stamp.is_fresh(_web, _fingerprint):
        build_stamp.unstamp(_web)
        _build()
        build_stamp.stamp(_web, _fingerprint)


if build_stamp.is_fresh(_web, _fingerprint):
    environment.REFLEX_SKIP_COMPILE.set(True)
build.build = _build_once

# Bun makes the pages: how old a Node.js beside it is concerns nobody who looks for the links.
logging.getLogger("reflex.utils.js_runtimes").addFilter(
    lambda record: "Node.js" not in record.getMessage()
)

# `pip install` puts bun beside this Python; without it Reflex would download one.
_bun = Path(sys.executable).with_name("bun")

config = rx.Config(
    app_name="payment_app",
    # `reflex run --backend-only` refuses to be told of a port that it does not serve.
    frontend_port=None if "--backend-only" in sys.argv else settings.port,
    backend_port=settings.port,
    backend_host=settings.listen_host,
    api_url=settings.origin,
    deploy_url=settings.origin,
    cors_allowed_origins=list(settings.allowed_origins),
    # What an open page shows stays in the worker that holds its socket, with several workers too: a
    # page is rebuilt from the database at each connect, and hints come through PostgreSQL. With its
    # state in Redis an outage of Redis would stop every page and every click (docs/scaling.md).
    state_manager_mode="memory",
    redis_url=None,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[rx.plugins.TailwindV4Plugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    frontend_lazy_bundled_libraries=True,
    **({"bun_path": _bun} if _bun.exists() else {}),
)

# `REFLEX_…` variables and options of `reflex run` win over the above; these two must not.
strays = preflight.strays(settings, config.backend_host, config.cors_allowed_origins)
if strays:
    preflight.refuse(strays)
