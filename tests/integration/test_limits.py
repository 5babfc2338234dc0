"""How often a prompt may be sent: by phone, by booking, and by Daraja's own rules."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from payment_app.services.payments.admission import Attempt
from payment_app.storage.tables import Booking
from tests.integration.kit import OTHER_PHONE, completed, refused
from tests.integration.world import PHONE, World, failure

MINUTE, HOUR = 60, 3_600


def wait_of(answer: httpx.Response, code: str) -> int:
    refused(answer, 429, code)
    wait = int(answer.headers["retry-after"])
    assert wait >= 1
    return wait


async def given_up(world: World, booking: Booking, phone: str = PHONE) -> None:
    """A prompt that its customer cancels, and enough time for the next one."""
    await world.pushed(booking, phone=phone)
    world.simulator.cancel(phone)
    await world.settle()
    world.clock.advance(2 * MINUTE)


async def test_a_phone_gets_6_prompts_an_hour(world: World) -> None:
    for _ in range(6):
        await given_up(world, await world.booking())
    booking = await world.booking()
    wait = wait_of(await world.push(booking), "too_many_prompts")
    assert wait == pytest.approx(HOUR - 12 * MINUTE, abs=1)
    assert (await world.push(booking, phone=OTHER_PHONE)).status_code == 200, "another phone may"
    world.clock.advance(wait)
    assert (await world.push(await world.booking())).status_code == 200
    assert len(world.pushes) == 8


async def test_a_booking_gets_6_prompts_in_30_minutes(world: World) -> None:
    booking = await world.booking()
    for number in range(6):
        await given_up(world, booking, phone=f"25471200000{number}")
    wait = wait_of(await world.push(booking, phone=OTHER_PHONE), "too_many_prompts")
    assert wait == pytest.approx(30 * MINUTE - 12 * MINUTE, abs=1)
    assert (await world.push(await world.booking(), phone=OTHER_PHONE)).status_code == 200
    world.simulator.cancel(OTHER_PHONE)
    world.clock.advance(wait)
    assert (await world.push(booking, phone=OTHER_PHONE)).status_code == 200


async def test_refused_and_rejected_tries_count(world: World) -> None:
    booking = await world.booking()
    for _ in range(3):  # by turns: three failures in a row would stop prompts altogether
        world.simulator.fault("token", "http_503")
        refused(await world.push(booking), 503, "mpesa_unavailable")
        world.simulator.fault("stk_push", "http_400")
        refused(await world.push(booking), 502, "refused_by_mpesa")
        world.runtime.daraja._tokens._held = None
    by_booking = await world.push(booking, phone=OTHER_PHONE)
    assert wait_of(by_booking, "too_many_prompts") == 30 * MINUTE + 1
    by_phone = await world.push(await world.booking())
    assert wait_of(by_phone, "too_many_prompts") == HOUR + 1


async def test_what_was_never_tried_does_not_count(world: World) -> None:
    booking = await world.booking()
    for _ in range(10):
        refused(await world.push(booking, amount=1), 422, "wrong_amount")
        refused(await world.push(booking, phone="123"), 422, "invalid_phone_number")
    assert (await world.push(booking)).status_code == 200


async def test_the_same_answer_again_does_not_count(world: World) -> None:
    booking = await world.booking()
    for _ in range(20):
        assert (await world.push(booking)).status_code == 200
    assert len(world.pushes) == 1


async def test_the_same_amount_on_the_same_phone_waits_2_minutes(world: World) -> None:
    await completed(world, 2_500)
    world.clock.advance(30)
    booking = await world.booking(2_500)
    assert wait_of(await world.push(booking), "too_soon") == 90
    world.clock.advance(89)
    assert wait_of(await world.push(booking), "too_soon") == 1
    world.clock.advance(1)
    assert (await world.push(booking)).status_code == 200


async def test_another_amount_on_the_same_phone_waits_1_minute(world: World) -> None:
    await completed(world, 2_500)
    world.clock.advance(30)
    booking = await world.booking(1_000)
    assert wait_of(await world.push(booking), "too_soon") == 30
    world.clock.advance(30)
    assert (await world.push(booking)).status_code == 200


async def test_another_phone_does_not_wait(world: World) -> None:
    await completed(world)
    assert (await world.push(await world.booking(), phone=OTHER_PHONE)).status_code == 200


async def test_a_prompt_that_ran_out_makes_the_phone_wait_as_well(world: World) -> None:
    booking = await world.booking()
    payment = await world.pushed(booking)
    await world.callback(failure(payment, 1037))
    await world.runtime.inbox.drain()
    assert wait_of(await world.push(booking), "too_soon") == 2 * MINUTE


async def test_20_pushes_to_one_phone_at_once_send_one_prompt(world: World) -> None:
    bookings = [await world.booking(1_000 + number) for number in range(20)]
    answers = await asyncio.gather(*(world.push(booking) for booking in bookings))
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {200: 1, 429: 19}, [answer.text for answer in answers]
    assert len(world.pushes) == 1


async def test_20_pushes_for_one_booking_at_once_send_one_prompt(world: World) -> None:
    booking = await world.booking()
    answers = await asyncio.gather(*(world.push(booking) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 20}
    assert len({answer.json()["payment_id"] for answer in answers}) == 1
    assert len(world.pushes) == 1


async def test_20_wishes_for_one_booking_at_once_send_one_prompt(world: World) -> None:
    booking = await world.booking(3_000, allow_instalments=True)
    answers = await asyncio.gather(
        *(world.push(booking, phone=f"2547120000{n:02d}", amount=1_000 + n) for n in range(20))
    )
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {200: 1, 409: 19}, [answer.text for answer in answers]
    assert len(world.pushes) == 1


async def test_a_customers_network_is_held_back_and_a_trusted_server_is_not(world: World) -> None:
    for number in range(60):
        booking = await world.booking()
        world.simulator.fault("stk_push", "http_400")
        attempt = Attempt(
            booking_id=booking.booking_id or 0,
            phone=f"2547120000{number:02d}",
            amount=None,
            attempt_key="page-0",
            actor="customer",
            address_hash="one-network",
        )
        with pytest.raises(Exception, match="M-Pesa refused the request"):
            await world.runtime.checkout.start(attempt)
    booking = await world.booking()
    last = Attempt(booking.booking_id or 0, PHONE, None, "page-0", "customer", "one-network")
    with pytest.raises(Exception, match="Too many payment prompts for your network"):
        await world.runtime.checkout.start(last)
    assert (await world.push(booking)).status_code == 200


async def test_right_callbacks_and_api_reads_are_never_held_back(world: World) -> None:
    payment = await world.pushed(await world.booking())
    answers = await asyncio.gather(*(world.callback(failure(payment)) for _ in range(300)))
    assert {answer.status_code for answer in answers} == {200}
    reads = await asyncio.gather(*(world.api.get("/api/payments") for _ in range(300)))
    assert {answer.status_code for answer in reads} == {200}
