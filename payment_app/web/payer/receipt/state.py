"""The receipt page's state; it stays open to a receipt number that is still on its way."""

from __future__ import annotations

import reflex as rx

from payment_app.domain.policy import LINK, declares
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.context import services
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.receipt.view import Receipt, show_receipt
from payment_app.web.texts import words
from payment_app.web.watching import looks, until_read


class ReceiptState(LanguageState):
    """One open receipt."""

    found: bool = False
    title: str = ""
    receipt: Receipt = Receipt()

    @rx.event(background=True)
    @declares(LINK)
    async def watch(self) -> None:
        """Show the receipt, and again when the booking changes."""
        async with self:
            token = self._link_token()
            self._speak_as_asked()
        booking_id = await until_read(lambda: services().receipt_booking_id(token))
        if booking_id is not None:
            async for view in looks(booking_id, lambda: services().receipt(token), _never):
                async with self:
                    self._show(view)
            return
        view_once = await until_read(lambda: services().receipt(token))
        async with self:
            self._show(view_once)

    @rx.event(background=True)
    @declares(LINK)
    async def look_again(self) -> None:
        """Read once more, after the page was in the background."""
        await self._refresh()

    @rx.event(background=True)
    @declares(LINK)
    async def set_language(self, lang: str) -> None:
        """Speak another language."""
        async with self:
            self._speak(lang)
        await self._refresh()

    async def _refresh(self) -> None:
        async with self:
            token = self._link_token()
        view = await services().receipt(token)
        async with self:
            self._show(view)

    def _show(self, view: ReceiptView | None) -> None:
        texts = words(self.lang)
        self.found = view is not None
        self.receipt = show_receipt(view, texts) if view else Receipt()
        merchant = view.merchant if view else services().merchant_name
        self.title = texts["ui"]["receipt_title"].format(merchant=merchant)
        self._loaded()


def _never(_view: ReceiptView) -> float:
    return 0.0
