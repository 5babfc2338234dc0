"""What comes over a socket: looked at before a state is touched or a line is logged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import structlog
from reflex.app import EventNamespace
from reflex.state import StateUpdate
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError as Refused  # type: ignore[import-untyped]

from payment_app.services.shared.seldom import Seldom
from payment_app.web.tabs.framework import NOBODY, policy_of_handler
from payment_app.web.tabs.handlers import TabHandlers
from payment_app.web.tabs.payloads import fits, keepable
from payment_app.web.tabs.states import OwnedStates

log = structlog.get_logger("payment_app.web")

_TAB = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LONGEST_ADDRESS = 2_000
_LONGEST_REPORT = 2_000
_TELL_EVERY = 10.0
"""Seconds between two lines of one reason."""


class TabNamespace(EventNamespace):
    """Reflex's socket, which takes only what a page of ours sends."""

    def __init__(self, namespace: str, app: Any) -> None:
        super().__init__(namespace, app)
        self._told = Seldom(1, _TELL_EVERY)
        self._lines: dict[str, str] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """A socket without a tab's name, or with one that no browser makes up, is refused."""
        line = self.server.manager.eio_sid_from_sid(sid, self.namespace)
        if line in self._lines.values():
            # Else one line could open as many pages as it likes.
            self._tell("a second page on one line")
            raise Refused("this line has a page")
        named = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
        if not _TAB.fullmatch(named):
            self._tell("no tab token")
            raise Refused("no tab token")
        boot = isinstance(auth, dict) and ("event" in auth)
        known = {"event": auth["event"]} if boot and _is_event(auth["event"]) else {}
        if isinstance(auth, dict) and isinstance(auth.get("state_schema"), str):
            known["state_schema"] = auth["state_schema"][:64]
        self._lines[sid] = line
        try:
            await super().on_connect(sid, environ, known or None)
        except BaseException:
            del self._lines[sid]
            raise

    def on_disconnect(self, sid: str, *_: Any) -> asyncio.Task[Any] | None:
        """End what runs for the tab, and forget what its state holds."""
        self._lines.pop(sid, None)
        tab = self.sid_to_token.get(sid)
        task = super().on_disconnect(sid)
        if tab is not None:
            states: OwnedStates = self.app.state_manager  # type: ignore[assignment]
            states.leave(tab, sid)
        return task

    async def on_event(self, sid: str, data: Any) -> None:
        """Pass an event on, if a page may send it."""
        reason = self._refusal(sid, data)
        if reason is not None:
            self._tell(reason)
            return
        await super().on_event(sid, keepable(_shortened(data)))

    def _refusal(self, sid: str, data: Any) -> str | None:
        """Why an event is not passed on, `None` when it is."""
        if not _is_event(data):
            return "no event"
        tab = self.sid_to_token.get(sid)
        if tab is None:
            return "no tab"
        registered = RegistrationContext.get().event_handlers.get(data["name"])
        policy = policy_of_handler(registered) if registered else None
        if registered is None or policy is None or policy == NOBODY:
            return "no such handler"
        if not fits(registered.handler.fn, data.get("payload", {})):
            return "not the handler's arguments"
        handlers: TabHandlers = self.app.event_processor  # type: ignore[assignment]
        return "too many at once" if handlers.is_full(tab) else None

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Send a change to the socket that it was made for, and to no other."""
        socket = _socket_of_event(token)
        if socket is not None and self.socket_of(token) != socket:
            return
        await super().emit_update(update, token)

    def socket_of(self, tab: str) -> str | None:
        """The socket that a tab is connected by."""
        record = self._token_manager.token_to_socket.get(tab)
        return record.sid if record is not None else None

    def _tell(self, reason: str) -> None:
        """Log it, seldom: whoever sends such things sends many."""
        left_out = self._told.left_out(reason)
        if left_out is not None:
            log.warning("socket_event_refused", reason=reason, left_out=left_out)


def _is_event(data: Any) -> bool:
    """Whether it has the shape of what the front end sends."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return False
    payload, route = data.get("payload", {}), data.get("router_data", {})
    return isinstance(payload, dict) and isinstance(route, dict) and _is_route(route)


def _is_route(route: Mapping[Any, Any]) -> bool:
    addresses = (route.get(RouteVar.PATH, ""), route.get(RouteVar.ORIGIN, ""))
    query = route.get(RouteVar.QUERY, {})
    return isinstance(query, dict) and all(
        isinstance(address, str) and len(address) <= _LONGEST_ADDRESS for address in addresses
    )


def _shortened(data: dict[str, Any]) -> dict[str, Any]:
    """A browser's report of an error is searched with patterns of the framework: cut it first."""
    if not data["name"].endswith(".handle_frontend_exception"):
        return data
    report = {name: str(text)[:_LONGEST_REPORT] for name, text in data.get("payload", {}).items()}
    return {**data, "payload": report}


def _socket_of_event(tab: str) -> str | None:
    try:
        context = EventContext.get()
    except LookupError:
        return None
    if context.token != tab:
        return None
    return context.router_data.get(RouteVar.SESSION_ID)
