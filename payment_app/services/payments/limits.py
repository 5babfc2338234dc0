"""How often a prompt may be sent: a prompt on somebody's phone is a weapon in the wrong hands.

Counted from the payment rows, so the limits hold across sockets, the API, workers and restarts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from payment_app.domain.errors import TooMany
from payment_app.services.payments.pauses import Sent, seconds_to_wait, sent_since
from payment_app.storage.dialect import advisory_lock
from payment_app.storage.tables import Payment


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


def check_prompt_limits(
    connection: Connection, prompt: Prompt, of_booking: Iterable[Payment]
) -> None:
    """Refuse a prompt that would be one too many, or that Daraja would refuse.

    Args:
        of_booking: all payments of its booking, whose lock the caller holds.

    Raises:
        TooMany: `too_many_prompts` or `too_soon`, with the seconds to wait.
    """
    now = prompt.now
    # Prompts for one phone are decided one after another.
    advisory_lock(connection, "phone", prompt.phone_number)
    of_phone = sent_since(connection, PER_PHONE.column, prompt.phone_number, now - PER_PHONE.within)
    PER_PHONE.check(_tries(of_phone), now)
    PER_BOOKING.check(_tries(of_booking), now)
    if prompt.address_hash is not None:
        since = now - PER_ADDRESS.within
        of_address = sent_since(connection, PER_ADDRESS.column, prompt.address_hash, since)
        PER_ADDRESS.check(_tries(of_address), now)
    wait = seconds_to_wait(connection, of_phone, prompt.amount, now)
    if wait > 0:
        raise TooMany(
            "too_soon",
            f"This phone had a prompt a moment ago. Nothing was sent; try again in {wait} seconds.",
            wait,
        )


def _tries(payments: Iterable[Payment | Sent]) -> list[datetime]:
    """When prompts were asked for; a bulk load of history has no keys and does not count."""
    return [payment.created_at for payment in payments if payment.attempt_key is not None]
