"""One access token for all calls: cached, shared between processes, fetched by one at a time.

Safaricom's FAQ says that a new token ends the former one, so two that fetch at once would spoil
each other's. Where a `TokenShare` is given, that holds for processes as for tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from payment_app.daraja.judges.token import Denial, Grant

_EARLY = 60  # seconds before the end at which a token is no longer used


@dataclass(frozen=True, slots=True)
class _Held:
    """An access token and the time in which it may be used, UTC."""

    token: str = field(repr=False)
    since: datetime
    until: datetime


class TokenShare(Protocol):
    """Where the processes of one app keep their token. It must not raise: without it each process
    fetches its own."""

    async def get(self) -> tuple[str, datetime, datetime] | None:
        """(token, since, until) that another process fetched, if any."""

    async def put(self, token: str, since: datetime, until: datetime) -> None:
        """Tell the others."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """One process at a time fetches."""


class TokenStore:
    """Holds the token that `fetch` gets. `clock` gives the present time, with zone."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Grant | Denial]],
        clock: Callable[[], datetime],
        share: TokenShare | None = None,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._share = share
        self._lock = asyncio.Lock()
        self._held: _Held | None = None
        self._denial: Denial | None = None
        self._fetches = 0

    async def current(self, *, refused: str | None = None) -> str:
        """A token other than `refused`; raises `TokenRefused` or `TokenUnavailable`.

        `refused` is compared with the token held now: of many calls that were refused with the
        same token only the first fetches, the others take what it got.
        """
        token = self._usable(refused)
        if token is not None:
            return token
        fetches = self._fetches
        async with self._lock:
            token = self._usable(refused)
            if token is not None:
                return token
            if self._fetches != fetches and self._denial is not None:
                # Those who waited share the bad news too, instead of each waiting a time-out.
                raise self._denial.error()
            async with self._share.turn() if self._share else nullcontext():
                shared = await self._share.get() if self._share else None
                self._held = _Held(*shared) if shared else self._held
                return self._usable(refused) or await self._renew()

    async def renew(self) -> str:
        """A token fetched now, whatever is held; raises like `current`."""
        async with self._lock:
            return await self._renew()

    def _usable(self, refused: str | None) -> str | None:
        held = self._held
        if held is None or held.token == refused:
            return None
        # A clock that was set back behind `since` says nothing about the life that is left.
        return held.token if held.since <= self._clock() < held.until else None

    async def _renew(self) -> str:
        self._held = None
        result = await self._fetch()
        self._fetches += 1
        self._denial = result if isinstance(result, Denial) else None
        if isinstance(result, Denial):
            raise result.error()
        now = self._clock()
        life = max(result.seconds - _EARLY, result.seconds / 2)
        self._held = held = _Held(result.token, now, now + timedelta(seconds=life))
        if self._share is not None:
            await self._share.put(held.token, held.since, held.until)
        return result.token
