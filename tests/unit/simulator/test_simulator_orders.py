"""Operators' orders at the simulator, asked by a client that knows only Daraja's paths."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from simulator_kit import (
    ORDER_PATHS,
    PHONE,
    RESULT,
    TIMEOUT,
    World,
    credential,
    order_body,
)

from payment_app.simulator.misbehaviour.result_modes import RESULT_MODES
from payment_app.simulator.mpesa.operators import ROLES


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    await made.new_token()
    yield made
    await made.close()


async def paid(world: World, amount: int = 2_500) -> str:
    """A payment's receipt."""
    await world.push(Amount=amount)
    world.simulator.enter_pin(PHONE, "1234")
    await world.time.advance(1)
    world.receiver.got.clear()
    return world.simulator.ledger[-1].receipt


async def order(world: World, kind: str, **changes: Any) -> Any:
    return await world.call(ORDER_PATHS[kind], order_body(kind, **changes))


async def result(world: World, kind: str, **changes: Any) -> dict[str, Any]:
    """What an accepted order's result says."""
    answer = await order(world, kind, **changes)
    assert answer.status_code == 200, answer.text
    assert answer.json()["ResponseCode"] == "0"
    await world.time.advance(2)
    return results(world)[-1]


def results(world: World) -> list[dict[str, Any]]:
    return [json.loads(raw)["Result"] for url, raw, _ in world.receiver.got if url == RESULT]


def values(told: dict[str, Any]) -> dict[str, Any]:
    items = told["ResultParameters"]["ResultParameter"]
    return {item["Key"]: item.get("Value") for item in items}


async def test_a_reversal_moves_the_money_back_once(world: World) -> None:
    receipt = await paid(world)
    before = world.simulator.handset(PHONE).balance
    told = await result(world, "reversal", TransactionID=receipt)
    assert told["ResultCode"] == 0
    assert values(told)["OriginalTransactionID"] == receipt
    assert world.simulator.handset(PHONE).balance == before + 2_500
    assert "Reversal of transaction" in world.simulator.handset(PHONE).inbox[0].text
    again = await result(world, "reversal", TransactionID=receipt)
    assert again["ResultCode"] == "R000001"
    assert world.simulator.ledger.total_returned == 2_500
    (movement,) = world.simulator.ledger.returned
    assert movement.receipt == told["TransactionID"] != receipt


async def test_two_reversals_in_the_queue_move_money_once(world: World) -> None:
    receipt = await paid(world)
    for _ in range(2):
        assert (await order(world, "reversal", TransactionID=receipt)).status_code == 200
    await world.time.advance(2)
    assert sorted(str(one["ResultCode"]) for one in results(world)) == ["0", "R000001"]
    assert world.simulator.ledger.total_returned == 2_500


async def test_a_payout_is_guarded_by_our_own_id(world: World) -> None:
    told = await result(world, "payout")
    assert values(told)["TransactionAmount"] == 500
    assert values(told)["TransactionCompletedDateTime"] == "23.11.2026 21:30:01"
    again = await order(world, "payout")
    assert again.status_code == 500
    assert again.json()["errorMessage"] == "Duplicate OriginatorConversationID."
    await world.time.advance(2)
    assert world.simulator.ledger.total_returned == 500


async def test_the_accounts_add_up(world: World) -> None:
    receipt = await paid(world)
    await result(world, "reversal", TransactionID=receipt)
    await result(world, "payout")
    text = values(await result(world, "account_balance"))["AccountBalance"]
    assert "Utility Account|KES|199500.00|199500.00|0.00|0.00" in text.split("&")


async def test_a_status_tells_the_truth(world: World) -> None:
    receipt = await paid(world)
    told = values(await result(world, "transaction_status", TransactionID=receipt))
    assert (told["TransactionStatus"], told["ReceiptNo"]) == ("Completed", receipt)
    await result(world, "payout")
    by_id = {"TransactionID": "", "OriginalConversationID": "ours-0001"}
    told = values(await result(world, "transaction_status", **by_id))
    assert (told["TransactionStatus"], told["Amount"]) == ("Completed", 500)
    by_id["OriginalConversationID"] = "never-seen"
    told = await result(world, "transaction_status", **by_id)
    assert told["ResultDesc"] == "The transaction does not exist."


@pytest.mark.parametrize(
    ("control", "kind", "code"),
    [
        ({"operator": {"name": "testapi", "password": "new"}}, "payout", 2001),
        ({"operator": {"name": "testapi", "locked": True}}, "reversal", 8006),
        ({"operator": {"name": "testapi", "roles": ["payout"]}}, "account_balance", 21),
        ({"operator": {"name": "testapi", "active": False}}, "payout", 22),
        ({"account": {"shortcode": "174379", "utility": 499}}, "payout", 1),
        ({"account": {"shortcode": "174379", "pays_out": False}}, "payout", 2028),
        ({"order_result": "TP40153"}, "payout", "TP40153"),
        ({"order_result": 17}, "reversal", 17),
        ({"handset": {"msisdn": PHONE, "balance": 499_900}}, "payout", 8),
        ({}, "reversal", "R000002"),
    ],
)
async def test_each_refusal_moves_nothing(
    world: World, control: dict[str, Any], kind: str, code: int | str
) -> None:
    assert (await world.phone.post("/control", json=control)).status_code == 200
    told = await result(world, kind)
    assert told["ResultCode"] == code
    assert told["TransactionID"] == "SKE0000000"
    assert "ResultParameters" not in told
    assert world.simulator.ledger.total_returned == 0


async def test_three_wrong_passwords_lock_the_operator(world: World) -> None:
    wrong = {"SecurityCredential": credential("guess")}
    codes = [(await result(world, "account_balance", **wrong))["ResultCode"] for _ in range(3)]
    assert codes == [2001, 2001, 2001]
    assert (await result(world, "account_balance"))["ResultCode"] == 8006


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("reversal", {"SecurityCredential": "c2hvcnQ="}, "SecurityCredential"),
        ("reversal", {"RecieverIdentifierType": ...}, "RecieverIdentifierType"),
        ("reversal", {"Amount": "1.5"}, "Amount"),
        ("reversal", {"ReceiverParty": "555555"}, "ReceiverParty"),
        ("payout", {"Amount": "9"}, "Amount"),
        ("payout", {"OriginatorConversationID": ...}, "OriginatorConversationID"),
        ("payout", {"InitiatorName": ...}, "InitiatorName"),
        ("payout", {"PartyB": "0712345678"}, "PartyB"),
        ("payout", {"Remarks": "x"}, "Remarks"),
        ("transaction_status", {"TransactionID": ""}, "TransactionID"),
        ("transaction_status", {"IdentifierType": "9"}, "IdentifierType"),
        ("account_balance", {"ResultURL": "nowhere"}, "ResultURL"),
    ],
)
async def test_a_wrong_field_is_named(
    world: World, kind: str, changes: dict[str, Any], field: str
) -> None:
    answer = await order(world, kind, **changes)
    assert answer.status_code == 400
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"


@pytest.mark.parametrize("mode", sorted(RESULT_MODES))
async def test_no_way_of_misbehaving_moves_money(world: World, mode: str) -> None:
    control = {"results": {"mode": mode, "seconds": 3}}
    assert (await world.phone.post("/control", json=control)).status_code == 200
    await order(world, "payout")
    await world.time.advance(10)
    assert world.simulator.ledger.total_returned == 500
    assert world.simulator.trouble.result_rule is None
    heard = len(world.receiver.got)
    assert heard == 0 if mode == "lost" else 1 <= heard <= 2


async def test_a_time_out_echoes_the_request_and_the_result_follows(world: World) -> None:
    world.simulator.misbehave_result("timed_out_first", seconds=60)
    await order(world, "payout")
    await world.time.advance(2)
    ((url, raw, _),) = world.receiver.got
    assert url == TIMEOUT
    assert json.loads(raw)["OriginatorConversationID"] == "ours-0001"
    await world.time.advance(60)
    assert results(world)[0]["ResultCode"] == 0


async def test_an_early_result_comes_before_the_answer(world: World) -> None:
    world.simulator.misbehave_result("early")
    await order(world, "payout")
    assert [one["ResultCode"] for one in results(world)] == [0]
    await world.time.advance(5)
    assert len(world.receiver.got) == 1
    assert world.simulator.ledger.total_returned == 500


async def test_a_dropped_order_moves_nothing_and_says_nothing(world: World) -> None:
    world.simulator.force_order_result("dropped")
    await order(world, "payout")
    await world.time.advance(60)
    assert world.receiver.got == []
    assert world.simulator.ledger.total_returned == 0
    asked = {"TransactionID": "", "OriginalConversationID": "ours-0001"}
    told = values(await result(world, "transaction_status", **asked))
    assert told["TransactionStatus"] == "Initiated"


async def test_calls_can_fail_before_or_after_the_work(world: World) -> None:
    world.simulator.fault("payout", "http_503")
    assert (await order(world, "payout")).status_code == 503
    world.simulator.fault("payout", "order_unclear", after=True)
    answer = await order(world, "payout")
    assert answer.json()["errorMessage"] == "System internal error."
    await world.time.advance(2)
    assert world.simulator.ledger.total_returned == 500


@pytest.mark.parametrize(
    "control",
    [
        {"operator": {"name": "testapi", "roles": ["king"]}},
        {"operator": {}},
        {"account": {"shortcode": "555555", "utility": 1}},
        {"account": {"shortcode": "174379", "utility": -1}},
        {"results": {"mode": "nonsense"}},
        {"order_result": "no spaces"},
    ],
)
async def test_orders_of_a_tester_that_make_no_sense(world: World, control: dict[str, Any]) -> None:
    answer = await world.phone.post("/control", json=control)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_every_role_has_a_call() -> None:
    assert set(ROLES) == set(ORDER_PATHS)
