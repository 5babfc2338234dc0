"""Many callbacks in one transaction mean what they would mean one after another."""

from __future__ import annotations

from typing import Any

import pytest

from payment_app.services.payments.callbacks import settle as callback_settle
from payment_app.storage.tables import Payment
from tests.books import is_right
from tests.integration.kit import OTHER_PHONE
from tests.integration.world import World, failure, success


@pytest.fixture
def transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every unit of work from now on."""
    done: list[object] = []
    original = world.runtime.database.transact

    async def counted(work: Any, **more: Any) -> Any:
        done.append(work)
        return await original(work, **more)

    monkeypatch.setattr(world.runtime.database, "transact", counted)
    return done


async def waiting(world: World, number: int) -> list[tuple[Payment, str]]:
    """So many payments of bookings of their own, each with its callback's token."""
    made = []
    for place in range(number):
        phone = f"2547120000{place:02d}"
        made.append((await world.pushed(await world.booking(), phone=phone), world.token()))
    return made


async def test_twenty_are_settled_together(world: World, transactions: list[object]) -> None:
    pushed = await waiting(world, 20)
    for place, (payment, token) in enumerate(pushed):
        body = failure(payment) if place % 3 == 0 else success(payment, receipt=f"SKJ{place:07d}")
        assert (await world.callback(body, token)).status_code == 200
    transactions.clear()
    assert await world.runtime.inbox.drain() == 20
    assert len(transactions) == 2, "all of them, and the look that finds nothing more"
    for place, (payment, _) in enumerate(pushed):
        after = await world.payment(payment.payment_id)
        assert after.status == ("cancelled" if place % 3 == 0 else "completed")
        events = await world.events(payment)
        assert events[-1].to_status == after.status
        assert all(map(is_right, events))
        assert after.last_event_hash == events[-1].hash
    assert await world.cases() == []


async def test_opposite_results_of_one_payment_in_one_group(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    await world.callback(failure(payment))
    assert await world.runtime.inbox.drain() == 2
    assert (await world.payment(payment.payment_id)).status == "completed"
    assert await world.cases() == ["success_denied"]


async def test_two_payments_of_one_booking_in_one_group_are_both_counted(world: World) -> None:
    booking = await world.booking()
    first, first_token = await world.pushed(booking), world.token()
    world.clock.advance(601)  # the first prompt no longer stands in the way
    second = await world.pushed(booking, phone=OTHER_PHONE)
    await world.callback(success(first, receipt="SKJ7RT61SA"), first_token)
    await world.callback(success(second, receipt="SKJ7RT61SB"))
    assert await world.runtime.inbox.drain() == 2
    after = await world.fresh(booking)
    assert (after.amount_paid, after.status) == (2 * booking.amount, "paid")
    assert await world.cases() == ["overpaid"]


async def test_one_receipt_for_two_payments_in_one_group_counts_once(world: World) -> None:
    (one, one_token), (two, two_token) = await waiting(world, 2)
    await world.callback(success(one, receipt="skj7rt61sv"), one_token)
    await world.callback(success(two, receipt="SKJ7RT61SV"), two_token)
    assert await world.runtime.inbox.drain() == 2
    statuses = [(await world.payment(p.payment_id)).status for p in (one, two)]
    assert statuses == ["completed", "pending"]
    assert await world.cases() == ["receipt_used_twice"]


async def test_one_that_cannot_be_settled_falls_out_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = await waiting(world, 5)
    for place, (payment, token) in enumerate(pushed):
        await world.callback(success(payment, receipt=f"SKJ{place:07d}"), token)
    poor = pushed[2][0]
    original = callback_settle.weigh_callback

    def stumbles(session: Any, payment_id: int, *more: Any) -> str:
        if payment_id == poor.payment_id:
            raise RuntimeError("a bug")
        return original(session, payment_id, *more)

    with monkeypatch.context() as patched:
        patched.setattr(callback_settle, "weigh_callback", stumbles)
        assert await world.runtime.inbox.drain() == 5
    statuses = [(await world.payment(payment.payment_id)).status for payment, _ in pushed]
    assert statuses == ["completed", "completed", "pending", "completed", "completed"]
    assert [row.attempts for row in await world.inbox()] == [0, 0, 1, 0, 0]
    world.clock.advance(3)
    assert await world.runtime.inbox.drain() == 1
    assert (await world.payment(poor.payment_id)).status == "completed"
