"""The home page of the console: figures that follow what happens."""

from __future__ import annotations

import asyncio

from payment_app.domain.staff import Permission
from payment_app.live.hub import PAYMENTS
from payment_app.services.console.figures import Figures
from payment_app.services.staff.member import Member
from payment_app.web.services import services
from payment_app.web.staff.home.setup import Step, show_setup
from payment_app.web.staff.home.view import HomeView, show_home
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.watching import HEARTBEAT, until_read, woken

PATH = "/staff"
AT_MOST_EVERY = 2.0
"""Seconds between two looks of one open page, however busy the business is."""


class StaffHomeState(StaffState):
    """One open home page."""

    home: HomeView = HomeView()

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show the figures, and follow them while the page is open."""
        visit = await self._enter()
        was_woken = True
        with services().hub.subscribe(PAYMENTS) as hint:
            while await self._stays(visit, Permission.READ, hint):
                await until_read(self._look, hint)
                await asyncio.sleep(AT_MOST_EVERY)
                was_woken = await woken(hint, _until_next(was_woken))

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._look()

    async def _look(self) -> None:
        """Read everything outside the lock, and show it inside."""
        figures = await services().figures.look()
        person = await services().waiting.badge()
        setup = await _setup(figures, acting())
        async with self:
            if self.router.url.path == PATH:
                self._show(figures, person, setup)

    def _show(self, figures: Figures, person: int, setup: list[Step]) -> None:
        view = show_home(figures, person, setup)
        if view != self.home:
            self.home = view
        self._loaded()


async def _setup(figures: Figures, who: Member) -> list[Step]:
    """What is left to set up, for those who can."""
    if not who.may(Permission.ADMINISTER):
        return []
    health = await services().health.look()
    members = sum(1 for one in await services().accounts.list() if not one.demo)
    return show_setup(figures, health, members)


def _until_next(was_woken: bool) -> float:
    """Seconds until the next look.

    What we were woken for may be younger than the shared figures that we showed: look once more as
    soon as they are read afresh.
    """
    return min(services().figures.good_for, HEARTBEAT) if was_woken else HEARTBEAT
