"""The daily check: quiet while all is well, and each broken rule found, named and made a case."""

from __future__ import annotations

import pytest

from payment_app.services.operations.findings import Findings
from payment_app.services.operations.invariants import ALONE
from tests.integration.kit import completed, run_sql
from tests.integration.world import World, failure, success


async def check(world: World) -> Findings:
    return await world.runtime.invariants.check(ALONE)


async def rules(world: World) -> list[str]:
    return [broken.rule for broken in (await check(world)).broken]


async def test_a_life_of_all_kinds_breaks_no_rule(world: World) -> None:
    paid = await completed(world)
    other = await world.pushed(await world.booking(), phone="254722000000")
    await world.callback(failure(other))
    await world.pushed(await world.booking(), phone="254733000000")
    await world.booking()
    await world.callback(success(paid, receipt="SECOND0001"), world.token(0))
    await world.runtime.inbox.drain()
    found = await check(world)
    assert found.broken == []
    assert (found.bookings, found.payments) == (4, 3)
    assert found.events >= 8


async def test_a_wrong_total_is_found_and_stays_one_case(world: World) -> None:
    payment = await completed(world)
    await run_sql(world, "UPDATE booking SET amount_paid = 1")
    for _ in range(2):
        found = await check(world)
        assert [broken.rule for broken in found.broken] == ["booking_total", "booking_changed"]
        assert {b.booking_id for b in found.broken} == {payment.booking_id}
        assert {b.payment_id for b in found.broken} == {None}
        assert await world.cases() == ["invariant_broken"] * 2
    for case in await world.runtime.cases.list():
        assert (case.payment_id, case.booking_id) == (None, payment.booking_id)


async def test_a_wrong_booking_status_is_found(world: World) -> None:
    await completed(world)
    await run_sql(world, "UPDATE booking SET status = 'open'")
    assert await rules(world) == ["booking_status", "booking_changed"]


@pytest.mark.parametrize("column", ["detail", "actor", "to_status"])
async def test_a_history_that_was_rewritten_is_found(world: World, column: str) -> None:
    await completed(world)
    await tamper(world, f"UPDATE payment_event SET {column} = 'x' WHERE kind = 'submitting'")
    assert await rules(world) == ["event_chain"]


@pytest.mark.parametrize("where", ["= (SELECT min(event_id)", "= (SELECT max(event_id)"])
async def test_a_history_that_lost_a_line_is_found(world: World, where: str) -> None:
    await world.pushed(await world.booking())
    await tamper(world, f"DELETE FROM payment_event WHERE event_id {where} FROM payment_event)")
    assert set(await rules(world)) - {"payment_changed"} == {"event_chain"}


async def test_money_without_its_one_settlement_is_found(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await run_sql(
        world,
        f"UPDATE payment SET status = 'completed' WHERE payment_id = {payment.payment_id}",
        "UPDATE booking SET amount_paid = 2500, status = 'paid'",
    )
    assert await rules(world) == ["payment_changed", "settled_once", "booking_changed"]


async def test_a_payment_that_lives_for_ever_is_found(world: World) -> None:
    await world.pushed(await world.booking())
    world.clock.advance(25 * 3_600)
    assert await rules(world) == []
    world.clock.advance(1)
    assert await rules(world) == ["live_too_long"]


async def test_a_disputed_amount_that_waits_for_a_person_is_no_fault_of_the_books(
    world: World,
) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment, amount=1))
    await world.runtime.inbox.drain()
    world.clock.advance(26 * 3_600)
    await world.runtime.reconciler.tick()
    assert (await world.payment(payment.payment_id)).status == "pending"
    assert await rules(world) == []


async def test_many_bookings_are_all_seen(world: World) -> None:
    for _ in range(205):
        await world.booking()
    assert (await check(world)).bookings == 205


async def test_the_daily_check_runs_once_for_all_workers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    async def note() -> None:
        ran.append(world.clock())

    monkeypatch.setattr(world.runtime.invariants, "check", note)
    for _ in range(49):
        await world.runtime.invariants.check_daily()
        world.clock.advance(1_800)
    assert len(ran) == 2


async def tamper(world: World, statement: str) -> None:
    """Change what the database itself refuses to change."""
    if world.runtime.database.is_sqlite:
        drop = [
            "DROP TRIGGER payment_event_no_update",
            "DROP TRIGGER payment_event_no_delete",
        ]
    else:
        drop = ["DROP TRIGGER payment_event_append_only ON payment_event"]
    await run_sql(world, *drop, statement)
