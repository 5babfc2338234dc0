"""Idempotency-Key: the first answer again, another body refused, failures not kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from payment_app.services.shared import idempotency
from payment_app.services.shared.keys.tokens import hash_token
from payment_app.storage.tables import Booking, IdempotencyKey, Payment
from tests.conftest import FakeClock
from tests.integration.kit import completed, count, new_booking, refused, run_sql
from tests.integration.world import PHONE, World, close_world, open_world, success

HOURS = 3_600


async def create(world: World, key: str, number: int = 1, **more: Any) -> httpx.Response:
    body = new_booking(number, **more)
    return await world.api.post("/api/bookings", json=body, headers={"Idempotency-Key": key})


def same(first: httpx.Response, again: httpx.Response) -> bool:
    return (first.status_code, first.json()) == (again.status_code, again.json())


async def test_the_same_key_and_body_get_the_first_answer_again(world: World) -> None:
    first = await create(world, "k-1")
    assert first.status_code == 201
    for _ in range(3):
        assert same(first, await create(world, "k-1"))
    assert await count(world, Booking) == 1


async def test_the_same_key_with_another_body_is_409(world: World) -> None:
    await create(world, "k-1")
    refused(await create(world, "k-1", title="Another"), 409, "idempotency_key_reused")
    assert await count(world, Booking) == 1


async def test_another_key_is_another_call(world: World) -> None:
    await create(world, "k-1")
    assert (await create(world, "k-2", number=2)).status_code == 201
    refused(await create(world, "k-3", number=2), 409, "duplicate_reference")


async def test_a_key_has_1_to_255_characters(world: World) -> None:
    for key in ("", "x" * 256, "x" * 5_000):
        refused(await create(world, key), 422, "invalid_idempotency_key")
    assert await count(world, Booking) == 0
    assert (await create(world, "x" * 255)).status_code == 201
    assert (await create(world, "y", number=2)).status_code == 201


async def test_a_key_means_nothing_on_another_route(world: World) -> None:
    booking = (await create(world, "k-1")).json()
    pushed = await world.api.post(
        "/api/mpesa/stkpush",
        json={"booking_id": booking["booking_id"], "phone_number": PHONE, "amount": 2_500},
        headers={"Idempotency-Key": "k-1"},
    )
    assert pushed.status_code == 200


async def test_a_key_means_nothing_to_another_caller(database_url: str, clock: FakeClock) -> None:
    world = await open_world(database_url, clock)
    settings = world.runtime.settings.model_copy(update={"api_keys": ()})
    world.runtime.settings = settings.model_validate(
        {"api_keys": "simulator-key,another-long-api-key", "database_url": database_url}
    )
    try:
        await create(world, "k-1")
        world.api.headers["Authorization"] = "Bearer another-long-api-key"
        refused(await create(world, "k-1"), 409, "duplicate_reference")
    finally:
        await close_world(world)


async def test_a_refusal_is_not_kept(world: World) -> None:
    refused(await create(world, "k-1", number=1, reference="TOO-BAD"), 422, "invalid_reference")
    assert await count(world, IdempotencyKey) == 0
    assert (await create(world, "k-1")).status_code == 201


async def test_an_answer_is_kept_for_72_hours_even_when_the_world_moved_on(world: World) -> None:
    booking = await world.booking()
    first = await world.push(booking, **{"Idempotency-Key": "k-1"})
    await world.callback(success(await world.payment(first.json()["payment_id"])))
    await world.runtime.inbox.drain()
    world.clock.advance(72 * HOURS - 1)
    await world.runtime.idempotency.forget_old()
    assert same(first, await world.push(booking, **{"Idempotency-Key": "k-1"}))
    world.clock.advance(2)
    await world.runtime.idempotency.forget_old()
    assert await count(world, IdempotencyKey) == 0


async def test_a_key_never_sends_a_second_prompt_even_when_its_answer_is_forgotten(
    world: World,
) -> None:
    payment = await completed(world)
    booking = await world.booking()
    first = await world.push(booking, phone="254722000000", **{"Idempotency-Key": "k-1"})
    world.clock.advance(100 * HOURS)
    await world.runtime.idempotency.forget_old()
    again = await world.push(booking, phone="254722000000", **{"Idempotency-Key": "k-1"})
    assert again.json()["payment_id"] == first.json()["payment_id"] != payment.payment_id
    assert len(world.pushes) == 2


async def test_without_a_key_every_call_is_its_own(world: World) -> None:
    body = new_booking()
    assert (await world.api.post("/api/bookings", json=body)).status_code == 201
    refused(await world.api.post("/api/bookings", json=body), 409, "duplicate_reference")
    assert await count(world, IdempotencyKey) == 0


async def test_two_at_once_with_one_key_the_second_is_told_to_wait(world: World) -> None:
    booking = await world.booking()
    answers = await asyncio.gather(
        *(world.push(booking, **{"Idempotency-Key": "k-1"}) for _ in range(5))
    )
    codes = Counter(answer.status_code for answer in answers)
    assert codes[200] >= 1
    assert codes[200] + codes[409] == 5
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "in_progress")
    assert len(world.pushes) == 1
    assert (await world.push(booking, **{"Idempotency-Key": "k-1"})).status_code == 200


async def test_a_call_whose_process_died_is_taken_up_again_after_two_minutes(world: World) -> None:
    first = await create(world, "k-1")
    await run_sql(world, "UPDATE idempotency_key SET answer = NULL, status_code = NULL")
    refused(await create(world, "k-1"), 409, "in_progress")
    world.clock.advance(121)
    refused(await create(world, "k-1"), 409, "duplicate_reference")
    assert first.status_code == 201
    assert await count(world, Booking) == 1


async def test_a_key_that_is_let_go_between_two_looks_is_in_progress(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call fails and forgets its key just when the second one wants to look at it."""
    await create(world, "k-1")

    def gone(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(idempotency, "_look", gone)
    refused(await create(world, "k-1"), 409, "in_progress")


# Pushes: what a failure leaves must not stop the next try, and never send twice


async def test_a_push_that_mpesa_refused_may_be_tried_again_under_its_key(world: World) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", "http_400")
    refused(await world.push(booking, **{"Idempotency-Key": "k-1"}), 502, "refused_by_mpesa")
    again = await world.push(booking, **{"Idempotency-Key": "k-1"})
    assert again.status_code == 200, again.text
    assert len(world.pushes) == 2
    assert await count(world, Payment) == 2
    assert same(again, await world.push(booking, **{"Idempotency-Key": "k-1"}))


async def test_a_push_while_the_rail_was_down_may_be_tried_again_under_its_key(
    world: World,
) -> None:
    booking = await world.booking()
    world.simulator.fault("token", "http_503")
    refused(await world.push(booking, **{"Idempotency-Key": "k-1"}), 503, "mpesa_unavailable")
    assert (await world.push(booking, **{"Idempotency-Key": "k-1"})).status_code == 200
    assert len(world.pushes) == 1


async def test_an_unknown_answer_is_kept_and_nothing_is_sent_again(world: World) -> None:
    booking = await world.booking()
    world.simulator.fault("stk_push", "html")
    first = await world.push(booking, **{"Idempotency-Key": "k-1"})
    assert first.status_code == 202
    world.clock.advance(600)
    assert same(first, await world.push(booking, **{"Idempotency-Key": "k-1"}))
    assert len(world.pushes) == 1


async def test_limits_are_told_again_and_not_kept(world: World) -> None:
    await completed(world)
    booking = await world.booking()
    answer = await world.push(booking, **{"Idempotency-Key": "k-1"})
    refused(answer, 429, "too_soon")
    world.clock.advance(int(answer.headers["retry-after"]))
    assert (await world.push(booking, **{"Idempotency-Key": "k-1"})).status_code == 200


async def test_keys_are_kept_as_hashes_only(world: World) -> None:
    await create(world, "a-key-of-the-caller")
    async with world.runtime.database.read() as session:
        (row,) = (await session.execute(IdempotencyKey.__table__.select())).mappings().all()
    assert "a-key-of-the-caller" not in str(dict(row))
    assert len(row["key_hash"]) == len(hash_token("x"))
