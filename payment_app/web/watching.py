"""How an open page follows its booking: woken by hints, by the view's own clock, or rarely."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from payment_app.live.hub import booking_topic
from payment_app.web.services import services

log = logging.getLogger(__name__)

HEARTBEAT = 60.0
"""Seconds after which a page looks again although nothing woke it: a lost hint heals."""

AFTER_TROUBLE = 0.5
"""Seconds to the next look after a first failed read."""

_LONGEST_TROUBLE = 4.0
"""The same after many; a hint cuts either short."""

_SHORTEST = 0.2

View = TypeVar("View")


async def until_read(
    read: Callable[[], Awaitable[View]], hint: asyncio.Event | None = None
) -> View:
    """What `read` gives, tried again for as long as it fails.

    `hint` is cleared before each try. It cuts a pause short: the listener sets it as soon as the
    database is back.
    """
    hint = hint or asyncio.Event()
    wait = AFTER_TROUBLE
    while True:
        hint.clear()
        try:
            return await read()
        except Exception as error:
            # One line each: hundreds of pages fail together while the database is away.
            unforeseen = not isinstance(error, SQLAlchemyError | OSError)
            log.warning("A page cannot read its booking: %r", error, exc_info=unforeseen)
        # Spread, so that the pages do not come back all at once.
        await _hint_or(hint, wait * random.uniform(0.5, 1.0))  # noqa: S311
        wait = min(wait * 2, _LONGEST_TROUBLE)


async def looks(
    booking_id: int,
    read: Callable[[], Awaitable[View | None]],
    changes_in: Callable[[View], float],
) -> AsyncGenerator[View, None]:
    """Every fresh view of a booking, the first at once; ends when there is none any more.

    It subscribes before the first read, so that nothing that happens in between is missed. Close it
    (`contextlib.aclosing`) where it is left early: that ends the subscription at once.
    """
    with services().hub.subscribe(booking_topic(booking_id)) as hint:
        while True:
            view = await until_read(read, hint)
            if view is None:
                return
            yield view
            await _until_next_look(hint, changes_in(view))


async def _until_next_look(hint: asyncio.Event, changes_in: float) -> None:
    """Wait for a hint, for the moment at which the view changes by itself, or the heartbeat."""
    seconds = min(max(changes_in, _SHORTEST), HEARTBEAT) if changes_in > 0 else HEARTBEAT
    await _hint_or(hint, seconds)


async def _hint_or(hint: asyncio.Event, seconds: float) -> None:
    await woken(hint, seconds)


async def woken(hint: asyncio.Event, seconds: float) -> bool:
    """Wait for a hint; whether one came within so many seconds.

    Not `asyncio.wait_for`: on Python 3.11 that loses a cancellation that comes with the hint, and
    the page would be watched for ever.
    """
    try:
        async with asyncio.timeout(seconds):
            await hint.wait()
    except TimeoutError:
        return False
    return True
