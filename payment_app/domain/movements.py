"""What M-Pesa says happened to an organisation's money: payments, charges, refunds, transfers.

A payment of ours is what we believe; a movement is what the statement says. One receipt may name
several movements: the payment and its charge, or the two sides of a transfer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class MovementKind(StrEnum):
    """Why money moved."""

    PAYMENT = "payment"
    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    SETTLEMENT = "settlement"
    OVERDRAFT = "overdraft"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class Movement:
    """One line of a statement.

    Attributes:
        receipt: M-Pesa's, upper case.
        amount: shillings, positive is money in, negative is money out; charges have cents.
        at: when it was completed, UTC.
        balance: of the account afterwards, shillings; `None` where the statement has none.
        account: what the customer typed as account number; empty on tills.
        party: who was on the other side, as the statement shows it, which may be masked.
        line: where it stands in the file, from 1.
    """

    receipt: str
    kind: MovementKind
    amount: Decimal
    at: datetime
    balance: Decimal | None
    account: str
    party: str
    details: str
    line: int

    @property
    def key(self) -> tuple[str, MovementKind, Decimal]:
        """What makes it the same movement in another statement."""
        return self.receipt, self.kind, self.amount


# The order matters: a charge on a reversal is a charge. The words are those of real statements.
_OUT = (
    (MovementKind.CHARGE, re.compile(r"\bcharges?\b")),
    (MovementKind.REFUND, re.compile(r"\breversal\b|\breversed\b")),
    (MovementKind.OVERDRAFT, re.compile(r"\boverdraft\b|\bod payment\b")),
    (MovementKind.SETTLEMENT, re.compile(r"\bto bank\b|\bsettlement\b|\bwithdrawal of funds\b")),
    (
        MovementKind.PAYOUT,
        re.compile(r"\bbusiness payment\b|\bsalary payment\b|\bpromotion payment\b"),
    ),
)
_IN = (
    (MovementKind.CHARGE, re.compile(r"\bcharges?\b")),
    (MovementKind.REFUND, re.compile(r"\breversal\b|\breversed\b")),
    (MovementKind.SETTLEMENT, re.compile(r"\bfrom bank\b|\bdeposit of funds\b|\bsettlement\b")),
)


def kind_of(words: str, amount: Decimal) -> MovementKind:
    """The kind of a line, by its details and type and by the direction of the money.

    What comes in and is nothing else is a payment: customers who pay from a bank or from Airtel
    Money arrive as `Organization To Organization Transfer`, so the type alone proves no transfer.
    """
    known, rest = (_OUT, MovementKind.TRANSFER) if amount < 0 else (_IN, MovementKind.PAYMENT)
    text = words.lower()
    return next((kind for kind, pattern in known if pattern.search(text)), rest)
