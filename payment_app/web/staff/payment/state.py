"""One payment's page: follows its booking, and passes on what staff do."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.domain.errors import NotFound
from payment_app.domain.staff import Permission
from payment_app.services.console.payment_detail import Checked, Story
from payment_app.web.services import services
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.payment.view import (
    Detail,
    Raw,
    full_phone,
    show_detail,
    show_missing,
    show_payloads,
)
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.watching import looks, until_read

_CHECKED = {
    Checked.ANSWERED: ("checked_answered", "good"),
    Checked.STILL_OPEN: ("checked_still_open", "good"),
    Checked.NO_ANSWER: ("checked_no_answer", "bad"),
}


class PaymentState(StaffState):
    """One open payment. Which one is the address's last part, never an argument."""

    detail: Detail = Detail()
    phone: str = ""
    raw: list[Raw] = []  # noqa: RUF012
    raw_shown: bool = False

    @staff_event(Permission.READ)
    async def watch(self) -> None:
        """Show the payment, and follow its booking while the page is open."""
        visit = await self._enter()
        async with self:
            payment_id = self._page_id()
            self.phone, self.raw, self.raw_shown = "", [], False

        async def look() -> Story | None:
            try:
                return await services().payments.story(payment_id)
            except NotFound:
                return None

        first = await until_read(look)
        if first is not None:
            async for story in looks(first.payment.booking_id, look, _changes_in):
                if not await self._stays(visit, Permission.READ):
                    return
                async with self:
                    self._show(story)
        async with self:
            if self._is(visit):
                self.detail = show_missing()
                self._loaded()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._refresh()

    @staff_event(Permission.CHECK)
    async def check(self) -> None:
        """Ask Safaricom about this payment."""
        outcome = await services().payments.check(acting(), await self._id())
        words, tone = _CHECKED[outcome]
        await self._refresh()
        async with self:
            self._say(PAYMENT[words], tone)

    @staff_event(Permission.BOOK)
    async def send_again(self) -> Any:
        """Send a new prompt for the booking, and show it."""
        payment_id = await services().payments.send_again(acting(), await self._id())
        async with self:
            self._say(PAYMENT["sent"])
        return rx.redirect(f"/staff/payments/{payment_id}")

    @staff_event(Permission.NOTE)
    async def add_note(self, form: dict[str, Any]) -> None:
        """Write a note."""
        await services().payments.add_note(acting(), await self._id(), str(form.get("note", "")))
        await self._refresh()
        async with self:
            self._say(PAYMENT["note_added"])

    @staff_event(Permission.REVEAL)
    async def reveal_phone(self) -> None:
        """Show the full number; it is logged."""
        number = await services().payments.reveal_phone(acting(), await self._id())
        async with self:
            self.phone = full_phone(number)
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
        payloads = await services().payments.payloads(acting(), await self._id(), full=full)
        async with self:
            self.raw = show_payloads(payloads)
            self.raw_shown = True

    async def _refresh(self) -> None:
        story = await services().payments.story(await self._id())
        async with self:
            self._show(story)

    async def _id(self) -> int:
        async with self:
            return self._page_id()

    def _show(self, story: Story) -> None:
        if story.payment.payment_id == self._page_id():
            sight = acting().sight
            if not sight.numbers:  # another role since it was revealed
                self.phone, self.raw, self.raw_shown = "", [], False
            self.detail = show_detail(
                story, services().settings.origin, sight, revealed=self.phone != ""
            )
            self._loaded()


def _changes_in(_story: Story) -> float:
    """Ages on the page are of minutes: the heartbeat is often enough."""
    return 0.0
