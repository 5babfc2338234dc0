"""Daraja at fault, over a real connection and through the real services.

After each fault the payment is rejected, unknown or pending, rightly; one attempt never makes a
second prompt; and whatever came before, the callback still settles what a prompt was sent for.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from payment_app.daraja import DarajaClient
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.storage.tables import Booking, Payment
from tests.conftest import FakeClock
from tests.integration.world import World, close_world, open_world, success
from tests.reliability.rail_faults import (
    CHECKOUT_ID,
    Fault,
    FaultyRail,
    accepted,
    answer,
    closed,
    faulty_rail,
    one_byte_a_second,
    reset,
    shorter_than_declared,
    silent,
    silent_after_the_head,
)

YES = json.dumps(accepted()).encode()
ERROR = {"requestId": "1", "errorMessage": "Not today"}


def refusal(status: int, code: str) -> Fault:
    """An error in Daraja's own words."""
    return answer(status, {**ERROR, "errorCode": code})


CASES: dict[str, tuple[Fault, str]] = {
    "400": (refusal(400, "400.002.02"), "rejected"),
    "400 bare": (answer(400), "unknown"),
    "403": (answer(403), "rejected"),
    "404": (answer(404), "rejected"),
    "429": (answer(429), "rejected"),
    "500": (refusal(500, "500.001.1001"), "unknown"),
    "502": (answer(502, b"<html>Bad gateway</html>"), "unknown"),
    "503": (answer(503), "unknown"),
    "reset": (reset, "unknown"),
    "closed": (closed, "unknown"),
    "silent": (silent, "unknown"),
    "silent after the head": (silent_after_the_head, "unknown"),
    "1 byte a second": (one_byte_a_second, "unknown"),
    "10 MB": (answer(200, b'{"a":"' + b"x" * 10_000_000 + b'"}'), "unknown"),
    "HTML": (answer(200, b"<html>Welcome</html>"), "unknown"),
    "truncated JSON": (answer(200, YES[:-20]), "unknown"),
    "cut off": (shorter_than_declared(YES[:40]), "unknown"),
    "wrong types": (answer(200, accepted(checkout_id=["x"])), "unknown"),
    "a list": (answer(200, [accepted()]), "unknown"),
    "no id": (answer(200, accepted(checkout_id=None)), "unknown"),
    "ResponseCode 0": (answer(200, accepted(0)), "pending"),
    'ResponseCode "0"': (answer(200, accepted("0")), "pending"),
    "ResponseCode 1": (answer(200, accepted("1")), "rejected"),
    "redirect": (answer(302, Location="/elsewhere"), "unknown"),
}
HTTP = {"pending": 200, "unknown": 202, "rejected": 502}


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


def use(world: World, rail: FaultyRail) -> DarajaClient:
    """Push through the faulty Daraja from now on."""
    client = DarajaClient(rail.config(), clock=world.clock)
    world.runtime.checkout.sender._rail = client
    return client


async def only_payment(world: World, booking: Booking) -> Payment:
    payment = await world.payment(1)
    assert payment.booking_id == booking.booking_id
    return payment


async def settles_by_callback(world: World, payment: Payment, token: str) -> None:
    body = success(payment, merchant_id="29115-34620561-1", checkout_id=CHECKOUT_ID)
    for _ in range(2):
        assert (await world.callback(body, token)).status_code == 200
    await world.runtime.inbox.drain()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")


@pytest.mark.parametrize("name", CASES)
async def test_each_fault_is_judged_rightly_and_never_prompts_twice(
    world: World, name: str
) -> None:
    fault, status = CASES[name]
    booking = await world.booking()
    async with faulty_rail(fault) as rail:
        client = use(world, rail)
        first = await world.push(booking, **{"Idempotency-Key": "one"})
        payment = await only_payment(world, booking)
        assert (first.status_code, payment.status) == (HTTP[status], status), first.text
        again = await world.push(booking) if status != PaymentStatus.REJECTED else first
        assert again.status_code == HTTP[status], again.text
        assert len(rail.pushes) == 1, "one attempt, one prompt at most"
        await settles_by_callback(world, payment, rail.callback_token)
        await client.aclose()


async def test_a_refused_connection_is_not_sent(world: World) -> None:
    booking = await world.booking()
    async with faulty_rail(closed) as rail:
        client = use(world, rail)
    assert (await world.push(booking)).status_code == 503
    payment = await only_payment(world, booking)
    assert (payment.status, payment.result_code, rail.pushes) == ("rejected", "not_sent", [])
    await client.aclose()


@pytest.mark.parametrize(("status", "code"), [(401, "401.002.01"), (404, "404.001.03")])
async def test_a_token_that_dies_mid_flight_is_replaced_once(
    world: World, status: int, code: str
) -> None:
    dead = answer(status, {**ERROR, "errorCode": code, "errorMessage": "Invalid Access Token"})
    async with faulty_rail(dead, answer(200, accepted())) as rail:
        client = use(world, rail)
        payment = await world.pushed(await world.booking())
        assert (payment.status, rail.tokens, len(rail.pushes)) == ("pending", 2, 2)
        assert rail.pushes[0]["CallBackURL"] == rail.pushes[1]["CallBackURL"]
        await settles_by_callback(world, payment, rail.callback_token)
        await client.aclose()


async def test_an_id_that_comes_twice_belongs_to_the_first_payment(world: World) -> None:
    async with faulty_rail(answer(200, accepted())) as rail:
        client = use(world, rail)
        first, token = await world.pushed(await world.booking()), rail.callback_token
        second = await world.push(await world.booking(), phone="254722000000")
        assert (second.status_code, len(rail.pushes)) == (202, 2)
        assert (await world.payment(2)).checkout_request_id is None
        assert await world.cases() == ["id_mismatch"]
        await settles_by_callback(world, first, token)
        assert (await world.payment(2)).status == "unknown"
        await client.aclose()
