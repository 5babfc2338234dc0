"""The list of bookings: its address is its state."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.domain.errors import BadInput
from payment_app.domain.staff import Permission
from payment_app.web.numbers import whole_number
from payment_app.web.services import services
from payment_app.web.staff.booking_form.view import read_form
from payment_app.web.staff.bookings.texts import BOOKINGS
from payment_app.web.staff.bookings.view import (
    HERE,
    BookingsView,
    show_listing,
    show_problem,
)
from payment_app.web.staff.state import StaffState, acting, staff_event


class BookingsState(StaffState):
    """The list of bookings; its address is its state."""

    listing: BookingsView = BookingsView()

    @staff_event(Permission.READ)
    async def open_page(self) -> None:
        """Show what the address asks for."""
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
            self._say(BOOKINGS["made"], at=f"{HERE}/{made}")
        return rx.redirect(f"{HERE}/{made}")

    @staff_event(Permission.BOOK)
    async def imported(self) -> None:
        """The import's own route made bookings: show them."""
        async with self:
            self._say(BOOKINGS["imported"])
        await self._read()

    async def _read(self) -> None:
        async with self:
            address, params = self._address(), dict(self.router.url.query_parameters)
        sight = acting().sight
        try:
            page = await services().booking_list.page(
                sight,
                params.get("q", ""),
                params.get("status", ""),
                whole_number(params.get("before", "")),
            )
            listing = show_listing(page, params, services().clock(), sight)
        except BadInput as refusal:
            listing = show_problem(refusal.sentence, params)
        async with self:
            if self._address() == address:
                self.listing = listing
                self._loaded()
