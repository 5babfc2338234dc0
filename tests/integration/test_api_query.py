"""POST /api/mpesa/query, line by line of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from payment_app.storage.tables import Payment
from tests.integration.kit import post_ascii, refused, until, well_shaped
from tests.integration.world import PHONE, World, failure, success

NO_ANSWER = ("does_not_exist", "empty_message", "being_processed", "pending")
DOWN = ("http_503", "http_502", "refused", "reset", "busy")


async def ask(world: World, payment: Payment) -> Any:
    body = {"checkout_request_id": payment.checkout_request_id}
    return await world.api.post("/api/mpesa/query", json=body)


async def result(world: World, payment: Payment) -> dict[str, str]:
    answer = await ask(world, payment)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    assert set(body["data"]) == {"ResultCode", "ResultDesc"}
    assert all(type(value) is str for value in body["data"].values())
    return dict(body["data"])


async def test_without_a_result_yet_the_code_is_4999(world: World) -> None:
    payment = await world.pushed(await world.booking())
    data = await result(world, payment)
    assert data["ResultCode"] == "4999"
    assert data["ResultDesc"]
    assert (await world.payment(payment.payment_id)).status == "pending"


@pytest.mark.parametrize("kind", NO_ANSWER)
async def test_an_answer_that_means_nothing_is_no_result_yet(world: World, kind: str) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.cancel(PHONE)
    world.simulator.fault("stk_query", kind)
    assert (await result(world, payment))["ResultCode"] == "4999"
    assert (await world.payment(payment.payment_id)).status == "pending"


async def test_a_result_is_told_and_noted(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    assert (await result(world, payment))["ResultCode"] == "0"
    paid = await world.payment(payment.payment_id)
    assert (paid.status, paid.mpesa_receipt_number, paid.witness) == ("completed", None, "query")
    assert paid.payment_date == world.clock.now


async def test_a_cancelled_prompt_is_told_and_noted(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.cancel(PHONE)
    data = await result(world, payment)
    assert data == {"ResultCode": "1032", "ResultDesc": "Request cancelled by user"}
    assert (await world.payment(payment.payment_id)).status == "cancelled"


async def test_asking_twice_settles_once(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    for _ in range(3):
        assert (await result(world, payment))["ResultCode"] == "0"
    events = await world.events(payment)
    assert sum(event.kind == "query_result" for event in events) == 1
    assert await world.cases() == []


async def test_a_known_result_is_told_while_daraja_forgets(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.cancel(PHONE)
    await world.settle()
    world.simulator.fault("stk_query", "does_not_exist")
    assert (await result(world, payment))["ResultCode"] == "1032"


async def test_a_query_against_a_success_opens_a_case_and_changes_nothing(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    world.simulator.misbehave("lost")
    world.simulator.cancel(PHONE)
    assert (await result(world, payment))["ResultCode"] == "0", "money arrived, whatever it says"
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")
    assert await world.cases() == ["success_denied"]


@pytest.mark.parametrize("former", [None, 1032, 1])
async def test_paid_is_not_told_while_the_amount_is_disputed(
    world: World, former: int | None
) -> None:
    """Another amount was reported; the query's 0 settles nothing, so a caller must not ship."""
    payment = await world.pushed(await world.booking())
    if former is not None:
        await world.callback(failure(payment, former))
    await world.callback(success(payment, amount=1))
    await world.runtime.inbox.drain()
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    assert (await result(world, payment))["ResultCode"] == "4999"
    assert (await world.payment(payment.payment_id)).status not in ("completed", "refunded")
    assert await world.cases() == ["amount_mismatch"]


@pytest.mark.parametrize("kind", DOWN)
async def test_a_rail_that_is_down_is_503_and_changes_nothing(world: World, kind: str) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.fault("stk_query", kind)
    refused(await ask(world, payment), 503, "mpesa_unavailable")
    assert (await world.payment(payment.payment_id)).status == "pending"


async def test_no_token_to_ask_with_is_503(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.simulator.fault("token", "http_503", count=None)
    world.clock.advance(3_600)
    refused(await ask(world, payment), 503, "mpesa_unavailable")


async def test_an_unknown_id_is_404_and_daraja_is_not_asked(world: World) -> None:
    for unknown in ("ws_CO_nothing", "x", "%", "' OR 1=1 --", "ws_CO_" + "1" * 94):
        answer = await world.api.post("/api/mpesa/query", json={"checkout_request_id": unknown})
        refused(answer, 404, "unknown_checkout_request")


async def test_what_is_no_id_is_refused(world: World) -> None:
    for wrong in (None, "", "  ", 5, 1.5, True, [], {}, "x" * 101, "a\x00b", "\ud800"):
        answer = await post_ascii(world, "/api/mpesa/query", {"checkout_request_id": wrong})
        assert answer.status_code == 422, answer.text
        well_shaped(answer)
    assert (await world.api.post("/api/mpesa/query", json={})).status_code == 422


async def test_a_result_code_that_nobody_knows_fails_and_is_asked_about_again(
    world: World,
) -> None:
    world.simulator.misbehave("lost")
    world.simulator.force_result("777")
    payment = await world.pushed(await world.booking(), phone="254199900777")
    # The simulator gives a forced result after a second of its own.
    await until(lambda: not world.simulator.live_prompt("254199900777"))
    assert (await result(world, payment))["ResultCode"] == "777"
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == ("failed", "777")
    assert after.next_check_at is not None
