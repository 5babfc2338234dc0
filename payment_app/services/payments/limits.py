"""How often a prompt may be sent: a prompt on somebody's phone is a weapon in the wrong hands.

Counted from the payment rows, so the limits hold across sockets, the API, workers and restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import TooMany
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.storage.dialect import take_advisory_lock
from payment_app.storage.tables import Payment

SAME_AMOUNT = timedelta(minutes=2)
"""Daraja refuses the same amount to the same customer within 2 minutes (result code 17)."""
SAME_PHONE = timedelta(minutes=1)
"""A phone with a prompt on it is locked for others for about a minute (result code 1001)."""


@dataclass(frozen=True)
class _Limit:
    column: str
    most: int
    within: timedelta
    whose: str


LIMITS = (
    _Limit("phone_number", 6, timedelta(hours=1), "this phone number"),
    _Limit("booking_id", 6, timedelta(minutes=30), "this booking"),
    # Mobile networks put thousands of customers behind one address: this stops floods only.
    _Limit("address_hash", 60, timedelta(hours=1), "your network"),
)


async def check_prompt_limits(
    session: AsyncSession,
    *,
    phone_number: str,
    booking_id: int,
    address_hash: str | None,
    amount: Decimal,
    now: datetime,
) -> None:
    """Refuse a prompt that would be one too many, or that Daraja would refuse.

    Raises:
        TooMany: `too_many_prompts` or `too_soon`, with the seconds to wait.
    """
    # Prompts for one phone are decided one after another.
    await take_advisory_lock(session, "phone", phone_number)
    values = {
        "phone_number": phone_number,
        "booking_id": booking_id,
        "address_hash": address_hash,
    }
    for limit in LIMITS:
        value = values[limit.column]
        if value is not None:
            await _check(session, limit, value, now)
    wait = await seconds_until_free(session, phone_number=phone_number, amount=amount, now=now)
    if wait > 0:
        raise TooMany(
            "too_soon",
            f"This phone had a prompt a moment ago. Nothing was sent; try again in {wait} seconds.",
            wait,
        )


async def _check(session: AsyncSession, limit: _Limit, value: object, now: datetime) -> None:
    count, oldest = (
        await session.execute(
            select(func.count(), func.min(col(Payment.created_at))).where(
                getattr(Payment, limit.column) == value,
                col(Payment.created_at) > now - limit.within,
                col(Payment.attempt_key).is_not(None),
            )
        )
    ).one()
    if count >= limit.most:
        wait = int((oldest + limit.within - now).total_seconds()) + 1
        raise TooMany(
            "too_many_prompts",
            f"Too many payment prompts for {limit.whose}. Nothing was sent; "
            f"try again in {max(1, wait // 60)} minutes.",
            wait,
        )


async def seconds_until_free(
    session: AsyncSession, *, phone_number: str, amount: Decimal, now: datetime
) -> int:
    """Whole seconds until Daraja takes another prompt for this phone and amount; 0 = now."""
    submitted, created = col(Payment.submitted_at), col(Payment.created_at)
    on_its_way = submitted.is_not(None) | (col(Payment.status) == PaymentStatus.CREATED.value)
    rows = await session.execute(
        select(col(Payment.amount), submitted, created).where(
            col(Payment.phone_number) == phone_number,
            created > now - SAME_AMOUNT * 2,
            on_its_way,
            col(Payment.status) != PaymentStatus.REJECTED.value,
        )
    )
    waits = [wait_after(sent or made, was == amount, now) for was, sent, made in rows]
    return max(waits, default=0)


def wait_after(sent: datetime, same_amount: bool, now: datetime) -> int:
    """Whole seconds to wait after a prompt that was sent at `sent`; 0 = no wait."""
    rest = sent + (SAME_AMOUNT if same_amount else SAME_PHONE) - now
    return max(0, -int(-rest.total_seconds() // 1))
