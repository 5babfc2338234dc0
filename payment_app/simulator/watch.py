"""Tells open phone pages that something changed; they read the state themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

MOST_WATCHERS = 100


class Watch:
    """A hint without content, so that any number of changes cost one wake-up."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Event] = set()
        self.closed = False

    @property
    def is_full(self) -> bool:
        """No room for another page."""
        return len(self._watchers) >= MOST_WATCHERS

    def changed(self) -> None:
        """Wakes every page."""
        for watcher in self._watchers:
            watcher.set()

    def close(self) -> None:
        """Makes every open feed end."""
        self.closed = True
        self.changed()

    @contextmanager
    def watching(self) -> Iterator[asyncio.Event]:
        """An event that is set on each change while the block runs."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
