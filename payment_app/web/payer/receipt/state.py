"""The receipt page's state; it stays open to a receipt number that is still on its way."""

from __future__ import annotations

from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.link_page import LinkPage
from payment_app.web.payer.receipt.view import Receipt, show_receipt
from payment_app.web.services import services
from payment_app.web.texts import words


class ReceiptState(LinkPage, LanguageState):
    """One open receipt."""

    found: bool = False
    title: str = ""
    receipt: Receipt = Receipt()

    async def _find_booking(self, token: str) -> int | None:
        return await services().pay_pages.receipt_booking_id(token)

    async def _read(self, token: str) -> ReceiptView | None:
        return await services().pay_pages.receipt(token)

    def _show(self, view: ReceiptView | None) -> None:
        texts = words(self.lang)
        self.found = view is not None
        origin = services().settings.origin
        self.receipt = show_receipt(view, texts, origin) if view else Receipt()
        merchant = view.merchant if view else services().settings.merchant_name
        self.title = texts["ui"]["receipt_title"].format(merchant=merchant)
        self._loaded()
