"""Hints to open pages inside one process: a topic name to the events of its watchers.

A hint says only "look again"; the truth is the row. Topics are `booking:<id>`, and `PAYMENTS` for
whoever watches all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

PAYMENTS = "payments"
"""Woken by every hint about any booking: for lists and figures."""


class Hub:
    """Wakes the watchers of a topic. Belongs to one event loop; keeps nothing for absent pages."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set at every hint for `topic`, gone when the block ends.

        Subscribe before the first read: a hint between read and subscription would be lost.
        """
        event = asyncio.Event()
        self._watchers.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            watchers = self._watchers[topic]
            watchers.discard(event)
            if not watchers:
                del self._watchers[topic]

    def notify(self, topic: str) -> int:
        """Wake everyone who watches `topic`, or all bookings; how many watch `topic` itself."""
        watchers = self._watchers.get(topic, ())
        lists = self._watchers.get(PAYMENTS, ()) if booking_of_topic(topic) is not None else ()
        for event in (*watchers, *lists):
            event.set()
        return len(watchers)

    def notify_each(self, topics: Iterable[str]) -> None:
        """Wake everyone who watches one of `topics`."""
        for topic in topics:
            self.notify(topic)

    def notify_all(self) -> None:
        """Wake every watcher, after hints may have been lost (a listener reconnected)."""
        self.notify_each(list(self._watchers))

    def watchers(self, topic: str) -> int:
        """How many watch `topic` itself."""
        return len(self._watchers.get(topic, ()))

    @property
    def topics(self) -> list[str]:
        """What the pages that are open on this process watch."""
        return list(self._watchers)

    @property
    def watching(self) -> int:
        """How many pages are open on this process."""
        return sum(len(watchers) for watchers in self._watchers.values())


def booking_topic(booking_id: int) -> str:
    """The topic that every page of one booking listens on."""
    return f"booking:{booking_id}"


def booking_of_topic(topic: str) -> int | None:
    """The booking whose pages listen on `topic`, `None` for another kind of topic."""
    kind, _, number = topic.partition(":")
    return int(number) if kind == "booking" and number.isdigit() else None
