"""The home page of the console: figures that follow what happens."""

from __future__ import annotations

import asyncio

from payment_app.domain.staff import Permission
from payment_app.live.hub import PAYMENTS
from payment_app.services.figures import Figures
from payment_app.services.staff.member import Member
from payment_app.web.context import console, services
from payment_app.web.shown.staff_home import Home, show_home, show_trouble
from payment_app.web.states.staff import StaffState, staff_event, still_acting
from payment_app.web.states.watching import HEARTBEAT, until_read

PATH = "/staff"
AT_MOST_EVERY = 2.0
"""Seconds between two looks of one open page, however busy the business is."""


class StaffHomeState(StaffState):
    """One open home page."""

    home: Home = Home()

    _watch: int = 0

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show the figures, and follow them while the page is open."""
        async with self:
            self._watch += 1
            mine = self._watch
        woken = True
        with services().hub.subscribe(PAYMENTS) as hint:
            while await self._goes_on(hint):
                await until_read(self._look, hint)
                async with self:
                    if self._watch != mine or self.router.url.path != PATH:
                        return  # another page is open, or this one was opened again
                await asyncio.sleep(AT_MOST_EVERY)
                woken = await _woken(hint, _until_next(woken))
        async with self:
            self._leave()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._look_at_health()
        await self._look()

    async def _goes_on(self, hint: asyncio.Event) -> bool:
        """Whether the member may still look; says so, and waits, while the database is away."""
        await self._look_at_health()
        return await until_read(self._still_acting, hint) is not None

    async def _still_acting(self) -> Member | None:
        return await still_acting(self, Permission.READ)

    async def _look_at_health(self) -> None:
        health = await console().health.look()
        async with self:
            if self.router.url.path == PATH:
                self.trouble = show_trouble(health)

    async def _look(self) -> None:
        """Read everything outside the lock, and show it inside."""
        figures = await console().figures.look()
        person = await console().waiting.badge()
        async with self:
            if self.router.url.path == PATH:
                self._show(figures, person)

    def _show(self, figures: Figures, person: int) -> None:
        self.waiting = person
        shown = show_home(figures, person)
        if shown != self.home:
            self.home = shown
        self._loaded()


def _until_next(woken: bool) -> float:
    """Seconds until the next look.

    What we were woken for may be younger than the shared figures that we showed: look once more as
    soon as they are read afresh.
    """
    return min(console().figures.good_for, HEARTBEAT) if woken else HEARTBEAT


async def _woken(hint: asyncio.Event, seconds: float) -> bool:
    """Wait for a hint; whether one came within so many seconds."""
    try:
        await asyncio.wait_for(hint.wait(), seconds)
    except TimeoutError:
        return False
    return True
