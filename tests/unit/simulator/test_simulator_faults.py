"""Calls that go wrong, each way, and whether the gateway had done its work."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import httpx
import pytest
from simulator_kit import (
    ORDER_PATHS,
    OTHER_PHONE,
    PHONE,
    TOKEN_PATH,
    World,
    credential,
    order_body,
)

from payment_app.simulator import SimulatorError
from payment_app.simulator.gateway.operations import OPERATIONS, PUSH, QUERY, TOKEN
from payment_app.simulator.misbehaviour.faults import KINDS
from payment_app.simulator.misbehaviour.spoil import ENVELOPES, FIELD_CHANGES
from payment_app.simulator.mpesa.orders import PAYOUT


async def call(world: World, operation: str, checkout_id: str) -> httpx.Response:
    if operation == TOKEN:
        return await world.rail.get(TOKEN_PATH, auth=("key", "secret"))
    if operation == PUSH:
        return await world.push(PhoneNumber=OTHER_PHONE)
    if operation == QUERY:
        return await world.query(checkout_id)
    # An operator with a wrong password: its order is taken, and its result moves nothing.
    wrong = {"SecurityCredential": credential("wrong")}
    if operation == PAYOUT:
        wrong["OriginatorConversationID"] = f"ours-{next(_numbers)}"
    return await world.call(ORDER_PATHS[operation], order_body(operation, **wrong))


_numbers = itertools.count()


BEFORE = [
    ("http_400", 400, "application/json"),
    ("http_401", 401, "application/json"),
    ("http_403", 403, "text/html; charset=utf-8"),
    ("http_404", 404, "application/json"),
    ("http_429", 429, "application/json"),
    ("http_500", 500, "application/json"),
    ("http_502", 502, "text/html; charset=utf-8"),
    ("http_503", 503, None),
    ("busy", 500, "application/json"),
    ("quota", 500, "application/json"),
    ("error_in_200", 200, "application/json"),
    ("redirect", 307, None),
]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("kind", "status", "content_type"), BEFORE)
async def test_faults_before_the_work(
    world: World, operation: str, kind: str, status: int, content_type: str | None
) -> None:
    checkout_id = await world.push_id()
    world.simulator.fault(operation, kind)
    answer = await call(world, operation, checkout_id)
    assert answer.status_code == status
    assert answer.headers.get("content-type") == content_type
    assert world.simulator.live_prompt(OTHER_PHONE) is None
    assert (await call(world, operation, checkout_id)).status_code == 200


async def test_spike_arrest_has_the_form_of_the_gateway(world: World) -> None:
    world.simulator.fault(PUSH, "http_429")
    fault = (await world.push()).json()["fault"]
    assert fault["detail"]["errorcode"] == "policies.ratelimit.SpikeArrestViolation"


async def test_a_redirect_leads_to_the_same_call(world: World) -> None:
    world.simulator.fault(PUSH, "redirect")
    answer = await world.push()
    assert answer.headers["location"] == "/mpesa/stkpush/v1/processrequest?again=1"


async def test_a_fault_can_strike_after_the_work(world: World) -> None:
    world.simulator.fault(PUSH, "http_500", after=True)
    assert (await world.push()).status_code == 500
    assert world.simulator.handset(PHONE).shown_prompt is not None


BREAKING = [
    ("reset", ConnectionResetError),
    ("refused", ConnectionRefusedError),
    ("timeout", TimeoutError),
]


@pytest.mark.parametrize(("kind", "error"), BREAKING)
async def test_faults_that_break_the_connection(
    world: World, kind: str, error: type[OSError]
) -> None:
    world.simulator.fault(PUSH, kind, seconds=0)
    with pytest.raises(error):
        await world.push()
    sent = world.simulator.live_prompt(PHONE) is not None
    assert sent == (kind != "refused")


async def test_a_time_out_waits_as_long_as_told(world: World) -> None:
    await world.new_token()
    world.simulator.fault(PUSH, "timeout", seconds=30)
    push = asyncio.create_task(world.push())
    await world.time.advance(29)
    assert not push.done()
    await world.time.advance(1)
    with pytest.raises(TimeoutError):
        await push


async def test_one_byte_a_second(world: World) -> None:
    await world.new_token()
    world.simulator.fault(PUSH, "slow")
    push = asyncio.create_task(world.push())
    await world.time.advance(50)
    assert not push.done()
    await world.time.advance(300)
    assert (await push).json()["ResponseCode"] == "0"


@pytest.mark.parametrize(("kind", "body"), [("empty", b""), ("html", b"<html>")])
async def test_bodies_that_are_no_answer(world: World, kind: str, body: bytes) -> None:
    world.simulator.fault(PUSH, kind)
    answer = await world.push()
    assert answer.status_code == 200
    assert answer.content[: len(body) or None] == body
    assert world.simulator.live_prompt(PHONE) is not None


async def test_truncated(world: World) -> None:
    world.simulator.fault(PUSH, "truncated")
    answer = await world.push()
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert world.simulator.live_prompt(PHONE) is not None


async def test_ten_megabytes_around_a_true_answer(world: World) -> None:
    world.simulator.fault(PUSH, "huge")
    answer = await world.push()
    assert len(answer.content) > 10 * 1024 * 1024
    assert answer.json()["ResponseCode"] == "0"


async def test_wrong_types(world: World) -> None:
    world.simulator.fault(PUSH, "wrong_types")
    assert (await world.push()).json()["ResponseCode"] == ["0"]


async def test_missing_ids(world: World) -> None:
    world.simulator.fault(PUSH, "missing_ids")
    answer = (await world.push()).json()
    assert "CheckoutRequestID" not in answer
    assert answer["ResponseCode"] == "0"
    world.simulator.fault(TOKEN, "missing_ids")
    token = await world.rail.get(TOKEN_PATH, auth=("key", "secret"))
    assert token.json() == {"expires_in": "3599"}


async def test_codes_as_numbers(world: World) -> None:
    world.simulator.fault(PUSH, "response_code_number")
    answer = (await world.push()).json()
    assert answer["ResponseCode"] == 0
    world.simulator.fault(QUERY, "response_code_number")
    query = (await world.query(answer["CheckoutRequestID"])).json()
    assert query["ResultCode"] == 4999


async def test_a_token_that_dies_in_flight(world: World) -> None:
    await world.new_token()
    world.simulator.fault(PUSH, "token_expired")
    assert (await world.push()).json()["errorCode"] == "404.001.03"
    assert (await world.push()).json()["errorCode"] == "404.001.03"
    await world.new_token()
    assert (await world.push()).status_code == 200


async def test_the_same_checkout_id_twice(world: World) -> None:
    first = await world.push_id()
    world.simulator.fault(PUSH, "duplicate_checkout_id")
    second = (await world.push(PhoneNumber=OTHER_PHONE)).json()
    assert second["CheckoutRequestID"] == first
    prompt = world.simulator.live_prompt(OTHER_PHONE)
    assert prompt is not None
    assert prompt.checkout_request_id != first


async def test_the_first_push_cannot_repeat_an_id(world: World) -> None:
    world.simulator.fault(PUSH, "duplicate_checkout_id")
    prompt_id = (await world.push()).json()["CheckoutRequestID"]
    assert prompt_id == "ws_CO_231120262130000712345678"


class TestQueryOnly:
    async def test_does_not_exist(self, world: World) -> None:
        checkout_id = await world.pay()
        world.simulator.fault(QUERY, "does_not_exist")
        answer = await world.query(checkout_id)
        assert answer.json()["errorMessage"] == "The transaction does not Exist"

    async def test_being_processed(self, world: World) -> None:
        checkout_id = await world.pay()
        world.simulator.fault(QUERY, "being_processed")
        answer = await world.query(checkout_id)
        assert answer.status_code == 500
        assert answer.json() == {
            "requestId": checkout_id,
            "errorCode": "500.001.1001",
            "errorMessage": "The transaction is being processed",
        }

    async def test_empty_message(self, world: World) -> None:
        checkout_id = await world.pay()
        world.simulator.fault(QUERY, "empty_message")
        assert (await world.query(checkout_id)).json()["errorMessage"] == ""

    async def test_pending_though_finished(self, world: World) -> None:
        checkout_id = await world.pay()
        world.simulator.fault(QUERY, "pending")
        assert (await world.query(checkout_id)).json()["ResultCode"] == "4999"

    async def test_contradiction(self, world: World) -> None:
        checkout_id = await world.pay()
        world.simulator.fault(QUERY, "contradiction", count=2)
        assert (await world.query(checkout_id)).json()["ResultCode"] == "1032"
        assert "ResultCode" not in (await world.query("ws_CO_unknown")).json()
        assert (await world.query(checkout_id)).json()["ResultCode"] == "0"


async def test_a_fault_holds_for_its_count(world: World) -> None:
    world.simulator.fault(PUSH, "http_503", count=2)
    statuses = [(await world.push()).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


async def test_a_fault_can_hold_for_all_calls(world: World) -> None:
    world.simulator.fault(QUERY, "http_503", count=None)
    assert {(await world.query("ws_CO_1")).status_code for _ in range(5)} == {503}
    world.simulator.behave()
    assert (await world.query("ws_CO_1")).status_code == 500


async def test_operations_have_their_own_faults(world: World) -> None:
    world.simulator.fault(QUERY, "http_503")
    assert (await world.push()).status_code == 200


async def test_a_spoilt_refusal_keeps_its_status(world: World) -> None:
    world.simulator.fault(PUSH, "truncated")
    assert (await world.push(Amount=0)).status_code == 400


@pytest.mark.parametrize(
    ("operation", "kind", "how"),
    [
        ("refund", "http_500", {}),
        (PUSH, "http_418", {}),
        (TOKEN, "token_expired", {}),
        (PUSH, "contradiction", {}),
        (PUSH, "http_500", {"count": 0}),
        (PUSH, "timeout", {"seconds": -1}),
        (PUSH, "truncated", {"after": False}),
    ],
)
async def test_a_fault_that_makes_no_sense(
    world: World, operation: str, kind: str, how: dict[str, Any]
) -> None:
    with pytest.raises(SimulatorError):
        world.simulator.fault(operation, kind, **how)
    assert world.simulator.faults.active() == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [(operation, kind) for kind, facts in KINDS.items() for operation in facts.calls],
)
async def test_every_kind_does_something_and_never_moves_money(
    world: World, operation: str, kind: str
) -> None:
    checkout_id = await world.pay()
    paid = world.simulator.ledger.as_json()
    true = await call(world, QUERY if operation == PUSH else operation, checkout_id)
    world.simulator.fault(operation, kind, seconds=0)
    try:
        faulty = await call_without_waiting(world, operation, checkout_id)
        assert operation == PUSH or kind == "slow" or faulty.content != true.content
    except OSError:
        assert kind in {"reset", "refused", "timeout"}
    assert world.simulator.faults.active() == []
    assert world.simulator.ledger.as_json() == paid


async def call_without_waiting(world: World, operation: str, checkout_id: str) -> httpx.Response:
    task = asyncio.create_task(call(world, operation, checkout_id))
    for _ in range(500):
        if task.done():
            break
        await world.time.advance(1)
    return await task


def test_the_tables_agree() -> None:
    own = {"token_expired", "being_processed", "duplicate_checkout_id", "pending", "contradiction"}
    streamed = {"slow", "huge", "truncated"}
    fixed = {kind for kind, *_ in BEFORE} | {kind for kind, _ in BREAKING} | {"html", "empty"}
    assert own | streamed | fixed | set(ENVELOPES) | set(FIELD_CHANGES) == set(KINDS)
