"""`receipt-check`: whether a receipt that somebody shows is one of ours."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from payment_app.cli.outcome import NOT_WELL, OK, Books, the_settings, with_books

if TYPE_CHECKING:
    from payment_app.services.receipts.checking import Checked
    from payment_app.services.receipts.code import ReceiptFacts


def receipt_check(options: argparse.Namespace, _: list[str]) -> int:
    """Check the signature of a code, offline; with `--books` also what became of the payment."""
    from payment_app.services.receipts.code import ReceiptCodes
    from payment_app.services.shared.keys.kept_secrets import keyring

    facts = ReceiptCodes(keyring(the_settings())).read(options.code)
    if facts is None:
        print("✗ FORGED: we did not sign this. Another amount or booking, or no code of ours.")
        return NOT_WELL
    print(_said(facts))
    return _look(options.code) if options.books else OK


def _said(facts: ReceiptFacts) -> str:
    return (
        f"✓ signed by us: KSh {facts.amount:,} for booking {facts.reference}, "
        f"M-Pesa {facts.receipt_number}, paid {facts.paid_at:%Y-%m-%d %H:%M} UTC"
    )


def _look(code: str) -> int:
    """What the books say now; the signature alone knows nothing of refunds."""
    from payment_app.services.receipts.checking import ReceiptChecks, Verdict
    from payment_app.services.receipts.code import ReceiptCodes

    async def check(books: Books) -> Checked:
        return await ReceiptChecks(books.database, ReceiptCodes(books.keyring)).check(code)

    found = with_books(check)
    if found.verdict is Verdict.NOT_IN_BOOKS:
        print("✗ NOT IN THE BOOKS: they hold no such payment.")
    elif found.verdict is Verdict.REFUNDED:
        print("✗ REFUNDED: the money went back to the payer.")
    else:
        part = f"; KSh {found.refunded:,} of it went back" if found.refunded else ""
        print(f"✓ in the books{part}; KSh {found.due:,} left to pay for the booking")
    return OK if found.verdict is Verdict.GENUINE else NOT_WELL
