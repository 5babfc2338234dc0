"""The state machine of a refund: one pure function over ranked evidence, like that of a payment.

    requested → approved → submitting → sent → rejected → failed → external → done

Nobody sets a status; each kind of evidence claims one, and the highest rank stays. `sent` also
stands for "may have been sent": what became of it is asked, and never guessed. Evidence against the
record becomes a case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from payment_app.domain.money import MAX_PER_TRANSACTION

MIN_PAYOUT = Decimal(10)
"""Shillings; the least that M-Pesa pays out to a phone."""


class RefundStatus(StrEnum):
    """The status words of a refund: in the database, the API and on pages."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    SENT = "sent"
    REJECTED = "rejected"
    FAILED = "failed"
    EXTERNAL = "external"
    DONE = "done"


RANK: dict[RefundStatus, int] = {status: rank for rank, status in enumerate(RefundStatus)}

LIVE = frozenset(
    {
        RefundStatus.REQUESTED,
        RefundStatus.APPROVED,
        RefundStatus.SUBMITTING,
        RefundStatus.SENT,
    }
)
"""Money may go back yet: a payment has at most one such refund."""
UNDER_WAY = frozenset({RefundStatus.SUBMITTING, RefundStatus.SENT})
"""The order may be with M-Pesa."""
RETURNED = frozenset({RefundStatus.EXTERNAL, RefundStatus.DONE})
"""The money went back."""
NOTHING_MOVED = frozenset({RefundStatus.REJECTED, RefundStatus.FAILED})


class Way(StrEnum):
    """How money goes back."""

    REVERSAL = "reversal"
    """M-Pesa takes the whole payment back."""
    PAYOUT = "payout"
    """A payment of ours to the phone (B2C): a part, or where a reversal was refused."""
    EXTERNAL = "external"
    """It went back by other means, with evidence: nothing is sent."""


@dataclass(frozen=True)
class Evidence:
    """One thing that happened to a refund.

    Attributes:
        claims: the status that it speaks for.
        at: when we learned it, UTC.
        amount: shillings that went back, where the source knows it.
        receipt: M-Pesa's number of the refund itself, in upper case.
        code, desc: M-Pesa's, verbatim.
    """

    claims: RefundStatus
    at: datetime
    amount: Decimal | None = None
    receipt: str | None = None
    code: str | None = None
    desc: str | None = None


@dataclass(frozen=True)
class Known:
    """What a refund knows so far.

    Attributes:
        fits: whether the payment still has room for it: another refund may have taken its place
            after this one was reported as failed.
    """

    status: RefundStatus
    amount: Decimal
    receipt: str | None = None
    fits: bool = True


class Contradiction(StrEnum):
    """Evidence against the record. A person decides; the record stays."""

    AMOUNT = "refund_amount_mismatch"
    SECOND_RECEIPT = "refund_second_receipt"
    DENIED = "refund_denied"
    TWICE = "refund_twice"


@dataclass(frozen=True)
class Decision:
    """What one piece of evidence does.

    Attributes:
        changed: the status moved.
        receipt_added: the money was back already, and now its number is known.
    """

    known: Known
    changed: bool = False
    receipt_added: bool = False
    contradiction: Contradiction | None = None


def decide(known: Known, evidence: Evidence) -> Decision:
    """Weigh one piece of evidence: a total function without I/O."""
    contradiction = _contradiction(known, evidence)
    if contradiction is not None:
        return Decision(known, contradiction=contradiction)
    if RANK[evidence.claims] > RANK[known.status]:
        receipt = evidence.receipt if evidence.claims in RETURNED else None
        raised = replace(known, status=evidence.claims, receipt=known.receipt or receipt)
        return Decision(raised, changed=True)
    if known.status is RefundStatus.DONE and known.receipt is None and evidence.receipt:
        return Decision(replace(known, receipt=evidence.receipt), receipt_added=True)
    return Decision(known)


def _contradiction(known: Known, evidence: Evidence) -> Contradiction | None:
    if evidence.claims is RefundStatus.FAILED and known.status in RETURNED:
        return Contradiction.DENIED
    if evidence.claims is not RefundStatus.DONE:
        return None
    if evidence.amount is not None and evidence.amount != known.amount:
        return Contradiction.AMOUNT
    if known.status is RefundStatus.DONE:
        differ = None not in (known.receipt, evidence.receipt) and known.receipt != evidence.receipt
        return Contradiction.SECOND_RECEIPT if differ else None
    return None if known.fits else Contradiction.TWICE


def way_for(
    amount: Decimal, paid: Decimal, returned: Decimal, *, receipt: str | None, reversible: bool
) -> Way | None:
    """How `amount` of a payment goes back; `None` where M-Pesa moves it neither way.

    Nothing shows that M-Pesa reverses a part, so a reversal is for all of a payment only.

    Args:
        returned: shillings of it that went back before.
        receipt: the payment's, by which M-Pesa knows what to reverse.
        reversible: no reversal of it was refused yet.
    """
    whole = amount == paid and returned == 0
    if whole and receipt and reversible and amount <= MAX_PER_TRANSACTION:
        return Way.REVERSAL
    return Way.PAYOUT if MIN_PAYOUT <= amount <= MAX_PER_TRANSACTION else None
