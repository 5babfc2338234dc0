"""Queries instead of callbacks: when Daraja is asked, and what its answers do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payment_app.services.payments.query_schedule import LADDER
from payment_app.storage.tables import Payment
from tests.integration.kit import refused, run_sql
from tests.integration.world import PHONE, World, failure, success

MINUTE, HOUR = 60, 3_600


async def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that Daraja is asked about from now on."""
    ids: list[str] = []
    rail = world.runtime.reconciler._rail
    original = rail.stk_query

    async def overheard(checkout_request_id: str) -> Any:
        ids.append(checkout_request_id)
        return await original(checkout_request_id)

    monkeypatch.setattr(rail, "stk_query", overheard)
    return ids


async def let_pass(world: World, seconds: int, step: int = 5) -> None:
    """Time passes, with a tick of the checker every few seconds."""
    for _ in range(0, seconds, step):
        world.clock.advance(step)
        await world.runtime.reconciler.tick()


async def lost_result(world: World, result: str = "pay") -> Payment:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    if result == "pay":
        world.simulator.enter_pin(PHONE, "1234")
    else:
        world.simulator.cancel(PHONE)
    return payment


def test_the_ladder_is_as_dense_as_promised() -> None:
    seconds = [rung.total_seconds() for rung in LADDER]
    assert seconds == sorted(set(seconds))
    assert seconds[0] <= 20
    assert seconds[-1] == 24 * HOUR
    gaps = [(after, after - before) for before, after in zip([0, *seconds], seconds, strict=False)]
    assert all(gap <= 2 * MINUTE for at, gap in gaps if at <= 10 * MINUTE)
    assert all(gap <= 5 * MINUTE for at, gap in gaps if at <= HOUR)
    assert all(gap <= HOUR for _, gap in gaps)


async def test_a_lost_callback_is_made_good_within_2_minutes(world: World) -> None:
    payment = await lost_result(world)
    await let_pass(world, 2 * MINUTE)
    after = await world.payment(payment.payment_id)
    assert (after.status, after.witness) == ("completed", "query")
    assert (await world.fresh(await booking_of(world, payment))).status == "paid"


async def booking_of(world: World, payment: Payment) -> Any:
    booking, _ = await world.runtime.bookings.get(payment.booking_id)
    return booking


@pytest.mark.parametrize("kind", ["does_not_exist", "http_503", "reset", "empty_message", "html"])
async def test_through_an_outage_the_result_is_found_5_minutes_after_it_at_most(
    world: World, kind: str
) -> None:
    payment = await lost_result(world, "cancel")
    world.simulator.fault("stk_query", kind, count=None)
    await let_pass(world, 33 * MINUTE, step=30)
    assert (await world.payment(payment.payment_id)).status == "pending", "no answer is no result"
    world.simulator.behave()
    await let_pass(world, 5 * MINUTE, step=10)
    assert (await world.payment(payment.payment_id)).status == "cancelled"


async def test_daraja_is_asked_until_24_hours_and_then_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await lost_result(world)
    ids = await asked(world, monkeypatch)
    world.simulator.fault("stk_query", "does_not_exist", count=None)
    await let_pass(world, 25 * HOUR, step=150)
    assert len(ids) >= len(LADDER) - 4
    after = await world.payment(payment.payment_id)
    assert (after.status, after.next_check_at) == ("expired", None)
    former = len(ids)
    await let_pass(world, 2 * HOUR, step=600)
    assert len(ids) == former
    # What happened all the same is still taken in, a month later.
    world.clock.advance(30 * 24 * HOUR)
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_a_live_prompt_is_asked_about_at_20_40_70_and_120_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.pushed(await world.booking())
    ids = await asked(world, monkeypatch)
    at = []
    for second in range(1, 121):
        world.clock.advance(1)
        before = len(ids)
        await world.runtime.reconciler.tick()
        at += [second] * (len(ids) - before)
    assert at == [20, 40, 70, 120]


async def test_a_callbacks_result_is_confirmed_once_by_a_query(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    ids = await asked(world, monkeypatch)
    await let_pass(world, 10 * MINUTE, step=5)
    assert ids == [payment.checkout_request_id]
    kinds = [event.kind for event in await world.events(payment)]
    assert kinds[-2:] == ["callback_result", "query_confirmed"]
    assert await world.cases() == []


async def test_a_query_that_finds_money_behind_a_failure_makes_it_paid(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(failure(payment, 1037))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "expired"
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    await let_pass(world, 10)
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_a_query_never_lowers_a_status(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(failure(payment, 1032))
    await world.runtime.inbox.drain()
    world.simulator.misbehave("lost")
    world.simulator.time_out(PHONE)  # the query will say 1037, which ranks below cancelled
    await let_pass(world, 10)
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == ("cancelled", "1032")


async def test_a_contradicting_query_opens_one_case_and_changes_nothing(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    paid = await world.payment(payment.payment_id)
    world.simulator.fault("stk_query", "contradiction", count=None)
    await let_pass(world, 30)
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", paid.mpesa_receipt_number)
    assert await world.cases() == ["success_denied"]


async def test_a_mismatching_callback_makes_a_query_follow_that_decides(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("mismatched_amount")
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.payment(payment.payment_id)).status == "pending"
    assert await world.cases() == ["amount_mismatch"]
    await let_pass(world, 5)
    assert (await world.payment(payment.payment_id)).checks_done == 1


async def test_a_lease_keeps_a_second_worker_from_asking_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.pushed(await world.booking())
    ids = await asked(world, monkeypatch)
    world.clock.advance(20)
    first = await world.runtime.reconciler._lease()
    assert len(first) == 1
    assert await world.runtime.reconciler.tick() == 0
    world.clock.advance(60)  # the first worker died: its lease runs out
    assert await world.runtime.reconciler.tick() == 1
    assert len(ids) == 1


async def test_a_tick_takes_a_bounded_batch_and_the_next_the_rest(world: World) -> None:
    for number in range(25):
        await world.pushed(await world.booking(), phone=f"2547120000{number:02d}")
    world.clock.advance(20)
    assert [await world.runtime.reconciler.tick() for _ in range(3)] == [20, 5, 0]


async def test_a_jump_of_the_clock_alone_settles_nothing(world: World) -> None:
    payment = await world.pushed(await world.booking())
    for jump in (HOUR, -2 * HOUR, HOUR):
        world.clock.advance(jump)
        await world.runtime.reconciler.tick()
        assert (await world.payment(payment.payment_id)).status == "pending"


async def test_a_payment_that_a_new_prompt_replaced_is_still_asked_about(world: World) -> None:
    booking = await world.booking()
    first = await lost_first(world, booking)
    world.simulator.fault("stk_query", "does_not_exist", count=None)
    world.clock.advance(600)
    second = await world.pushed(booking, phone="254722000000")
    assert (await world.payment(first.payment_id)).status == "expired"
    world.simulator.behave()
    await let_pass(world, 5 * MINUTE, step=10)
    assert (await world.payment(first.payment_id)).status == "completed"
    await world.callback(success(second, receipt="SECOND0001"))
    await world.runtime.inbox.drain()
    assert await world.cases() == ["overpaid"]
    assert (await world.fresh(booking)).amount_paid == 5_000, "kept, not lost"


async def test_before_a_second_prompt_daraja_is_asked_about_the_first(world: World) -> None:
    booking = await world.booking()
    first = await lost_first(world, booking)
    world.clock.advance(181)
    refused(await world.push(booking, phone="254722000000"), 409, "booking_paid")
    assert len(world.pushes) == 1, "nobody pays twice"
    assert (await world.payment(first.payment_id)).status == "completed"


async def test_while_daraja_cannot_say_no_second_prompt_is_sent_for_ten_minutes(
    world: World,
) -> None:
    booking = await world.booking()
    await lost_first(world, booking)
    world.simulator.fault("stk_query", "does_not_exist", count=None)
    world.clock.advance(599)
    refused(await world.push(booking, phone="254722000000"), 409, "payment_in_progress")
    world.clock.advance(1)
    assert (await world.push(booking, phone="254722000000")).status_code == 200
    assert len(world.pushes) == 2


async def lost_first(world: World, booking: Any) -> Payment:
    payment = await world.pushed(booking)
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    return payment


async def test_a_database_error_while_noting_an_answer_is_made_good_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await lost_result(world)
    await run_sql(world, "ALTER TABLE payment_event RENAME TO away")
    world.clock.advance(20)
    await world.runtime.reconciler.tick()
    await run_sql(world, "ALTER TABLE away RENAME TO payment_event")
    assert (await world.payment(payment.payment_id)).status == "pending"
    await let_pass(world, 61)
    after = await world.payment(payment.payment_id)
    assert after.status == "completed"
    assert after.settled_at is not None
    assert after.settled_at - (after.submitted_at or after.created_at) <= timedelta(minutes=2)


class TestHurry:
    """An open page makes the next question come soon, whoever asks it and however old it is."""

    async def waiting(self, world: World, age: int) -> Payment:
        payment = await lost_result(world)
        world.simulator.fault("stk_query", "does_not_exist", count=None)
        await let_pass(world, age, step=60)
        return await world.payment(payment.payment_id)

    async def test_an_open_page_brings_the_next_look_forward(self, world: World) -> None:
        payment = await self.waiting(world, 2 * HOUR)
        topic = f"booking:{payment.booking_id}"
        assert await world.runtime.reconciler.hurry([topic]) == 1
        after = await world.payment(payment.payment_id)
        assert after.next_check_at == world.clock() + timedelta(seconds=75)
        assert await world.runtime.reconciler.hurry([topic]) == 0, "it is soon already"

    async def test_a_closed_page_changes_nothing(self, world: World) -> None:
        payment = await self.waiting(world, 2 * HOUR)
        for topics in ([], ["booking:999"], ["staff"], ["booking:x"]):
            assert await world.runtime.reconciler.hurry(topics) == 0
        after = await world.payment(payment.payment_id)
        assert after.next_check_at == payment.next_check_at

    async def test_what_is_known_is_not_asked_again(self, world: World) -> None:
        payment = await lost_result(world)
        await let_pass(world, 30)
        after = await world.payment(payment.payment_id)
        assert after.status == "completed"
        assert after.next_check_at is not None, "it waits for its receipt number"
        assert await world.runtime.reconciler.hurry([f"booking:{payment.booking_id}"]) == 0


def test_rungs_come_early_by_chance_but_never_twice_or_late() -> None:
    import random

    from payment_app.services.payments.query_schedule import next_rung

    chance = random.Random(7)
    for _ in range(200):
        payment = Payment(
            booking_id=1,
            user_id=1,
            amount=1,
            phone_number="",
            created_at=datetime(2026, 11, 23, tzinfo=UTC),
        )
        now, climbed = payment.created_at, []
        while (at := next_rung(payment, now, chance.random())) is not None:
            assert at > now
            climbed.append((at - payment.created_at, at - now))
            now = at
        assert len(climbed) == len(LADDER)
        assert climbed[-1][0] <= timedelta(days=1)
        for since, gap in climbed:
            most = 2 if since <= timedelta(minutes=10) else 5 if since <= timedelta(hours=1) else 60
            assert gap <= timedelta(minutes=most), (since, gap)
