"""Finding while somebody types: the same search as the list's, cut to its first rows."""

from __future__ import annotations

from contextlib import suppress

from payment_app.domain.errors import BadInput
from payment_app.domain.staff import Permission
from payment_app.services.console.booking_list import BookingRow
from payment_app.services.search.reading.parse import parse_kindly
from payment_app.services.staff.member import Member
from payment_app.web.services import services
from payment_app.web.staff.quick.view import Find, show_finds
from payment_app.web.staff.state import StaffState, acting, staff_event

MOST_PAYMENTS = 5
MOST_BOOKINGS = 3
LONGEST = 200


class QuickState(StaffState):
    """What was found for what stands in a search field."""

    asked: str = ""
    found: list[Find] = []  # noqa: RUF012

    @staff_event(Permission.READ)
    async def ask(self, text: str) -> None:
        """Look for payments and bookings; `asked` says what the answer is for."""
        who, typed = acting(), text.strip()[:LONGEST]
        query, _ = parse_kindly({"q": typed}, services().clock(), who.sight)
        page = await services().search.page(query, limit=MOST_PAYMENTS)
        finds = show_finds(page.rows, await _bookings(who, typed), who.sight)
        async with self:
            self.asked, self.found = typed, finds


async def _bookings(who: Member, text: str) -> list[BookingRow]:
    with suppress(BadInput):  # too long for a booking: there is none
        return (await services().booking_list.page(who.sight, text)).rows[:MOST_BOOKINGS]
    return []
