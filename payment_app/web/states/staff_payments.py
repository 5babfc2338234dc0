"""The payments list: its address is its state; rows change in place, new ones wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from payment_app.domain.errors import BadInput, Conflict
from payment_app.domain.staff import Permission
from payment_app.live.hub import PAYMENTS
from payment_app.services.search.parse import parse
from payment_app.services.search.payments import PaymentPage
from payment_app.services.search.query import PaymentQuery, Sort
from payment_app.web.context import console, services
from payment_app.web.shown.staff_payments import (
    Line,
    Listing,
    ViewLink,
    choose,
    new_words,
    show_listing,
    show_problem,
    show_views,
    update_lines,
)
from payment_app.web.states.staff import StaffState, acting, staff_event
from payment_app.web.states.watching import HEARTBEAT, until_read
from payment_app.web.texts.staff.payments import LIST

AT_MOST_EVERY = 0.5
"""Seconds between two looks of one open list, however busy the business is."""
PAGE = 50
_MOST_SELECTED = 20


class _Shown(NamedTuple):
    """What the page shows. A tuple: Reflex hands out a dataclass only inside a proxy."""

    page: PaymentPage
    query: PaymentQuery


class PaymentsState(StaffState):
    """One open payments list."""

    listing: Listing = Listing()
    any_selected: bool = False
    views: list[ViewLink] = []  # noqa: RUF012

    _shown: _Shown | None = None

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show what the address asks for, and follow it while the page is open."""
        visit = await self._enter()
        with services().hub.subscribe(PAYMENTS) as hint:
            await until_read(self._read_views, hint)
            await self._read(hint)
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(hint.wait(), HEARTBEAT)
                # Each of these clears the hint and then reads: one that comes later is seen.
                if not await self._stays(visit, Permission.READ, hint):
                    return
                await until_read(self._follow, hint)
                await asyncio.sleep(AT_MOST_EVERY)

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

    @staff_event(Permission.READ)
    async def select(self, payment_id: int) -> None:
        """Select a row, or let go of it."""
        async with self:
            self._choose(choose(self.listing.lines, payment_id))

    @staff_event(Permission.CHECK)
    async def check_selected(self) -> None:
        """Ask Safaricom about the selected rows of this page."""
        async with self:
            chosen = [line.payment_id for line in self.listing.lines if line.chosen]
            self._choose([replace(line, chosen=False) for line in self.listing.lines])
        asked = 0
        for payment_id in chosen[:_MOST_SELECTED]:
            with suppress(Conflict):  # a prompt without an id cannot be asked about
                await console().payments.check(acting(), payment_id)
                asked += 1
        async with self:
            self._say(LIST["checked_many"].format(number=asked))

    @staff_event(Permission.READ)
    async def save_view(self, form: dict[str, Any]) -> None:
        """Keep the present address under a name; sharing is for those who may write notes."""
        async with self:
            query = self.router.url.query
        name, shared = str(form.get("name", "")), form.get("shared") in (True, "on", "true")
        await console().views.save(acting(), name, query, shared)
        await self._read_views()
        async with self:
            self._say(LIST["view_saved"].format(name=name.strip()))

    @staff_event(Permission.READ)
    async def delete_view(self, view_id: int) -> None:
        """Delete one of the member's own views."""
        await console().views.delete(acting(), view_id)
        await self._read_views()
        async with self:
            self._say(LIST["view_forgotten"])

    def _choose(self, lines: list[Line]) -> None:
        self.listing = replace(self.listing, lines=lines)
        self.any_selected = any(line.chosen for line in lines)

    async def _read_views(self) -> None:
        views = await console().views.list_for(acting())
        async with self:
            self.views = show_views(views)

    async def _read(self, hint: asyncio.Event | None = None) -> None:
        """Read the page that the address names."""
        async with self:
            params = dict(self.router.url.query_parameters)
        now = console().clock()
        try:
            query = parse(params, now)
            page = await until_read(lambda: _page_of(query, params), hint)
        except BadInput as refusal:
            async with self:
                self._shown = None
                self.listing = show_problem(refusal.sentence, params)
                self._loaded()
            return
        counts = await until_read(lambda: console().search.counts(query), hint)
        async with self:
            self._shown = _Shown(page, query)
            self.listing = show_listing(page, counts, query, params, now)
            self.any_selected = False
            self._loaded()

    async def _follow(self) -> None:
        """Bring the shown rows up to date, and count what is new above them."""
        async with self:
            shown = self._shown
        if shown is None:
            return
        (page, query), search = shown, console().search
        ids = [row.payment_id for row in page.rows]
        rows = await search.rows(ids, PaymentQuery()) if ids else []
        first = query.sort is Sort.NEWEST and not page.previous
        top = page.rows[0] if page.rows else None
        newer = await search.newer(query, top) if first else 0
        async with self:
            if self._shown is not shown:
                return  # another page was opened meanwhile
            lines = update_lines(self.listing.lines, rows, console().clock())
            if lines != self.listing.lines or new_words(newer) != self.listing.new:
                self.listing = replace(self.listing, lines=lines, new=new_words(newer))


async def _page_of(query: PaymentQuery, params: Mapping[str, str]) -> PaymentPage:
    return await console().search.page(
        query, after=params.get("after", ""), before=params.get("before", ""), limit=PAGE
    )
