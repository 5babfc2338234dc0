"""What settlement writes down, to the shilling and the word: asked for by surviving mutants."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payment_app.domain.lifecycle import Evidence, PaymentStatus, Source
from payment_app.services.payments import settlement
from payment_app.services.payments.checkout import Started
from payment_app.services.payments.events import Happening
from payment_app.storage.tables import Booking, Payment
from tests.reliability.simulated import Stage, phone_number
from tests.reliability.test_agreement import path, run
from tests.reliability.truth import read_books

__all__ = ["path"]  # a fixture
HAPPENING = Happening("callback_result", "daraja", Source.CALLBACK, "0 Success")


async def prompted(stage: Stage, booking: Booking, key: str = "a", **more: Any) -> int:
    started = await stage.pay(booking, phone_number(1), key, **more)
    assert isinstance(started, Started), started
    return started.payment_id


async def apply(stage: Stage, payment_id: int, **more: Any) -> settlement.Applied:
    at = stage.loop.clock()
    evidence = Evidence(PaymentStatus.COMPLETED, Source.CALLBACK, at, result_code="0")
    changed = replace(evidence, **more)
    return await stage.runtime.database.transact(
        lambda transaction: settlement.apply(transaction.rows, payment_id, changed, HAPPENING)
    )


async def change(stage: Stage, row: type[Any], key: int, **values: Any) -> None:
    async with stage.runtime.database.write() as session:
        found = await session.get_one(row, key)
        for name, value in values.items():
            setattr(found, name, value)


def test_only_money_counts_and_refunds_are_taken_off(path: Path) -> None:
    async def test(stage: Stage) -> None:
        booking = await stage.book(3_000, allow_instalments=True)
        cancelled = await prompted(stage, booking, amount=1_000)
        await apply(stage, cancelled, claims=PaymentStatus.CANCELLED, result_code="1032")
        stage.simulator.cancel(phone_number(1))
        await stage.pass_time(121, step=200)
        paid = await prompted(stage, booking, "b", amount=1_000)
        await apply(stage, paid)
        (after,) = (await read_books(stage)).bookings
        assert (after.amount_paid, after.status) == (1_000, "part_paid")
        await change(stage, Payment, paid, amount_refunded=Decimal(400))
        await apply(stage, cancelled)
        books = await read_books(stage)
        assert books.bookings[0].amount_paid == 1_600
        assert books.cases == []

    run(path, test)


def test_more_than_is_due_is_a_case_with_its_figures(path: Path) -> None:
    async def test(stage: Stage) -> None:
        booking = await stage.book(2_500)
        paid = await prompted(stage, booking)
        await change(stage, Booking, booking.booking_id or 0, amount=Decimal(2_000))
        await apply(stage, paid)
        books = await read_books(stage)
        (case,) = books.cases
        assert case.kind == "overpaid"
        assert stage.loop.clock() - case.opened_at < timedelta(milliseconds=1)
        assert json.loads(case.evidence) == {"amount": "2000", "amount_paid": "2500"}
        assert (case.payment_id, case.booking_id) == (paid, booking.booking_id)
        assert (books.bookings[0].amount_paid, books.bookings[0].status) == (2_500, "paid")

    run(path, test)


@pytest.mark.parametrize(
    ("late", "kinds"), [(-1, []), (0, ["paid_after_close"]), (1, ["paid_after_close"])]
)
def test_money_is_late_from_the_very_moment_at_which_the_booking_ends(
    path: Path, late: int, kinds: list[str]
) -> None:
    """Counted from when the money moved, not from when we heard of it."""

    async def test(stage: Stage) -> None:
        end = stage.loop.clock() + timedelta(seconds=60)
        booking = await stage.book(2_500, expires_at=end)
        paid = await prompted(stage, booking)
        await stage.pass_time(90, step=100)
        await apply(stage, paid, paid_at=end + timedelta(seconds=late))
        books = await read_books(stage)
        assert [case.kind for case in books.cases] == kinds
        assert books.payments[0].payment_date == end + timedelta(seconds=late)

    run(path, test)


def test_a_closed_booking_stays_closed_and_its_money_is_a_case(path: Path) -> None:
    async def test(stage: Stage) -> None:
        booking = await stage.book(2_500)
        paid = await prompted(stage, booking)
        await change(stage, Booking, booking.booking_id or 0, status="closed")
        await apply(stage, paid)
        books = await read_books(stage)
        assert (books.bookings[0].status, books.bookings[0].amount_paid) == ("closed", 2_500)
        assert [case.kind for case in books.cases] == ["paid_after_close"]

    run(path, test)


@pytest.mark.parametrize(("amount", "told"), [(Decimal(1), "1"), (None, None)])
def test_a_contradiction_is_described_whole(
    path: Path, amount: Decimal | None, told: str | None
) -> None:
    async def test(stage: Stage) -> None:
        paid = await prompted(stage, await stage.book(2_500))
        await apply(stage, paid, receipt="SKJ7RT61SV")
        applied = await apply(
            stage, paid, amount=amount, receipt="SKJ7RT61SW", result_desc="The service request"
        )
        (case,) = (await read_books(stage)).cases
        assert (applied.status, applied.changed, applied.case) == ("completed", False, case.kind)
        assert json.loads(case.evidence) == {
            "source": "callback",
            "claims": "completed",
            "amount": told,
            "receipt": "SKJ7RT61SW",
            "result_code": "0",
            "result_desc": "The service request",
        }

    run(path, test)
