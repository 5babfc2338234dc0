"""The payments list: its address is its state; rows change in place, new ones wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from payment_app.domain.errors import BadInput, Conflict
from payment_app.domain.sight import Sight
from payment_app.domain.staff import Permission
from payment_app.live.hub import PAYMENTS
from payment_app.services.search.payments import PaymentPage
from payment_app.services.search.query import PaymentQuery, PaymentRow, Sort
from payment_app.services.search.reading.parse import parse_kindly
from payment_app.web.services import services
from payment_app.web.staff.payments.texts import LIST
from payment_app.web.staff.payments.view import (
    Line,
    PaymentsView,
    ViewLink,
    new_words,
    show_line,
    show_listing,
    show_views,
    update_lines,
)
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.watching import HEARTBEAT, until_read, woken

AT_MOST_EVERY = 0.5
"""Seconds between two looks of one open list, however busy the business is."""
FOR_EACH_LIST = 0.04
"""The same for each of many open lists: payments go first on a busy machine."""
LONGEST_BEAT = 5.0
PAGE = 50


class _Followed(NamedTuple):
    """What the page shows. A tuple: Reflex hands out anything else only inside a proxy."""

    query: PaymentQuery
    rows: tuple[PaymentRow, ...]
    first_page: bool
    sight: Sight


class PaymentsState(StaffState):
    """One open payments list."""

    listing: PaymentsView = PaymentsView()
    lines: list[Line] = []  # noqa: RUF012
    new: str = ""
    views: list[ViewLink] = []  # noqa: RUF012

    _followed: _Followed | None = None

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show what the address asks for, and follow it while the page is open."""
        visit = await self._enter()
        with services().hub.subscribe(PAYMENTS) as hint:
            await until_read(self._read_views, hint)
            await self._read(hint)
            while True:
                await woken(hint, HEARTBEAT)
                # Each of these clears the hint and then reads: one that comes later is seen.
                if not await self._stays(visit, Permission.READ, hint):
                    return
                await until_read(self._follow, hint)
                await asyncio.sleep(_until_beat())

    @staff_event(Permission.READ)
    async def show_new(self) -> None:
        """Read the page again, with the payments that came meanwhile."""
        await self._read()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._follow()
        async with self:
            self._loaded()

    @staff_event(Permission.CHECK)
    async def check_ticked(self, payment_ids: list[int]) -> None:
        """Ask Safaricom about rows of this page."""
        async with self:
            shown = {line.payment_id for line in self.lines}
        asked = 0
        for payment_id in [one for one in dict.fromkeys(payment_ids) if one in shown]:
            with suppress(Conflict):  # a prompt without an id cannot be asked about
                await services().payments.check(acting(), payment_id)
                asked += 1
        async with self:
            self._say(LIST["checked_many"].format(number=asked))

    @staff_event(Permission.READ)
    async def save_view(self, form: dict[str, Any]) -> None:
        """Keep the present address under a name; sharing is for those who may write notes."""
        async with self:
            query = self.router.url.query
        name, shared = str(form.get("name", "")), form.get("shared") in (True, "on", "true")
        await services().saved_views.save(acting(), name, query, shared)
        await self._read_views()
        async with self:
            self._say(LIST["view_saved"].format(name=name.strip()))

    @staff_event(Permission.READ)
    async def delete_view(self, view_id: int) -> None:
        """Delete one of the member's own views."""
        await services().saved_views.delete(acting(), view_id)
        await self._read_views()
        async with self:
            self._say(LIST["view_forgotten"])

    async def _read_views(self) -> None:
        views = await services().saved_views.list_for(acting())
        async with self:
            self.views = show_views(views)

    async def _read(self, hint: asyncio.Event | None = None) -> None:
        """Read the page that the address names."""
        async with self:
            address, params = self._address(), dict(self.router.url.query_parameters)
        now, sight = services().clock(), acting().sight
        query, problems = parse_kindly(params, now, sight)
        try:
            page = await until_read(lambda: _page_of(query, params), hint)
        except BadInput as refusal:  # a cursor that cannot be read
            problems.append(refusal.sentence)
            page = await until_read(lambda: _page_of(query, {}), hint)
        counts = await until_read(lambda: services().search.counts(query), hint)
        found = counts[query.tab].number
        advice = await until_read(lambda: services().adviser.look(query, found), hint)
        async with self:
            if self._address() != address:
                return
            self._followed = _Followed(query, tuple(page.rows), not page.previous, sight)
            self.lines, self.new = [show_line(row, now, sight) for row in page.rows], ""
            self.listing = show_listing(page, counts, query, params, advice, problems)
            self._loaded()

    async def _follow(self) -> None:
        """Bring the rows on the page up to date, and count what is new above them."""
        followed = self._followed
        if followed is None:
            return
        if followed.sight != acting().sight:  # another role since then
            await self._read()
            return
        search = services().search
        fresh = await search.rows(row.payment_id for row in followed.rows)
        changed = {row.payment_id for row in followed.rows if fresh.get(row.payment_id, row) != row}
        new = new_words(await self._count_new(followed))
        if not changed and new == self.new:
            return
        async with self:
            if self._followed is not followed:
                return  # another page was opened meanwhile
            if changed:
                rows = tuple(fresh.get(row.payment_id, row) for row in followed.rows)
                self._followed = followed._replace(rows=rows)
                now = services().clock()
                updated = [fresh[one] for one in changed]
                self.lines = update_lines(self.lines, updated, now, followed.sight)
            if new != self.new:
                self.new = new

    async def _count_new(self, followed: _Followed) -> int:
        if followed.query.sort is not Sort.NEWEST or not followed.first_page:
            return 0
        return await services().search.newer(
            followed.query, followed.rows[0] if followed.rows else None
        )


async def _page_of(query: PaymentQuery, params: Mapping[str, str]) -> PaymentPage:
    return await services().search.page(
        query, after=params.get("after", ""), before=params.get("before", ""), limit=PAGE
    )


def _until_beat() -> float:
    """Seconds until all open lists look again: together, so that they share what they read."""
    lists = services().hub.watchers(PAYMENTS)
    beat = min(max(AT_MOST_EVERY, FOR_EACH_LIST * lists), LONGEST_BEAT)
    return beat - time.monotonic() % beat
