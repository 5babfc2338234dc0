"""The status query: pending, final, unknown."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_kit import MISSING, OTHER_PHONE, PHONE, QUERY_PATH, World, password

from payment_app.simulator import Shortcode


async def test_pending(world: World) -> None:
    checkout_id = await world.push_id()
    answer = await world.query(checkout_id)
    assert answer.status_code == 200
    assert answer.json()["ResponseCode"] == "0"
    assert answer.json()["ResultCode"] == "4999"
    assert answer.json()["ResultDesc"] == "The transaction is still under processing"


async def test_paid_carries_no_receipt(world: World) -> None:
    pushed = (await world.push()).json()
    world.simulator.enter_pin(PHONE, "1234")
    answer = await world.query(pushed["CheckoutRequestID"])
    assert answer.json() == {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": pushed["MerchantRequestID"],
        "CheckoutRequestID": pushed["CheckoutRequestID"],
        "ResultCode": "0",
        "ResultDesc": "The service request is processed successfully.",
    }


async def test_query_and_callback_word_1037_differently(world: World) -> None:
    checkout_id = await world.push_id()
    await world.time.advance(60)
    answer = (await world.query(checkout_id)).json()
    assert answer["ResultCode"] == "1037"
    assert answer["ResultDesc"] == "DS timeout user cannot be reached."
    assert world.receiver.bodies[0]["ResultDesc"] == "No response from user."


async def test_an_unknown_id_does_not_exist(world: World) -> None:
    answer = await world.query("ws_CO_231120262130000712345679")
    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
    assert answer.json()["errorMessage"] == "The transaction does not Exist"


async def test_another_merchants_transaction_does_not_exist() -> None:
    world = World(shortcodes=(Shortcode("555123", "Other", passkey="p"),))
    checkout_id = await world.push_id()
    other = {"BusinessShortCode": "555123", "Password": password("555123", world.stamp(), "p")}
    answer = await world.query(checkout_id, **other)
    assert answer.json()["errorMessage"] == "The transaction does not Exist"
    await world.close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("BusinessShortCode", MISSING),
        ("BusinessShortCode", "x"),
        ("Password", ""),
        ("Timestamp", "yesterday"),
        ("CheckoutRequestID", MISSING),
        ("CheckoutRequestID", ""),
        ("CheckoutRequestID", 5),
    ],
)
async def test_a_bad_field_is_named(world: World, field: str, value: Any) -> None:
    stamp = world.stamp()
    body = {
        "BusinessShortCode": "174379",
        "Password": password("174379", stamp),
        "Timestamp": stamp,
        "CheckoutRequestID": "ws_CO_1",
        field: value,
    }
    given = {name: value for name, value in body.items() if value is not MISSING}
    answer = await world.call(QUERY_PATH, given)
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"


async def test_results_of_different_pushes_are_kept_apart(world: World) -> None:
    paid = await world.pay()
    waiting = await world.push_id(PhoneNumber=OTHER_PHONE)
    assert (await world.query(paid)).json()["ResultCode"] == "0"
    assert (await world.query(waiting)).json()["ResultCode"] == "4999"
