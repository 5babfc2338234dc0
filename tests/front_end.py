"""One front-end build for a whole run of tests: the first app builds, the others take it over.

What a page calls is written into one file of the build. There the origin is exchanged, and the copy
is stamped as the build that the app would have made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from payment_app.web import build_stamp

_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
"""The same in all processes of one run."""
SHARED = Path(tempfile.gettempdir()) / f"payment-app-front-end-{_RUN}"
_WITHOUT = shutil.ignore_patterns("node_modules")


@contextmanager
def front_end(folder: Path, *, origin: str, simulated: bool) -> Iterator[None]:
    """Around the start of an app in `folder`: brings the build, or keeps the one that it makes."""
    kept = SHARED / ("simulated" if simulated else "real")
    SHARED.mkdir(exist_ok=True)
    with (SHARED / f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            fcntl.flock(lock, fcntl.LOCK_UN)
            _bring(kept, folder, origin=origin, simulated=simulated)
            yield
        else:
            yield
            shutil.copytree(folder / ".web", kept, ignore=_WITHOUT)
            (kept / "origin").write_text(origin, encoding="ascii")


def forget() -> None:
    """The run is over."""
    shutil.rmtree(SHARED, ignore_errors=True)


def _bring(kept: Path, folder: Path, *, origin: str, simulated: bool) -> None:
    web = folder / ".web"
    shutil.copytree(kept, web)
    before, now = urlsplit((kept / "origin").read_text(encoding="ascii")), urlsplit(origin)
    (addresses,) = (web / "build/client/assets").glob("reflex-env-*.js")
    text = addresses.read_text(encoding="utf-8")
    assert before.netloc in text, "the pages call another address than the app's origin"
    addresses.write_text(text.replace(before.netloc, now.netloc), encoding="utf-8")
    for compressed in addresses.parent.glob(f"{addresses.name}.*"):
        compressed.unlink()
    made = build_stamp.fingerprint(folder, origin=origin, simulated=simulated)
    build_stamp.stamp(web, made)
