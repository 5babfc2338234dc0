"""Evidence becomes fact here, and only here: one transaction for payment, event, booking, case.

`apply()` runs inside the caller's transaction. Locks are always taken in the order booking →
payment, so two settlements can wait for each other but never in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import structlog
from sqlalchemy import BindParameter, Select, bindparam, func, select

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
from payment_app.services.payments import cases, events, pauses
from payment_app.services.payments.events import Happening, record
from payment_app.services.payments.query_schedule import receipt_due
from payment_app.services.shared import seals
from payment_app.services.shared.metrics import SETTLED
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import after_commit, hint_after_commit

log = structlog.get_logger("payment_app.settlement")

_FORESEEN = "foreseen"
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


@dataclass
class _Foreseen:
    """What `foresee` has locked and read: rules need not ask the database for it again."""

    bookings: dict[int, Booking]
    payments: dict[int, Payment]
    received: dict[int, Decimal]
    """Shillings by booking, of payments that are not among `payments`."""
    holders: dict[str, set[int]]
    """Payments by the receipt that they hold, in upper case, of those receipts that were foreseen;
    kept up to date by `_write`."""


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_bookings, _payments = table_of(Booking), table_of(Payment)
_booking, _payment = _bookings.c, _payments.c
# Statements are built once: building one costs as much as SQLite needs to run it.
_OWNERS = select(_payment.booking_id).where(_payment.payment_id.in_(_IDS)).distinct()
_LOCK_BOOKINGS = (
    select(_bookings)
    .where(_booking.booking_id.in_(_IDS))
    .order_by(_booking.booking_id)
    .with_for_update(key_share=True)
)
_LOCK_PAYMENTS = (
    select(_payments)
    .where(_payment.payment_id.in_(_IDS))
    .order_by(_payment.payment_id)
    .with_for_update(key_share=True)
)
_LOCK_BOOKING_OF = (
    select(_bookings)
    .join(_payments, _payment.booking_id == _booking.booking_id)
    .where(_payment.payment_id == bindparam("id"))
    .with_for_update(of=_bookings, key_share=True)
)
_LOCK_PAYMENT = (
    select(_payments).where(_payment.payment_id == bindparam("id")).with_for_update(key_share=True)
)
_RECEIVED: Select[Any] = (
    select(_payment.booking_id, func.sum(_payment.amount - _payment.amount_refunded))
    .where(
        _payment.booking_id.in_(_IDS),
        _payment.status.in_([status.value for status in MONEY]),
        _payment.payment_id.not_in(bindparam("but", expanding=True)),
    )
    .group_by(_payment.booking_id)
)
_HOLDERS: Select[Any] = select(_payment.mpesa_receipt_number, _payment.payment_id).where(
    _payment.mpesa_receipt_number.in_(bindparam("receipts", expanding=True))
)


def foresee(rows: Rows, payment_ids: Collection[int], receipts: Iterable[str]) -> None:
    """Lock many payments and their bookings, and read what rules will ask about them, at once.

    One statement for each kind of row instead of some for each payment; `lock_payment` and `weigh`
    then find it. Both kinds are locked in the order of their ids, bookings first, as anybody locks.

    Args:
        receipts: those that the evidence will bring.
    """
    wanted = sorted(payment_ids)
    booking_ids = sorted(rows.execute(_OWNERS, {"ids": wanted}).scalars())
    locked = rows.read(Booking, _LOCK_BOOKINGS, {"ids": booking_ids})
    bookings_by_id = {id_of(booking): booking for booking in locked}
    payments = {id_of(one): one for one in rows.read(Payment, _LOCK_PAYMENTS, {"ids": wanted})}
    rows.info[_FORESEEN] = _Foreseen(
        bookings_by_id,
        payments,
        received=_received(rows, booking_ids, but=payments),
        holders=_holders(rows, receipts),
    )
    for booking in bookings_by_id.values():
        seals.examine_row(rows, seals.BOOKING, booking)
    for payment in payments.values():
        events.examine(rows, payment)


def lock_payment(rows: Rows, payment_id: int) -> tuple[Booking, Payment]:
    """The booking and its payment, both locked until the transaction ends, read afresh.

    Always in this order, so that two settlements never wait for each other in a circle. Rows that
    refer to them, such as a callback that is being stored, need not wait (`key_share`). Both are
    held to their seals here: a row that was changed behind our back is not sealed again.

    Raises:
        NoResultFound: there is no such payment.
    """
    seen = _foreseen(rows)
    if seen is not None and payment_id in seen.payments:
        payment = seen.payments[payment_id]
        return seen.bookings[payment.booking_id], payment
    booking = rows.read_one(Booking, _LOCK_BOOKING_OF, {"id": payment_id})
    payment = rows.read_one(Payment, _LOCK_PAYMENT, {"id": payment_id})
    seals.examine_row(rows, seals.BOOKING, booking)
    events.examine(rows, payment)
    return booking, payment


def apply(rows: Rows, payment_id: int, evidence: Evidence, happening: Happening) -> Applied:
    """Lock the payment and its booking, then `weigh`, whose arguments and errors hold here too.

    Raises:
        NoResultFound: there is no such payment.
    """
    booking, payment = lock_payment(rows, payment_id)
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
        rows: the caller's transaction; it holds both by `lock_payment` and commits.
        evidence: amounts in shillings, times UTC.
        happening: the line of history, written only where the record changes.

    Raises:
        SQLAlchemyError: the caller's transaction is lost, and with it everything done here.
    """
    if evidence.receipt and _receipt_taken(rows, payment, evidence.receipt):
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


def _foreseen(rows: Rows) -> _Foreseen | None:
    seen: _Foreseen | None = rows.info.get(_FORESEEN)
    return seen


def _receipt_taken(rows: Rows, payment: Payment, receipt: str) -> bool:
    """Whether another payment holds `receipt` (upper case)."""
    seen = _foreseen(rows)
    known = seen is not None and receipt in seen.holders
    holders = seen.holders if seen is not None and known else _holders(rows, [receipt])
    return bool(holders[receipt] - {payment.payment_id})


def _holders(rows: Rows, receipts: Iterable[str]) -> dict[str, set[int]]:
    """Payments by receipt, in upper case; a row may have been loaded in lower case."""
    found: dict[str, set[int]] = {receipt.upper(): set() for receipt in receipts}
    if found:
        spellings = [*found, *(receipt.lower() for receipt in found)]
        for receipt, payment_id in rows.execute(_HOLDERS, {"receipts": spellings}):
            found[receipt.upper()].add(payment_id)
    return found


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
    if (seen := _foreseen(rows)) and payment.mpesa_receipt_number in seen.holders:
        seen.holders[payment.mpesa_receipt_number].add(id_of(payment))
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
    booking.amount_paid = _received_for(rows, booking, payment)
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


def _received_for(rows: Rows, booking: Booking, payment: Payment) -> Decimal:
    """Shillings that completed payments of `booking` brought, `payment` as it is now among them."""
    seen = _foreseen(rows)
    booking_id = id_of(booking)
    if seen is None or payment.payment_id not in seen.payments:
        others = _received(rows, [booking_id], but={id_of(payment): payment})
        return others.get(booking_id, Decimal(0)) + _worth(payment)
    here = (p for p in seen.payments.values() if p.booking_id == booking_id)
    return sum(map(_worth, here), seen.received.get(booking_id, Decimal(0)))


def _worth(payment: Payment) -> Decimal:
    """Shillings that a payment counts for."""
    if payment.status not in MONEY:
        return Decimal(0)
    return payment.amount - payment.amount_refunded


def _received(rows: Rows, booking_ids: Collection[int], but: Collection[int]) -> dict[int, Decimal]:
    """Shillings by booking of completed payments, those of `but` left out."""
    sums = rows.execute(_RECEIVED, {"ids": sorted(booking_ids), "but": sorted(but)})
    return {booking_id: Decimal(str(total)) for booking_id, total in sums}
