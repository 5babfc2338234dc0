"""Failed sign-ins, counted so that nobody guesses quickly and nobody locks others out.

| who tries | counted for | closed after |
|---|---|---|
| a browser that the account signed in with before | that browser | 5 tries in 15 minutes |
| anybody else | the account | 5 tries in 15 minutes |
| | the network address (IPv6: its /64) | 5 accounts in 15 minutes, 10 tries in 30 |
| somebody signed in who enters their password again | the member | 5 tries in 15 minutes |

So a stranger guesses at an account, at accounts from one address, and over an hour from one
address as slowly as if each address had five tries; but five mistakes of one colleague do not
close the office, and a stranger elsewhere does not close the account for its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import TooMany
from payment_app.services.shared.keys.tokens import keyed_hash
from payment_app.services.shared.pace.addresses import network_of
from payment_app.storage.dialect import take_advisory_lock
from payment_app.storage.staff_tables import SignInTry
from payment_app.storage.types import stored_id

MOST = 5
WITHIN = timedelta(minutes=15)
MOST_FROM_ADDRESS = 10
LONG = timedelta(minutes=30)
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most `most` tries, or different accounts tried, within a time."""

    most: int
    within: timedelta
    accounts: bool = False


_OWN = (Limit(MOST, WITHIN),)
_ADDRESS = (Limit(MOST, WITHIN, accounts=True), Limit(MOST_FROM_ADDRESS, LONG))


@dataclass(frozen=True)
class Bucket:
    """What a try is counted for, as a pseudonym, and the limits that hold there."""

    key: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Tried:
    """One try: the account's pseudonym, and everything that it is counted for."""

    account: str
    buckets: tuple[Bucket, ...]


def sign_in_try(secret_key: str, email: str, address: str, device: str) -> Tried:
    """A try at the sign-in page; `device` is the known browser that makes it, "" for others."""
    account = keyed_hash(secret_key, f"sign-in account|{email}")
    if device:
        key = keyed_hash(secret_key, f"sign-in device|{email}|{device}")
        return Tried(account, (Bucket(key, _OWN),))
    key = keyed_hash(secret_key, f"sign-in address|{network_of(address)}")
    return Tried(account, (Bucket(account, _OWN), Bucket(key, _ADDRESS)))


def password_again(secret_key: str, staff_id: int) -> Tried:
    """A try of somebody signed in, who enters their password once more."""
    account = keyed_hash(secret_key, f"password again|{staff_id}")
    return Tried(account, (Bucket(account, _OWN),))


async def begin_try(session: AsyncSession, tried: Tried, now: datetime) -> list[int]:
    """Count a try before its password is looked at, so that many at once gain nothing.

    Returns:
        The rows to take back with `take_back` when it was no failure.

    Raises:
        TooMany: `too_many_tries`.
    """
    await _one_at_a_time(session, [bucket.key for bucket in tried.buckets])
    for bucket in tried.buckets:
        for limit in bucket.limits:
            await _check(session, bucket.key, limit, now)
    rows = [SignInTry(key_hash=bucket.key, about=tried.account, at=now) for bucket in tried.buckets]
    session.add_all(rows)
    await session.flush()
    return [stored_id(row.try_id) for row in rows]


async def take_back(session: AsyncSession, tries: Sequence[int]) -> None:
    """This try was no failure."""
    await session.execute(delete(SignInTry).where(col(SignInTry.try_id).in_(tries)))


async def forgive(session: AsyncSession, tried: Tried) -> None:
    """Whoever signed in is the owner: their failures are forgotten where they made this try.

    What others did from the same address is not; nor, when the owner's browser is known, what
    strangers tried at the account.
    """
    keys = [bucket.key for bucket in tried.buckets]
    await session.execute(
        delete(SignInTry).where(
            col(SignInTry.key_hash).in_(keys), col(SignInTry.about) == tried.account
        )
    )


async def forget_old_tries(session: AsyncSession, now: datetime) -> None:
    """Delete what no limit counts any more."""
    await session.execute(delete(SignInTry).where(col(SignInTry.at) < now - KEPT))


async def _check(session: AsyncSession, key: str, limit: Limit, now: datetime) -> None:
    number = func.count(col(SignInTry.about).distinct()) if limit.accounts else func.count()
    rows = await session.execute(
        select(number, func.min(col(SignInTry.at))).where(
            col(SignInTry.key_hash) == key, col(SignInTry.at) > now - limit.within
        )
    )
    found, oldest = rows.one()
    if found < limit.most:
        return
    wait = int((oldest + limit.within - now).total_seconds()) + 1
    raise TooMany(
        "too_many_tries",
        "Too many failed sign-ins. You are not signed in; "
        f"try again in {max(1, -(-wait // 60))} minutes.",
        wait,
    )


async def _one_at_a_time(session: AsyncSession, keys: Iterable[str]) -> None:
    """Tries that count for the same are counted one after another."""
    await take_advisory_lock(session, "sign_in", *keys)
