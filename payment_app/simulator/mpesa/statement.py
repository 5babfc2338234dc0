"""The organisation's statement, as the M-Pesa portal exports it: CSV, newest line first."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from payment_app.simulator.mpesa.ledger import Entry, Ledger, Return
from payment_app.simulator.mpesa.wire import NAIROBI

_HEADER = (
    "Receipt No",
    "Completion Time",
    "Details",
    "Transaction Status",
    "Paid In (KSHs)",
    "Withdrawn (KSHs)",
    "Balance (KSHs)",
)
_RETURNS = {"reversal": "Pay Utility Reversal to", "payout": "Business Payment to"}


def statement_csv(ledger: Ledger, shortcode: str) -> str:
    """What one shortcode received and gave back; its balance starts at nothing."""
    moved = [entry for entry in [*ledger, *ledger.returned] if entry.shortcode == shortcode]
    balance, lines = 0, []
    for entry in sorted(moved, key=lambda entry: entry.at):
        balance += entry.amount if isinstance(entry, Entry) else -entry.amount
        lines.append(_line(entry, balance))
    file = io.StringIO(newline="")
    csv.writer(file).writerows([_HEADER, *reversed(lines)])
    return file.getvalue()


def _line(entry: Entry | Return, balance: int) -> tuple[str, ...]:
    paid_in, withdrawn = (entry.amount, 0) if isinstance(entry, Entry) else (0, -entry.amount)
    return (
        entry.receipt,
        _time(entry.at),
        _details(entry),
        "Completed",
        f"{paid_in:,.2f}",
        f"{withdrawn:,.2f}",
        f"{balance:,.2f}",
    )


def _details(entry: Entry | Return) -> str:
    whom = f"{entry.msisdn[:4]}****{entry.msisdn[-3:]}"
    if isinstance(entry, Return):
        return f"{_RETURNS[entry.kind]} {whom}"
    return f"Pay Bill from {whom} - DEMO CUSTOMER Acc. {entry.account_reference}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(NAIROBI):%d/%m/%Y %H:%M:%S}"
