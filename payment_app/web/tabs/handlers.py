"""The handlers that run for each tab: one watcher, few at once, and none without its socket."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence

from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.event.processor.future import EventFuture

MOST_AT_ONCE = 32
"""Handlers of one tab, those that wait included."""
GRACE = 3.0
"""Seconds that a handler which does something may go on after its socket is gone."""


class TabHandlers(BaseStateEventProcessor):
    """Reflex's event processor, which knows what runs for whom."""

    @functools.cached_property
    def _of_tab(self) -> dict[str, set[EventFuture]]:
        return {}

    @functools.cached_property
    def _watchers(self) -> dict[str, EventFuture]:
        return {}

    @functools.cached_property
    def page_fillers(self) -> frozenset[str]:
        """Events that fill a page, and most of which then follow it; set by the wiring."""
        return frozenset()

    def is_full(self, tab: str) -> bool:
        """Whether so much runs for a tab that nothing more is begun."""
        return len(self._of_tab.get(tab, ())) >= MOST_AT_ONCE

    @property
    def running(self) -> int:
        """How many handlers run or wait, of all tabs."""
        return sum(len(futures) for futures in self._of_tab.values())

    async def enqueue(
        self, token: str, event: Event, ev_ctx: EventContext | None = None
    ) -> EventFuture:
        """Take an event in; one that fills the page takes the place of the one before."""
        future = await super().enqueue(token, event, ev_ctx)
        if future.done():
            return future
        self._of_tab.setdefault(token, set()).add(future)
        future.add_done_callback(functools.partial(self._done, token))
        if event.name in self.page_fillers:
            former = self._watchers.get(token)
            self._watchers[token] = future
            if former is not None:
                former.cancel()
        return future

    def _done(self, tab: str, future: EventFuture) -> None:
        running = self._of_tab.get(tab)
        if running is not None:
            running.discard(future)
            if not running:
                del self._of_tab[tab]
        if self._watchers.get(tab) is future:
            del self._watchers[tab]

    def _on_disconnect(self, token: str) -> None:
        """The socket is gone: who only watches ends now, who does something soon."""
        super()._on_disconnect(token)
        if (watcher := self._watchers.get(token)) is not None:
            watcher.cancel()
        if left := tuple(self._of_tab.get(token, ())):
            asyncio.get_running_loop().call_later(GRACE, _cancel, left)

    def end(self, tab: str) -> None:
        """End everything that runs for a tab, now."""
        _cancel(tuple(self._of_tab.get(tab, ())))


def _cancel(futures: Sequence[EventFuture]) -> None:
    for future in futures:
        future.cancel()
