"""How an open page follows its booking: woken by hints, by the view's own clock, or rarely."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from payment_app.live.hub import booking_topic
from payment_app.web.context import services

log = logging.getLogger(__name__)

HEARTBEAT = 60.0
"""Seconds after which a page looks again although nothing woke it: a lost hint heals."""

AFTER_TROUBLE = 5.0
"""Seconds to the next look after a read that failed."""

_SHORTEST = 0.2

View = TypeVar("View")


async def until_read(read: Callable[[], Awaitable[View]]) -> View:
    """What `read` gives, tried again for as long as it fails."""
    while True:
        try:
            return await read()
        except Exception:
            log.exception("A page could not read its booking; it tries again soon.")
            await asyncio.sleep(AFTER_TROUBLE)


async def looks(
    booking_id: int,
    read: Callable[[], Awaitable[View | None]],
    changes_in: Callable[[View], float],
) -> AsyncIterator[View]:
    """Every fresh view of a booking, the first at once; ends when there is none any more.

    It subscribes before the first read, so that nothing that happens in between is missed.
    """
    with services().hub.subscribe(booking_topic(booking_id)) as hint:
        while True:
            hint.clear()
            view = await until_read(read)
            if view is None:
                return
            yield view
            await _until_next_look(hint, changes_in(view))


async def _until_next_look(hint: asyncio.Event, changes_in: float) -> None:
    """Wait for a hint, for the moment at which the view changes by itself, or the heartbeat."""
    seconds = min(max(changes_in, _SHORTEST), HEARTBEAT) if changes_in > 0 else HEARTBEAT
    with suppress(TimeoutError):
        await asyncio.wait_for(hint.wait(), seconds)
