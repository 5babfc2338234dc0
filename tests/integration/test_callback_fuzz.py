"""Callbacks from hell: random and mutated bodies, races, and prompts asked for all at once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from payment_app.daraja import StkCallback, parse_stk_callback
from payment_app.storage.tables import CallbackInbox, Payment
from tests.integration.kit import anonymous, count, until
from tests.integration.world import PHONE, World, failure, success

BODIES, PAYMENTS = 500, 10
CODES = (0, "0", 0.0, 1, 17, 1032, "1032", 1037, 2001, 4999, "SFC_IC0003", 777, "x", "", None, True)
STRANGE = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    10**30,
    10**400,
    "",
    " ",
    "a\x00b",
    "\ud800",
    "\udfff\udc00",
    "x" * 5_000,
    "\u202e💩",
    [],
    {},
    [[]],
    {"Value": {"Value": []}},
    [None] * 50,
)

Mutation = Callable[[dict[str, Any], Random], Any]


def _callback(body: dict[str, Any]) -> dict[str, Any]:
    inner = body["Body"]["stkCallback"]
    assert isinstance(inner, dict)
    return inner


def _items(body: dict[str, Any]) -> list[Any]:
    metadata = _callback(body).get("CallbackMetadata")
    items = metadata.get("Item") if isinstance(metadata, dict) else None
    return items if isinstance(items, list) else []


def another_code(body: dict[str, Any], random: Random) -> Any:
    _callback(body)["ResultCode"] = random.choice(CODES)
    return body


def field_missing(body: dict[str, Any], random: Random) -> Any:
    inner = _callback(body)
    del inner[random.choice(list(inner))]
    return body


def field_strange(body: dict[str, Any], random: Random) -> Any:
    inner = _callback(body)
    inner[random.choice(list(inner))] = random.choice(STRANGE)
    return body


def item_strange(body: dict[str, Any], random: Random) -> Any:
    items = _items(body)
    if items:
        random.choice(items)[random.choice(["Name", "Value"])] = random.choice(STRANGE)
    return body


def items_shuffled(body: dict[str, Any], random: Random) -> Any:
    items = _items(body)
    random.shuffle(items)
    del items[random.randrange(len(items) + 1) :]
    return body


def another_amount(body: dict[str, Any], random: Random) -> Any:
    for item in _items(body):
        if item.get("Name") == "Amount":
            item["Value"] = random.choice([1, 2_501, 2_500.5, "2500.00", "2,500", 10**9])
    return body


def other_ids(body: dict[str, Any], random: Random) -> Any:
    name = random.choice(["MerchantRequestID", "CheckoutRequestID"])
    _callback(body)[name] = f"ws_CO_other{random.randrange(5)}"
    return body


def extra_keys(body: dict[str, Any], random: Random) -> Any:
    _callback(body)[random.choice(["Extra", "\ud800", "a\x00"])] = random.choice(STRANGE)
    body["More"] = random.choice(STRANGE)
    return body


def nested(body: dict[str, Any], random: Random) -> Any:
    for _ in range(random.randrange(200)):
        body = {"Body": body} if random.random() < 0.5 else [body]  # type: ignore[assignment]
    return body


def garbage(body: dict[str, Any], random: Random) -> Any:
    return random.randbytes(random.randrange(300))


def cut(body: dict[str, Any], random: Random) -> Any:
    raw = json.dumps(body).encode()
    return raw[: random.randrange(len(raw))]


def bytes_flipped(body: dict[str, Any], random: Random) -> Any:
    raw = bytearray(json.dumps(body).encode())
    for _ in range(random.randrange(1, 4)):
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


MUTATIONS: tuple[Mutation, ...] = (
    another_code,
    field_missing,
    field_strange,
    item_strange,
    items_shuffled,
    another_amount,
    other_ids,
    extra_keys,
    nested,
    garbage,
    cut,
    bytes_flipped,
)


def mutated(payment: Payment, random: Random) -> bytes:
    """A callback of the payment with one to three things wrong, or none."""
    receipt = f"SK{random.randrange(10**8):08d}"
    body: Any = success(payment, receipt=receipt) if random.random() < 0.6 else failure(payment)
    for _ in range(random.randrange(4)):
        if isinstance(body, dict) and isinstance(body.get("Body"), dict):
            if not isinstance(body["Body"].get("stkCallback"), dict):
                break
            body = random.choice(MUTATIONS)(body, random)
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def pays(callback: StkCallback, payment: Payment) -> bool:
    """Whether a body says that this payment was paid, with nothing in it that speaks against it."""
    return (
        callback.result_code == "0"
        and callback.checkout_request_id == payment.checkout_request_id
        and callback.merchant_request_id == payment.merchant_request_id
        and callback.amount in (None, payment.amount)
    )


async def prompts(world: World) -> list[tuple[Payment, str]]:
    """Payments that wait for their customers, with their callback tokens."""
    made = []
    for number in range(PAYMENTS):
        payment = await world.pushed(await world.booking(), phone=f"2547120000{number:02d}")
        made.append((payment, world.token()))
    return made


@pytest.mark.parametrize(
    ("seed", "bodies"),
    [
        (20261123, BODIES),
        # 100,000 on the two databases
        pytest.param(20261124, 50_000, marks=[pytest.mark.slow, pytest.mark.timeout(3_600)]),
    ],
)
async def test_spoilt_callbacks_break_nothing_and_settle_only_what_was_paid(
    world: World, seed: int, bodies: int
) -> None:
    random = Random(seed)
    waiting = await prompts(world)
    world.simulator.misbehave("lost", count=None)  # its phones give up during the long form
    kept: list[tuple[Payment, bytes]] = []
    accepted: list[tuple[Payment, bytes]] = []
    codes: Counter[int] = Counter()
    async with anonymous(world) as daraja:
        for number in range(bodies):
            payment, token = random.choice(waiting)
            body = mutated(payment, random)
            answer = await daraja.post(f"/hooks/stk/{token}", content=body)
            codes[answer.status_code] += 1
            kept.append((payment, body))
            if answer.status_code == 200:
                accepted.append((payment, body))
            if number % 50 == 49:
                await world.runtime.inbox.drain()
    await world.runtime.inbox.drain()

    assert set(codes) == {200, 400}, codes
    assert min(codes.values()) >= bodies // 10, "the mutations try both ways"
    rows = await world.inbox()
    stored = Counter({(row.payment_id, row.body): row.copies for row in rows})
    assert stored == Counter((payment.payment_id, body) for payment, body in kept)
    assert all(row.processed_at is not None for row in rows), "each was settled, none is stuck"
    assert all(row.attempts == 0 for row in rows), "none of them raised"
    assert await count(world, CallbackInbox) == len(rows)
    for payment, _ in waiting:
        callbacks = [parse_stk_callback(body) for owner, body in accepted if owner is payment]
        after = await world.payment(payment.payment_id)
        if after.status == "completed":
            assert any(pays(callback, payment) for callback in callbacks)
            assert after.amount == payment.amount
        events = await world.events(payment)
        into_money = [e for e in events if e.to_status == "completed" != e.from_status]
        assert len(into_money) == (after.status == "completed"), "at most once"


async def test_the_same_500_without_a_token_settle_nothing(world: World) -> None:
    random = Random(7)
    waiting = await prompts(world)
    async with anonymous(world) as stranger:
        for _ in range(BODIES // 2):
            body = mutated(random.choice(waiting)[0], random)
            world.clock.advance(1)  # slowly enough for the limit of one network
            answer = await stranger.post("/api/mpesa/callback", content=body)
            assert answer.status_code in (200, 400)
    await world.runtime.inbox.drain()
    for payment, _ in waiting:
        after = await world.payment(payment.payment_id)
        assert (after.status, after.mpesa_receipt_number) == ("pending", None)
    world.clock.advance(601)
    await world.runtime.inbox.drain()
    assert all(row.processed_at is not None for row in await world.inbox()), "none is kept for ever"
    assert await world.cases() == []


async def test_success_and_failure_racing_end_as_paid_with_nothing_refused(world: World) -> None:
    payment = await world.pushed(await world.booking())
    bodies = [success(payment), failure(payment, 1032), failure(payment, 1037)]
    drains: list[asyncio.Task[int]] = []
    answers: list[asyncio.Task[Any]] = []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(30):
            answers += [tasks.create_task(world.callback(body)) for body in bodies]
            drains.append(tasks.create_task(world.runtime.inbox.drain()))
            await asyncio.sleep(0)
    await world.runtime.inbox.drain()

    assert Counter(task.result().status_code for task in answers) == {200: 90}
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")
    events = await world.events(payment)
    assert sum(e.to_status == "completed" != e.from_status for e in events) == 1
    assert set(await world.cases()) <= {"success_denied"}
    rows = await world.inbox()
    assert len(rows) == 3
    assert all(row.processed_at is not None for row in rows)
    assert (
        await world.fresh((await world.runtime.bookings.get(after.booking_id))[0])
    ).amount_paid == (payment.amount)


async def test_two_workers_that_drain_and_store_at_once_do_not_deadlock(world: World) -> None:
    """Each body settles once, though both processes see all of them again and again."""
    from payment_app.services.payments.callbacks.settle import Inbox
    from payment_app.services.payments.callbacks.store import CallbackStore

    inboxes = [Inbox(world.runtime.database, world.clock) for _ in range(2)]
    stores = [CallbackStore(world.runtime.database, world.clock, i.wake) for i in inboxes]
    waiting = await prompts(world)
    bodies = [
        (payment.payment_id or 0, json.dumps(body(payment)).encode())
        for payment, _ in waiting
        for body in (lambda p: success(p, receipt=f"SKJ{p.payment_id:07d}"), failure)
    ]
    random = Random(3)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(10):
            for inbox, store in zip(inboxes, stores, strict=True):
                for payment_id, body in random.sample(bodies, len(bodies)):
                    tasks.create_task(store.store(payment_id, body))
                tasks.create_task(inbox.drain())
            await asyncio.sleep(0.005)
    for inbox in inboxes:
        await inbox.drain()
    for payment, _ in waiting:
        assert (await world.payment(payment.payment_id)).status == "completed"
    rows = await world.inbox()
    assert len(rows) == len(bodies)
    assert all(row.processed_at is not None for row in rows)


@pytest.mark.parametrize("result", ["success", "failure"])
async def test_a_callback_racing_the_pushs_own_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, result: str
) -> None:
    """T4 and T5 happen while T3 is on its way; the answer then ranks lower."""
    rail = world.runtime.checkout.sender._rail
    original = rail.stk_push

    async def slow_answer(push: Any) -> Any:
        outcome = await original(push)
        if result == "success":
            world.simulator.enter_pin(PHONE, "1234")
        else:
            world.simulator.cancel(PHONE)
        await world.settle()
        return outcome

    monkeypatch.setattr(rail, "stk_push", slow_answer)
    booking = await world.booking()
    answer = await world.push(booking)
    assert answer.status_code == 200
    after = await world.payment(answer.json()["payment_id"])
    assert after.status == ("completed" if result == "success" else "cancelled")
    assert after.checkout_request_id == answer.json()["checkout_request_id"]
    assert after.merchant_request_id
    assert await world.cases() == []
    assert (await world.fresh(booking)).status == ("paid" if result == "success" else "open")


async def test_callback_and_answer_at_the_very_same_time(world: World) -> None:
    for number in range(10):
        phone = f"2547120000{number:02d}"
        push = asyncio.create_task(world.push(await world.booking(), phone=phone))
        await until(lambda phone=phone: world.simulator.live_prompt(phone))
        world.simulator.enter_pin(phone, "1234")
        await asyncio.gather(push, world.settle())
        await world.settle()
        answer = push.result()
        assert answer.status_code == 200, answer.text
        assert (await world.payment(answer.json()["payment_id"])).status == "completed"
    assert await world.cases() == []
    assert world.simulator.ledger.total == 10 * 2_500
