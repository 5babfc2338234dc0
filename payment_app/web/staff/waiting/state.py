"""The page of what waits: it follows what happens."""

from __future__ import annotations

import asyncio

from payment_app.domain.staff import Permission
from payment_app.live.hub import PAYMENTS
from payment_app.services.console.waiting import MOST_COUNTED
from payment_app.web.services import services
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.staff.waiting.view import WaitingView, show_waiting
from payment_app.web.watching import until_read, woken

PATH = "/staff/waiting"
AT_MOST_EVERY = 2.0
"""Seconds between two looks of one open page, however busy the business is."""
AGES = 30.0
"""Seconds after which ages have changed, and a prompt may have become two minutes old."""


class WaitingState(StaffState):
    """One open page of what waits."""

    lists: WaitingView = WaitingView()

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show what waits, and follow it while the page is open."""
        visit = await self._enter()
        with services().hub.subscribe(PAYMENTS) as hint:
            while await self._stays(visit, Permission.READ, hint):
                await until_read(self._look, hint)
                await asyncio.sleep(AT_MOST_EVERY)
                await woken(hint, AGES)

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._look()

    async def _look(self) -> None:
        """Read outside the lock, and show it inside."""
        waiting = await services().waiting.look()
        async with self:
            if self.router.url.path != PATH:
                return
            self.waiting = min(MOST_COUNTED, waiting.person.number + waiting.second.number)
            view = show_waiting(waiting, acting().sight)
            if view != self.lists:
                self.lists = view
            self._loaded()
