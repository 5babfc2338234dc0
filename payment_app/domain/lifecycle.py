"""The state machine of a payment: one pure function over ranked evidence.

Nobody sets a status. Whatever happens is *evidence*; each kind of evidence claims a status with
a rank, and a payment keeps the highest claim it has seen. A maximum does not care about order,
repetition or lateness, so duplicates, retries and races cannot change where a payment ends.

    created → submitting → unknown → pending → rejected → expired → failed → cancelled
                                                                  → completed → refunded

Evidence that contradicts the record (another amount, another receipt, a success and a failure for
the same prompt) is named as a `Contradiction` for a person; it never overwrites.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class PaymentStatus(StrEnum):
    """The status words of the public contract: in the database, the API and the page."""

    CREATED = "created"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    PENDING = "pending"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    REFUNDED = "refunded"


RANK: dict[PaymentStatus, int] = {
    PaymentStatus.CREATED: 0,
    PaymentStatus.SUBMITTING: 1,
    PaymentStatus.UNKNOWN: 2,
    PaymentStatus.PENDING: 3,
    PaymentStatus.REJECTED: 4,
    PaymentStatus.EXPIRED: 5,
    PaymentStatus.FAILED: 6,
    PaymentStatus.CANCELLED: 7,
    # 8 is left free on purpose: money always ranks clear of every kind of failure.
    PaymentStatus.COMPLETED: 9,
    PaymentStatus.REFUNDED: 10,
}

LIVE = frozenset(
    {
        PaymentStatus.CREATED,
        PaymentStatus.SUBMITTING,
        PaymentStatus.UNKNOWN,
        PaymentStatus.PENDING,
    }
)
"""A prompt may be on the phone: a booking has at most one such payment."""

FAILURES = frozenset(
    {
        PaymentStatus.REJECTED,
        PaymentStatus.EXPIRED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELLED,
    }
)
MONEY = frozenset({PaymentStatus.COMPLETED, PaymentStatus.REFUNDED})
"""Money arrived (and, if refunded, went back)."""


class Source(StrEnum):
    """Who brought the evidence, as shown in a payment's timeline."""

    CHECKOUT = "checkout"
    DARAJA = "daraja"
    CALLBACK = "callback"
    QUERY = "query"
    RECONCILER = "reconciler"
    STATEMENT = "statement"
    RESULT = "result"
    STAFF = "staff"


@dataclass(frozen=True)
class Evidence:
    """One thing that happened to a payment.

    Attributes:
        claims: the status that it speaks for.
        source: who says so.
        at: when we learned it, UTC.
        amount: shillings received, where the source knows it.
        receipt: M-Pesa receipt number, where the source knows it; kept in upper case, since some
            sources write it in lower case and both are one receipt.
        result_code: Daraja's code, as text.
        result_desc: Daraja's words, verbatim.
        paid_at: when the money moved, where the source knows it, UTC.
    """

    claims: PaymentStatus
    source: Source
    at: datetime
    amount: Decimal | None = None
    receipt: str | None = None
    result_code: str | None = None
    result_desc: str | None = None
    paid_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.receipt is not None:
            object.__setattr__(self, "receipt", self.receipt.upper())


@dataclass(frozen=True)
class Known:
    """What a payment knows so far: the part of its row that evidence can change.

    Attributes:
        status: highest claim so far.
        amount: shillings asked for; never changed by evidence.
        receipt: receipt number, `None` until a source brings one.
        witness: who brought the present status.
        amount_disputed: evidence with another amount has come; money without an amount is then no
            proof that the amount asked for arrived.
    """

    status: PaymentStatus
    amount: Decimal
    receipt: str | None = None
    witness: Source = Source.CHECKOUT
    amount_disputed: bool = False


class Contradiction(StrEnum):
    """Evidence against the record. A person decides; the record stays."""

    AMOUNT_MISMATCH = "amount_mismatch"
    SECOND_RECEIPT = "second_receipt"
    SUCCESS_DENIED = "success_denied"
    SUCCESS_AFTER_REFUND = "success_after_refund"


@dataclass(frozen=True)
class Decision:
    """What one piece of evidence does: the new knowledge and whether a person must look.

    Attributes:
        known: the knowledge after the evidence; equal to the former where it changed nothing.
        changed: the status moved.
        receipt_added: the payment had money but no receipt, and now has one.
        held: money is claimed, but not how much, while its amount is disputed: nothing follows.
        contradiction: why a case opens, or `None`.
    """

    known: Known
    changed: bool = False
    receipt_added: bool = False
    held: bool = False
    contradiction: Contradiction | None = None


def decide(known: Known, evidence: Evidence) -> Decision:
    """Weigh one piece of evidence: a total function without I/O, the same in any order.

    The status is the maximum by rank. Money with another amount than asked settles nothing, and
    from then on neither does money whose source knows no amount (a query).
    """
    contradiction = _contradiction(known, evidence)
    if contradiction is not None:
        return Decision(known, contradiction=contradiction)
    if lacks_proof_of_amount(known, evidence) and known.amount_disputed:
        return Decision(known, held=True)
    if RANK[evidence.claims] > RANK[known.status]:
        raised = replace(
            known,
            status=evidence.claims,
            receipt=known.receipt or _receipt_of_money(evidence),
            witness=evidence.source,
        )
        return Decision(raised, changed=True)
    receipt = _receipt_of_money(evidence)
    if known.status in MONEY and known.receipt is None and receipt is not None:
        return Decision(replace(known, receipt=receipt), receipt_added=True)
    return Decision(known)


def lacks_proof_of_amount(known: Known, evidence: Evidence) -> bool:
    """Money that is new to us, from a source that does not say how much."""
    claims_money = evidence.claims is PaymentStatus.COMPLETED and evidence.amount is None
    return claims_money and known.status not in MONEY


def _receipt_of_money(evidence: Evidence) -> str | None:
    """The receipt of a payment; a number that comes with a failure or a refund is another's."""
    return evidence.receipt if evidence.claims is PaymentStatus.COMPLETED else None


def _contradiction(known: Known, evidence: Evidence) -> Contradiction | None:
    """Why this evidence cannot stand beside what is known, if it cannot."""
    if evidence.claims is PaymentStatus.COMPLETED:
        return _money_contradiction(known, evidence)
    if evidence.claims in FAILURES and known.status in MONEY and _denies(evidence):
        return Contradiction.SUCCESS_DENIED
    return None


def _money_contradiction(known: Known, evidence: Evidence) -> Contradiction | None:
    if evidence.amount is not None and evidence.amount != known.amount:
        return Contradiction.AMOUNT_MISMATCH
    held = known.receipt.upper() if known.receipt else None  # loaded history may be in lower case
    if known.status in MONEY and None not in (held, evidence.receipt) and held != evidence.receipt:
        if known.status is PaymentStatus.REFUNDED:
            return Contradiction.SUCCESS_AFTER_REFUND
        return Contradiction.SECOND_RECEIPT
    return None


def _denies(evidence: Evidence) -> bool:
    """Only Daraja's own result denies money; our own time-outs and late answers never do."""
    return evidence.source in (Source.CALLBACK, Source.QUERY)
