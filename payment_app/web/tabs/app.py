"""Reflex's app with these guards in it, each put where Reflex has its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import reflex as rx
from reflex_base.config import get_config
from reflex_base.event import Event, EventHandler, EventSpec
from reflex_base.utils.format import format_event_handler

from payment_app.web.tabs.handlers import TabHandlers
from payment_app.web.tabs.namespace import TabNamespace
from payment_app.web.tabs.sessions import OwnContents
from payment_app.web.tabs.states import OwnedStates


class GuardedApp(rx.App):
    """An app whose states, sockets and handlers are those of `payment_app.web.tabs`."""

    def _setup_state(self) -> None:
        super()._setup_state()
        states = OwnedStates.make()
        namespace = TabNamespace(get_config().get_event_namespace(), self)
        states.socket_of = namespace.socket_of
        self._state_manager = states
        self._event_namespace = namespace
        if self.sio is not None:
            self.sio.register_namespace(namespace)
        self.add_middleware(OwnContents(), index=0)

    @contextlib.asynccontextmanager
    async def _setup_event_processor(self) -> AsyncIterator[None]:
        """As Reflex's own, with our processor."""
        namespace = self.event_namespace
        if namespace is not None:
            namespace._token_manager._reset_instance_id()
        handlers = TabHandlers(
            middleware=self, backend_exception_handler=self.backend_exception_handler
        )
        handlers.page_fillers = frozenset(self._page_fillers())
        self._event_processor = handlers
        async with handlers.configure(state_manager=self.state_manager, event_namespace=namespace):
            yield

    def _page_fillers(self) -> set[str]:
        """The names of the events that pages begin with."""
        return {
            _name(event)
            for events in self._load_events.values()
            for event in events
            if isinstance(event, Event | EventHandler | EventSpec)
        }


def _name(event: Event | EventHandler | EventSpec) -> str:
    if isinstance(event, Event):
        return event.name
    return format_event_handler(event.handler if isinstance(event, EventSpec) else event)
