"""Wiring only: the Reflex app, its pages, the API beside it, the services behind both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import reflex as rx
from fastapi import FastAPI
from reflex.utils.prerequisites import get_web_dir
from reflex_base import constants
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app import lifespan, preflight
from payment_app.announce import announce
from payment_app.api.app import create_api
from payment_app.api.middleware import Edge, page_policy
from payment_app.bootstrap import App
from payment_app.logs import set_up_logs
from payment_app.settings import Settings
from payment_app.stopping import at_stop_signal
from payment_app.web import services
from payment_app.web.built import inline_script_hashes, preload_links, script_hash
from payment_app.web.components.opening import opening
from payment_app.web.payer.plain.answers import LinkAnswers
from payment_app.web.payer.plain.html import SCRIPT, read_document
from payment_app.web.routes import ROUTES
from payment_app.web.tabs import reports
from payment_app.web.tabs.app import GuardedApp
from payment_app.web.tabs.sessions import follow_sessions
from payment_app.web.tabs.wire import is_from_page

if TYPE_CHECKING:
    from payment_app.simulator import Shortcode

settings = preflight.settings_or_exit()
set_up_logs()
api = create_api()


def _add_pages(reflex_app: rx.App, settings: Settings) -> None:
    for route in ROUTES:
        if settings.simulated or not route.simulator_only:
            instead = route.in_simulator if settings.simulated else None
            reflex_app.add_page(
                instead or route.component,
                route=route.path,
                title=route.title,
                on_load=route.on_load,
            )


class _Simulator:
    """The place in the routes where a part of the simulator appears once its loop runs."""

    def __init__(self, api: FastAPI, part: str, path: str) -> None:
        self._api = api
        self._part = part
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = getattr(self._api.state.simulator, self._part)
        await app({**scope, "root_path": self._path}, receive, send)


def _add_simulator(api: FastAPI) -> None:
    for path, part in (("/simulator/daraja", "rail_app"), ("/simulator", "phone_app")):
        app = _Simulator(api, part, path)
        api.router.routes.append(Route(path, app, include_in_schema=False))
        api.mount(path, app)


@contextlib.asynccontextmanager
async def _serve() -> AsyncIterator[None]:
    """Everything that lives as long as the server of this process."""
    async with contextlib.AsyncExitStack() as stack:
        if settings.simulated:
            api.state.simulator = await stack.enter_async_context(_simulator())
        built = App(settings)
        stack.push_async_callback(lifespan.stop, built)
        api.state.services = built
        services.use(services.services_of(built))
        await lifespan.start(built)
        await announce(built)
        following = asyncio.create_task(follow_sessions(app))
        stack.callback(following.cancel)
        yield


@contextlib.asynccontextmanager
async def _simulator() -> AsyncIterator[object]:
    # Imported here: outside simulator mode not a line of it is loaded.
    from payment_app.daraja import HttpPoster
    from payment_app.simulator import Simulator, SimulatorConfig

    async with HttpPoster() as deliver:
        config = SimulatorConfig(
            auto_complete_seconds=settings.simulator_auto_complete_seconds,
            merchant_name=settings.merchant_name,
            shortcodes=_own_shortcodes(),
        )
        simulator = Simulator(config, deliver=deliver)
        await simulator.start()
        try:
            with at_stop_signal(simulator.hang_up):
                yield simulator
        finally:
            await simulator.stop()


def _own_shortcodes() -> tuple[Shortcode, ...]:
    """The operator's own numbers, where they differ from the sandbox's."""
    from payment_app.simulator import Shortcode

    name = settings.merchant_name
    own = [Shortcode(settings.shortcode, name, passkey=settings.passkey)]
    if settings.mpesa_till_number:
        own.append(Shortcode(settings.mpesa_till_number, name, "till"))
    return tuple(own)


async def _signed_in(cookies: str) -> bool:
    return await api.state.services.visitors.member(cookies, "") is not None


def _edge(inner: ASGIApp) -> ASGIApp:
    built = get_web_dir() / constants.Dirs.STATIC
    document = read_document(built / "404.html")
    links = LinkAnswers(
        settings,
        lambda: api.state.services.pages,
        lambda: api.state.services.receipt_checks,
        document,
    )
    scripts = [*inline_script_hashes(built), script_hash(SCRIPT)]
    return Edge(
        inner,
        link_page=links.answer,
        no_page=links.no_page,
        signed_in=_signed_in,
        front_door=None if settings.simulated else "/staff",
        page_policy=page_policy(scripts, settings.allowed_origins),
        preloads={kind: preload_links(built, kind) for kind in ("pay", "receipt")},
        sockets_per_address=settings.sockets_per_address,
        trusted_proxies=settings.trusted_proxies,
        local_only=settings.simulated,
        is_from_page=is_from_page,
    )


if settings.simulated:
    _add_simulator(api)


app = GuardedApp(
    backend_exception_handler=reports.event_failed,
    frontend_exception_handler=reports.browser_failed,
    api_transformer=[api, _edge],
    html_lang="en",
    stylesheets=["/theme.css"],
    hydrate_fallback=opening,
    # Neither Reflex's toasts nor its wrappers: bytes that the pay page does not need.
    toaster=None,
    app_wraps={},
)
app.register_lifespan_task(_serve)
_add_pages(app, settings)
