"""What a visitor reads who gets no page: a wrong link, nothing at an address, a database away.

True for everybody: whoever opens such a page may have paid, so that none says that no money moved.
"""

from __future__ import annotations

from enum import StrEnum

from payment_app.web.payer.pay.bill import help_links
from payment_app.web.payer.plain.html import PlainPage, block
from payment_app.web.texts.shape import Said, Texts


class Trouble(StrEnum):
    """Why there is no page."""

    NO_PAY_LINK = "no_pay_link"
    NO_RECEIPT = "no_receipt"
    NO_PAGE = "no_page"
    AWAY = "away"


def trouble_page(trouble: Trouble, words: Texts, merchant: str, merchant_phone: str) -> PlainPage:
    """One sentence, what to do now, and whom to ask."""
    said = _said(trouble, words)
    call, whatsapp = help_links("", merchant_phone, words)
    contents = block(
        "trouble.html",
        words,
        merchant=merchant,
        initial=merchant.strip()[:1].upper(),
        said=said,
        try_again=trouble is Trouble.AWAY,
        call=call,
        whatsapp=whatsapp,
    )
    return PlainPage(contents, f"{said['headline']} — {merchant}", words["code"])


def _said(trouble: Trouble, words: Texts) -> Said:
    if trouble is Trouble.NO_PAY_LINK:
        return words["screens"]["not_found"]
    if trouble is Trouble.NO_RECEIPT:
        ui = words["ui"]
        return {"headline": ui["no_receipt"], "reason": ui["no_receipt_reason"]}
    return words["trouble"]["no_page"] if trouble is Trouble.NO_PAGE else words["trouble"]["away"]
