"""How long raw facts are kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from payment_app.services.operations import call_recorder
from payment_app.services.operations.call_recorder import CallRecorder
from payment_app.services.records.retention import forget_bodies, forget_calls
from payment_app.storage.tables import DarajaCallRecord
from tests.integration.kit import completed, count
from tests.integration.world import PHONE, World, success

DAY = 86_400


async def test_raw_bodies_are_dropped_after_90_days_and_their_hash_stays(world: World) -> None:
    payment = await completed(world)
    world.clock.advance(60 * DAY)
    await completed(world, phone="254722000000")
    world.clock.advance(30 * DAY + 60)
    assert await forget_bodies(world.runtime.database, world.clock()) == 1
    old, recent = await world.inbox()
    assert (old.body, recent.body == b"") == (b"", False)
    assert len(old.dedupe) == 64
    assert await forget_bodies(world.runtime.database, world.clock()) == 0
    body = next(body for url, body in world.sent if payment.phone_number.encode() in body)
    await world.callback(body, world.token(0))
    assert [row.copies for row in await world.inbox()] == [2, 1], "a copy is still known as one"


async def test_a_body_that_is_not_settled_is_kept(world: World) -> None:
    payment = await world.pushed(await world.booking(), phone=PHONE)
    await world.callback(success(payment))
    world.clock.advance(91 * DAY)
    await forget_bodies(world.runtime.database, world.clock())
    (row,) = await world.inbox()
    assert row.body


async def test_traces_of_calls_are_kept_30_days(world: World) -> None:
    recorder = CallRecorder(world.runtime.database)
    await recorder.record(_call(world))
    assert await count(world, DarajaCallRecord) == 0, "nobody waits for a trace"
    await recorder.close()
    world.clock.advance(30 * DAY)
    await forget_calls(world.runtime.database, world.clock())
    assert await count(world, DarajaCallRecord) == 1
    world.clock.advance(1)
    await forget_calls(world.runtime.database, world.clock())
    assert await count(world, DarajaCallRecord) == 0


def _call(world: World):  # type: ignore[no-untyped-def]
    from payment_app.daraja import DarajaCall

    return DarajaCall(
        at=world.clock(),
        operation="token",
        http_status=200,
        error_code=None,
        outcome="Grant",
        duration_ms=1,
        request={},
        response="",
    )


async def test_traces_wait_within_bounds_while_the_database_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_recorder, "MOST_WAITING", 3)
    recorder = CallRecorder(world.runtime.database)
    with monkeypatch.context() as patched:

        async def away(*_: Any, **__: Any) -> None:
            raise OperationalError("INSERT", {}, Exception("gone"))

        patched.setattr(world.runtime.database, "transact", away)
        for _ in range(5):
            await recorder.record(_call(world))
        await recorder.flush()
    for _ in range(5):
        await recorder.record(_call(world))
    await recorder.close()
    assert await count(world, DarajaCallRecord) == 3
