"""Where the states of open pages lie: each belongs to one visitor.

Every event, every step of a background handler and everything that the framework does by itself
takes a state out of here, so this is the one place that decides whether it may.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Self

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory, _ModifyState
from reflex.istate.manager.token import BaseStateToken, StateToken

from payment_app.web.tabs.visitor import Visitor, visitor_of

KEPT_FOR = 5.0
"""Seconds that a payer's page is kept after its socket is gone: a short cut is not seen."""
MOST_KEPT = 200
"""Such pages at once; the oldest goes first."""
_AGAIN = 0.05


class PageGone(asyncio.CancelledError):
    """A handler whose page has gone: it ends here, quietly."""


class OwnedStates(StateManagerMemory):
    """States in memory, each with its owner."""

    def __init__(self) -> None:
        super().__init__()
        self.socket_of: Callable[[str], str | None] = lambda _: None
        """Tab → the socket that it is connected by; set by the wiring."""
        self._owners: dict[str, Visitor] = {}
        self._left: OrderedDict[str, asyncio.TimerHandle] = OrderedDict()

    @classmethod
    def make(cls) -> Self:
        """An empty one. Not by the class's name: Reflex's overloads look abstract to mypy."""
        return cls()

    def modify_state(  # type: ignore[override]
        self, token: StateToken[Any], **_: Any
    ) -> _OwnedState:
        """Take a state out for as long as the block runs, if its present visitor may."""
        return _OwnedState(self, token)

    def check(self, tab: str) -> Visitor | None:
        """The visitor of the present event.

        Raises:
            PageGone: their socket is not the tab's any more.
        """
        visitor = visitor_of(tab)
        if visitor is not None and self.socket_of(tab) != visitor.socket:
            raise PageGone
        return visitor

    def admit(self, token: StateToken[Any], visitor: Visitor) -> None:
        """Give the tab to its visitor; what it held for somebody else is thrown away."""
        owner = self._owners.get(token.lock_key)
        if owner == visitor:
            return
        if not visitor.takes_over_from(owner):
            self._throw_away(token)
        self._owners[token.lock_key] = visitor

    def _throw_away(self, token: StateToken[Any]) -> None:
        """The state, not its lock: whoever waits for that shall get the fresh one."""
        lock = self._states_locks.get(token.lock_key)
        self._purge_token(token)
        if lock is not None:
            self._states_locks[token.lock_key] = lock

    def leave(self, tab: str, socket: str) -> None:
        """The socket is gone: what it saw as a member goes at once, a payer's page soon."""
        owner = self._owners.get(tab)
        if owner is not None and owner.socket != socket:
            return
        if former := self._left.pop(tab, None):
            former.cancel()
        while len(self._left) >= MOST_KEPT:
            oldest, handle = self._left.popitem(last=False)
            handle.cancel()
            self._forget(oldest, None)
        seconds = KEPT_FOR if owner is not None and not owner.session else 0.0
        loop = asyncio.get_running_loop()
        self._left[tab] = loop.call_later(seconds, self._forget, tab, socket)

    def _forget(self, tab: str, socket: str | None) -> None:
        """Drop the tab, unless another socket has taken it over."""
        self._left.pop(tab, None)
        if self.socket_of(tab) not in (None, socket):
            return
        lock = self._states_locks.get(tab)
        if lock is not None and lock.locked():
            loop = asyncio.get_running_loop()
            self._left[tab] = loop.call_later(_AGAIN, self._forget, tab, socket)
            return
        self._owners.pop(tab, None)
        self._purge_token(BaseStateToken(ident=tab, cls=rx.State))

    def signed_in(self) -> Iterator[tuple[str, Visitor]]:
        """The tabs whose visitor brought a session, signed in or not any more."""
        return ((tab, owner) for tab, owner in list(self._owners.items()) if owner.session)

    @property
    def kept(self) -> int:
        """How many states are here."""
        return len(self.states)


class _OwnedState(_ModifyState[Any]):
    """One taking out of a state."""

    async def __aenter__(self) -> Any:
        manager: Any = self._manager
        token = self._token = manager._coerce_token(self._token)
        manager.check(token.lock_key)  # before anything is made for whoever is gone
        state = await super().__aenter__()
        try:
            visitor = manager.check(token.lock_key)
            if visitor is not None:
                manager.admit(token, visitor)
                state = manager._get_or_create_state(token)
                manager._track_token(token)
        except BaseException:
            await self.__aexit__()  # type: ignore[no-untyped-call]
            raise
        return state
