"""The bookings pages: the list with its import, and one booking."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.domain.errors import BadInput, NotFound
from payment_app.domain.staff import Permission
from payment_app.services.bookings.management import BookingFile
from payment_app.web.services import services
from payment_app.web.staff.bookings.texts import BOOKING, BOOKINGS
from payment_app.web.staff.bookings.view import (
    HERE,
    BookingDetail,
    ImportView,
    Listing,
    read_change,
    read_form,
    show_booking,
    show_import,
    show_listing,
    show_missing,
    show_problem,
)
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.watching import looks, until_read


class BookingsState(StaffState):
    """The list of bookings; its address is its state."""

    listing: Listing = Listing()
    preview: ImportView = ImportView()

    _file: str = ""

    @staff_event(Permission.READ)
    async def open_page(self) -> None:
        """Show what the address asks for."""
        async with self:
            self.preview, self._file = ImportView(), ""
        await self._read()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._read()

    @staff_event(Permission.BOOK)
    async def create(self, form: dict[str, Any]) -> Any:
        """Make a booking, and show it."""
        reference = str(form.get("reference", ""))
        made = await services().booking_management.create(acting(), read_form(form), reference)
        async with self:
            self._say(BOOKINGS["made"])
        return rx.redirect(f"{HERE}/{made}")

    @staff_event(Permission.BOOK)
    async def look_at_file(self, form: dict[str, Any]) -> None:
        """Read a file of bookings, and show what it would do."""
        text = str(form.get("csv", ""))
        preview = await services().booking_import.preview(acting(), text)
        async with self:
            self.preview, self._file = show_import(preview), text

    @staff_event(Permission.BOOK)
    async def commit_file(self) -> None:
        """Make the bookings of the file that was looked at."""
        async with self:
            text = self._file
        number = await services().booking_import.commit(acting(), text)
        async with self:
            self.preview, self._file = ImportView(), ""
            self._say(BOOKINGS["imported"].format(number=number))
        await self._read()

    async def _read(self) -> None:
        async with self:
            address, params = self._address(), dict(self.router.url.query_parameters)
        before, sight = params.get("before", ""), acting().sight
        try:
            page = await services().booking_list.page(
                sight,
                params.get("q", ""),
                params.get("status", ""),
                int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0,
            )
            listing = show_listing(page, params, services().clock(), sight)
        except BadInput as refusal:
            listing = show_problem(refusal.sentence, params)
        async with self:
            if self._address() == address:
                self.listing = listing
                self._loaded()


class BookingState(StaffState):
    """One booking. Which one is the address's last part, never an argument."""

    detail: BookingDetail = BookingDetail()

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show the booking, and follow it while the page is open."""
        visit = await self._enter()
        async with self:
            booking_id = self._page_id()

        async def look() -> BookingFile | None:
            try:
                return await services().booking_management.get(booking_id)
            except NotFound:
                return None

        if await until_read(look) is not None:
            async for found in looks(booking_id, look, lambda _: 0.0):
                if not await self._stays(visit, Permission.READ):
                    return
                async with self:
                    self._show(found)
        async with self:
            if self._is(visit):
                self.detail = show_missing()
                self._loaded()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._refresh()

    @staff_event(Permission.BOOK)
    async def edit(self, form: dict[str, Any]) -> None:
        """Replace what may be changed; an empty phone field keeps the number."""
        booking_id = await self._id()
        found = await services().booking_management.get(booking_id)
        filled = read_change(form, found, acting().sight)
        await services().booking_management.edit(acting(), booking_id, filled)
        await self._done(BOOKING["saved"])

    @staff_event(Permission.BOOK)
    async def cancel(self, form: dict[str, Any]) -> None:
        """Close the booking."""
        known = form.get("although_paid") in (True, "on", "true")
        reason = str(form.get("reason", ""))
        await services().booking_management.cancel(
            acting(), await self._id(), reason, although_paid=known
        )
        await self._done(BOOKING["cancelled"])

    @staff_event(Permission.BOOK)
    async def reopen(self, form: dict[str, Any]) -> None:
        """Let it be paid again."""
        await services().booking_management.reopen(
            acting(), await self._id(), str(form.get("reason", ""))
        )
        await self._done(BOOKING["reopened"])

    async def _done(self, sentence: str) -> None:
        await self._refresh()
        async with self:
            self._say(sentence)

    async def _refresh(self) -> None:
        found = await services().booking_management.get(await self._id())
        async with self:
            self._show(found)

    async def _id(self) -> int:
        async with self:
            return self._page_id()

    def _show(self, found: BookingFile) -> None:
        if found.booking.booking_id == self._page_id():
            self.detail = show_booking(
                found,
                origin=services().settings.origin,
                merchant=services().settings.merchant_name,
                sight=acting().sight,
            )
            self._loaded()
