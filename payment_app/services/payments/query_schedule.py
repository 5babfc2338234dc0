"""When Daraja is asked about a payment: pure rules of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from payment_app.domain.lifecycle import MONEY, PaymentStatus
from payment_app.storage.tables import Payment

_EXACT = (20, 40, 70, 120)
"""Seconds at which somebody is surely looking at the page."""
_DAY = 24 * 3_600
JITTER = 0.1
"""A later rung comes up to this share of its distance early, so that the payments of one busy
minute (or of an outage) do not ask together for a day. The distances below are shorter than what
is promised (2 and 5 minutes, 1 hour) by as much."""

LADDER = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        *_EXACT,
        *range(228, 601, 108),
        *range(660, 3_600, 270),
        *range(3_630, _DAY, 3_240),
        _DAY,
    )
)
"""When Daraja is asked, counted from the push; after a day it no longer knows."""

RECEIPT_GRACE = timedelta(minutes=30)
"""A query says "paid" without a receipt number; the callback that brings it may be this late."""


def next_rung(payment: Payment, now: datetime, chance: float) -> datetime | None:
    """The next time to ask, or `None` after the last rung.

    `chance`: a random number from 0 to 1 that decides how much earlier than drawn.
    """
    sent = payment.submitted_at or payment.created_at
    before = timedelta(0)
    for rung in LADDER:
        spread = timedelta(0) if rung.total_seconds() in _EXACT else (rung - before) * JITTER
        before = rung
        # A rung that may have been climbed already, early, is not climbed twice.
        if sent + rung - spread > now:
            return sent + rung - spread * chance
    return None


def receipt_due(payment: Payment, now: datetime) -> datetime | None:
    """When a payment whose receipt number is still on its way becomes a case; `None` = never."""
    waits = payment.status == PaymentStatus.COMPLETED and payment.mpesa_receipt_number is None
    return (payment.settled_at or now) + RECEIPT_GRACE if waits and payment.settled_at else None


def receipt_is_missing(payment: Payment, now: datetime) -> bool:
    """Money is here, its receipt number is not, and the grace is over."""
    due = receipt_due(payment, now)
    return payment.status in MONEY and due is not None and due <= now
