"""`/control` and `/ledger`: everything by JSON, and a sentence for everything else."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_kit import OTHER_PHONE, PHONE, World, settle


async def test_the_state(world: World) -> None:
    checkout_id = await world.push_id()
    state = (await world.phone.get("/control")).json()
    assert state["auto_complete_seconds"] == 0
    assert state["live_prompts"] == 1
    [handset] = state["handsets"]
    assert (handset["msisdn"], handset["balance"], handset["on"]) == (PHONE, 50_000, True)
    assert handset["prompt"]["checkout_request_id"] == checkout_id
    assert handset["prompt"]["shown"] is True
    assert state["callback"]["mode"] == "normal"
    assert state["ledger"] == {"count": 0, "total": 0, "total_returned": 0}


async def test_post_answers_the_state(world: World) -> None:
    state = await world.control(auto_complete_seconds=5)
    assert state["auto_complete_seconds"] == 5


async def test_the_ledger(world: World) -> None:
    await world.pay()
    body = (await world.phone.get("/ledger")).json()
    assert (body["total"], body["count"]) == (2500, 1)
    [entry] = body["entries"]
    assert entry["msisdn"] == PHONE
    assert entry["amount"] == 2500
    assert entry["at"] == "2026-11-23T18:30:00+00:00"


ANSWERS = [
    ("pin", 0),
    ("wrong_pin", 2001),
    ("cancel", 1032),
    ("no_balance", 1),
    ("unreachable", 1037),
    ("time_out", 1037),
    ("expired", 1019),
]


@pytest.mark.parametrize(("way", "code"), ANSWERS)
async def test_answers(world: World, way: str, code: int) -> None:
    await world.push()
    await world.control(answer={"msisdn": PHONE, "with": way})
    await settle()
    assert world.receiver.codes == [code]


async def test_an_answer_with_a_given_pin(world: World) -> None:
    await world.push()
    await world.control(answer={"msisdn": PHONE, "with": "pin", "pin": "4321"})
    await settle()
    assert world.receiver.codes == [2001]


async def test_ignoring_lives_out_the_minute() -> None:
    world = World(auto_complete_seconds=5)
    await world.push()
    await world.control(answer={"msisdn": PHONE, "with": "ignore"})
    await world.time.advance(59)
    assert world.receiver.got == []
    await world.time.advance(1)
    assert world.receiver.codes == [1037]
    await world.close()


async def test_a_handset(world: World) -> None:
    await world.control(
        handset={"msisdn": PHONE, "balance": 10, "on": False, "pin": "4321", "locked": True}
    )
    handset = world.simulator.handset(PHONE)
    assert (handset.balance, handset.on, handset.pin, handset.locked) == (10, False, "4321", True)
    await world.control(handset={"msisdn": PHONE, "locked": False})
    assert not handset.locked


async def test_everything_at_once_in_a_fixed_order(world: World) -> None:
    await world.pay()
    state = await world.control(
        result="1025",
        fault=[
            {"operation": "stk_push", "kind": "http_503"},
            {"operation": "token", "kind": "timeout", "count": None, "seconds": 3, "after": False},
        ],
        chaos={"drop": 0.3, "duplicate": 0.2, "reorder": 0.2, "late": 0.1, "late_seconds": 3},
        callback={"mode": "late", "seconds": 5, "times": 2, "count": None},
        handset={"msisdn": OTHER_PHONE, "balance": 0},
        auto_complete_seconds=5,
        reset=True,
    )
    assert [handset["msisdn"] for handset in state["handsets"]] == [OTHER_PHONE]
    assert [fault["kind"] for fault in state["faults"]] == ["http_503", "timeout"]
    assert state["callback"] == {"mode": "late", "seconds": 5, "times": 2, "count": None}
    assert state["chaos"]["late_seconds"] == 3
    assert state["result"] == "1025"
    assert state["ledger"]["count"] == 0


async def test_a_result_can_be_a_number_and_taken_back(world: World) -> None:
    assert (await world.control(result=1032))["result"] == "1032"
    assert (await world.control(result=None))["result"] is None
    assert (await world.control(chaos=None))["chaos"] is None


async def test_reset_of_misbehaviour_keeps_the_rest(world: World) -> None:
    await world.pay()
    await world.control(
        callback={"mode": "lost", "count": None},
        fault={"operation": "token", "kind": "empty"},
        result="1",
    )
    state = await world.control(reset="misbehaviour")
    assert state["callback"]["mode"] == "normal"
    assert (state["faults"], state["result"]) == ([], None)
    assert state["ledger"]["count"] == 1


async def test_reset_starts_afresh_but_repeats_no_id(world: World) -> None:
    await world.pay()
    [before] = world.simulator.ledger
    waiting = await world.push_id(PhoneNumber=OTHER_PHONE)
    await world.control(callback={"mode": "late", "count": None}, reset=True)
    await world.control(reset=True)
    assert (await world.query(waiting)).json()["errorMessage"] == "The transaction does not Exist"
    await world.pay()
    [after] = world.simulator.ledger
    assert after.receipt != before.receipt
    await world.time.advance(120)
    assert world.receiver.codes == [0, 0]


BAD_ORDERS: list[Any] = [
    [],
    5,
    None,
    {"shoes": 1},
    {"reset": 1},
    {"reset": False},
    {"auto_complete_seconds": "5"},
    {"auto_complete_seconds": True},
    {"auto_complete_seconds": -1},
    {"auto_complete_seconds": 86_401},
    {"handset": PHONE},
    {"handset": {}},
    {"handset": {"msisdn": "0712345678"}},
    {"handset": {"msisdn": PHONE, "balance": -1}},
    {"handset": {"msisdn": PHONE, "balance": 10.5}},
    {"handset": {"msisdn": PHONE, "balance": True}},
    {"handset": {"msisdn": PHONE, "on": 1}},
    {"handset": {"msisdn": PHONE, "pin": "12345"}},
    {"handset": {"msisdn": PHONE, "pin": 1234}},
    {"handset": {"msisdn": PHONE, "transaction_limit": 0}},
    {"handset": {"msisdn": PHONE, "colour": "red"}},
    {"callback": {}},
    {"callback": {"mode": "sometimes"}},
    {"callback": {"mode": "late", "seconds": "5"}},
    {"callback": {"mode": "late", "seconds": 1e9}},
    {"callback": {"mode": "duplicate", "times": 1.5}},
    {"callback": {"mode": "lost", "count": -1}},
    {"chaos": {"drop": 2}},
    {"chaos": {"explode": 0.1}},
    {"fault": {"operation": "stk_push"}},
    {"fault": {"operation": "refund", "kind": "empty"}},
    {"fault": {"operation": "stk_push", "kind": "gremlins"}},
    {"fault": [{"operation": "stk_push", "kind": "empty"}, 5]},
    {"result": True},
    {"result": 10.5},
    {"result": "drop table"},
    {"answer": {"msisdn": PHONE}},
    {"answer": {"msisdn": PHONE, "with": "a smile"}},
]


@pytest.mark.parametrize("order", BAD_ORDERS, ids=repr)
async def test_nonsense_is_answered_with_a_sentence(world: World, order: Any) -> None:
    before = (await world.phone.get("/control")).json()
    answer = await world.phone.post("/control", json=order)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"].endswith(".")
    assert (await world.phone.get("/control")).json() == before


async def test_nothing_takes_effect_when_one_part_is_wrong(world: World) -> None:
    answer = await world.phone.post(
        "/control", json={"auto_complete_seconds": 5, "handset": {"msisdn": "x"}}
    )
    assert answer.status_code == 400
    assert world.simulator.exchange.auto_complete_seconds == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"chaos":{"drop":NaN}}', b"[" * 60_000, b"x" * 70_000]
)
async def test_bodies_that_are_no_json(world: World, body: bytes) -> None:
    answer = await world.phone.post("/control", content=body)
    assert answer.status_code == 400
    assert "error" in answer.json()


async def test_answering_without_a_prompt(world: World) -> None:
    answer = await world.phone.post("/control", json={"answer": {"msisdn": PHONE, "with": "pin"}})
    assert answer.status_code == 400
    assert answer.json() == {"error": "0712 345 678 shows no prompt."}
