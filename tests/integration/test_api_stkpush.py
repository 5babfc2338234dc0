"""POST /api/mpesa/stkpush, line by line of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from payment_app.services.shared.keys.tokens import hash_token
from payment_app.storage.tables import Payment
from tests.conftest import FakeClock
from tests.integration.kit import (
    OTHER_PHONE,
    completed,
    count,
    post_ascii,
    refused,
    run_sql,
    well_shaped,
)
from tests.integration.world import PHONE, World, close_world, open_world, success

UNCLEAR = (
    "reset",
    "refused",
    "html",
    "empty",
    "truncated",
    "missing_ids",
    "wrong_types",
    "huge",
    "redirect",
    "http_500",
    "http_502",
    "http_503",
)
REFUSALS = ("http_400", "http_403", "http_404", "http_429", "busy", "quota")


async def push(world: World, **body: Any) -> Any:
    return await world.api.post("/api/mpesa/stkpush", json=body)


async def test_a_push_answers_with_its_ids(world: World) -> None:
    booking = await world.booking()
    answer = await world.push(booking)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"success", "message", "checkout_request_id", "payment_id"}
    assert body["success"] is True
    assert body["message"]
    assert body["checkout_request_id"].startswith("ws_CO_")
    payment = await world.payment(body["payment_id"])
    assert payment.checkout_request_id == body["checkout_request_id"]
    assert (payment.status, payment.phone_number, payment.amount) == ("pending", PHONE, 2_500)


async def test_the_rail_gets_reference_description_and_a_token_of_this_payment(
    world: World,
) -> None:
    booking = await world.booking()
    payment = await world.pushed(booking, phone="0712 345 678")
    (sent,) = world.pushes
    assert sent["AccountReference"] == booking.reference
    assert len(sent["TransactionDesc"]) <= 13
    assert str(sent["PhoneNumber"]) == str(sent["PartyA"]) == PHONE
    assert str(sent["Amount"]) == "2500"
    base, _, token = sent["CallBackURL"].rpartition("/")
    assert base == world.runtime.settings.callback_base
    assert len(token) >= 43
    assert payment.callback_token_hash == hash_token(token), "only its hash is kept"


@pytest.mark.parametrize(
    ("merchant", "sent"),
    [
        ("Mama Ng'ina & Söns – Storage Ltd.", "Mama Ngina  S"),
        ("Smart Storage", "Smart Storage"),
        ("💩", "Payment"),
    ],
)
async def test_the_description_is_short_and_plain(
    database_url: str, clock: FakeClock, merchant: str, sent: str
) -> None:
    world = await open_world(database_url, clock, merchant_name=merchant)
    try:
        await world.pushed(await world.booking())
        assert world.pushes[0]["TransactionDesc"] == sent
    finally:
        await close_world(world)


async def test_every_push_has_a_callback_token_of_its_own(world: World) -> None:
    for number in range(3):
        await world.pushed(await world.booking(), phone=f"25471234567{number}")
    assert len({sent["CallBackURL"] for sent in world.pushes}) == 3


async def test_a_wrong_phone_number_is_the_contracts_error(world: World) -> None:
    booking = await world.booking()
    for phone in ("123", "020 2345678", "+255712345678", "", "0712345678\x00", "\ud800", "7" * 999):
        wish = {"booking_id": booking.booking_id, "phone_number": phone, "amount": 2_500}
        answer = await post_ascii(world, "/api/mpesa/stkpush", wish)
        assert answer.status_code == 422
        assert answer.json() == {"error": "Invalid phone number", "code": "invalid_phone_number"}
    assert world.pushes == []
    assert await count(world, Payment) == 0


async def test_what_is_missing_or_of_another_type_is_refused(world: World) -> None:
    booking = await world.booking()
    good = {"booking_id": booking.booking_id, "phone_number": PHONE, "amount": 2_500}
    for name in good:
        answer = await push(world, **{key: value for key, value in good.items() if key != name})
        assert answer.status_code == 422
        well_shaped(answer)
    for name, wrong in {
        "booking_id": (None, "abc", 1.5, [], {}, True, 0, -1),
        "phone_number": (None, 1.5, [], {}, True),
        "amount": (None, "abc", 1.5, 0, -5, [], {}, True),
    }.items():
        for value in wrong:
            answer = await push(world, **{**good, name: value})
            assert answer.status_code == 422, (name, value, answer.text)
            well_shaped(answer)
    assert world.pushes == []


async def test_an_unknown_booking_is_404(world: World) -> None:
    for booking_id in (999, 2**31, 10**18):
        answer = await push(world, booking_id=booking_id, phone_number=PHONE, amount=2_500)
        refused(answer, 404, "booking_not_found")


async def test_the_amount_must_be_what_is_due(world: World) -> None:
    booking = await world.booking()
    for amount in (1, 2_499, 2_501, 99_999_999):
        refused(await world.push(booking, amount=amount), 422, "wrong_amount")
    assert await count(world, Payment) == 0
    assert (await world.push(booking, amount=2_500)).status_code == 200


async def test_with_instalments_any_part_of_what_is_due_will_do(world: World) -> None:
    booking = await world.booking(3_000, allow_instalments=True)
    refused(await world.push(booking, amount=3_001), 422, "wrong_amount")
    await world.pushed(booking, amount=1)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    world.clock.advance(121)
    refused(await world.push(booking, amount=3_000), 422, "wrong_amount")
    assert (await world.push(booking, amount=2_999)).status_code == 200


async def test_no_push_passes_the_limit_of_one_transaction(world: World) -> None:
    booking = await world.booking(300_000)
    refused(await world.push(booking, amount=300_000), 422, "wrong_amount")
    refused(await world.push(booking, amount=250_001), 422, "wrong_amount")
    assert (await world.push(booking, amount=250_000)).status_code == 200


async def test_a_paid_booking_takes_no_push(world: World) -> None:
    payment = await completed(world)
    world.clock.advance(600)
    answer = await push(
        world, booking_id=payment.booking_id, phone_number=OTHER_PHONE, amount=2_500
    )
    refused(answer, 409, "booking_paid")
    assert len(world.pushes) == 1


async def test_a_closed_and_an_expired_booking_take_no_push(world: World) -> None:
    closed = await world.booking()
    await run_sql(world, f"UPDATE booking SET status='closed' WHERE booking_id={closed.booking_id}")
    refused(await world.push(closed), 409, "booking_closed")
    expired = await world.booking(expires_at=world.clock.now)
    refused(await world.push(expired), 409, "booking_closed")
    assert world.pushes == []


async def test_the_same_wish_while_live_gets_the_same_answer(world: World) -> None:
    booking = await world.booking()
    first = await world.push(booking)
    for spelling in (PHONE, "0712 345 678", "+254712345678", "00254-712-345-678"):
        again = await world.push(booking, phone=spelling)
        assert (again.status_code, again.json()) == (200, first.json())
    assert len(world.pushes) == 1


async def test_another_wish_while_live_is_refused(world: World) -> None:
    booking = await world.booking(3_000, allow_instalments=True)
    await world.pushed(booking, amount=1_000)
    other = (
        await world.push(booking, phone=OTHER_PHONE, amount=1_000),
        await world.push(booking, amount=999),
        await world.push(booking, phone=OTHER_PHONE, amount=2_000),
    )
    for answer in other:
        refused(answer, 409, "payment_in_progress")
    assert len(world.pushes) == 1


@pytest.mark.parametrize("kind", UNCLEAR)
async def test_a_lost_or_unclear_answer_is_202_unknown(world: World, kind: str) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", kind)
    answer = await world.push(booking)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["success"] is True
    assert body["message"]
    assert body["checkout_request_id"] is None
    assert (await world.payment(body["payment_id"])).status == "unknown"
    refused(await world.push(booking, phone=OTHER_PHONE), 409, "payment_in_progress")
    again = await world.push(booking)
    assert (again.status_code, again.json()) == (202, body)
    assert len(world.pushes) == 1, "never sent again by itself"


async def test_unknown_blocks_a_new_prompt_for_3_minutes_at_most(world: World) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", "html")
    first = (await world.push(booking)).json()["payment_id"]
    world.simulator.time_out(PHONE)
    world.clock.advance(179)
    refused(await world.push(booking, phone=OTHER_PHONE), 409, "payment_in_progress")
    world.clock.advance(1)
    second = await world.push(booking, phone=OTHER_PHONE)
    assert second.status_code == 200
    assert second.json()["payment_id"] != first
    assert (await world.payment(first)).status == "expired"


async def test_a_prompt_whose_answer_was_lost_can_still_be_paid(world: World) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", "reset")
    answer = await world.push(booking)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    paid = await world.payment(answer.json()["payment_id"])
    assert paid.status == "completed"
    assert paid.checkout_request_id, "the callback brought the id"
    assert (await world.fresh(booking)).status == "paid"


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_clear_refusal_is_502_and_rejected(world: World, kind: str) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", kind)
    refused(await world.push(booking), 502, "refused_by_mpesa")
    payments = (await world.api.get(f"/api/bookings/{booking.booking_id}")).json()["payments"]
    assert [payment["status"] for payment in payments] == ["rejected"]
    assert (await world.push(booking)).status_code == 200, "nothing is on the phone: try again"


async def test_a_busy_subscriber_is_a_refusal(world: World) -> None:
    await world.pushed(await world.booking())
    world.clock.advance(121)
    sentence = refused(await world.push(await world.booking()), 502, "refused_by_mpesa")
    assert PHONE not in sentence


async def test_refused_credentials_are_502(world: World) -> None:
    booking = await world.booking()
    world.simulator.fault("token", "http_400")
    refused(await world.push(booking), 502, "refused_by_mpesa")
    assert world.pushes == []


@pytest.mark.parametrize("kind", ["http_503", "html", "reset"])
async def test_a_rail_that_is_down_is_503_and_nothing_was_sent(world: World, kind: str) -> None:
    booking = await world.booking()
    world.simulator.fault("token", kind)
    refused(await world.push(booking), 503, "mpesa_unavailable")
    assert world.pushes == []
    assert (await world.push(booking)).status_code == 200


async def test_a_token_that_dies_in_flight_sends_one_prompt(world: World) -> None:
    await world.pushed(await world.booking(), phone=OTHER_PHONE)
    world.simulator.fault("stk_push", "token_expired")
    assert (await world.push(await world.booking())).status_code == 200
    assert world.simulator.live_prompt(PHONE) is not None


async def test_an_id_that_belongs_to_another_payment_is_not_taken(world: World) -> None:
    first = await world.pushed(await world.booking(), phone=OTHER_PHONE)
    world.simulator.fault("stk_push", "duplicate_checkout_id")
    answer = await world.push(await world.booking())
    assert (answer.status_code, answer.json()["checkout_request_id"]) == (202, None)
    assert await world.cases() == ["id_mismatch"]
    # Its own callback still settles it, and not the other one.
    second = await world.payment(answer.json()["payment_id"])
    await world.callback(success(second, checkout_id="ws_CO_own", merchant_id="m-1"))
    await world.runtime.inbox.drain()
    assert (await world.payment(second.payment_id)).status == "completed"
    assert (await world.payment(first.payment_id)).status == "pending"
