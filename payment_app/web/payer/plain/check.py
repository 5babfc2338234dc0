"""The public check of a receipt: is it ours, and what became of its payment. Nothing personal."""

from __future__ import annotations

from payment_app.services.receipts.checking import Checked, Verdict
from payment_app.services.receipts.code import ReceiptFacts
from payment_app.web.fact import Fact
from payment_app.web.payer.formats import ksh, nairobi_time
from payment_app.web.payer.plain.html import PlainPage, block
from payment_app.web.texts.shape import Said, Texts

_TONES = {
    Verdict.GENUINE: "good",
    Verdict.FORGED: "bad",
    Verdict.NOT_IN_BOOKS: "warn",
    Verdict.REFUNDED: "warn",
}


def check_page(checked: Checked, words: Texts, merchant: str) -> PlainPage:
    """The answer to a code, for whoever holds the paper in their hand."""
    said = _said(checked, words, merchant)
    contents = block(
        "check.html",
        words,
        merchant=merchant,
        initial=merchant.strip()[:1].upper(),
        tone=_TONES[checked.verdict],
        verdict=checked.verdict.value,
        said=said,
        lines=_rows(checked, checked.facts, words) if checked.facts else [],
    )
    return PlainPage(contents, f"{said['headline']} — {merchant}", words["code"])


def _said(checked: Checked, words: Texts, merchant: str) -> Said:
    check = words["check"]
    said = {
        Verdict.GENUINE: check["genuine"],
        Verdict.FORGED: check["forged"],
        Verdict.NOT_IN_BOOKS: check["not_in_books"],
        Verdict.REFUNDED: check["refunded"],
    }[checked.verdict]
    return {
        "headline": said["headline"].format(merchant=merchant),
        "reason": said["reason"].format(merchant=merchant),
    }


def _rows(checked: Checked, facts: ReceiptFacts, words: Texts) -> list[Fact]:
    ui = words["ui"]
    rows = [
        Fact(words["pay"]["reference"], facts.reference),
        Fact(ui["amount_paid"], ksh(facts.amount)),
        Fact(ui["receipt_number"], facts.receipt_number),
        Fact(ui["paid_at"], nairobi_time(facts.paid_at.isoformat(), words)),
    ]
    if checked.refunded:
        rows.append(Fact(ui["refunded"], ksh(checked.refunded)))
    if checked.due:
        rows.append(Fact(ui["booking_due"], ksh(checked.due)))
    return rows
