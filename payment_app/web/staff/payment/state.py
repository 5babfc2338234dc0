"""One payment's page: follows its booking, and passes on what staff do."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.domain.staff import Permission
from payment_app.services.console.payment_detail import Checked, Story
from payment_app.web.services import services
from payment_app.web.staff.detail import DetailState
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.payment.view import (
    PaymentView,
    Raw,
    full_phone,
    show_detail,
    show_missing,
    show_payloads,
)
from payment_app.web.staff.refund_box.asking import RefundActions
from payment_app.web.staff.state import StaffState, acting, staff_event

_CHECKED = {
    Checked.ANSWERED: ("checked_answered", "good"),
    Checked.STILL_OPEN: ("checked_still_open", "good"),
    Checked.REFUSED: ("checked_refused", "bad"),
    Checked.NO_ANSWER: ("checked_no_answer", "bad"),
}


class PaymentState(RefundActions, DetailState, StaffState):
    """One open payment."""

    detail: PaymentView = PaymentView()
    phone: str = ""
    raw: list[Raw] = []  # noqa: RUF012
    raw_shown: bool = False

    @staff_event(Permission.CHECK)
    async def check(self) -> None:
        """Ask Safaricom about this payment."""
        outcome = await services().payments.check(acting(), await self._number())
        words, tone = _CHECKED[outcome]
        await self._done(PAYMENT[words], tone)

    @staff_event(Permission.BOOK)
    async def send_again(self) -> Any:
        """Send a new prompt for the booking, and show it."""
        payment_id = await services().payments.send_again(acting(), await self._number())
        attempt = f"/staff/payments/{payment_id}"
        async with self:
            self._say(PAYMENT["sent"], at=attempt)
        return rx.redirect(attempt)

    @staff_event(Permission.NOTE)
    async def add_note(self, form: dict[str, Any]) -> None:
        """Write a note."""
        await services().payments.add_note(
            acting(), await self._number(), str(form.get("note", ""))
        )
        await self._done(PAYMENT["note_added"])

    @staff_event(Permission.REVEAL)
    async def reveal_phone(self) -> None:
        """Show the full number; it is logged."""
        number = await self._number()
        phone = await services().payments.reveal_phone(acting(), number)
        async with self:
            if self._number_in_address() == number:
                self.phone = full_phone(phone)
                self._say(PAYMENT["revealed"])
        await self._refresh()

    @staff_event(Permission.READ)
    async def show_raw(self) -> None:
        """Show the callbacks as they came, phones masked."""
        await self._show_raw(full=False)

    @staff_event(Permission.REVEAL)
    async def reveal_raw(self) -> None:
        """Show the callbacks as they came; it is logged."""
        await self._show_raw(full=True)

    async def _show_raw(self, *, full: bool) -> None:
        number = await self._number()
        payloads = await services().payments.payloads(acting(), number, full=full)
        async with self:
            if self._number_in_address() == number:
                self.raw, self.raw_shown = show_payloads(payloads), True

    def _open(self) -> None:
        """What was revealed on another visit is asked for, and logged, anew."""
        self.phone, self.raw, self.raw_shown = "", [], False

    async def _find(self, number: int) -> Story:
        return await services().payments.story(number)

    def _booking_of(self, _number: int, found: Story) -> int:
        return found.payment.booking_id

    def _show(self, found: Story) -> None:
        sight = acting().sight
        if not sight.numbers:  # another role since it was revealed
            self.phone, self.raw, self.raw_shown = "", [], False
        self.detail = show_detail(
            found, services().settings.origin, sight, revealed=self.phone != ""
        )
        self._show_back(found)

    def _show_missing(self) -> None:
        self.detail = show_missing()
