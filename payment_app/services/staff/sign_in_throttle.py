"""Failed sign-ins, counted for the account and for the address: five in a quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import TooMany
from payment_app.services.shared.tokens import keyed_hash
from payment_app.storage.dialect import take_advisory_lock
from payment_app.storage.staff_tables import SignInTry
from payment_app.storage.types import stored_id

MOST = 5
WITHIN = timedelta(minutes=15)
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class TryKeys:
    """Whom a try is counted for, as pseudonyms."""

    account: str
    address: str

    @classmethod
    def of(cls, secret_key: str, email: str, address: str) -> TryKeys:
        """The keys of one try."""
        return cls(
            keyed_hash(secret_key, f"sign-in account|{email}"),
            keyed_hash(secret_key, f"sign-in address|{address}"),
        )


async def begin_try(session: AsyncSession, keys: TryKeys, now: datetime) -> list[int]:
    """Count a try before its password is looked at, so that many at once gain nothing.

    Returns:
        The rows to take back with `take_back` when it was no failure.

    Raises:
        TooMany: `too_many_tries`.
    """
    await _one_at_a_time(session, keys)
    for key in (keys.account, keys.address):
        number, oldest = (
            await session.execute(
                select(func.count(), func.min(col(SignInTry.at))).where(
                    col(SignInTry.key_hash) == key, col(SignInTry.at) > now - WITHIN
                )
            )
        ).one()
        if number >= MOST:
            wait = int((oldest + WITHIN - now).total_seconds()) + 1
            raise TooMany(
                "too_many_tries",
                "Too many failed sign-ins. You are not signed in; "
                f"try again in {max(1, -(-wait // 60))} minutes.",
                wait,
            )
    rows = [SignInTry(key_hash=key, at=now) for key in (keys.account, keys.address)]
    session.add_all(rows)
    await session.flush()
    return [stored_id(row.try_id) for row in rows]


async def take_back(session: AsyncSession, tries: list[int]) -> None:
    """This try was no failure."""
    await session.execute(delete(SignInTry).where(col(SignInTry.try_id).in_(tries)))


async def forgive(session: AsyncSession, keys: TryKeys) -> None:
    """Whoever signed in is the owner: the account's failures are forgotten, the address's not."""
    await session.execute(delete(SignInTry).where(col(SignInTry.key_hash) == keys.account))


async def forget_old_tries(session: AsyncSession, now: datetime) -> None:
    """Delete what no limit counts any more."""
    await session.execute(delete(SignInTry).where(col(SignInTry.at) < now - KEPT))


async def _one_at_a_time(session: AsyncSession, keys: TryKeys) -> None:
    """Two tries at one account, or from one address, are counted one after another."""
    await take_advisory_lock(session, "sign_in", keys.account, keys.address)
