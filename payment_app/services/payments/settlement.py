"""Evidence becomes fact here, and only here: one transaction for payment, event, booking, case.

`apply()` runs inside the caller's transaction. Locks are always taken in the order booking →
payment, so two settlements can wait for each other but never in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import (
    LIVE,
    MONEY,
    Decision,
    Evidence,
    Known,
    PaymentStatus,
    Source,
    decide,
    lacks_proof_of_amount,
)
from payment_app.live.hub import booking_topic
from payment_app.services.payments import cases, locks, pauses
from payment_app.services.payments.events import Happening, record
from payment_app.services.payments.query_schedule import receipt_due
from payment_app.services.shared.keys import seals
from payment_app.services.shared.metrics import SETTLED
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import after_commit, hint_after_commit

log = structlog.get_logger("payment_app.settlement")

CONFIRM_AFTER = timedelta(seconds=5)
"""A callback's result is confirmed by a query this much later: a second witness, not a gate."""


@dataclass(frozen=True)
class Applied:
    """What one piece of evidence did to the database.

    Attributes:
        status: the payment's, afterwards.
        changed: the status moved.
        case: the kind of case that the evidence belongs to, where it contradicts the record.
        held: it claims money without saying how much while the amount is disputed; nothing moved.
    """

    status: PaymentStatus
    changed: bool
    case: str | None = None
    held: bool = False


def apply(rows: Rows, payment_id: int, evidence: Evidence, happening: Happening) -> Applied:
    """Lock the payment and its booking, then `weigh`, whose arguments and errors hold here too.

    Raises:
        NoResultFound: there is no such payment.
    """
    booking, payment = locks.lock_payment(rows, payment_id)
    return weigh(rows, booking, payment, evidence, happening)


def weigh(
    rows: Rows,
    booking: Booking,
    payment: Payment,
    evidence: Evidence,
    happening: Happening,
) -> Applied:
    """Decide what `evidence` means for a payment and write all that follows, or nothing.

    The rules are `domain.lifecycle.decide`'s: the highest rank stays, contradictions become cases.
    What is written together: payment, event, booking (its sum in shillings) and case. Evidence that
    changes nothing leaves no trace here; a callback's raw form stays in the inbox.

    Args:
        rows: the caller's transaction; it holds both by `locks.lock_payment` and commits.
        evidence: amounts in shillings, times UTC.
        happening: the line of history, written only where the record changes.

    Raises:
        SQLAlchemyError: the caller's transaction is lost, and with it everything done here.
    """
    if evidence.receipt and locks.receipt_taken(rows, payment, evidence.receipt):
        taken = CaseKind.RECEIPT_USED_TWICE
        cases.open_case(rows, payment, taken, _describe(evidence), at=evidence.at)
        return Applied(PaymentStatus(payment.status), changed=False, case=taken)
    known = _known(payment)
    if lacks_proof_of_amount(known, evidence):
        known = replace(known, amount_disputed=amount_disputed(rows, payment))
    decision = decide(known, evidence)
    case = _contradict(rows, payment, evidence, decision)
    if decision.changed or decision.receipt_added:
        _write(rows, booking, payment, evidence, decision, happening)
    return Applied(decision.known.status, decision.changed, case, decision.held)


def amount_disputed(rows: Rows, payment: Payment) -> bool:
    """Whether another amount than asked was ever reported for `payment`.

    Also after a person has resolved that case: what they found out reaches the record as evidence
    with an amount, never by a query that knows none.
    """
    return cases.has_case(rows, payment, CaseKind.AMOUNT_MISMATCH)


def _known(payment: Payment) -> Known:
    return Known(
        status=PaymentStatus(payment.status),
        amount=payment.amount,
        receipt=payment.mpesa_receipt_number,
        witness=Source(payment.witness or Source.CHECKOUT),
    )


def _contradict(rows: Rows, payment: Payment, evidence: Evidence, decision: Decision) -> str | None:
    if decision.contradiction is None:
        return None
    if evidence.source is Source.CALLBACK:
        payment.next_check_at = evidence.at
    kind = CaseKind(decision.contradiction.value)
    cases.open_case(rows, payment, kind, _describe(evidence), at=evidence.at)
    return kind


def _describe(evidence: Evidence) -> dict[str, str | None]:
    return {
        "source": evidence.source,
        "claims": evidence.claims,
        "amount": None if evidence.amount is None else str(evidence.amount),
        "receipt": evidence.receipt,
        "result_code": evidence.result_code,
        "result_desc": evidence.result_desc,
    }


def _write(
    rows: Rows,
    booking: Booking,
    payment: Payment,
    evidence: Evidence,
    decision: Decision,
    happening: Happening,
) -> None:
    former = payment.status
    payment.status = decision.known.status.value
    payment.mpesa_receipt_number = decision.known.receipt
    payment.witness = decision.known.witness.value
    payment.version += 1
    locks.hold_receipt(rows, payment)
    if decision.changed:
        _note_result(rows, payment, evidence)
    record(rows, payment, happening, at=evidence.at, from_status=former)
    if decision.receipt_added:
        why = f"The receipt number came: {payment.mpesa_receipt_number}."
        cases.settle_by_itself(rows, payment, CaseKind.MISSING_RECEIPT, why, at=evidence.at)
    if decision.changed and evidence.claims not in LIVE and payment.checks_done:
        why = f"It is known how it ended: {payment.status}."
        cases.settle_by_itself(rows, payment, CaseKind.QUERY_REFUSED, why, at=evidence.at)
    if decision.changed and evidence.result_code == pauses.TOO_SOON:
        pauses.learn_from(rows, payment, evidence.at)
    if decision.changed and payment.status in MONEY:
        _count_money(rows, booking, payment, evidence.at)
    hint_after_commit(rows, booking_topic(id_of(booking)))
    what = "payment_" + payment.status if decision.changed else "receipt_added"
    line = partial(
        log.info,
        what,
        payment_id=payment.payment_id,
        booking_id=booking.booking_id,
        from_status=former,
        source=evidence.source.value,
        result_code=evidence.result_code,
        receipt=payment.mpesa_receipt_number,
    )
    after_commit(rows, line)


def _note_result(rows: Rows, payment: Payment, evidence: Evidence) -> None:
    payment.result_code = evidence.result_code or payment.result_code
    payment.result_desc = (evidence.result_desc or payment.result_desc or "")[:500] or None
    if evidence.claims is PaymentStatus.COMPLETED:
        payment.payment_date = evidence.paid_at or evidence.at
    if evidence.claims not in LIVE:
        payment.settled_at = evidence.at
        payment.next_check_at = _next_check(payment, evidence)
        after_commit(rows, SETTLED.labels(payment.status).inc)


def _next_check(payment: Payment, evidence: Evidence) -> datetime | None:
    """When to ask Daraja again about a payment that has just ended."""
    if payment.checkout_request_id is None or evidence.source is Source.QUERY:
        return receipt_due(payment, evidence.at)
    if evidence.source is Source.CALLBACK:
        return evidence.at + CONFIRM_AFTER
    # We only stopped waiting: the ladder of queries goes on until somebody knows.
    return payment.next_check_at if evidence.claims is PaymentStatus.EXPIRED else None


def _count_money(rows: Rows, booking: Booking, payment: Payment, at: datetime) -> None:
    """Recount the booking from its payments; too much or too late money is a case, not a loss."""
    was_closed = booking.status == bookings.BookingStatus.CLOSED
    paid_at = payment.payment_date or at
    too_late = booking.expires_at is not None and booking.expires_at <= paid_at
    booking.amount_paid = locks.received_for(rows, booking, payment)
    booking.status = bookings.status_for(booking.amount, booking.amount_paid, closed=was_closed)
    booking.updated_at = at
    seals.renew(rows, seals.BOOKING, booking)
    facts: dict[str, str | None] = {
        "amount": str(booking.amount),
        "amount_paid": str(booking.amount_paid),
    }
    if was_closed or too_late:
        cases.open_case(rows, payment, CaseKind.PAID_AFTER_CLOSE, facts, at=at)
    if booking.amount_paid > booking.amount:
        cases.open_case(rows, payment, CaseKind.OVERPAID, facts, at=at)
