"""A statement beside our payments: what Safaricom has and we do not, and the reverse.

Nothing is stored and nothing is settled here: a difference names the field that differs, and a
person decides. Only what both sides can know is compared: payments, by their receipt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import BadInput
from payment_app.domain.lifecycle import MONEY
from payment_app.domain.movements import Movement, MovementKind
from payment_app.services.books.statement import Period, Statement
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment

_AT_ONCE = 500
"""Receipts in one question; SQLite takes some thousand parameters."""
_EDGE = timedelta(minutes=5)
"""How near the ends of a statement a payment of ours may be missing without being missed."""


class Difference(StrEnum):
    """In what the two books differ."""

    UNKNOWN_HERE = "unknown_here"
    NOT_PAID_HERE = "not_paid_here"
    OTHER_AMOUNT = "other_amount"
    OTHER_BOOKING = "other_booking"
    NO_RECEIPT = "no_receipt"
    NOT_ON_STATEMENT = "not_on_statement"


@dataclass(frozen=True)
class Ours:
    """One of our payments, as far as it is compared."""

    payment_id: int
    booking_id: int
    reference: str
    amount: Decimal
    status: str
    receipt: str
    paid_at: datetime | None


@dataclass(frozen=True)
class Finding:
    """One difference.

    Attributes:
        theirs: the line of the statement, `None` when it has none.
        ours: our payment, `None` when we have none.
        booking: for money that is unknown here, the reference that the payer's account number
            means, empty when it means none.
    """

    difference: Difference
    theirs: Movement | None
    ours: Ours | None
    booking: str = ""


@dataclass(frozen=True)
class Total:
    """How many movements of one kind a statement has, and their sum in shillings."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class Comparison:
    """What a statement and our books say of the same period.

    Attributes:
        agreeing: payments that both have, with the same amount and booking.
        totals: what the statement holds, by kind.
    """

    statement: Statement
    agreeing: int
    findings: Sequence[Finding]
    totals: Mapping[MovementKind, Total]

    @property
    def matches(self) -> bool:
        """Whether the books agree and the statement itself is whole."""
        return not self.findings and not self.statement.doubts


class Books:
    """Compares statements with the payments of this installation."""

    def __init__(self, database: Database, *, shortcodes: Iterable[str]) -> None:
        """Args:
        shortcodes: whose statements these may be: the paybill and the till; may be empty.
        """
        self._database = database
        self._shortcodes = frozenset(filter(None, shortcodes))

    async def compare(self, statement: Statement) -> Comparison:
        """Compare; reads only.

        Raises:
            BadInput: `other_shortcode`, when the statement is another business's.
        """
        of = statement.shortcode
        if of and self._shortcodes and of not in self._shortcodes:
            raise BadInput(
                "other_shortcode",
                f"This is the statement of {of}; the payments here are those of "
                f"{' and '.join(sorted(self._shortcodes))}. Nothing was compared.",
            )
        theirs = _by_receipt(statement.movements)
        async with self._database.read() as session:
            ours = await _with_receipts(session, theirs)
            inside = await _paid_in(session, statement.period)
            named = await _bookings_named(session, _accounts(theirs, ours))
        return _compared(statement, theirs, ours, inside, named)


def _compared(
    statement: Statement,
    theirs: Mapping[str, Movement],
    ours: Mapping[str, Ours],
    inside: Sequence[Ours],
    named: Mapping[str, str],
) -> Comparison:
    findings = [
        found
        for receipt, movement in theirs.items()
        if (found := _judged(movement, ours.get(receipt), named)) is not None
    ]
    agreeing = len(theirs) - len(findings)
    findings += _missing_there(inside, theirs, statement.period)
    return Comparison(statement, agreeing, findings, _totals(statement.movements))


def _judged(movement: Movement, ours: Ours | None, named: Mapping[str, str]) -> Finding | None:
    """Whether our payment with this receipt is what the statement says."""
    if ours is None:
        booking = named.get(_plain(movement.account), "")
        return Finding(Difference.UNKNOWN_HERE, movement, None, booking)
    if ours.status not in MONEY:
        return Finding(Difference.NOT_PAID_HERE, movement, ours)
    if ours.amount != movement.amount:
        return Finding(Difference.OTHER_AMOUNT, movement, ours)
    if movement.account and _plain(movement.account) != _plain(ours.reference):
        return Finding(Difference.OTHER_BOOKING, movement, ours)
    return None


def _missing_there(
    inside: Iterable[Ours], theirs: Mapping[str, Movement], period: Period
) -> Iterator[Finding]:
    for ours in inside:
        if not ours.receipt:
            yield Finding(Difference.NO_RECEIPT, None, ours)
        elif ours.receipt not in theirs and _well_inside(ours.paid_at, period):
            yield Finding(Difference.NOT_ON_STATEMENT, None, ours)


def _well_inside(at: datetime | None, period: Period) -> bool:
    return at is not None and period.first + _EDGE <= at <= period.last - _EDGE


def _plain(reference: str) -> str:
    """An account number as it is compared: customers type it in any case, with spaces."""
    return "".join(reference.split()).upper()


# the statement's side


def _by_receipt(movements: Iterable[Movement]) -> dict[str, Movement]:
    """The payments of a statement; a copy of a line counts once."""
    return {m.receipt: m for m in movements if m.kind is MovementKind.PAYMENT}


def _totals(movements: Iterable[Movement]) -> dict[MovementKind, Total]:
    count: Counter[MovementKind] = Counter()
    amount: defaultdict[MovementKind, Decimal] = defaultdict(Decimal)
    for movement in {m.key: m for m in movements}.values():
        count[movement.kind] += 1
        amount[movement.kind] += movement.amount
    return {kind: Total(count[kind], amount[kind]) for kind in MovementKind if count[kind]}


def _accounts(theirs: Mapping[str, Movement], ours: Mapping[str, Ours]) -> set[str]:
    unknown = (m for receipt, m in theirs.items() if receipt not in ours)
    return {plain for m in unknown if (plain := _plain(m.account))}


# our side


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


async def _with_receipts(session: AsyncSession, receipts: Iterable[str]) -> dict[str, Ours]:
    found: dict[str, Ours] = {}
    for some in _batches(receipts):
        rows = await session.execute(_payments(col(Payment.mpesa_receipt_number).in_(some)))
        found |= {row.receipt: row for row in (Ours(*row) for row in rows)}
    return found


async def _paid_in(session: AsyncSession, period: Period) -> list[Ours]:
    rows = await session.execute(
        _payments(
            col(Payment.status).in_(MONEY)
            & col(Payment.payment_date).between(period.first, period.last)
            & (col(Payment.payment_method) == "mpesa")
        )
    )
    return [Ours(*row) for row in rows]


def _payments(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            col(Payment.payment_id),
            col(Payment.booking_id),
            col(Booking.reference),
            col(Payment.amount),
            col(Payment.status),
            func.upper(func.coalesce(Payment.mpesa_receipt_number, "")),
            col(Payment.payment_date),
        )
        .join(Booking, col(Booking.booking_id) == col(Payment.booking_id))
        .where(which)
        .order_by(col(Payment.payment_id))
    )


async def _bookings_named(session: AsyncSession, accounts: Iterable[str]) -> dict[str, str]:
    """The bookings that account numbers mean, whatever their case."""
    named: dict[str, str] = {}
    for some in _batches(accounts):
        rows = await session.execute(
            select(col(Booking.reference)).where(func.upper(Booking.reference).in_(some))
        )
        named |= {reference.upper(): reference for (reference,) in rows}
    return named
