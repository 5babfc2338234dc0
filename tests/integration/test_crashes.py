"""The process dies between two steps of a payment: what is left behind, and what makes it right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from payment_app.services.payments import push as push_module
from payment_app.services.payments.admission import Admission, Attempt
from payment_app.services.payments.events import GENESIS
from payment_app.services.payments.push import PromptSender
from payment_app.storage.tables import Booking, CallbackInbox, IdempotencyKey, Payment
from tests.books import is_right
from tests.integration.kit import OTHER_PHONE, count, refused, until
from tests.integration.world import PHONE, World, close_world, failure, open_world, success


class Died(BaseException):
    """Stands for kill -9: nothing in the app may catch it."""


def attempt(booking: Booking, key: str = "k") -> Any:
    return Attempt(booking.booking_id or 0, PHONE, None, key, "customer")


async def die_at(world: World, step: str, monkeypatch: pytest.MonkeyPatch) -> Booking:
    """Start a payment in a process that dies at a step; the booking that it was for."""
    booking = await world.booking()
    rail = world.runtime.checkout.sender._rail

    async def died(*_: Any, **__: Any) -> Any:
        raise Died

    async def pushed_then_died(push: Any) -> Any:
        await type(rail).stk_push(rail, push)
        raise Died

    with monkeypatch.context() as patched:
        match step:
            case "before T2":
                patched.setattr(PromptSender, "send", died)
            case "before the push":
                patched.setattr(rail, "stk_push", died)
            case "after the push":
                patched.setattr(rail, "stk_push", pushed_then_died)
            case "before T3":
                patched.setattr(PromptSender, "_keep_answer", died)
        with pytest.raises(Died):
            await world.runtime.checkout.start(attempt(booking))
    return booking


async def only_payment(world: World, booking: Booking) -> Payment:
    _, (payment,) = await world.runtime.bookings.get(booking.booking_id or 0)
    return payment


async def sweep(world: World, seconds: float) -> None:
    world.clock.advance(seconds)
    await world.runtime.reconciler.tick()


async def test_a_death_before_t1_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await world.booking()

    def died(*_: Any, **__: Any) -> Any:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(Admission, "_insert", died)
        with pytest.raises(Died):
            await world.runtime.checkout.start(attempt(booking))
    assert await count(world, Payment) == 0
    assert (await world.push(booking)).status_code == 200


async def test_created_expires_after_60_seconds_and_was_never_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "before T2", monkeypatch)
    assert (await only_payment(world, booking)).status == "created"
    await sweep(world, 59)
    assert (await only_payment(world, booking)).status == "created"
    refused(await world.push(booking, phone=OTHER_PHONE), 409, "payment_in_progress")
    await sweep(world, 1)
    left = await only_payment(world, booking)
    assert (left.status, left.next_check_at) == ("expired", None)
    assert world.pushes == []
    assert (await world.push(booking)).status_code == 200
    assert len(world.pushes) == 1


@pytest.mark.parametrize("step", ["before the push", "after the push", "before T3"])
async def test_submitting_becomes_unknown_after_90_seconds_and_is_never_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    booking = await die_at(world, step, monkeypatch)
    sent = len(world.pushes)
    assert sent == (step != "before the push")
    assert (await only_payment(world, booking)).status == "submitting"
    await sweep(world, 89)
    assert (await only_payment(world, booking)).status == "submitting"
    await sweep(world, 1)
    assert (await only_payment(world, booking)).status == "unknown"
    again = await world.push(booking)
    assert (again.status_code, again.json()["checkout_request_id"]) == (202, None)
    refused(await world.push(booking, phone=OTHER_PHONE), 409, "payment_in_progress")
    assert len(world.pushes) == sent, "never by itself"


async def test_unknown_expires_at_3_minutes_and_frees_the_booking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "after the push", monkeypatch)
    await sweep(world, 90)
    await sweep(world, 89)
    assert (await only_payment(world, booking)).status == "unknown"
    await sweep(world, 1)
    assert (await only_payment(world, booking)).status == "expired"
    assert (await world.push(booking, phone=OTHER_PHONE)).status_code == 200


async def test_even_without_a_sweep_a_dead_attempt_blocks_for_3_minutes_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "before T3", monkeypatch)
    world.clock.advance(179)
    refused(await world.push(booking, phone=OTHER_PHONE), 409, "payment_in_progress")
    world.clock.advance(1)
    assert (await world.push(booking, phone=OTHER_PHONE)).status_code == 200


async def test_the_same_attempt_after_a_crash_never_sends_a_second_prompt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "after the push", monkeypatch)
    for wait in (0, 90, 90, 3_600):
        await sweep(world, wait)
        started = await world.runtime.checkout.start(attempt(booking))
        assert started.checkout_request_id is None
    assert len(world.pushes) == 1


@pytest.mark.parametrize("wait", [0, 90, 180, 30 * 24 * 3_600])
async def test_the_callback_finds_its_payment_however_late_it_comes(
    world: World, monkeypatch: pytest.MonkeyPatch, wait: int
) -> None:
    booking = await die_at(world, "after the push", monkeypatch)
    for part in range(3):
        await sweep(world, wait / 3 if part < 3 else 0)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    paid = await only_payment(world, booking)
    assert paid.status == "completed"
    assert paid.checkout_request_id
    assert paid.mpesa_receipt_number
    assert (await world.fresh(booking)).status == "paid"
    assert await world.cases() == []


async def test_late_money_beside_a_second_payment_is_kept_and_is_a_case(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "after the push", monkeypatch)
    first = await only_payment(world, booking)
    world.clock.advance(180)
    second = await world.pushed(booking, phone=OTHER_PHONE)
    for phone in (OTHER_PHONE, PHONE):
        world.simulator.enter_pin(phone, "1234")
    await world.settle()
    statuses = [(await world.payment(p.payment_id)).status for p in (first, second)]
    assert statuses == ["completed", "completed"]
    assert (await world.fresh(booking)).amount_paid == 5_000
    assert await world.cases() == ["overpaid"]


async def test_an_inbox_row_left_behind_is_settled_by_the_next_process(
    world: World, database_url: str
) -> None:
    payment = await world.pushed(await world.booking())
    assert (await world.callback(success(payment))).status_code == 200
    assert (await world.payment(payment.payment_id)).status == "pending"
    other = await open_world(database_url, world.clock)
    try:
        assert await other.runtime.inbox.drain() == 1
        assert await other.runtime.inbox.drain() == 0
    finally:
        await close_world(other)
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await world.runtime.inbox.drain() == 0


async def test_a_death_inside_t5_leaves_the_row_and_half_of_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    before = len(await world.events(payment))

    def died(*_: Any, **__: Any) -> Any:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("payment_app.services.payments.settlement._count_money", died)
        with pytest.raises(Died):
            await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "pending"
    assert len(await world.events(payment)) == before
    assert (await world.inbox())[0].processed_at is None
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert (await world.inbox())[0].processed_at is not None


async def test_a_row_that_cannot_be_settled_waits_and_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = await world.pushed(await world.booking())
    await world.callback(success(poor))
    good = await world.pushed(await world.booking(), phone=OTHER_PHONE)
    await world.callback(success(good, receipt="SKJ7RT61SW"))
    from payment_app.services.payments.callbacks import settle as inbox_module

    original = inbox_module.weigh_callback

    def stumbles(session: Any, payment_id: int, *more: Any) -> str:
        if payment_id == poor.payment_id:
            raise RuntimeError("a bug")
        return original(session, payment_id, *more)

    with monkeypatch.context() as patched:
        patched.setattr(inbox_module, "weigh_callback", stumbles)
        await world.runtime.inbox.drain()
    assert (await world.payment(good.payment_id)).status == "completed"
    assert (await world.payment(poor.payment_id)).status == "pending"
    world.clock.advance(3)
    await world.runtime.inbox.drain()
    assert (await world.payment(poor.payment_id)).status == "completed"


async def test_an_answer_that_cannot_be_kept_at_once_is_kept_a_moment_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "ANSWER_PAUSES", (0.0, 0.0))
    failures = iter([True, True])
    original = push_module.note_answer

    def flaky(*args: Any, **more: Any) -> Any:
        if next(failures, False):
            raise OperationalError("UPDATE payment", {}, Exception("database is locked"))
        return original(*args, **more)

    monkeypatch.setattr(push_module, "note_answer", flaky)
    answer = await world.push(await world.booking())
    assert answer.status_code == 200
    assert answer.json()["checkout_request_id"].startswith("ws_CO_")
    assert len(world.pushes) == 1


async def test_a_database_that_dies_during_the_push_is_202_and_not_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_module, "ANSWER_PAUSES", ())
    booking = await world.booking()
    database, rail = world.runtime.checkout._database, world.runtime.checkout.sender._rail
    original = rail.stk_push

    @asynccontextmanager
    async def away(*_: Any) -> AsyncIterator[None]:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))
        yield

    async def nowhere(*_: Any, **__: Any) -> Any:
        async with away():
            pass

    async def then_the_database_dies(push: Any) -> Any:
        outcome = await original(push)
        patched.setattr(database, "write", away)
        patched.setattr(database, "transact", nowhere)
        patched.setattr(database, "read", away)
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(rail, "stk_push", then_the_database_dies)
        answer = await world.push(booking)
    assert answer.status_code == 202, answer.text
    assert answer.json()["checkout_request_id"] is None
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.fresh(booking)).status == "paid"


async def test_a_caller_who_goes_away_does_not_stop_the_push(world: World) -> None:
    booking = await world.booking()
    caller = asyncio.create_task(world.push(booking))
    await until(lambda: world.pushes)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await world.runtime.checkout.close()
    payment = await only_payment(world, booking)
    assert payment.status == "pending"
    assert payment.checkout_request_id


async def test_a_key_whose_process_died_is_free_after_two_minutes_and_sends_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await world.booking()
    rail = world.runtime.checkout.sender._rail

    async def died(*_: Any) -> Any:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(rail, "stk_push", died)
        patched.setattr("payment_app.services.shared.idempotency.Idempotency._forget", died)
        with pytest.raises(Died):
            await world.push(booking, **{"Idempotency-Key": "k-1"})
    assert await count(world, IdempotencyKey) == 1
    refused(await world.push(booking, **{"Idempotency-Key": "k-1"}), 409, "in_progress")
    world.clock.advance(121)
    answer = await world.push(booking, **{"Idempotency-Key": "k-1"})
    assert (answer.status_code, answer.json()["checkout_request_id"]) == (202, None)
    assert world.pushes == []


async def test_after_every_crash_the_history_is_one_unbroken_chain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await die_at(world, "after the push", monkeypatch)
    for wait in (90, 90):
        await sweep(world, wait)
    payment = await only_payment(world, booking)
    await world.callback(failure(payment, 1032, checkout_id="ws_CO_x", merchant_id="m"))
    await world.callback(success(payment, checkout_id="ws_CO_x", merchant_id="m"))
    await world.runtime.inbox.drain()
    previous = GENESIS
    story = []
    for event in await world.events(payment):
        assert event.previous_hash == previous
        assert is_right(event)
        previous = event.hash
        story.append(event.to_status)
    assert story == ["created", "submitting", "unknown", "expired", "cancelled", "completed"]
    assert await count(world, CallbackInbox) == 2
