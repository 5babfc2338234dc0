"""What must be true of each row of the books: plain values in, what is broken out.

The words of a finding stay the same while its cause does: they are what keeps it one case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, MONEY, Source
from payment_app.services.payments.callbacks.evidence import BY_CALLBACK
from payment_app.services.payments.callbacks.seal import is_ours, is_unkeyed
from payment_app.services.payments.events import GENESIS, event_is_right, payment_matches
from payment_app.services.records.retention import BODIES_KEPT
from payment_app.services.shared.keys.seals import BOOKING, REFUND, Facts, Keyring, row_is_sealed

Row = Mapping[str, Any]
Fault = tuple[str, str]
"""The slug of a rule, and words for staff."""

BY_STAFF = ("booking_changed", "booking_cancelled", "booking_reopened")
"""The actions that change what a booking's seal covers."""
_BY_STAFF: Mapping[str, Callable[[Any], object]] = {
    "amount": lambda shillings: Decimal(str(shillings)),
    "expires_at": lambda at: datetime.fromisoformat(str(at)) if at else None,
    "allow_instalments": bool,
}
_MASK = "•••"
_CLOSED = bookings.BookingStatus.CLOSED.value
OLDEST_LIVE = timedelta(hours=25)
"""The ladder ends a live payment after 24 hours; one more is given to the last rung."""


@dataclass(frozen=True)
class Beside:
    """What else there is of a payment.

    Attributes:
        cases, callbacks: how many; a callback is one that was stored, whatever came of it.
        moved_it: how many of the callbacks say that they changed its status.
    """

    cases: int = 0
    callbacks: int = 0
    moved_it: int = 0


def payment_faults(
    payment: Row, events: Sequence[Row], beside: Beside, now: datetime, keyring: Keyring
) -> Iterator[Fault]:
    """What is wrong with one payment. `events`: its history, oldest first."""
    if payment["seal"] is None and not any(event["facts"] for event in events):
        yield "never_sealed", "Nothing vouches for this payment: the app never sealed it."
    else:
        yield from _chain(payment, events, keyring)
        if not events or not payment_matches(payment, events[-1], keyring):
            yield "payment_changed", "The payment is not what the end of its history says."
        yield from _settled_once(payment, events)
    if sum(1 for event in events if event["kind"] == "case_opened") > beside.cases:
        yield "case_missing", "Its history tells of a case that is not there."
    if _callbacks_told(payment, events) > beside.callbacks:
        yield "callback_missing", "Its history tells of a callback that is not there."
    if beside.moved_it > sum(1 for event in events if event["kind"] == BY_CALLBACK[0]):
        yield "history_missing", "A callback changed this payment, and its history does not say so."
    since = payment["submitted_at"] or payment["created_at"]
    # A disputed amount stays unknown until a person finds out: that has a case of its own.
    disputed = any(
        event["kind"] == "case_opened" and event["detail"] == CaseKind.AMOUNT_MISMATCH
        for event in events
    )
    if payment["status"] in LIVE and since + OLDEST_LIVE < now and not disputed:
        status = payment["status"]
        yield "live_too_long", f"The payment is still {status} after more than a day."


def _chain(payment: Row, events: Sequence[Row], keyring: Keyring) -> Iterator[Fault]:
    previous, keyed = GENESIS, False
    for event in events:
        key_id = event["key_id"]
        if key_id is not None and key_id not in keyring:
            yield "unknown_key", f"Sealed with the key {key_id}, which is not among ours."
            return
        unkeyed_again = keyed and key_id is None
        whole = event["previous_hash"] == previous and event_is_right(event, keyring)
        if unkeyed_again or not whole:
            yield "event_chain", "The history was changed."
            return
        previous, keyed = event["hash"], key_id is not None
    if (payment["last_event_hash"] or GENESIS) != previous:
        yield "event_chain", "The history was changed."


def _callbacks_told(payment: Row, events: Sequence[Row]) -> int:
    """How many callbacks its history tells of, at least.

    Each is read at one moment, and writes at most one line beside that of a case. Without a token
    none was ever stored: such histories were loaded, or are the demo's.
    """
    if payment["callback_token_hash"] is None:
        return 0
    told = [e for e in events if e["source"] == Source.CALLBACK and e["key_id"] is not None]
    lines = sum(1 for event in told if event["kind"] in BY_CALLBACK)
    return max(lines, len({event["at"] for event in told}))


def _settled_once(payment: Row, events: Sequence[Row]) -> Iterator[Fault]:
    times = sum(1 for e in events if e["to_status"] in MONEY and e["from_status"] not in MONEY)
    should = 1 if payment["status"] in MONEY else 0
    if times != should:
        yield "settled_once", f"The payment is {payment['status']} and was settled {times} times."


def booking_faults(
    booking: Row, received: Decimal, actions: Sequence[Row], keyring: Keyring
) -> Iterator[Fault]:
    """What is wrong with one booking.

    Args:
        received: what its payments add up to, less refunds.
        actions: what staff did to it, oldest first: `action`, and `after` as JSON.
    """
    paid = booking["amount_paid"]
    if received != paid:
        yield "booking_total", f"The booking says KSh {paid}, its payments add up to {received}."
    else:
        closed = booking["status"] == bookings.BookingStatus.CLOSED
        status = bookings.status_for(booking["amount"], paid, closed=closed)
        if booking["status"] != status:
            words = f"The booking is {booking['status']}, its money says {status}."
            yield "booking_status", words
    yield from sealed_faults(booking, "booking", keyring, BOOKING)
    yield from _put_back(booking, actions)


def _put_back(booking: Row, actions: Sequence[Row]) -> Iterator[Fault]:
    """An older row with its own older seal is right by itself: the activity log tells it."""
    made: dict[str, object] = {}
    for action in actions:
        made |= json.loads(action["after"] or "{}")
    for name, read in _BY_STAFF.items():
        # What looked like a phone number was masked in the log, and says nothing.
        told = name in made and _MASK not in str(made[name])
        if told and read(booking[name]) != read(made[name]):
            yield "booking_put_back", f"Its {name} is not what staff last made of it."
    if (made.get("status") == _CLOSED) != (booking["status"] == _CLOSED) and "status" in made:
        yield "booking_put_back", "Whether it is cancelled is not what staff last made of it."


@dataclass(frozen=True)
class Returned:
    """Shillings of one payment.

    Attributes:
        before: what had gone back before its first refund here.
        refunds: what its refunds say went back.
        payment: what the payment says went back.
    """

    before: Decimal
    refunds: Decimal
    payment: Decimal


def refund_faults(refund: Row, returned: Returned | None, keyring: Keyring) -> Iterator[Fault]:
    """What is wrong with one refund, and with the sum that its payment keeps."""
    yield from sealed_faults(refund, "refund", keyring, REFUND)
    if returned is not None and returned.before + returned.refunds != returned.payment:
        should = returned.before + returned.refunds
        yield "refund_total", f"KSh {returned.payment} went back, its refunds say {should}."


def sealed_faults(row: Row, what: str, keyring: Keyring, facts: Facts) -> Iterator[Fault]:
    """What is wrong with the seal of a row that stands for itself."""
    if row["seal"] is None:
        yield "never_sealed", f"Nothing vouches for this {what}: the app never sealed it."
    elif not row_is_sealed(facts, row, keyring):
        yield f"{what}_changed", f"The {what} is not what it was when the app last wrote it."


@dataclass
class InboxRules:
    """What is wrong with callbacks as they were stored, shown them in the order of their ids.

    A body is evidence for 90 days. The first versions stored under a hash that anybody can make:
    such rows count only before the first one that carries a key.
    """

    keyring: Keyring
    now: datetime
    _keyed_before: bool = False

    def faults(self, row: Row) -> Iterator[Fault]:
        """What is wrong with one row."""
        if is_ours(row, self.keyring):
            self._keyed_before = True
        elif not (self._is_old(row) or self._was_emptied(row)):
            yield "callback_changed", "A stored callback is not what arrived."

    def _is_old(self, row: Row) -> bool:
        return not self._keyed_before and is_unkeyed(row)

    def _was_emptied(self, row: Row) -> bool:
        hint = row["payment_id"] is None  # without a token: its body is dropped when it is done
        return not row["body"] and (hint or row["received_at"] < self.now - BODIES_KEPT)
