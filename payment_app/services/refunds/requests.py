"""R1 and what is decided about it: the transactions in which a refund is asked for and agreed to.

The refund is on disk before anybody hears of it, with the id of our own that guards a payout.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.exc import NoResultFound

from payment_app.daraja import ORDER_CODES
from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from payment_app.domain.lifecycle import PaymentStatus, Source
from payment_app.domain.money import format_ksh, shillings
from payment_app.domain.refunds import LIVE, Evidence, RefundStatus, Way, way_for
from payment_app.services.payments import locks
from payment_app.services.payments.events import Happening
from payment_app.services.refunds.books import (
    Books,
    lock_refund,
    weigh,
    write_down,
)
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.keys import seals
from payment_app.services.shared.keys.tokens import new_token
from payment_app.storage.dialect import table_of
from payment_app.storage.refund_tables import Refund
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import Transaction
from payment_app.storage.types import stored_id

API = "api"
OTHER_WAY = tuple(code for code, row in ORDER_CODES.items() if row.other_way)
"""A reversal that M-Pesa refused with one of these may go out as a payout."""
LONGEST_REASON = 200


_refund = table_of(Refund).c
_OF = select(_refund.refund_id).where(_refund.payment_id == bindparam("payment"))
_LIVE_OF = _OF.where(
    _refund.status.in_([status.value for status in LIVE])
    # Reported as failed and then as done: as long as M-Pesa is asked which, nothing else goes out.
    | ((_refund.status == RefundStatus.FAILED.value) & _refund.next_check_at.is_not(None))
)
_REFUSED_OF = _OF.where(
    _refund.way == Way.REVERSAL.value,
    _refund.status == RefundStatus.FAILED.value,
    _refund.result_code.in_(OTHER_WAY),
)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to go back.

    Attributes:
        amount: shillings; `None` for all that is left.
        close_booking: also cancel the booking, once the money is back.
        way: `None` lets the app choose; `EXTERNAL` writes down what went back by other means.
    """

    payment_id: int
    amount: Decimal | None
    reason: str
    close_booking: bool = False
    way: Way | None = None


@dataclass(frozen=True)
class Asked:
    """A refund as it stands after somebody asked for it."""

    refund_id: int
    status: RefundStatus
    way: Way
    amount: Decimal


def request(
    transaction: Transaction,
    wish: Wish,
    reason: str,
    actor: str,
    limit: Decimal,
    now: datetime,
) -> Asked:
    """R1: the refund is on disk before anybody else hears of it."""
    rows = transaction.rows
    booking, payment = _paid(rows, wish.payment_id)
    _nothing_under_way(rows, payment)
    amount = _amount(wish, payment)
    way = wish.way or way_for(
        amount,
        payment.amount,
        payment.amount_refunded,
        receipt=payment.mpesa_receipt_number,
        reversible=not _reversal_was_refused(rows, payment),
    )
    if way is None:
        raise BadInput(
            "no_way",
            "M-Pesa pays out KSh 10 to KSh 250,000 at a time. Nothing was sent; choose another "
            "amount, or return it another way and write that down here.",
        )
    refund = _insert(rows, booking, payment, wish, way, amount, reason, actor, limit, now)
    books = Books(booking, payment, refund)
    seals.seal_new(rows, seals.REFUND, refund)
    words = f"{format_ksh(amount)} to go back ({way.value}): {reason}"
    write_down(rows, books, Happening("refund_requested", actor, Source.STAFF, words), now)
    if not books.refund.needs_second:
        _agree(rows, books, actor, now)
    rows.write()
    reached(Step.IN_R1)
    return Asked(stored_id(refund.refund_id), RefundStatus(refund.status), way, amount)


def _insert(
    rows: Rows,
    booking: Booking,
    payment: Payment,
    wish: Wish,
    way: Way,
    amount: Decimal,
    reason: str,
    actor: str,
    limit: Decimal,
    now: datetime,
) -> Refund:
    """A refund that was just asked for. A payout's own id is drawn now: M-Pesa's guard by it."""
    return rows.insert(
        Refund,
        payment_id=id_of(payment),
        booking_id=id_of(booking),
        amount=amount,
        paid=payment.amount,
        returned_before=payment.amount_refunded,
        way=way.value,
        phone_number=payment.phone_number,
        reason=reason,
        close_booking=wish.close_booking,
        requested_by=actor,
        requested_at=now,
        # In all: a large refund is not made small by parts.
        needs_second=payment.amount_refunded + amount > limit,
        originator_conversation_id=f"refund-{new_token()}" if way is Way.PAYOUT else None,
    )


def approve(transaction: Transaction, refund_id: int, actor: str, now: datetime) -> None:
    books = _waiting(transaction.rows, refund_id)
    if books.refund.requested_by == actor:
        raise Forbidden(
            "own_refund", "Somebody else has to agree to your refund. Nothing was sent."
        )
    _agree(transaction.rows, books, actor, now)
    transaction.rows.write()
    reached(Step.IN_R1)


def _agree(rows: Rows, books: Books, actor: str, now: datetime) -> None:
    refund = books.refund
    refund.decided_by, refund.decided_at = actor, now
    external = refund.way == Way.EXTERNAL
    claims = RefundStatus.EXTERNAL if external else RefundStatus.APPROVED
    words = f"{format_ksh(refund.amount)}: {refund.reason}"
    kind = "refund_external" if external else "refund_approved"
    weigh(rows, books, Evidence(claims, now), Happening(kind, actor, Source.STAFF, words))


def reject(transaction: Transaction, refund_id: int, actor: str, why: str, now: datetime) -> None:
    books = _waiting(transaction.rows, refund_id)
    books.refund.decided_by, books.refund.decided_at = actor, now
    evidence = Evidence(RefundStatus.REJECTED, now, desc=why)
    happening = Happening("refund_rejected", actor, Source.STAFF, why)
    weigh(transaction.rows, books, evidence, happening)


def _waiting(rows: Rows, refund_id: int) -> Books:
    """The refund, locked, if nobody has decided about it yet."""
    books = lock_refund(rows, refund_id)
    if books is None:
        raise no_refund()
    if books.refund.status != RefundStatus.REQUESTED:
        raise Conflict("refund_decided", "Somebody else has decided about this refund already.")
    return books


def _paid(rows: Rows, payment_id: int) -> tuple[Booking, Payment]:
    try:
        booking, payment = locks.lock_payment(rows, payment_id)
    except NoResultFound:
        raise NotFound("payment_not_found", "There is no such payment.") from None
    if payment.status != PaymentStatus.COMPLETED:
        raise Conflict(
            "nothing_to_refund",
            f"This payment is {payment.status}: there is no money to give back. Nothing was sent.",
        )
    return booking, payment


def _amount(wish: Wish, payment: Payment) -> Decimal:
    left = payment.amount - payment.amount_refunded
    amount = left if wish.amount is None else shillings(wish.amount)
    if not 0 < amount <= left:
        raise BadInput(
            "invalid_amount",
            f"{format_ksh(left)} of this payment can still go back. Nothing was sent.",
        )
    return amount


def _nothing_under_way(rows: Rows, payment: Payment) -> None:
    live = rows.execute(_LIVE_OF, {"payment": payment.payment_id})
    if live.first() is not None:
        raise in_progress()


def _reversal_was_refused(rows: Rows, payment: Payment) -> bool:
    """M-Pesa has said no to a reversal of this payment: the next one goes to the phone."""
    refused = rows.execute(_REFUSED_OF, {"payment": payment.payment_id})
    return refused.first() is not None


def read_reason(text: str) -> str:
    words = " ".join(text.split())
    if not 3 <= len(words) <= LONGEST_REASON:
        raise BadInput(
            "invalid_reason", f"Write why, in 3 to {LONGEST_REASON} characters. Nothing was sent."
        )
    return words


def in_progress() -> Conflict:
    return Conflict(
        "refund_in_progress",
        "Another refund of this payment is under way. Nothing was sent; wait until it has ended.",
    )


def no_refund() -> NotFound:
    return NotFound("refund_not_found", "There is no such refund.")
