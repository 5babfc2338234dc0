"""What callbacks, queries and crashes do to a payment, with the simulator's ledger as oracle."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from payment_app.services.payments.events import GENESIS
from payment_app.storage.tables import Payment
from tests.books import is_right
from tests.integration.world import PHONE, World, failure, success


def received(world: World) -> int:
    """Shillings that the rail says have moved."""
    return int(world.simulator.ledger.total)


async def settles(events: list) -> int:
    return sum(e.to_status == "completed" and e.from_status != "completed" for e in events)


async def test_a_payment_from_prompt_to_paid(world: World) -> None:
    booking = await world.booking(2_500)
    payment = await world.pushed(booking)
    assert payment.status == "pending"
    assert payment.transaction_id == f"{booking.reference}-P1"

    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()

    paid = await world.payment(payment.payment_id)
    assert paid.status == "completed"
    assert paid.mpesa_receipt_number
    assert paid.payment_date is not None
    assert (await world.fresh(booking)).status == "paid"
    assert received(world) == 2_500
    assert await world.cases() == []


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ("cancel", "cancelled", "1032"),
        ("time_out", "expired", "1037"),
        ("wrong_pin", "failed", "2001"),
        ("no_balance", "failed", "1"),
    ],
)
async def test_each_way_not_to_pay(world: World, answer: str, status: str, code: str) -> None:
    payment = await world.pushed(await world.booking())
    match answer:
        case "cancel":
            world.simulator.cancel(PHONE)
        case "time_out":
            world.simulator.time_out(PHONE)
        case "wrong_pin":
            world.simulator.enter_pin(PHONE, "9999")
        case "no_balance":
            world.simulator.set_balance(PHONE, 10)
            world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == (status, code)
    assert received(world) == 0


async def test_200_copies_of_one_callback_have_one_effect(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    before = len(await world.events(payment))

    answers = await asyncio.gather(*(world.callback(body) for _ in range(200)))
    await world.runtime.inbox.drain()

    assert Counter(a.status_code for a in answers) == {200: 200}
    events = await world.events(payment)
    assert len(events) == before + 1
    assert await settles(events) == 1
    rows = await world.inbox()
    assert [row.copies for row in rows] == [200]


async def test_success_after_cancel_is_paid(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(failure(payment, 1032))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "cancelled"
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_cancel_after_success_stays_paid_and_opens_a_case(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    await world.callback(failure(payment, 1032))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await world.cases() == ["success_denied"]


@pytest.mark.parametrize(
    "wrong", [{"amount": 1.0}, {"checkout_id": "ws_CO_other"}, {"merchant_id": "x-1"}]
)
async def test_other_ids_or_amount_settle_nothing(world: World, wrong: dict) -> None:
    payment = await world.pushed(await world.booking())
    answer = await world.callback(success(payment, **wrong))
    await world.runtime.inbox.drain()
    assert answer.status_code == 200
    after = await world.payment(payment.payment_id)
    assert after.status == "pending"
    assert await world.cases() == ["amount_mismatch" if "amount" in wrong else "id_mismatch"]
    assert after.next_check_at == world.clock.now, "a query follows at once"


async def test_wrong_token_is_404_and_leaves_nothing(world: World) -> None:
    payment = await world.pushed(await world.booking())
    answer = await world.callback(success(payment), token="A" * 43)
    assert answer.status_code == 404
    assert await world.inbox() == []


async def test_callback_without_token_only_makes_a_query_follow(world: World) -> None:
    payment = await world.pushed(await world.booking())
    answer = await world.api.post("/api/mpesa/callback", json=success(payment))
    assert answer.json() == {"ResultCode": 0, "ResultDesc": "Success"}
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "pending"

    await world.runtime.reconciler.tick()  # the rail says: still being processed
    assert (await world.payment(payment.payment_id)).status == "pending"
    world.simulator.cancel(PHONE)
    world.clock.advance(61)
    await world.runtime.reconciler.tick()
    assert (await world.payment(payment.payment_id)).status == "cancelled"


async def test_unknown_id_without_token_is_parked_then_dropped(world: World) -> None:
    stranger = Payment(
        booking_id=1, user_id=1, amount=1, phone_number=PHONE, checkout_request_id="ws_CO_none"
    )
    assert (await world.api.post("/api/mpesa/callback", json=failure(stranger))).status_code == 200
    await world.runtime.inbox.drain()
    assert (await world.inbox())[0].processed_at is None
    world.clock.advance(601)
    await world.runtime.inbox.drain()
    assert (await world.inbox())[0].outcome == "dropped: no such payment"


async def test_callback_before_the_push_is_answered(world: World) -> None:
    """The token names the payment; Daraja's later answer ranks lower."""
    world.simulator.misbehave("early")
    booking = await world.booking()
    answer = await world.push(booking)
    await world.settle()
    after = await world.payment(answer.json()["payment_id"])
    assert after.status == "completed"
    assert after.checkout_request_id == answer.json()["checkout_request_id"]
    assert received(world) == 2_500


async def test_every_callback_lost_the_query_finds_the_result(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.payment(payment.payment_id)).status == "pending"
    world.clock.advance(21)
    await world.runtime.reconciler.tick()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", None)
    # The late callback still brings the receipt.
    await world.callback(success(after))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).mpesa_receipt_number == "SKJ7RT61SV"


async def test_a_query_that_denies_a_success_opens_a_case(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    world.simulator.cancel(PHONE)  # the rail knows nothing of that success
    world.simulator.misbehave("lost")
    world.clock.advance(6)
    await world.runtime.reconciler.tick()
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await world.cases() == ["success_denied"]


async def test_a_receipt_pays_once(world: World) -> None:
    first = await world.pushed(await world.booking())
    await world.callback(success(first, receipt="SAME000001"))
    second = await world.pushed(await world.booking(), phone="254722000000")
    await world.callback(success(second, receipt="SAME000001"))
    await world.runtime.inbox.drain()
    assert (await world.payment(second.payment_id)).status == "pending"
    assert await world.cases() == ["receipt_used_twice"]


async def test_unknown_result_code_fails_and_is_still_checked(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(failure(payment, 777))
    await world.runtime.inbox.drain()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == ("failed", "777")
    assert after.next_check_at is not None


async def test_two_instalments_and_an_overpayment(world: World) -> None:
    booking = await world.booking(3_000, allow_instalments=True)
    first = await world.pushed(booking, amount=1_000)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.fresh(booking)).status == "part_paid"
    world.clock.advance(121)
    second = await world.pushed(booking, amount=2_000)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    after = await world.fresh(booking)
    assert (after.status, after.amount_paid) == ("paid", 3_000)
    assert {first.status, second.status} == {"pending"}
    assert received(world) == 3_000


async def test_the_history_is_one_unbroken_chain(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    previous = GENESIS
    for event in await world.events(payment):
        assert event.previous_hash == previous
        assert is_right(event)
        previous = event.hash
    assert (await world.payment(payment.payment_id)).last_event_hash == previous


@pytest.mark.parametrize(
    "statement", ["UPDATE payment_event SET detail = 'x'", "DELETE FROM payment_event"]
)
async def test_history_cannot_be_rewritten(world: World, statement: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    await world.pushed(await world.booking())
    with pytest.raises(DBAPIError, match="append-only"):
        async with world.runtime.database.write() as session:
            await session.execute(text(statement))
