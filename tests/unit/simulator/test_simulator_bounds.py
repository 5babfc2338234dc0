"""Long runs: what is kept is bounded, receipts never repeat, the money always adds up."""

from __future__ import annotations

import ast
import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_kit import OTHER_PHONE, PHONE, World, settle

import payment_app.simulator
from payment_app.simulator import Chaos, Entry, NoPrompt, Simulator, SimulatorConfig, SimulatorError
from payment_app.simulator.background import Background
from payment_app.simulator.mpesa.handsets import HandsetBook
from payment_app.simulator.mpesa.ledger import Ledger
from payment_app.simulator.mpesa.prompts import Order, Prompt, PromptBook
from payment_app.simulator.mpesa.wire import (
    Mint,
    is_msisdn,
    local_spelling,
    read_stamp,
    sms_date,
    stamp,
)

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)


def test_receipts_never_repeat() -> None:
    mint = Mint(Random(1))
    receipts = {mint.receipt(NOW) for _ in range(200_000)}
    assert len(receipts) == 200_000
    assert all(len(receipt) == 10 for receipt in receipts)


@pytest.mark.parametrize(
    ("day", "start"),
    [("2024-11-19", "SKJ"), ("2007-03-01", "BC1"), ("2026-12-31", "ULV"), ("2032-01-09", "AA9")],
)
def test_a_receipt_tells_its_day(day: str, start: str) -> None:
    moment = datetime.fromisoformat(f"{day}T12:00:00+03:00")
    assert Mint(Random(1)).receipt(moment).startswith(start)


def test_checkout_ids_step_on_while_taken() -> None:
    taken: set[str] = set()
    mint = Mint(Random(1))
    for _ in range(200):
        made = mint.checkout_id(NOW, PHONE, taken.__contains__)
        assert made not in taken
        taken.add(made)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_stamps_round_trip_in_nairobi_time(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert read_stamp(stamp(whole)) == whole


def test_spellings() -> None:
    assert local_spelling(PHONE) == "0712 345 678"
    assert sms_date(datetime(2026, 11, 23, 21, 5, tzinfo=UTC)) == "24/11/26 at 12:05 AM"
    assert not is_msisdn("254712345678\n")
    assert not is_msisdn("25471234567٨")


def prompt(number: int) -> Prompt:
    order = Order("174379", "174379", "CustomerPayBillOnline", 1, PHONE, "http://x/", "a", "")
    return Prompt(order, f"ws_CO_{number}", "m", "Shop", NOW, NOW)


def test_finished_prompts_are_bounded() -> None:
    book = PromptBook(most_finished=10)
    for number in range(25):
        book.open(prompt(number))
        book.finish(prompt(number))
    assert book.find("ws_CO_14") is None
    assert book.find("ws_CO_15") is not None
    assert book.count_live() == 0


def test_phones_are_bounded_and_busy_ones_are_kept() -> None:
    book = HandsetBook(100, most=10)
    book.use("254700000000").prompt = prompt(1)
    for number in range(1, 30):
        book.use(f"2547000000{number:02d}")
    assert len(book) == 10
    assert book.find("254700000000") is not None
    assert book.find("254700000020") is None


def test_phones_may_exceed_the_bound_only_while_all_are_busy() -> None:
    book = HandsetBook(100, most=3)
    for number in range(5):
        book.use(f"25470000000{number}").prompt = prompt(number)
    assert len(book) == 5
    for handset in book.newest_first():
        handset.prompt = None
    book.use("254700000009")
    assert len(book) == 3


def test_the_ledger_is_bounded_and_its_total_goes_on() -> None:
    ledger = Ledger(most=2)
    for _ in range(5):
        ledger.record(Entry(NOW, "R", "ws_CO_1", PHONE, "174379", "174379", "a", 100))
    assert (len(ledger), ledger.count, ledger.total) == (2, 5, 500)


async def test_messages_and_records_are_bounded(world: World) -> None:
    for number in range(250):
        await world.push(Amount=number + 1)
        world.simulator.set_balance(PHONE, 50_000)
        world.simulator.enter_pin(PHONE, "1234")
        await settle()
    assert len(world.simulator.handset(PHONE).inbox) == 20
    assert len(world.simulator.courier.records) == 200
    assert len(world.simulator.handset(PHONE)._recent) <= 250
    await world.time.advance(121)
    await world.pay()
    assert len(world.simulator.handset(PHONE)._recent) == 1


class TestBackground:
    async def test_stop_ends_every_task(self) -> None:
        work = Background()
        tasks = [work.spawn(forever()) for _ in range(3)]
        await asyncio.sleep(0)
        await work.stop()
        assert all(task is not None and task.cancelled() for task in tasks)
        assert len(work) == 0
        assert work.spawn(forever()) is None
        work.open()
        assert work.spawn(forever()) is not None
        await work.stop()

    async def test_it_is_bounded(self) -> None:
        work = Background(most=1)
        assert work.spawn(forever()) is not None
        assert work.spawn(forever()) is None
        await work.stop()


async def forever() -> None:
    await asyncio.Event().wait()


async def test_stopping_leaves_nothing_behind() -> None:
    world = World(auto_complete_seconds=5)
    before = asyncio.all_tasks()
    await world.push()
    await world.push(PhoneNumber=OTHER_PHONE)
    world.simulator.misbehave("late", seconds=50)
    world.simulator.cancel(OTHER_PHONE)
    world.simulator.misbehave("out_of_order", seconds=50)
    await world.simulator.stop()
    assert asyncio.all_tasks() == before
    await world.time.advance(100)
    assert world.receiver.got == []
    await world.close()


async def test_it_can_be_started_again() -> None:
    world = World()
    await world.simulator.stop()
    await world.simulator.start()
    await world.pay()
    assert world.receiver.codes == [0]
    await world.close()


async def test_a_callback_that_finds_no_room_is_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.simulator.courier.work, "_most", 0)
    await world.pay()
    assert world.simulator.courier.records[0].answer == "dropped"
    assert world.simulator.ledger.count == 1


async def test_drain_waits_for_callbacks() -> None:
    got: list[str] = []

    async def deliver(url: str, body: bytes, headers: object) -> int:
        await asyncio.sleep(0.01)
        got.append(url)
        return 200

    real = Simulator(SimulatorConfig(auto_complete_seconds=0), deliver=deliver)
    order = Order("174379", "174379", "CustomerPayBillOnline", 1, PHONE, "http://x/", "a", "")
    real.exchange.open_prompt(order)
    real.cancel(PHONE)
    await real.drain()
    assert got == ["http://x/"]
    await real.stop()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "pin", "wrong", "cancel", "off", "on", "wait", "mode", "chaos"]),
        st.integers(0, 3),
        st.integers(1, 30_000),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_the_money_adds_up(steps: list[tuple[str, int, int]]) -> None:
    asyncio.run(play(steps))


async def play(steps: list[tuple[str, int, int]]) -> None:
    world = World(auto_complete_seconds=20, any_clock=True)
    phones = [f"25470000000{number}" for number in range(4)]
    modes = ["lost", "duplicate", "early", "mismatched_amount"]
    for action, which, amount in steps:
        phone = phones[which]
        try:
            if action == "push":
                await world.push(PhoneNumber=phone, Amount=amount)
            elif action in ("pin", "wrong"):
                world.simulator.enter_pin(phone, "1234" if action == "pin" else "0000")
            elif action == "cancel":
                world.simulator.cancel(phone)
            elif action == "wait":
                await world.time.advance(amount / 1000)
            elif action == "mode":
                world.simulator.misbehave(modes[which], count=None)
            elif action == "chaos":
                world.simulator.set_chaos(Chaos(drop=which / 4, reorder=which / 4))
            else:
                world.simulator.exchange.switch(phone, on=action == "on")
        except NoPrompt:
            pass
    await world.time.advance(120)
    check_books(world, phones)
    await world.close()


def check_books(world: World, phones: list[str]) -> None:
    entries = list(world.simulator.ledger)
    for phone in phones:
        spent = sum(entry.amount for entry in entries if entry.msisdn == phone)
        assert world.simulator.handset(phone).balance == 50_000 - spent
    assert world.simulator.ledger.total == sum(entry.amount for entry in entries)
    assert len({entry.receipt for entry in entries}) == len(entries)
    assert len({entry.checkout_request_id for entry in entries}) == len(entries)
    assert world.simulator.exchange.prompts.count_live() == 0
    assert not world.simulator.exchange._timers


@pytest.mark.parametrize("msisdn", ["", "0712345678", "254712345678 ", "254212345678"])
async def test_only_kenyan_mobile_numbers_are_phones(world: World, msisdn: str) -> None:
    with pytest.raises(SimulatorError):
        world.simulator.handset(msisdn)


async def test_a_clock_that_goes_back_harms_nothing(world: World) -> None:
    await world.pay()
    world.time.now -= timedelta(hours=1)
    await world.push(Amount=10)
    assert world.simulator.enter_pin(PHONE, "1234") == "0"


def test_it_stands_apart_from_the_app_that_it_judges() -> None:
    folder = Path(payment_app.simulator.__file__).parent
    for module in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            for name in names:
                assert name.split(".")[0] != "httpx"
                assert not name.startswith("payment_app") or name.startswith(
                    "payment_app.simulator"
                ), f"{module.name} imports {name}"
