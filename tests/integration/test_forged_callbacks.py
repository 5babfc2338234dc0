"""A row of the inbox is evidence only if the app stored it, whoever can write the database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from payment_app.services.operations.invariants import ALONE
from payment_app.services.payments.callbacks.seal import dedupe_of
from payment_app.services.payments.callbacks.settle import PARKED_FOR
from payment_app.services.shared.keys.seals import Keyring
from payment_app.storage.tables import CallbackInbox, Payment
from tests.books import KEYRING
from tests.integration.kit import completed
from tests.integration.test_tampering import rules, table_of, unkeyed_dedupe
from tests.integration.world import PHONE, World, success

OLD = Keyring(("o" * 40,))
"""A key that the settings no longer name."""


async def write_row(
    world: World, payment: Payment, body: dict[str, Any], dedupe: str = "", **more: Any
) -> None:
    """What somebody does who can write the table."""
    row = {
        "kind": "stk",
        "payment_id": payment.payment_id,
        "body": json.dumps(body).encode(),
        "received_at": world.clock(),
        "copies": 1,
        "attempts": 0,
    } | more
    row["dedupe"] = dedupe or unkeyed_dedupe(row)
    async with world.runtime.database.write() as session:
        await session.execute(insert(table_of(CallbackInbox)).values(row))
    world.runtime.inbox.wake()


async def change(world: World, **values: Any) -> None:
    """Change every row of the inbox behind the app's back."""
    async with world.runtime.database.write() as session:
        await session.execute(update(table_of(CallbackInbox)).values(values))


def hashes(payment: Payment, body: dict[str, Any]) -> dict[str, str]:
    """What a forger can put beside a body."""
    raw = json.dumps(body).encode()
    return {
        "the unkeyed hash of the first versions": "",
        "a key of his own": dedupe_of("stk", payment.payment_id, raw, Keyring(("f" * 40,))),
        "a key that is no longer ours": dedupe_of("stk", payment.payment_id, raw, OLD),
        "our hash of another payment": dedupe_of("stk", 77, raw, KEYRING),
        "our hash of a hint": dedupe_of("stk_hint", None, raw, KEYRING),
        "nothing like it": "é" * 40,
    }


@pytest.mark.parametrize("name", hashes(Payment(payment_id=1), {}))
async def test_a_forged_row_settles_nothing_and_a_query_decides(world: World, name: str) -> None:
    payment = await world.pushed(await world.booking())
    forged = success(payment)
    await write_row(world, payment, forged, hashes(payment, forged)[name])
    await world.runtime.inbox.drain()
    waiting = await world.payment(payment.payment_id)
    assert (waiting.status, waiting.mpesa_receipt_number) == ("pending", None)
    assert waiting.next_check_at == world.clock(), "M-Pesa is asked at once"
    (row,) = await world.inbox()
    assert row.processed_at is not None
    assert row.outcome == "not a callback: it is not what the app stored"
    # The customer pays after all: the true result is believed.
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_a_row_that_was_changed_before_it_was_read_settles_nothing(world: World) -> None:
    """A failure that somebody turns into money, and the money of another prompt."""
    payment = await world.pushed(await world.booking())
    other = await world.pushed(await world.booking(), phone="254733000000")
    await world.callback(success(payment), world.token(0))
    await change(world, body=json.dumps(success(other)).encode(), payment_id=other.payment_id)
    await world.runtime.inbox.drain()
    assert [(await world.payment(p.payment_id)).status for p in (payment, other)] == ["pending"] * 2
    assert "callback_changed" in await rules(world)


async def test_a_forged_row_beside_a_true_one_spoils_no_group(world: World) -> None:
    payment = await world.pushed(await world.booking())
    other = await world.pushed(await world.booking(), phone="254733000000")
    await world.callback(success(payment), world.token(0))
    await write_row(world, other, success(other, receipt="FORGED0001"))
    assert await world.runtime.inbox.drain() == 2
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert (await world.payment(other.payment_id)).status == "pending"
    assert await rules(world) == {"callback_changed"}


async def test_rows_of_earlier_versions_stay_what_they_were(world: World) -> None:
    """Read before the upgrade: nothing is wrong. Still unread: a query decides."""
    payment = await world.pushed(await world.booking())
    read = {"processed_at": world.clock(), "outcome": "no_change"}
    await write_row(world, payment, success(payment, amount=1), **read)
    await write_row(world, payment, success(payment))
    await world.runtime.inbox.drain()
    waiting = await world.payment(payment.payment_id)
    assert (waiting.status, waiting.next_check_at) == ("pending", world.clock())
    assert await rules(world) == set()
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await rules(world) == set()


async def test_a_row_in_the_old_style_among_keyed_ones_is_found(world: World) -> None:
    """Also one that claims to have been read: nothing of the first versions comes later."""
    payment = await completed(world)
    assert await rules(world) == set()
    await write_row(world, payment, success(payment), processed_at=world.clock())
    assert await rules(world) == {"callback_changed"}


async def test_after_a_rotation_what_waited_still_counts(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    await world.callback(body)
    rotated = Keyring(("n" * 40, "x" * 40))
    world.runtime.database._info.update(rotated.for_sessions())
    world.runtime.invariants._keyring = rotated
    await world.callback(body)  # a copy under today's key is a row of its own, and changes nothing
    await world.runtime.inbox.drain()
    assert [row.outcome for row in await world.inbox()] == ["completed", "no_change"]
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await world.cases() == []
    assert await rules(world) == set()


async def test_copies_are_one_row_as_before(world: World) -> None:
    payment = await world.pushed(await world.booking())
    for _ in range(3):
        await world.callback(success(payment))
    (row,) = await world.inbox()
    assert (row.copies, len(row.dedupe)) == (3, 64)


async def test_without_a_key_nobody_can_name_the_row_that_will_come(world: World) -> None:
    """Else a row that is there already would swallow the true callback as its copy."""
    payment = await world.pushed(await world.booking())
    body = success(payment)
    await write_row(world, payment, body, processed_at=world.clock())
    await world.callback(json.dumps(body).encode())
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


class TestClocksThatWereWrong:
    @pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=20_000)])
    async def test_a_row_that_was_put_off_too_far_is_due(
        self, world: World, ahead: timedelta
    ) -> None:
        payment = await world.pushed(await world.booking())
        await world.callback(success(payment))
        await change(world, not_before=world.clock() + ahead, attempts=3)
        await world.runtime.inbox.drain()
        assert (await world.payment(payment.payment_id)).status == "completed"

    async def test_a_row_that_was_put_off_in_order_waits(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        await world.callback(success(payment))
        await change(world, not_before=world.clock() + timedelta(minutes=9))
        assert await world.runtime.inbox.drain() == 0

    async def test_a_hint_from_the_future_is_dropped(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        stranger = success(payment, checkout_id="ws_CO_unknown")
        await world.api.post("/api/mpesa/callback", json=stranger)
        world.clock.advance(-2 * PARKED_FOR.total_seconds())
        await world.runtime.inbox.drain()
        (row,) = await world.inbox()
        assert (row.outcome, row.body) == ("dropped: no such payment", b"")
        world.clock.advance(-3 * 86_400)
        await world.runtime.inbox.forget_hints()
        assert await world.inbox() == []

    async def test_the_check_finds_nothing_wrong_with_them(self, world: World) -> None:
        await completed(world)
        world.clock.advance(-86_400)
        assert set((await world.runtime.invariants.look(ALONE)).counts) == set()
