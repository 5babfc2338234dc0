"""The numbers of the staff home page: what came in, how well prompts end, and how fast.

Everything is an aggregate over at most 30 days that starts from an index. One process reads it
once for all pages that are open, and rests at least twenty times as long as the reading took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.calendar import NAIROBI, start_of
from payment_app.domain.lifecycle import FAILURES, LIVE, MONEY, PaymentStatus
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.rested import Shared
from payment_app.storage.database import Database
from payment_app.storage.dialect import nairobi_day, seconds_between
from payment_app.storage.tables import Payment

DAYS = 30
"""Days of the series, today included."""
RECENT = 7
"""Days that the success rate, its reasons and the median look at, today included."""
LONGEST = 3_600
"""Seconds to paid beyond which all payments count as equally slow."""
OLDEST_PROMPT = timedelta(days=2)
"""Money moves within minutes of its prompt; M-Pesa forgets a prompt after a day."""

_MONEY = [status.value for status in MONEY]
_ENDED = [status.value for status in MONEY | FAILURES]
_LIVE = [status.value for status in LIVE]
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Day:
    """What came in on one day in Nairobi, or over several.

    Attributes:
        day: the (first) day.
        amount: shillings of completed payments, less what was refunded of them.
        refunded: shillings refunded of those payments.
        number: how many payments were completed.
    """

    day: date
    amount: Decimal = _NOTHING
    refunded: Decimal = _NOTHING
    number: int = 0


@dataclass(frozen=True)
class Reason:
    """How often attempts ended unpaid in one way; `code` is Daraja's, "" when there is none."""

    status: PaymentStatus
    code: str
    number: int


@dataclass(frozen=True)
class Figures:
    """The numbers of the home page.

    Attributes:
        read_at: when, UTC.
        today, week: money in; the week begins on Monday.
        days: the last 30 days, oldest first, none left out.
        ended, paid: attempts of the last 7 days that have ended, and those of them that were paid.
        seconds_to_paid: median from the request to the result, whole seconds, at most `LONGEST`;
            `None` when nothing was paid.
        reasons: why the others were not paid, most frequent first.
        waiting: attempts without an answer now.
        waiting_since: when the oldest of them began, UTC.
    """

    read_at: datetime
    today: Day
    week: Day
    days: tuple[Day, ...]
    ended: int = 0
    paid: int = 0
    seconds_to_paid: int | None = None
    reasons: tuple[Reason, ...] = ()
    waiting: int = 0
    waiting_since: datetime | None = None


class FigureService:
    """Reads the figures; callers share one result."""

    REST = 2.0
    """Seconds between two readings at least, while they cost next to nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._shared = Shared(self._read, self.REST)

    async def look(self) -> Figures:
        """The figures as of a moment ago."""
        return await self._shared.get()

    @property
    def good_for(self) -> float:
        """Seconds until the next `look` reads afresh."""
        return self._shared.good_for

    async def _read(self) -> Figures:
        now = self._clock()
        today = now.astimezone(NAIROBI).date()
        first, recent = today - timedelta(days=DAYS - 1), today - timedelta(days=RECENT - 1)
        async with self._database.snapshot() as session:
            takings = await _takings(session, start_of(first), start_of(today + timedelta(days=1)))
            endings = await _endings(session, start_of(recent))
            median = await _seconds_to_paid(session, start_of(recent))
            waiting, since = await _waiting(session)
        days = tuple(
            takings.get(day, Day(day)) for day in (first + timedelta(n) for n in range(DAYS))
        )
        return Figures(
            read_at=now,
            today=days[-1],
            week=_together(days[-1 - today.weekday() :]),
            days=days,
            ended=sum(endings.values()),
            paid=sum(number for (status, _), number in endings.items() if status in MONEY),
            seconds_to_paid=median,
            reasons=_reasons(endings),
            waiting=waiting,
            waiting_since=since,
        )


async def _takings(session: AsyncSession, start: datetime, end: datetime) -> dict[date, Day]:
    day = nairobi_day(col(Payment.payment_date))
    paid_at = col(Payment.payment_date)
    back = func.sum(col(Payment.amount_refunded))
    rows = await session.execute(
        select(day, func.sum(col(Payment.amount)), back, func.count())
        .where(
            paid_at >= start,
            paid_at < end,
            col(Payment.status).in_(_MONEY),
            # Says nothing new, but there is an index for it.
            col(Payment.created_at) >= start - OLDEST_PROMPT,
        )
        .group_by(day)
    )
    return {
        when: Day(when, Decimal(amount) - Decimal(refunded), Decimal(refunded), number)
        for when, amount, refunded, number in ((_date(row[0]), *row[1:]) for row in rows)
    }


def _date(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _together(days: Sequence[Day]) -> Day:
    return Day(
        days[0].day,
        sum((day.amount for day in days), _NOTHING),
        sum((day.refunded for day in days), _NOTHING),
        sum(day.number for day in days),
    )


async def _endings(
    session: AsyncSession, since: datetime
) -> Mapping[tuple[PaymentStatus, str], int]:
    """How many attempts since then ended in which way."""
    status, code = col(Payment.status), func.coalesce(col(Payment.result_code), "")
    rows = await session.execute(
        select(status, code, func.count())
        .where(col(Payment.created_at) >= since, status.in_(_ENDED))
        .group_by(status, code)
    )
    return {(PaymentStatus(row[0]), row[1]): row[2] for row in rows}


def _reasons(endings: Mapping[tuple[PaymentStatus, str], int]) -> tuple[Reason, ...]:
    unpaid = [
        Reason(status, code, number)
        for (status, code), number in endings.items()
        if status in FAILURES
    ]
    return tuple(sorted(unpaid, key=lambda one: (-one.number, one.code, one.status)))


async def _seconds_to_paid(session: AsyncSession, since: datetime) -> int | None:
    """The median, from a histogram: the database sends at most `LONGEST` rows."""
    seconds = _seconds_taken()
    rows = await session.execute(
        select(seconds, func.count())
        .where(
            col(Payment.created_at) >= since,
            col(Payment.status).in_(_MONEY),
            col(Payment.settled_at).is_not(None),
            col(Payment.submitted_at).is_not(None),  # what was loaded had no prompt to wait for
        )
        .group_by(seconds)
        .order_by(seconds)
    )
    histogram = [(row[0], row[1]) for row in rows]
    middle = (sum(number for _, number in histogram) + 1) // 2
    for value, number in histogram:
        middle -= number
        if middle <= 0:
            return int(value)
    return None


def _seconds_taken() -> ColumnElement[int]:
    """Whole seconds from request to result, rounded, within 0 and `LONGEST`."""
    return seconds_between(col(Payment.created_at), col(Payment.settled_at), most=LONGEST)


async def _waiting(session: AsyncSession) -> tuple[int, datetime | None]:
    rows = await session.execute(
        select(func.count(), func.min(col(Payment.created_at))).where(
            col(Payment.status).in_(_LIVE)
        )
    )
    number, since = rows.one()
    return number, since
