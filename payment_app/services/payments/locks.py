"""Payments and their bookings, locked and read for whoever settles them.

Locks are always taken in the order booking → payment, each kind in the order of its ids, so two
settlements can wait for each other but never in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select

from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments import events
from payment_app.services.shared.keys import seals
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of

_FORESEEN = "foreseen"


@dataclass
class _Foreseen:
    """What `foresee` has locked and read: rules need not ask the database for it again."""

    bookings: dict[int, Booking]
    payments: dict[int, Payment]
    received: dict[int, Decimal]
    """Shillings by booking, of payments that are not among `payments`."""
    holders: dict[str, set[int]]
    """Payments by the receipt that they hold, in upper case, of those receipts that were foreseen;
    kept up to date by `hold_receipt`."""


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


def hold_receipt(rows: Rows, payment: Payment) -> None:
    """Tell those who are weighed after `payment` that it holds its receipt now."""
    receipt = payment.mpesa_receipt_number
    if (seen := _foreseen(rows)) and receipt in seen.holders:
        seen.holders[receipt].add(id_of(payment))


def _foreseen(rows: Rows) -> _Foreseen | None:
    seen: _Foreseen | None = rows.info.get(_FORESEEN)
    return seen


def receipt_taken(rows: Rows, payment: Payment, receipt: str) -> bool:
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


def received_for(rows: Rows, booking: Booking, payment: Payment) -> Decimal:
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
