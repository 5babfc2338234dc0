"""What the pages of one thing share: which one it is, following it, one more look."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from payment_app.domain.errors import NotFound
from payment_app.domain.staff import Permission
from payment_app.web.numbers import whole_number
from payment_app.web.staff.state import StaffState, Visit, staff_event
from payment_app.web.staff.texts import FRAME
from payment_app.web.watching import looks, until_read


class DetailState(StaffState, mixin=True):
    """A page of one thing; its state names `StaffState` as well.

    Which thing is the last part of the address, never an argument. Reflex gives each such state
    handlers of its own, copied from here.
    """

    @staff_event(Permission.READ)
    async def watch(self: Any) -> None:
        """Show it, and follow its booking while the page is open."""
        visit = await self._enter()
        async with self:
            number = self._number_in_address()
            self._open()
        if number is None or await self._follow(visit, number):
            async with self:
                if self._is(visit):
                    self._show_missing()
                    self._loaded()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._refresh()

    async def _follow(self: Any, visit: Visit, number: int) -> bool:
        """Show each change; whether the page is open still, although there is no such thing."""
        look = functools.partial(self._look, number)
        first = await until_read(look)
        if first is None:
            return True
        # Ages on the page are of minutes: the heartbeat is often enough.
        booking_id = self._booking_of(number, first)
        async with contextlib.aclosing(looks(booking_id, look, lambda _: 0.0)) as founds:
            async for found in founds:
                if not await self._stays(visit, Permission.READ):
                    return False
                async with self:
                    self._show_here(number, found)
        return True

    async def _look(self, number: int) -> Any:
        try:
            return await self._find(number)
        except NotFound:
            return None

    async def _refresh(self: Any) -> None:
        number = await self._number()
        found = await self._find(number)
        async with self:
            self._show_here(number, found)

    async def _done(self: Any, sentence: str, tone: str = "good") -> None:
        """After an action: show how things stand now, and say what was done."""
        await self._refresh()
        async with self:
            self._say(sentence, tone)

    async def _number(self: Any) -> int:
        """Which one the page is about.

        Raises:
            NotFound: `not_found`, the address ends in no number.
        """
        async with self:
            number: int | None = self._number_in_address()
        if number is None:
            raise NotFound("not_found", FRAME["nothing_here"])
        return number

    def _number_in_address(self) -> int | None:
        return whole_number(self.router.url.path.rstrip("/").rpartition("/")[2])

    def _show_here(self, number: int, found: Any) -> None:
        """Show it, unless the tab has gone on to another one."""
        if self._number_in_address() == number:
            self._show(found)
            self._loaded()

    def _open(self) -> None:
        """Forget what another visit showed."""

    async def _find(self, number: int) -> Any:
        """What the page is about, freshly read.

        Raises:
            NotFound: there is no such thing.
        """
        raise NotImplementedError

    def _booking_of(self, number: int, found: Any) -> int:
        """The booking that number `number` belongs to."""
        raise NotImplementedError

    def _show(self, found: Any) -> None:
        """Set what the browser sees."""
        raise NotImplementedError

    def _show_missing(self) -> None:
        """Say that there is no such thing."""
        raise NotImplementedError
