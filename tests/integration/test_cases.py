"""Cases: opened once by each contradiction, noted, resolved and opened again by people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payment_app.domain.cases import WORDS, CaseKind, CaseState
from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.domain.lifecycle import Contradiction, Evidence, PaymentStatus, Source
from payment_app.services.payments import settlement
from payment_app.services.payments.events import Happening
from payment_app.services.payments.query_schedule import RECEIPT_GRACE
from payment_app.storage.tables import CaseNote, Payment
from tests.integration.kit import completed, count
from tests.integration.world import PHONE, World, success


async def open_one(world: World) -> int:
    payment = await completed(world)
    await world.callback(success(payment, amount=1.0, receipt="OTHER00001"))
    await world.runtime.inbox.drain()
    (case,) = await world.runtime.cases.list()
    assert case.case_id is not None
    return case.case_id


def test_every_contradiction_is_a_kind_of_case_and_every_kind_has_words() -> None:
    assert {c.value for c in Contradiction} <= {k.value for k in CaseKind}
    assert set(WORDS) == set(CaseKind)


async def test_a_case_is_listed_with_its_evidence_and_counted(world: World) -> None:
    case_id = await open_one(world)
    file = await world.runtime.cases.get(case_id)
    assert file.case.kind == CaseKind.AMOUNT_MISMATCH
    assert file.evidence["receipt"] == "OTHER00001"
    assert file.notes == []
    assert await world.runtime.cases.count_open() == {"amount_mismatch": 1}
    shown = (await world.api.get("/metrics")).text
    assert 'payment_open_cases{kind="amount_mismatch"} 1.0' in shown
    assert 'payment_open_cases{kind="overpaid"} 0.0' in shown


async def test_notes_and_resolution(world: World) -> None:
    cases, case_id = world.runtime.cases, await open_one(world)
    await cases.add_note(case_id, "amina", "  Asked the customer.  ")
    world.clock.advance(60)
    await cases.resolve(case_id, "amina", "The second amount was a test.")
    file = await cases.get(case_id)
    assert [(n.author, n.text) for n in file.notes] == [
        ("amina", "Asked the customer."),
        ("amina", "The second amount was a test."),
    ]
    assert (file.case.state, file.case.resolved_by) == ("resolved", "amina")
    assert file.case.resolved_at == world.clock()
    assert await cases.list() == []
    assert len(await cases.list(state=None)) == 1
    assert len(await cases.list(state=CaseState.RESOLVED)) == 1
    await cases.reopen(case_id, "joseph", "It came again.")
    assert (await cases.get(case_id)).case.state == "open"


@pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
async def test_an_empty_or_endless_note_changes_nothing(world: World, text: str) -> None:
    cases, case_id = world.runtime.cases, await open_one(world)
    for act in (cases.add_note, cases.resolve):
        with pytest.raises(BadInput):
            await act(case_id, "amina", text)
    assert await count(world, CaseNote) == 0
    assert (await cases.get(case_id)).case.state == "open"


async def test_what_is_resolved_or_unknown_is_refused(world: World) -> None:
    cases, case_id = world.runtime.cases, await open_one(world)
    with pytest.raises(Conflict):
        await cases.reopen(case_id, "amina", "It is open already.")
    await cases.resolve(case_id, "amina", "Done.")
    with pytest.raises(Conflict):
        await cases.resolve(case_id, "joseph", "Done too.")
    for act in (cases.add_note, cases.resolve, cases.reopen):
        with pytest.raises(NotFound):
            await act(case_id + 1, "amina", "Hello")
    with pytest.raises(NotFound):
        await cases.get(case_id + 1)
    assert await count(world, CaseNote) == 1


async def test_pages_of_cases_follow_each_other(world: World) -> None:
    for number in range(3):
        payment = await completed(world, phone=f"25471200000{number}")
        await world.callback(success(payment, amount=1.0, receipt=f"OTHER0000{number}"))
        await world.runtime.inbox.drain()
    first = await world.runtime.cases.list(limit=2)
    rest = await world.runtime.cases.list(after=first[-1].case_id or 0, limit=2)
    assert [len(first), len(rest)] == [2, 1]


# what opens by itself


async def paid_without_receipt(world: World) -> Payment:
    payment = await world.pushed(await world.booking())
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    world.clock.advance(20)
    await world.runtime.reconciler.tick()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", None)
    return after


async def test_a_receipt_that_never_comes_is_a_case_after_half_an_hour(world: World) -> None:
    await paid_without_receipt(world)
    world.clock.advance(RECEIPT_GRACE.total_seconds() - 1)
    await world.runtime.reconciler.tick()
    assert await world.cases() == []
    world.clock.advance(1)
    await world.runtime.reconciler.tick()
    assert await world.cases() == ["missing_receipt"]
    world.clock.advance(86_400)
    assert await world.runtime.reconciler.tick() == 0


async def test_a_receipt_that_comes_late_resolves_its_case(world: World) -> None:
    payment = await paid_without_receipt(world)
    world.clock.advance(RECEIPT_GRACE.total_seconds())
    await world.runtime.reconciler.tick()
    await world.callback(success(payment, receipt="LATE000001"))
    await world.runtime.inbox.drain()
    (case,) = await world.runtime.cases.list(state=None)
    assert (case.state, case.resolved_by) == ("resolved", "system")
    file = await world.runtime.cases.get(case.case_id or 0)
    assert file.notes[0].text == "The receipt number came: LATE000001."
    assert (await world.payment(payment.payment_id)).mpesa_receipt_number == "LATE000001"


async def test_a_receipt_in_time_opens_nothing(world: World) -> None:
    payment = await paid_without_receipt(world)
    await world.callback(success(payment, receipt="EARLY00001"))
    await world.runtime.inbox.drain()
    world.clock.advance(RECEIPT_GRACE.total_seconds() * 2)
    await world.runtime.reconciler.tick()
    assert await world.cases() == []


async def test_a_bulk_load_of_history_stays_quiet(world: World) -> None:
    payment = await paid_without_receipt(world)
    async with world.runtime.database.write() as session:
        row = await session.get_one(Payment, payment.payment_id)
        row.settled_at = row.next_check_at = None
    world.clock.advance(86_400)
    await world.runtime.reconciler.tick()
    assert await world.cases() == []


@pytest.mark.parametrize(("paid_after", "kinds"), [(-1, []), (1, ["paid_after_close"])])
async def test_money_that_moved_after_the_booking_expired_is_a_case(
    world: World, paid_after: int, kinds: list[str]
) -> None:
    expires = datetime(2026, 11, 23, 9, 1, tzinfo=UTC)
    booking = await world.booking(expires_at=expires)
    payment = await world.pushed(booking)
    world.clock.advance(60 + paid_after)
    evidence = Evidence(
        PaymentStatus.COMPLETED, Source.CALLBACK, world.clock(), receipt="LATE000002"
    )
    happening = Happening("callback_result", "daraja", Source.CALLBACK)
    await world.runtime.database.transact(
        lambda transaction: settlement.apply(
            transaction.rows, payment.payment_id or 0, evidence, happening
        )
    )
    assert await world.cases() == kinds
    assert (await world.fresh(booking)).status == "paid"
