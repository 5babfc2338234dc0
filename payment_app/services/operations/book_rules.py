"""What must be true of each row of the books: plain values in, what is broken out.

The words of a finding stay the same while its cause does: they are what keeps it one case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, MONEY
from payment_app.services.payments.events import GENESIS, event_is_right, payment_matches
from payment_app.services.records.retention import BODIES_KEPT
from payment_app.services.shared.seals import BOOKING, Facts, Keyring, row_is_sealed
from payment_app.services.shared.tokens import hash_token

Row = Mapping[str, Any]
Fault = tuple[str, str]
"""The slug of a rule, and words for staff."""

OLDEST_LIVE = timedelta(hours=25)
"""The ladder ends a live payment after 24 hours; one more is given to the last rung."""


def payment_faults(
    payment: Row, events: Sequence[Row], cases: int, now: datetime, keyring: Keyring
) -> Iterator[Fault]:
    """What is wrong with one payment.

    Args:
        events: its history, oldest first.
        cases: how many cases it has.
    """
    if payment["seal"] is None and not any(event["facts"] for event in events):
        yield "never_sealed", "Nothing vouches for this payment: the app never sealed it."
    else:
        yield from _chain(payment, events, keyring)
        if not events or not payment_matches(payment, events[-1], keyring):
            yield "payment_changed", "The payment is not what the end of its history says."
        yield from _settled_once(payment, events)
    if sum(1 for event in events if event["kind"] == "case_opened") > cases:
        yield "case_missing", "Its history tells of a case that is not there."
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


def _settled_once(payment: Row, events: Sequence[Row]) -> Iterator[Fault]:
    times = sum(1 for e in events if e["to_status"] in MONEY and e["from_status"] not in MONEY)
    should = 1 if payment["status"] in MONEY else 0
    if times != should:
        yield "settled_once", f"The payment is {payment['status']} and was settled {times} times."


def booking_faults(booking: Row, received: Decimal, keyring: Keyring) -> Iterator[Fault]:
    """What is wrong with one booking. `received`: what its payments add up to, less refunds."""
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


def sealed_faults(row: Row, what: str, keyring: Keyring, facts: Facts) -> Iterator[Fault]:
    """What is wrong with the seal of a row that stands for itself."""
    if row["seal"] is None:
        yield "never_sealed", f"Nothing vouches for this {what}: the app never sealed it."
    elif not row_is_sealed(facts, row, keyring):
        yield f"{what}_changed", f"The {what} is not what it was when the app last wrote it."


def inbox_faults(row: Row, now: datetime) -> Iterator[Fault]:
    """What is wrong with a callback as it was stored: its body is evidence for 90 days."""
    came = f"{row['kind']}|{row['payment_id']}|".encode() + row["body"]
    if hash_token(came.hex()) == row["dedupe"]:
        return
    hint = row["payment_id"] is None  # it came without a token: its body is dropped when it is done
    if row["body"] or not (hint or row["received_at"] < now - BODIES_KEPT):
        yield "callback_changed", "A stored callback is not what arrived."
