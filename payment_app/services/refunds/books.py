"""What a refund's evidence changes: the refund, its payment's history, the booking's sum.

All in the caller's transaction, which holds booking, payment and refund, locked in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

import structlog
from sqlalchemy import bindparam, func, select

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import PaymentStatus, Source
from payment_app.domain.refunds import (
    LIVE,
    NOTHING_MOVED,
    RETURNED,
    Evidence,
    Known,
    RefundStatus,
    decide,
)
from payment_app.live.hub import booking_topic
from payment_app.services.payments import cases, locks
from payment_app.services.payments.events import Happening, record
from payment_app.services.shared.keys import seals
from payment_app.services.shared.metrics import REFUNDS
from payment_app.storage.dialect import table_of
from payment_app.storage.refund_tables import Refund
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import after_commit, hint_after_commit
from payment_app.storage.types import stored_id

log = structlog.get_logger("payment_app.refunds")

REFUNDS_TOPIC = "refunds"
"""Hinted at whenever any refund changes: open lists of staff look again."""


_refund = table_of(Refund).c
_OWNER = select(_refund.payment_id).where(_refund.refund_id == bindparam("id"))
_LOCK = select(table_of(Refund)).where(_refund.refund_id == bindparam("id")).with_for_update()
_HELD = select(func.coalesce(func.sum(_refund.amount), 0)).where(
    _refund.payment_id == bindparam("payment"),
    _refund.status.in_([status.value for status in LIVE]),
)


@dataclass
class Books:
    """The three rows that a refund changes, locked and examined."""

    booking: Booking
    payment: Payment
    refund: Refund


def lock_refund(rows: Rows, refund_id: int) -> Books | None:
    """Lock a refund and what it belongs to; `None` if there is no such refund."""
    payment_id = rows.execute(_OWNER, {"id": refund_id}).scalar_one_or_none()
    if payment_id is None:
        return None
    booking, payment = locks.lock_payment(rows, payment_id)
    refund = rows.read_one(Refund, _LOCK, {"id": refund_id})
    seals.examine_row(rows, seals.REFUND, refund)
    return Books(booking, payment, refund)


def weigh(rows: Rows, books: Books, evidence: Evidence, happening: Happening) -> RefundStatus:
    """Decide what `evidence` means for a refund and write all that follows, or nothing.

    Money that is back lowers the payment and the booking at once; contradictions become cases.
    """
    refund, former = books.refund, books.payment.status
    decision = decide(_known(rows, books), evidence)
    if decision.contradiction is not None:
        _open_case(rows, books, CaseKind(decision.contradiction.value), evidence)
        return RefundStatus(refund.status)
    if not decision.changed and not decision.receipt_added:
        return RefundStatus(refund.status)
    refund.status = decision.known.status.value
    refund.receipt = decision.known.receipt
    if decision.changed:
        _note(refund, evidence)
    if decision.changed and decision.known.status in RETURNED:
        _give_back(rows, books, evidence.at)
    write_down(rows, books, happening, evidence.at, former=former)
    said = {"refund_id": refund.refund_id, "code": evidence.code}
    after_commit(rows, REFUNDS.labels(refund.status).inc)
    after_commit(rows, partial(log.info, f"refund_{refund.status}", **said))
    return decision.known.status


def write_down(
    rows: Rows,
    books: Books,
    happening: Happening,
    at: datetime,
    *,
    former: str | None = None,
) -> None:
    """One line in the payment's history, over the payment as it is now; the refund's seal anew.

    Args:
        former: the payment's status before, where it has changed.
    """
    seals.renew(rows, seals.REFUND, books.refund)
    from_status = former or books.payment.status
    record(rows, books.payment, happening, at=at, from_status=from_status)
    hint_after_commit(rows, booking_topic(id_of(books.booking)))
    hint_after_commit(rows, REFUNDS_TOPIC)


def returned_or_held(rows: Rows, payment: Payment) -> Decimal:
    """Shillings of a payment that are back, or are on their way back."""
    rows.write()
    held = rows.execute(_HELD, {"payment": payment.payment_id}).scalar_one()
    return payment.amount_refunded + Decimal(str(held))


def _known(rows: Rows, books: Books) -> Known:
    refund, payment = books.refund, books.payment
    status = RefundStatus(refund.status)
    fits = True
    if status in NOTHING_MOVED:
        # Reported as failed, and its place may be another's by now.
        taken = returned_or_held(rows, payment)
        fits = taken == refund.returned_before
    return Known(status, refund.amount, refund.receipt, fits)


def _note(refund: Refund, evidence: Evidence) -> None:
    refund.result_code = (evidence.code or refund.result_code or "")[:40] or None
    refund.result_desc = (evidence.desc or refund.result_desc or "")[:500] or None
    if evidence.claims not in LIVE:
        refund.settled_at = evidence.at
        refund.next_check_at = None


def _give_back(rows: Rows, books: Books, at: datetime) -> None:
    """The payment is less by the refund; when nothing is left of it, it is `refunded`."""
    payment, booking = books.payment, books.booking
    payment.amount_refunded += books.refund.amount
    payment.version += 1
    if payment.amount_refunded >= payment.amount:
        payment.status = PaymentStatus.REFUNDED.value
    closed = booking.status == bookings.BookingStatus.CLOSED or books.refund.close_booking
    booking.amount_paid = locks.received_for(rows, booking, payment)
    booking.status = bookings.status_for(booking.amount, booking.amount_paid, closed=closed)
    booking.updated_at = at
    seals.renew(rows, seals.BOOKING, booking)
    if booking.amount_paid <= booking.amount:
        why = f"What was too much went back: refund {stored_id(books.refund.refund_id)}."
        cases.settle_by_itself(rows, payment, CaseKind.OVERPAID, why, at=at)


def _open_case(rows: Rows, books: Books, kind: CaseKind, evidence: Evidence) -> None:
    facts = {
        "source": Source.RESULT.value,
        "refund": str(books.refund.refund_id),
        "claims": evidence.claims.value,
        "amount": None if evidence.amount is None else str(evidence.amount),
        "receipt": evidence.receipt,
        "result_code": evidence.code,
        "result_desc": evidence.desc,
    }
    cases.open_case(rows, books.payment, kind, facts, at=evidence.at)
