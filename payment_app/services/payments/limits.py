"""How often a prompt may be sent: a prompt on somebody's phone is a weapon in the wrong hands.

Counted from the payment rows, so the limits hold across sockets, the API, workers and restarts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from sqlmodel import col

from payment_app.domain.errors import TooMany
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.storage.dialect import advisory_lock
from payment_app.storage.tables import Payment

SAME_AMOUNT = timedelta(minutes=2)
"""Daraja refuses the same amount to the same customer within 2 minutes (result code 17)."""
SAME_PHONE = timedelta(minutes=1)
"""A phone with a prompt on it is locked for others for about a minute (result code 1001)."""


@dataclass(frozen=True)
class Prompt:
    """A prompt that is about to be sent.

    Attributes:
        phone_number: as M-Pesa writes it.
        amount: shillings.
        address_hash: pseudonym of where the wish came from, `None` for trusted servers.
        now: our clock, UTC.
    """

    phone_number: str
    amount: Decimal
    address_hash: str | None
    now: datetime


@dataclass(frozen=True)
class Limit:
    """So many prompts within so long, for one of what `whose` names: one value of `column`."""

    column: str
    most: int
    within: timedelta
    whose: str

    def check(self, sent: Iterable[datetime], now: datetime) -> None:
        """Refuse one prompt more.

        Args:
            sent: when each prompt was asked for, UTC; older ones do not matter.

        Raises:
            TooMany: `too_many_prompts`, with the seconds to wait.
        """
        recent = [at for at in sent if at > now - self.within]
        if len(recent) < self.most:
            return
        wait = int((min(recent) + self.within - now).total_seconds()) + 1
        raise TooMany(
            "too_many_prompts",
            f"Too many payment prompts for {self.whose}. Nothing was sent; "
            f"try again in {max(1, wait // 60)} minutes.",
            wait,
        )


PER_PHONE = Limit("phone_number", 6, timedelta(hours=1), "this phone number")
PER_BOOKING = Limit("booking_id", 6, timedelta(minutes=30), "this booking")
# Mobile networks put thousands of customers behind one address: this stops floods only.
PER_ADDRESS = Limit("address_hash", 60, timedelta(hours=1), "your network")
LIMITS = (PER_PHONE, PER_BOOKING, PER_ADDRESS)


@dataclass(frozen=True)
class _Sent:
    """A former payment of a phone or an address."""

    amount: Decimal
    status: str
    submitted_at: datetime | None
    created_at: datetime
    attempt_key: str | None


def check_prompt_limits(session: Session, prompt: Prompt, of_booking: Iterable[Payment]) -> None:
    """Refuse a prompt that would be one too many, or that Daraja would refuse.

    Args:
        of_booking: all payments of its booking, whose lock the caller holds.

    Raises:
        TooMany: `too_many_prompts` or `too_soon`, with the seconds to wait.
    """
    now = prompt.now
    # Prompts for one phone are decided one after another.
    advisory_lock(session.connection(), "phone", prompt.phone_number)
    of_phone = _sent(session, _TO_PHONE, prompt.phone_number, now - PER_PHONE.within)
    PER_PHONE.check(_tries(of_phone), now)
    PER_BOOKING.check(_tries(of_booking), now)
    if prompt.address_hash is not None:
        since = now - PER_ADDRESS.within
        of_address = _sent(session, _FROM_ADDRESS, prompt.address_hash, since)
        PER_ADDRESS.check(_tries(of_address), now)
    wait = _wait_for(of_phone, prompt.amount, now)
    if wait > 0:
        raise TooMany(
            "too_soon",
            f"This phone had a prompt a moment ago. Nothing was sent; try again in {wait} seconds.",
            wait,
        )


def _tries(payments: Iterable[Payment | _Sent]) -> list[datetime]:
    """When prompts were asked for; a bulk load of history has no keys and does not count."""
    return [payment.created_at for payment in payments if payment.attempt_key is not None]


def _sent_to(column: str) -> Select[Any]:
    """Payments since some time of one phone or one address."""
    facts = (f.name for f in fields(_Sent))
    return select(*(getattr(Payment, name) for name in facts)).where(
        getattr(Payment, column) == bindparam("value"),
        col(Payment.created_at) > bindparam("since"),
    )


_TO_PHONE = _sent_to(PER_PHONE.column)
_FROM_ADDRESS = _sent_to(PER_ADDRESS.column)


def _sent(session: Session, statement: Select[Any], value: str, since: datetime) -> list[_Sent]:
    rows = session.execute(statement, {"value": value, "since": since})
    return [_Sent(*row) for row in rows]


def seconds_until_free(
    session: Session, *, phone_number: str, amount: Decimal, now: datetime
) -> int:
    """Whole seconds until Daraja takes another prompt for this phone and amount; 0 = now."""
    since = now - SAME_AMOUNT * 2
    return _wait_for(_sent(session, _TO_PHONE, phone_number, since), amount, now)


def _wait_for(of_phone: Iterable[_Sent], amount: Decimal, now: datetime) -> int:
    waits = [
        wait_after(sent.submitted_at or sent.created_at, sent.amount == amount, now)
        for sent in of_phone
        if sent.created_at > now - SAME_AMOUNT * 2 and _on_its_way(sent)
    ]
    return max(waits, default=0)


def _on_its_way(sent: _Sent) -> bool:
    if sent.status == PaymentStatus.REJECTED:
        return False
    return sent.submitted_at is not None or sent.status == PaymentStatus.CREATED


def wait_after(sent: datetime, same_amount: bool, now: datetime) -> int:
    """Whole seconds to wait after a prompt that was sent at `sent`; 0 = no wait."""
    rest = sent + (SAME_AMOUNT if same_amount else SAME_PHONE) - now
    return max(0, -int(-rest.total_seconds() // 1))
