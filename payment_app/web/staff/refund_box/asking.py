"""What a payment's page does with refunds: the handlers, as a part of its state."""

from __future__ import annotations

from typing import Any

from payment_app.domain.refunds import RefundStatus
from payment_app.domain.staff import Permission
from payment_app.services.console.payment_detail import Story
from payment_app.web.numbers import whole_number
from payment_app.web.services import services
from payment_app.web.staff.refund_box.texts import PANEL
from payment_app.web.staff.refund_box.view import RefundBox, read_wish, show_box
from payment_app.web.staff.state import StaffState, acting, staff_event

_SAID = {
    RefundStatus.REQUESTED: "asked_for",
    RefundStatus.EXTERNAL: "written",
}


class RefundActions(StaffState, mixin=True):
    """Asking for money back, on the page of one payment."""

    back: RefundBox = RefundBox()

    @staff_event(Permission.REFUND)
    async def ask_refund(self: Any, form: dict[str, Any]) -> None:
        """Ask for a refund of this payment."""
        story = await services().payments.story(await self._number())
        payment = story.payment
        left = payment.amount - payment.amount_refunded
        wish = read_wish(form, payment, story.booking, left)
        asked = await services().refunds.ask(acting(), wish)
        await self._done(PANEL[_SAID.get(asked.status, "sent")])

    @staff_event(Permission.REFUND)
    async def send_refund_again(self: Any, form: dict[str, Any]) -> None:
        """Send a refund again that failed."""
        asked = await services().refunds.send_again(acting(), await self._own_refund(form))
        await self._done(PANEL[_SAID.get(asked.status, "sent")])

    @staff_event(Permission.CHECK)
    async def check_refund(self: Any, form: dict[str, Any]) -> None:
        """Ask M-Pesa what became of a refund."""
        asked = await services().refund_questions.ask(await self._own_refund(form), by_person=True)
        await self._done(PANEL["checked" if asked else "not_checked"], "good" if asked else "bad")

    async def _own_refund(self: Any, form: dict[str, Any]) -> int:
        """The refund that a form names, if it is of this payment; 0 is none's."""
        number = whole_number(str(form.get("refund_id", ""))) or 0
        story: Story = await services().payments.story(await self._number())
        return number if number in {refund.refund_id for refund in story.refunds} else 0

    def _show_back(self: Any, found: Story) -> None:
        self.back = show_box(
            found.payment,
            found.booking,
            found.refunds,
            services().refunds.limit,
            found.read_at,
            acting().sight,
        )
