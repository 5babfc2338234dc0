"""Tabs over real sockets, as a page, an old tab or a stranger would open them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.wire import BOOT, Page
from tests.server import Server

STATE = "reflex___state____state"
FRAMEWORK = (
    BOOT,
    f"{STATE}.hydrate",
    f"{STATE}.set_is_hydrated",
    f"{STATE}.setvar",
    f"{STATE}.reflex___state____on_load_internal_state.on_load_internal",
    f"{STATE}.reflex___state____on_load_internal_state.set_is_hydrated",
    f"{STATE}.reflex___state____update_vars_internal_state.update_vars_internal",
    f"{STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception",
)
"""Every handler that Reflex brings along, with and without a meaning for a page."""
_PAYLOADS: dict[str, dict[str, Any]] = {
    "set_is_hydrated": {"value": True},
    "setvar": {"var_name": "leave_to", "value": "x"},
    "update_vars_internal": {"vars": {f"{STATE}.is_hydrated": True}},
    "handle_frontend_exception": {"info": "x", "component_stack": "y"},
}


OPENED: list[Page] = []
"""Every tab that a test made: all are hung up when it ends, also when it fails."""


async def hang_up() -> None:
    """Close every tab that is still open."""
    while OPENED:
        await OPENED.pop().close()
    await asyncio.sleep(0.05)


@dataclass
class Tab(Page):
    """A page that keeps every frame as it came."""

    frames: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        OPENED.append(self)

    def _take(self, message: list[Any]) -> None:
        self.frames.append(message)
        super()._take(message)

    @property
    def texts(self) -> set[str]:
        """Every text that came over the socket."""
        return set(leaves(self.frames))

    def stranger(self, cookie: str = "", path: str = "") -> Tab:
        """Another socket that names itself like this tab."""
        url = "/".join(self.url.split("/")[:3]) + path if path else self.url
        return Tab(url, token=self.token, cookie=cookie)

    async def ask_for_everything(self) -> None:
        """Send every event of the framework's own."""
        for name in FRAMEWORK:
            await self.call(name, _PAYLOADS.get(name.rpartition(".")[2], {}))


def leaves(value: Any) -> Iterator[str]:
    """The texts in a message, and what looks like one in others."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)


def open_pages(server: Server) -> int:
    """How many pages the process follows, as its metrics say."""
    for line in server.api.get("/metrics").text.splitlines():
        if line.startswith("payment_open_pages "):
            return int(float(line.rpartition(" ")[2]))
    raise AssertionError("the metrics do not say how many pages are open")


async def within(seconds: float, true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(true):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        await asyncio.sleep(0.1)
