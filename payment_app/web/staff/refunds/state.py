"""The page of refunds: it follows what happens, and passes on what is decided."""

from __future__ import annotations

import asyncio
from typing import Any

from payment_app.daraja import OrderAccepted, PushRefused
from payment_app.domain.staff import Permission
from payment_app.services.refunds.books import REFUNDS_TOPIC
from payment_app.web.numbers import whole_number
from payment_app.web.services import services
from payment_app.web.staff.refunds.texts import PAGE
from payment_app.web.staff.refunds.view import Lists, show_lists
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.watching import until_read, woken

PATH = "/staff/refunds"
AT_MOST_EVERY = 1.0
"""Seconds between two looks of one open page, however many refunds there are."""
AGES = 30.0


class RefundsState(StaffState):
    """One open page of refunds."""

    lists: Lists = Lists()

    @staff_event(Permission.REFUND)
    async def watch(self) -> None:
        """Show the lists, and follow them while the page is open."""
        visit = await self._enter()
        with services().hub.subscribe(REFUNDS_TOPIC) as hint:
            while await self._stays(visit, Permission.REFUND, hint):
                await until_read(self._look, hint)
                await asyncio.sleep(AT_MOST_EVERY)
                await woken(hint, AGES)

    @staff_event(Permission.REFUND)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._look()

    @staff_event(Permission.REFUND)
    async def agree(self, form: dict[str, Any]) -> None:
        """Agree to somebody else's refund."""
        refund_id, password = _number(form), str(form.get("password", ""))
        await services().refunds.approve(acting(), refund_id, password)
        await self._said(PAGE["agree_done"])

    @staff_event(Permission.REFUND)
    async def reject(self, form: dict[str, Any]) -> None:
        """Refuse a refund that waits."""
        await services().refunds.reject(acting(), _number(form), str(form.get("why", "")))
        await self._said(PAGE["reject_done"])

    @staff_event(Permission.REFUND)
    async def ask_balance(self) -> None:
        """Ask M-Pesa what is in the accounts."""
        _, outcome = await services().balances.ask()
        if isinstance(outcome, OrderAccepted):
            await self._said(PAGE["balance_asked"])
            return
        reason = outcome.message if isinstance(outcome, PushRefused) else "no clear answer"
        await self._said(PAGE["balance_not_asked"].format(reason=reason), "bad")

    async def _said(self, words: str, tone: str = "good") -> None:
        await self._look()
        async with self:
            self._say(words, tone)

    async def _look(self) -> None:
        """Read outside the lock, and show it inside."""
        now = await services().refund_views.look()
        balance = await services().balances.newest()
        async with self:
            if self.router.url.path != PATH:
                return
            view = show_lists(now, balance, services().refunds.limit, acting().sight)
            if view != self.lists:
                self.lists = view
            self._loaded()


def _number(form: dict[str, Any]) -> int:
    return whole_number(str(form.get("refund_id", ""))) or 0
