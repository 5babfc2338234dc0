"""A tab whose session is over is emptied, whether it asks or not."""

from __future__ import annotations

import asyncio
from typing import Any

import reflex as rx
import structlog
from reflex.istate.manager.token import BaseStateToken
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from sqlalchemy.exc import SQLAlchemyError

from payment_app.services.shared.policy import policy_of
from payment_app.web.payer.language import LanguageState
from payment_app.web.services import services
from payment_app.web.staff.state import StaffState
from payment_app.web.tabs.handlers import TabHandlers
from payment_app.web.tabs.states import OwnedStates
from payment_app.web.tabs.visitor import link_of, visitor_of

log = structlog.get_logger("payment_app.web")

LOOK_EVERY = 2.0
"""Seconds between two looks at the sessions of open tabs."""
_PATIENCE = 5.0
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class OwnContents(Middleware):
    """Before each event: what the state holds is the visitor's, or it is emptied.

    Handlers of ours ask again, each for itself. The framework's own do not: `hydrate_and_load`
    shows the whole state to whoever holds the socket.
    """

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Empty what is not for this visitor; the event itself always goes on."""
        root = state._get_root_state()
        link = link_of(root.router_data)
        pages = await root.get_state(LanguageState)
        if pages._shown_for != link:
            pages.reset()  # type: ignore[no-untyped-call]
            pages._shown_for = link
        if _is_of_the_framework(event) and not await _may_go_on():
            (await root.get_state(StaffState)).reset()  # type: ignore[no-untyped-call]
        return None


def _is_of_the_framework(event: Event) -> bool:
    registered = RegistrationContext.get().event_handlers.get(event.name)
    return registered is None or policy_of(registered.handler.fn) is None


async def _may_go_on() -> bool:
    """Whether the visitor has no session, so that nothing is here for staff, or an open one.

    While nobody can say, nothing is shown.
    """
    visitor = visitor_of(EventContext.get().token)
    if visitor is None or not visitor.session:
        return True
    try:
        async with asyncio.timeout(_PATIENCE):
            return bool(await services().sessions.still_open([visitor.session]))
    except _AWAY as error:
        log.warning("session_not_looked_up", error=type(error).__name__)
        return False


async def follow_sessions(app: rx.App) -> None:
    """Empty each open tab as soon as its session is over; until cancelled.

    A page asks again whenever it looks; this is for those that only lie there.
    """
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            for tab in await _tabs_without_session(app):
                await empty(app, tab)
        except _AWAY as error:
            log.warning("sessions_not_looked_up", error=type(error).__name__)


async def _tabs_without_session(app: rx.App) -> list[str]:
    states: OwnedStates = app.state_manager  # type: ignore[assignment]
    tabs = [(tab, owner.session) for tab, owner in states.signed_in()]
    if not tabs:
        return []
    open_sessions = await services().sessions.still_open({session for _, session in tabs})
    return [tab for tab, session in tabs if session not in open_sessions]


async def empty(app: rx.App, tab: str) -> None:
    """End what runs for a tab, forget what it shows to staff, and let it leave."""
    handlers: TabHandlers = app.event_processor  # type: ignore[assignment]
    async with app.modify_state(BaseStateToken(ident=tab, cls=rx.State)) as root:
        staff = await root.get_state(StaffState)
        if staff._is_empty():
            return
        handlers.end(tab)
        staff._leave()
