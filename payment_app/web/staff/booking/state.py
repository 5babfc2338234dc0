"""One booking's page: follows it, and passes on what staff change."""

from __future__ import annotations

from typing import Any

from payment_app.domain.staff import Permission
from payment_app.services.bookings.management import BookingFile
from payment_app.web.services import services
from payment_app.web.staff.booking.texts import BOOKING
from payment_app.web.staff.booking.view import BookingView, show_booking, show_missing
from payment_app.web.staff.booking_form.view import read_change
from payment_app.web.staff.detail import DetailState
from payment_app.web.staff.state import StaffState, acting, staff_event


class BookingState(DetailState, StaffState):
    """One open booking."""

    detail: BookingView = BookingView()

    @staff_event(Permission.BOOK)
    async def edit(self, form: dict[str, Any]) -> None:
        """Replace what may be changed; an empty phone field keeps the number."""
        booking_id = await self._number()
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
            acting(), await self._number(), reason, although_paid=known
        )
        await self._done(BOOKING["cancelled"])

    @staff_event(Permission.BOOK)
    async def reopen(self, form: dict[str, Any]) -> None:
        """Let it be paid again."""
        await services().booking_management.reopen(
            acting(), await self._number(), str(form.get("reason", ""))
        )
        await self._done(BOOKING["reopened"])

    async def _find(self, number: int) -> BookingFile:
        return await services().booking_management.get(number)

    def _booking_of(self, number: int, _found: BookingFile) -> int:
        return number

    def _show(self, found: BookingFile) -> None:
        settings = services().settings
        self.detail = show_booking(
            found, origin=settings.origin, merchant=settings.merchant_name, sight=acting().sight
        )

    def _show_missing(self) -> None:
        self.detail = show_missing()
