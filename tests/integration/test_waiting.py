"""What waits: three groups, each bounded, and a badge that counts only what needs a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, PaymentStatus
from payment_app.services.console import waiting as module
from payment_app.services.console.waiting import PATIENCE, Item, Waiting, WaitingNow
from payment_app.storage.database import Database
from payment_app.storage.tables import PaymentCase
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.console_rows import booking_row, case_row, payment_row


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


async def look(database: Database, clock: FakeClock) -> WaitingNow:
    return await Waiting(database, clock).look()


def ids(items: tuple[Item, ...]) -> list[int | None]:
    return [item.payment_id for item in items]


async def test_nothing_waits(database: Database, clock: FakeClock) -> None:
    now = await look(database, clock)
    assert [group.number for group in (now.person, now.answer, now.receipt)] == [0, 0, 0]
    assert await Waiting(database, clock).badge() == 0


async def test_an_open_case_waits_for_a_person_with_all_that_they_need(
    database: Database, clock: FakeClock
) -> None:
    payment = await payment_row(database, "failed", clock.now, 1_200)
    opened = clock.now - timedelta(hours=3)
    case = await case_row(database, payment, CaseKind.AMOUNT_MISMATCH, opened)
    (item,) = (await look(database, clock)).person.items
    assert (item.kind, item.case_id, item.since) == (
        CaseKind.AMOUNT_MISMATCH,
        case.case_id,
        opened,
    )
    assert (item.payment_id, item.amount, item.status) == (
        payment.payment_id,
        Decimal(1_200),
        "failed",
    )
    assert (item.customer, item.phone) == ("Wanjiku Kamau", "0712 •••678")
    assert item.reference.startswith("BK")


async def test_a_case_about_a_whole_booking_has_no_payment(
    database: Database, clock: FakeClock
) -> None:
    booking = await booking_row(database, clock.now, 9_000)
    async with database.write() as session:
        session.add(
            PaymentCase(
                kind=CaseKind.INVARIANT_BROKEN.value,
                booking_id=booking.booking_id or 0,
                evidence="{}",
                dedupe="x" * 64,
                opened_at=clock.now,
            )
        )
    (item,) = (await look(database, clock)).person.items
    assert (item.payment_id, item.booking_id, item.amount) == (
        None,
        booking.booking_id,
        Decimal(9_000),
    )
    assert item.status == ""


async def test_a_resolved_case_waits_no_more(database: Database, clock: FakeClock) -> None:
    payment = await payment_row(database, "failed", clock.now)
    await case_row(database, payment, CaseKind.OVERPAID, clock.now, state="resolved")
    assert (await look(database, clock)).person.number == 0
    assert await Waiting(database, clock).badge() == 0


@pytest.mark.parametrize("status", PaymentStatus)
async def test_only_a_live_prompt_waits_for_an_answer(
    database: Database, clock: FakeClock, status: PaymentStatus
) -> None:
    payment = await payment_row(database, status, clock.now - timedelta(minutes=10))
    found = (await look(database, clock)).answer
    assert ids(found.items) == ([payment.payment_id] if status in LIVE else [])


async def test_a_prompt_is_given_two_minutes_from_when_it_was_sent(
    database: Database, clock: FakeClock
) -> None:
    sent = clock.now - timedelta(seconds=5)
    payment = await payment_row(
        database, "pending", clock.now - timedelta(hours=1), submitted_at=sent
    )
    clock.now = sent + PATIENCE
    assert (await look(database, clock)).answer.number == 0
    clock.advance(0.001)
    (item,) = (await look(database, clock)).answer.items
    assert (item.payment_id, item.since) == (payment.payment_id, sent)
    assert await Waiting(database, clock).badge() == 0, "no person can do anything yet"


async def test_paid_without_a_receipt_while_one_may_come(
    database: Database, clock: FakeClock
) -> None:
    ago = clock.now - timedelta(minutes=5)
    soon: dict[str, Any] = {"settled_at": ago, "next_check_at": clock.now + timedelta(minutes=25)}
    without = await payment_row(database, "completed", ago, **soon)
    await payment_row(database, "completed", ago, **soon, mpesa_receipt_number="SKJ7RT61SV")
    await payment_row(database, "completed", ago, settled_at=ago)  # its grace is over: a case
    await payment_row(database, "expired", ago, **soon)
    found = (await look(database, clock)).receipt
    assert (ids(found.items), found.items[0].since) == ([without.payment_id], ago)


async def test_oldest_first(database: Database, clock: FakeClock) -> None:
    payments = [
        await payment_row(database, "pending", clock.now - timedelta(minutes=minutes))
        for minutes in (40, 30, 20)
    ]
    for payment in payments:
        await case_row(database, payment, CaseKind.OVERPAID, payment.created_at)
    now = await look(database, clock)
    for group in (now.person, now.answer):
        assert ids(group.items) == [payment.payment_id for payment in payments]


async def test_the_lists_and_the_counts_are_bounded(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHOWN", 2)
    monkeypatch.setattr(module, "MOST_COUNTED", 4)
    payments = []
    for number in range(5):
        payments.append(await payment_row(database, "pending", clock.now - timedelta(hours=1)))
        await case_row(database, payments[-1], CaseKind.OVERPAID, clock.now)
        now = await look(database, clock)
        counted = min(number + 1, 4)
        assert (len(now.person.items), now.person.number) == (min(number + 1, 2), counted)
        assert (len(now.answer.items), now.answer.number) == (min(number + 1, 2), counted)
        assert await Waiting(database, clock).badge() == counted
