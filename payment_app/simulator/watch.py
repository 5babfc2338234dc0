"""Tells open phone pages that something changed; they read the state themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from payment_app.simulator.settings import Sleep

MOST_WATCHERS = 100


class Watch:
    """A hint without content, so that any number of changes cost one wake-up."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Event] = set()
        self._closing = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Nobody is to be kept waiting any more."""
        return self._closing.is_set()

    @property
    def is_full(self) -> bool:
        """No room for another page."""
        return len(self._watchers) >= MOST_WATCHERS

    def changed(self) -> None:
        """Wakes every page."""
        for watcher in self._watchers:
            watcher.set()

    def open(self) -> None:
        """Takes watchers again after a close()."""
        self._closing.clear()

    def close(self) -> None:
        """Makes every open feed end, and every pause that is cut short."""
        self._closing.set()
        self.changed()

    def cut_short(self, sleep: Sleep) -> Sleep:
        """The same `sleep`, except that it ends at once when this is closed."""

        async def pause(seconds: float) -> None:
            over = asyncio.ensure_future(sleep(seconds))
            closed = asyncio.ensure_future(self._closing.wait())
            try:
                await asyncio.wait({over, closed}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                over.cancel()
                closed.cancel()

        return pause

    @contextmanager
    def watching(self) -> Iterator[asyncio.Event]:
        """An event that is set on each change while the block runs."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
