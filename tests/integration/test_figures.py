"""The numbers of the home page: Nairobi days, refunds, medians, and one reading for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from sqlalchemy import event

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.console.figures import LONGEST, Figures, FigureService, Reason
from payment_app.services.shared.rested import Shared
from payment_app.storage.database import Database
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.console_rows import payment_row

# The clock of the tests stands at noon in Nairobi, on a Monday.
TODAY = date(2026, 11, 23)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


async def paid(
    database: Database, at: datetime, amount: int = 2_500, seconds: float = 20, back: int = 0
) -> None:
    await payment_row(
        database,
        "refunded" if back else "completed",
        at - timedelta(seconds=seconds),
        amount,
        payment_date=at,
        submitted_at=at - timedelta(seconds=seconds),
        settled_at=at,
        amount_refunded=Decimal(back),
        result_code="0",
    )


async def look(database: Database, clock: FakeClock) -> Figures:
    return await FigureService(database, clock).look()


async def test_an_empty_business_has_thirty_days_of_nothing(
    database: Database, clock: FakeClock
) -> None:
    figures = await look(database, clock)
    assert figures.today.amount == figures.week.amount == 0
    assert [day.day for day in figures.days] == [TODAY - timedelta(n) for n in range(29, -1, -1)]
    assert (figures.ended, figures.paid, figures.seconds_to_paid) == (0, 0, None)
    assert (figures.reasons, figures.waiting, figures.waiting_since) == ((), 0, None)


async def test_a_day_begins_at_midnight_in_nairobi(database: Database, clock: FakeClock) -> None:
    await paid(database, datetime(2026, 11, 22, 20, 59, 59, tzinfo=UTC), 100)
    await paid(database, datetime(2026, 11, 22, 21, 0, tzinfo=UTC), 30)
    await paid(database, datetime(2026, 11, 23, 20, 59, 59, 999_999, tzinfo=UTC), 4)
    clock.now = datetime(2026, 11, 23, 20, 59, 59, 999_999, tzinfo=UTC)
    figures = await look(database, clock)
    assert (int(figures.today.amount), figures.today.number) == (34, 2)
    assert figures.days[-2].amount == 100
    clock.advance(1)
    figures = await look(database, clock)
    assert (figures.today.day, int(figures.today.amount)) == (TODAY + timedelta(1), 0)
    assert figures.days[-2].amount == 34


async def test_the_week_begins_on_monday_and_the_series_ends_after_thirty_days(
    database: Database, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # Thursday
    for days, amount in ((0, 1), (3, 20), (4, 300), (29, 4_000), (30, 50_000)):
        await paid(database, clock.now - timedelta(days=days), amount)
    figures = await look(database, clock)
    assert [figures.today.amount, figures.week.amount, figures.week.number] == [1, 21, 2]
    assert figures.week.day == TODAY
    assert sum(day.amount for day in figures.days) == 4_321
    assert figures.days[0].amount == 4_000


async def test_refunds_are_taken_off_and_shown(database: Database, clock: FakeClock) -> None:
    await paid(database, clock.now, 2_500)
    await paid(database, clock.now, 1_000, back=400)
    await paid(database, clock.now, 700, back=700)
    today = (await look(database, clock)).today
    assert [today.amount, today.refunded, today.number] == [3_100, 1_100, 3]


async def test_what_was_not_paid_is_no_money(database: Database, clock: FakeClock) -> None:
    for status in PaymentStatus:
        if status not in ("completed", "refunded"):
            await payment_row(database, status, clock.now, payment_date=clock.now)
    assert (await look(database, clock)).today.number == 0


async def test_the_rate_counts_attempts_of_seven_days_that_have_ended(
    database: Database, clock: FakeClock
) -> None:
    midnight = datetime(2026, 11, 16, 21, 0, tzinfo=UTC)
    await payment_row(database, "failed", midnight - timedelta(seconds=1), result_code="1")
    await payment_row(database, "failed", midnight, result_code="1")
    await paid(database, clock.now)
    for code in ("1032", "1032", "1037"):
        status = "cancelled" if code == "1032" else "expired"
        await payment_row(database, status, clock.now, result_code=code)
    await payment_row(database, "expired", clock.now)
    await payment_row(database, "rejected", clock.now, result_code="not_sent")
    await payment_row(database, "pending", clock.now)
    figures = await look(database, clock)
    assert (figures.ended, figures.paid) == (7, 1)
    assert figures.reasons[0] == Reason(PaymentStatus.CANCELLED, "1032", 2)
    assert set(figures.reasons[1:]) == {
        Reason(PaymentStatus.FAILED, "1", 1),
        Reason(PaymentStatus.EXPIRED, "1037", 1),
        Reason(PaymentStatus.EXPIRED, "", 1),
        Reason(PaymentStatus.REJECTED, "not_sent", 1),
    }


@pytest.mark.parametrize(
    ("seconds", "median"),
    [
        ([12.4], 12),
        ([12.6], 13),
        ([5, 30], 5),
        ([40, 5, 30], 30),
        ([10, 10, 10, 90_000], 10),
        ([90_000], LONGEST),
        ([-5], 0),
    ],
)
async def test_the_median_time_to_paid(
    database: Database, clock: FakeClock, seconds: list[float], median: int
) -> None:
    for taken in seconds:
        await paid(database, clock.now, seconds=taken)
    await payment_row(database, "failed", clock.now, settled_at=clock.now + timedelta(hours=1))
    await payment_row(database, "completed", clock.now, payment_date=clock.now)  # bulk history
    assert (await look(database, clock)).seconds_to_paid == median


async def test_what_waits_now_has_an_age(database: Database, clock: FakeClock) -> None:
    for minutes, status in ((3, "pending"), (50, "unknown"), (90, "failed")):
        await payment_row(database, status, clock.now - timedelta(minutes=minutes))
    figures = await look(database, clock)
    assert (figures.waiting, figures.waiting_since) == (2, clock.now - timedelta(minutes=50))


async def test_all_pages_share_one_reading(database: Database, clock: FakeClock) -> None:
    service = FigureService(database, clock)
    first = await asyncio.gather(*(service.look() for _ in range(20)))
    assert all(one is first[0] for one in first)
    assert await service.look() is first[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_reading_walks_through_the_whole_table(
    database: Database, clock: FakeClock
) -> None:
    asked: list[tuple[str, object]] = []

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await look(database, clock)
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) >= 4
    async with database.read() as session:
        connection = await session.connection()
        for statement, parameters in asked:
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
            plan = " ".join(str(row) for row in rows)
            assert "SEARCH payment USING" in plan, plan
            assert "SCAN payment" not in plan, plan


# what callers share


class Counter:
    """Something slow that counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0
        self.now = 0.0
        self.takes = 0.0
        self.broken = False

    async def read(self) -> int:
        self.reads += 1
        await asyncio.sleep(0)
        self.now += self.takes
        if self.broken:
            raise OSError("away")
        return self.reads

    def steady(self) -> float:
        return self.now


async def test_a_result_rests_and_then_is_read_again() -> None:
    source = Counter()
    shared = Shared(source.read, rest=2, steady=source.steady)
    assert await shared.get() == await shared.get() == 1
    source.now += 1.9
    assert await shared.get() == 1
    assert shared.good_for == pytest.approx(0.1)
    source.now += 0.2
    assert await shared.get() == 2


@pytest.mark.parametrize(("takes", "rests"), [(0.01, 2.0), (0.5, 10.0), (60.0, 300.0)])
async def test_what_is_dear_rests_longer(takes: float, rests: float) -> None:
    source = Counter()
    source.takes = takes
    shared = Shared(source.read, rest=2, steady=source.steady)
    await shared.get()
    assert shared.good_for == pytest.approx(rests)


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    source = Counter()
    source.broken = True
    shared = Shared(source.read, rest=2, steady=source.steady)
    answers = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError]
    assert source.reads == 1
    source.broken = False
    assert await shared.get() == 2


async def test_a_page_that_closes_takes_nothing_from_the_others() -> None:
    source = Counter()
    shared = Shared(source.read, rest=2, steady=source.steady)
    one, other = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await asyncio.sleep(0)
    one.cancel()
    assert await other == 1
    assert one.cancelled() or one.done()
