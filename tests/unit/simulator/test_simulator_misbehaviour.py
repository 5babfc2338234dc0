"""Callbacks that go wrong, each way, and the ledger that does not care."""

from __future__ import annotations

import json
from typing import Any

import pytest
from simulator_kit import CALLBACK_URL, OTHER_PHONE, PHONE, PUSH_PATH, World, settle

from payment_app.simulator import Chaos, SimulatorError
from payment_app.simulator.misbehaviour.modes import MODES

THIRD_PHONE = "254700111222"


async def pay_under(world: World, mode: str, **how: Any) -> str:
    world.simulator.misbehave(mode, **how)
    return await world.pay()


async def test_late(world: World) -> None:
    checkout_id = await pay_under(world, "late", seconds=30)
    await world.time.advance(29)
    assert world.receiver.got == []
    assert (await world.query(checkout_id)).json()["ResultCode"] == "0"
    await world.time.advance(1)
    assert world.receiver.codes == [0]


async def test_thirty_days_late(world: World) -> None:
    await pay_under(world, "late", seconds=30 * 24 * 3600)
    await world.time.advance(30 * 24 * 3600)
    assert world.receiver.codes == [0]
    assert b"20261123213000" in world.receiver.got[0][1]


async def test_duplicate(world: World) -> None:
    await pay_under(world, "duplicate", times=1000)
    assert len(world.receiver.got) == 1000
    assert len({body for _, body, _ in world.receiver.got}) == 1


async def test_lost(world: World) -> None:
    checkout_id = await pay_under(world, "lost")
    await world.time.advance(3600)
    await world.new_token()
    assert world.receiver.got == []
    assert (await world.query(checkout_id)).json()["ResultCode"] == "0"
    assert world.simulator.courier.records[0].answer == "never sent"


async def test_out_of_order_goes_behind_the_next(world: World) -> None:
    first = await pay_under(world, "out_of_order", seconds=60)
    second = await world.pay(OTHER_PHONE)
    assert [body["CheckoutRequestID"] for body in world.receiver.bodies] == [second, first]
    await world.time.advance(60)
    assert len(world.receiver.got) == 2


async def test_out_of_order_without_a_next_one_goes_out_in_the_end(world: World) -> None:
    await pay_under(world, "out_of_order", seconds=60)
    await world.time.advance(59)
    assert world.receiver.got == []
    await world.time.advance(1)
    assert world.receiver.codes == [0]


class TestEarly:
    async def test_comes_before_the_push_is_answered(self, world: World) -> None:
        await world.new_token()
        world.simulator.misbehave("early")
        answered: list[bool] = []

        async def deliver(url: str, body: bytes, headers: Any) -> int:
            answered.append(answer_is_here)
            return 200

        world.simulator.courier._deliver = deliver
        answer_is_here = False
        answer = await world.push()
        answer_is_here = True
        assert answered == [False]
        assert answer.json()["ResponseCode"] == "0"
        assert world.simulator.ledger.count == 1

    async def test_honours_the_purse(self, world: World) -> None:
        world.simulator.set_balance(PHONE, 0)
        world.simulator.misbehave("early")
        await world.push()
        assert world.receiver.codes == [1]

    async def test_of_a_phone_that_is_off(self, world: World) -> None:
        world.simulator.switch_off(PHONE)
        world.simulator.misbehave("early")
        await world.push()
        assert world.receiver.codes == [1037]

    async def test_of_a_forced_result(self, world: World) -> None:
        world.simulator.force_result("1025")
        world.simulator.misbehave("early")
        await world.push()
        assert world.receiver.codes == [1025]

    async def test_leaves_prompts_already_open_alone(self, world: World) -> None:
        await world.push()
        world.simulator.misbehave("early")
        world.simulator.enter_pin(PHONE, "1234")
        await settle()
        assert world.receiver.codes == [0]
        assert world.simulator.trouble.rule is not None


async def test_forged_lies_to_a_wrong_address_first(world: World) -> None:
    world.simulator.misbehave("forged")
    await world.push()
    world.simulator.cancel(PHONE)
    await settle()
    (forged_url, _, _), (true_url, _, _) = world.receiver.got
    assert forged_url.startswith("https://pay.example.co.ke/hooks/stk/")
    assert forged_url != CALLBACK_URL == true_url
    assert world.receiver.codes == [0, 1032]
    assert world.simulator.ledger.count == 0


async def test_mismatched_amount(world: World) -> None:
    await pay_under(world, "mismatched_amount")
    assert world.receiver.bodies[0]["CallbackMetadata"]["Item"][0]["Value"] == 2501
    assert world.simulator.ledger.total == 2500


async def test_mismatched_ids(world: World) -> None:
    checkout_id = await pay_under(world, "mismatched_ids")
    [body] = world.receiver.bodies
    assert body["CheckoutRequestID"] != checkout_id
    assert len(body["CheckoutRequestID"]) == len(checkout_id)
    [entry] = world.simulator.ledger
    assert entry.checkout_request_id == checkout_id


@pytest.mark.parametrize(
    ("mode", "after_paying", "after_cancelling"),
    [("contradiction_after", [0, 1032], [1032, 0]), ("contradiction_before", [1032, 0], [0, 1032])],
)
async def test_contradictions_in_both_orders(
    world: World, mode: str, after_paying: list[int], after_cancelling: list[int]
) -> None:
    await pay_under(world, mode)
    assert world.receiver.codes == after_paying
    world.simulator.misbehave(mode)
    await world.push(PhoneNumber=OTHER_PHONE)
    world.simulator.cancel(OTHER_PHONE)
    await settle()
    assert world.receiver.codes[2:] == after_cancelling
    assert world.simulator.ledger.count == 1


def item_names(body: bytes) -> list[str]:
    items = json.loads(body)["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    return [item["Name"] for item in items]


USUAL = ["Amount", "MpesaReceiptNumber", "Balance", "TransactionDate", "PhoneNumber"]


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("items_missing", ["Amount"]),
        ("items_shuffled", USUAL[::-1]),
        ("items_null", USUAL),
        ("items_extra", ["Promo", *USUAL]),
        ("masked_phone", USUAL),
    ],
)
async def test_odd_items(world: World, mode: str, names: list[str]) -> None:
    await pay_under(world, mode)
    assert item_names(world.receiver.got[0][1]) == names


async def test_null_items_have_no_values(world: World) -> None:
    await pay_under(world, "items_null")
    items = world.receiver.bodies[0]["CallbackMetadata"]["Item"]
    assert {item["Value"] for item in items} == {None}


async def test_a_masked_phone(world: World) -> None:
    await pay_under(world, "masked_phone")
    assert world.receiver.bodies[0]["CallbackMetadata"]["Item"][4]["Value"] == "25471****678"


async def test_odd_bytes(world: World) -> None:
    for number, mode in enumerate(("wrong_content_type", "deep_json", "huge", "not_utf8")):
        world.simulator.misbehave(mode)
        await world.pay(Amount=number + 1)
    plain, deep, huge, not_utf8 = world.receiver.got
    assert plain[2]["Content-Type"] == "text/plain"
    assert deep[1].count(b"[") > 10_000
    assert len(huge[1]) > 256 * 1024
    assert not_utf8[1].startswith(b"\xff\xfe")


@pytest.mark.parametrize("mode", sorted(MODES))
async def test_no_mode_alters_the_ledger_or_the_purse(world: World, mode: str) -> None:
    world.simulator.misbehave(mode, count=None)
    for phone in (PHONE, OTHER_PHONE, THIRD_PHONE):
        await world.push(PhoneNumber=phone)
        if mode != "early" and phone == THIRD_PHONE:
            world.simulator.cancel(phone)
        elif mode != "early":
            world.simulator.enter_pin(phone, "1234")
    await world.time.advance(60)
    paid = 3 if mode == "early" else 2
    assert world.simulator.ledger.count == paid
    assert world.simulator.ledger.total == 2500 * paid
    assert [entry.amount for entry in world.simulator.ledger] == [2500] * paid
    assert world.simulator.handset(PHONE).balance == 47_500


@pytest.mark.parametrize("mode", sorted(set(MODES) - {"early", "lost"}))
async def test_every_mode_also_works_for_a_failure(world: World, mode: str) -> None:
    world.simulator.misbehave(mode, seconds=1)
    await world.push()
    world.simulator.cancel(PHONE)
    await world.time.advance(1)
    assert len(world.receiver.got) >= 1


async def test_a_rule_holds_for_its_count(world: World) -> None:
    world.simulator.misbehave("lost", count=2)
    for phone in (PHONE, OTHER_PHONE, THIRD_PHONE):
        await world.pay(phone)
    assert len(world.receiver.got) == 1
    assert world.simulator.trouble.rule is None


async def test_normal_ends_a_rule(world: World) -> None:
    world.simulator.misbehave("lost", count=None)
    world.simulator.misbehave("normal")
    await world.pay()
    assert world.receiver.codes == [0]


@pytest.mark.parametrize(
    ("mode", "how"),
    [
        ("sometimes", {}),
        ("late", {"seconds": -1}),
        ("late", {"seconds": 32 * 24 * 3600}),
        ("late", {"seconds": float("nan")}),
        ("duplicate", {"times": 0}),
        ("duplicate", {"times": 1001}),
        ("lost", {"count": 0}),
    ],
)
async def test_a_rule_that_makes_no_sense(world: World, mode: str, how: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError):
        world.simulator.misbehave(mode, **how)
    assert world.simulator.trouble.rule is None


class TestChaos:
    async def run(self, seed: int, chaos: Chaos, payments: int = 40) -> World:
        world = World(seed=seed)
        world.simulator.set_chaos(chaos)
        for number in range(payments):
            await world.pay(f"2547001{number:05d}")
        await world.time.advance(60)
        await world.close()
        return world

    async def test_equal_seeds_give_equal_worlds(self) -> None:
        chaos = Chaos(drop=0.3, duplicate=0.2, reorder=0.2, late=0.2)
        one, two, other = [await self.run(seed, chaos) for seed in (1, 1, 2)]
        assert one.receiver.got == two.receiver.got
        assert list(one.simulator.ledger) == list(two.simulator.ledger)
        assert one.receiver.got != other.receiver.got

    async def test_everything_dropped(self) -> None:
        world = await self.run(1, Chaos(drop=1))
        assert world.receiver.got == []
        assert world.simulator.ledger.count == 40

    async def test_everything_twice(self) -> None:
        world = await self.run(1, Chaos(duplicate=1))
        assert len(world.receiver.got) == 80

    async def test_everything_reordered_arrives(self) -> None:
        world = await self.run(1, Chaos(reorder=1))
        assert len(world.receiver.got) == 40

    async def test_a_rule_goes_before_chaos(self, world: World) -> None:
        world.simulator.set_chaos(Chaos(drop=1))
        await pay_under(world, "duplicate")
        assert len(world.receiver.got) == 2
        world.simulator.set_chaos(None)
        await world.pay(OTHER_PHONE)
        assert len(world.receiver.got) == 3

    @pytest.mark.parametrize("bad", [{"drop": 1.1}, {"late": -0.1}, {"late_seconds": -1}])
    def test_chances_are_chances(self, bad: dict[str, float]) -> None:
        with pytest.raises(SimulatorError):
            Chaos(**bad)


async def test_the_whole_rail_repeats_under_a_seed() -> None:
    async def answers() -> list[Any]:
        world = World(seed=99)
        token = await world.new_token()
        pushes = [(await world.push(PhoneNumber=phone)).json() for phone in (PHONE, OTHER_PHONE)]
        refused = (await world.call(PUSH_PATH, {})).json()
        world.simulator.enter_pin(PHONE, "1234")
        receipts = [entry.receipt for entry in world.simulator.ledger]
        await world.close()
        return [token, pushes, refused, receipts]

    assert await answers() == await answers()
