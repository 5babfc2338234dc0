"""What staff see of a payment and do about it, on both databases, with the simulator as Daraja."""

from __future__ import annotations

import pytest

from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound, Unavailable
from payment_app.domain.staff import Role
from payment_app.services.console.payment_detail import Checked, PaymentService
from payment_app.services.payments.asking.circuit_breaker import Call
from tests.integration.members import actions, hire
from tests.integration.world import PHONE, World, success


@pytest.fixture
def payments(world: World) -> PaymentService:
    runtime = world.runtime
    return PaymentService(
        runtime.database,
        world.clock,
        reconciler=runtime.reconciler,
        checkout=runtime.checkout,
        rail_health=runtime.rail_health,
    )


async def log(world: World) -> list[tuple[str, str]]:
    return [(action, subject) for action, subject, _ in await actions(world.runtime.database)]


async def test_the_story_of_a_payment_holds_everything(
    world: World, payments: PaymentService
) -> None:
    booking = await world.booking()
    first = await world.pushed(booking)
    world.simulator.cancel(PHONE)
    await world.settle()
    world.clock.advance(180)
    second = await world.pushed(booking)
    await world.callback(success(second))
    await world.settle()

    story = await payments.story(second.payment_id or 0)
    assert story.payment.status == "completed"
    assert [one.payment_id for one in story.attempts] == [first.payment_id, second.payment_id]
    assert story.customer.name == "Wanjiku Kamau"
    assert story.events[0].kind == "created"
    assert len(story.callbacks) == 1
    assert await payments.booking_id(second.payment_id or 0) == booking.booking_id


@pytest.mark.parametrize("payment_id", [0, -1, 999_999])
async def test_an_unknown_payment(world: World, payments: PaymentService, payment_id: int) -> None:
    admin = await hire(world.runtime.database, world.clock, Role.ADMIN)
    for call in (
        payments.story(payment_id),
        payments.check(admin, payment_id),
        payments.add_note(admin, payment_id, "hello"),
        payments.reveal_phone(admin, payment_id),
        payments.payloads(admin, payment_id, full=True),
        payments.send_again(admin, payment_id),
    ):
        with pytest.raises(NotFound):
            await call
    assert await log(world) == []


async def test_asking_safaricom_settles_what_its_callback_lost(
    world: World, payments: PaymentService
) -> None:
    world.simulator.misbehave("lost", count=None)
    payment = await world.pushed(await world.booking())
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    assert await payments.check(cashier, payment.payment_id or 0) is Checked.STILL_OPEN
    world.simulator.enter_pin(PHONE, "1234")
    world.clock.advance(5)
    assert await payments.check(cashier, payment.payment_id or 0) is Checked.ANSWERED
    assert (await world.payment(payment.payment_id)).status == "completed"
    subject = f"payment:{payment.payment_id}"
    assert await log(world) == [("checked", subject), ("checked", subject)]


async def test_a_prompt_without_an_id_cannot_be_asked_about(
    world: World, payments: PaymentService
) -> None:
    world.simulator.fault("stk_push", "html")
    booking = await world.booking()
    answer = await world.push(booking)
    assert answer.status_code == 202, answer.text
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    with pytest.raises(Conflict, match="no id"):
        await payments.check(cashier, answer.json()["payment_id"])
    assert await log(world) == []


async def test_nothing_is_asked_while_mpesa_is_known_not_to_answer(
    world: World, payments: PaymentService
) -> None:
    payment = await world.pushed(await world.booking())
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    for _ in range(10):
        world.runtime.rail_health.note_failed(Call.PUSH)
    with pytest.raises(Unavailable):
        await payments.check(cashier, payment.payment_id or 0)
    assert await log(world) == []


async def test_what_each_role_may_not_do_has_no_effect(
    world: World, payments: PaymentService
) -> None:
    payment = await world.pushed(await world.booking())
    number = payment.payment_id or 0
    viewer, cashier = (
        await hire(world.runtime.database, world.clock, Role.VIEWER),
        await hire(world.runtime.database, world.clock, Role.CASHIER),
    )
    pushes = len(world.pushes)
    for denied in (
        payments.check(viewer, number),
        payments.add_note(viewer, number, "hello"),
        payments.reveal_phone(viewer, number),
        payments.reveal_phone(cashier, number),
        payments.payloads(cashier, number, full=True),
        payments.send_again(viewer, number),
    ):
        with pytest.raises(Forbidden):
            await denied
    assert await log(world) == []
    assert len(world.pushes) == pushes
    assert (await payments.story(number)).notes == []


async def test_a_note_is_kept_and_logged(world: World, payments: PaymentService) -> None:
    payment = await world.pushed(await world.booking())
    number = payment.payment_id or 0
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    await payments.add_note(cashier, number, "  Called her  ")
    (note,) = (await payments.story(number)).notes
    assert (note.text, note.author) == ("Called her", cashier.email)
    for bad in ("", "   ", "x" * 4_001):
        with pytest.raises(BadInput):
            await payments.add_note(cashier, number, bad)
    assert len((await payments.story(number)).notes) == 1
    assert await log(world) == [("note_written", f"payment:{number}")]


async def test_full_numbers_are_shown_to_finance_only_and_each_look_is_logged(
    world: World, payments: PaymentService
) -> None:
    payment = await world.pushed(await world.booking())
    number = payment.payment_id or 0
    await world.callback(success(payment))
    await world.settle()
    viewer, finance = (
        await hire(world.runtime.database, world.clock, Role.VIEWER),
        await hire(world.runtime.database, world.clock, Role.FINANCE),
    )

    (masked,) = await payments.payloads(viewer, number)
    assert PHONE not in masked.body
    assert "0712 •••678" in masked.body
    assert await log(world) == []

    (full,) = await payments.payloads(finance, number, full=True)
    assert PHONE in full.body
    assert await payments.reveal_phone(finance, number) == PHONE
    subject = f"payment:{number}"
    assert await log(world) == [("payload_revealed", subject), ("phone_revealed", subject)]


async def test_a_new_prompt_is_one_wish_however_often_it_is_clicked(
    world: World, payments: PaymentService
) -> None:
    booking = await world.booking()
    payment = await world.pushed(booking)
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    world.simulator.cancel(PHONE)
    await world.settle()
    world.clock.advance(180)
    again = await payments.send_again(cashier, payment.payment_id or 0)
    assert again != payment.payment_id
    assert len(world.pushes) == 2
    # The page that showed the former moment is clicked once more: the prompt that lives is it.
    assert await payments.send_again(cashier, payment.payment_id or 0) == again
    assert len(world.pushes) == 2
    assert ("prompt_sent", f"payment:{again}") in await log(world)
    events = (await payments.story(again)).events
    assert events[0].actor == cashier.email[:60]


async def test_no_new_prompt_for_a_paid_booking(world: World, payments: PaymentService) -> None:
    payment = await world.pushed(await world.booking())
    await world.callback(success(payment))
    await world.settle()
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    with pytest.raises(Conflict, match="already paid"):
        await payments.send_again(cashier, payment.payment_id or 0)
    assert len(world.pushes) == 1
    assert await log(world) == []
