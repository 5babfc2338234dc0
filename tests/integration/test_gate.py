"""The gate: a genuine receipt lets in once, a copied, changed or refunded one does not."""

from __future__ import annotations

import asyncio

import pytest

from payment_app.domain.errors import Conflict, Forbidden
from payment_app.domain.staff import Role
from payment_app.services.receipts.checking import Verdict
from payment_app.services.receipts.gate import Shown
from payment_app.web.staff.gate.view import GateView, show_receipt_at_gate
from tests.integration.kit import completed, run_sql
from tests.integration.members import actions, hire
from tests.integration.world import World


async def code_of(world: World) -> str:
    payment = await completed(world)
    receipt = await world.runtime.pages.receipt(payment.receipt_token or "")
    assert receipt is not None
    return receipt.code


def said(world: World, shown: Shown) -> GateView:
    return show_receipt_at_gate(shown, world.clock())


async def test_a_receipt_lets_in_once_and_its_copy_says_when(world: World) -> None:
    gate, code = world.runtime.gate, await code_of(world)
    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER, "Amina Ali")
    first = said(world, await gate.look(code))
    assert (first.result, first.tone, first.may_let_in) == ("genuine", "good", True)
    world.clock.advance(5 * 60)
    entered = await gate.let_in(code, viewer)
    assert entered.entered_at == world.clock()
    world.clock.advance(60)
    copy = said(world, await gate.look(f"https://pay.example/check/{code}"))
    assert (copy.result, copy.tone, copy.may_let_in) == ("already", "bad", False)
    assert copy.headline == "Already let in at 12:05"
    assert "Amina Ali" in copy.reason
    with pytest.raises(Conflict, match="let in before"):
        await gate.let_in(code, viewer)
    assert [(a, s) for a, s, _ in await actions(world.runtime.database)] == [
        ("let_in", "booking:1")
    ]


async def test_two_gates_at_once_let_in_one(world: World) -> None:
    code = await code_of(world)
    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER)
    tries = (world.runtime.gate.let_in(code, viewer) for _ in range(8))
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict"] * 7 + ["Shown"]


async def test_another_part_of_the_same_booking_is_the_same_guest(world: World) -> None:
    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER)
    booking = await world.booking(6_000, allow_instalments=True)
    codes = []
    for amount in (1_000, 5_000):
        payment = await world.pushed(booking, amount=amount)
        world.simulator.enter_pin(payment.phone_number, "1234")
        await world.settle()
        receipt = await world.runtime.pages.receipt(payment.receipt_token or "")
        assert receipt is not None
        codes.append(receipt.code)
        world.clock.advance(180)
        if amount == 1_000:
            part = said(world, await world.runtime.gate.look(codes[0]))
            assert (part.result, part.tone, part.may_let_in) == ("part", "warn", True)
            assert "KSh 5,000" in part.headline
    await world.runtime.gate.let_in(codes[0], viewer)
    assert said(world, await world.runtime.gate.look(codes[1])).result == "already"


async def test_what_is_not_good_lets_nobody_in(world: World) -> None:
    gate, code = world.runtime.gate, await code_of(world)
    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER)
    changed = code.replace(".2500.", ".9500.")
    other_booking = code.replace("BK0000", "BK0001")
    for forged in (changed, other_booking, "", "x"):
        look = await gate.look(forged)
        assert look.checked.verdict is Verdict.FORGED
        assert not said(world, look).may_let_in
        with pytest.raises(Conflict, match="Nobody was let in"):
            await gate.let_in(forged, viewer)
    await run_sql(world, "UPDATE payment SET amount_refunded = 2500, status = 'refunded'")
    refunded = said(world, await gate.look(code))
    assert (refunded.result, refunded.may_let_in) == ("refunded", False)
    with pytest.raises(Conflict, match="Nobody was let in"):
        await gate.let_in(code, viewer)


async def test_whoever_must_change_their_password_lets_nobody_in(world: World) -> None:
    from dataclasses import replace

    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER)
    with pytest.raises(Forbidden):
        await world.runtime.gate.let_in(await code_of(world), replace(viewer, must_change=True))
