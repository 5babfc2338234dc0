"""How soon a phone gets its next prompt, tried at every second; and what the rail teaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from payment_app.services.payments import pauses
from payment_app.storage.tables import Booking, Mark, Payment
from tests.conftest import FakeClock
from tests.integration.kit import OTHER_PHONE, completed, run_sql
from tests.integration.world import PHONE, World, close_world, open_world

TWO_MINUTES = 120
CLOSED = 1032
WRONG_PIN = 2001
STRICT = {"strict_two_minutes": True, "instant_result_seconds": 0}


@pytest_asyncio.fixture
async def strict(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    """An M-Pesa that refuses the same amount for 2 minutes after a cancelled prompt too."""
    opened = await open_world(database_url, clock, rail=STRICT)
    yield opened
    await close_world(opened)


async def refuse(world: World, payment: Payment, how: int) -> None:
    """The customer says no on the phone: by cancelling, or by a wrong PIN."""
    if how == CLOSED:
        world.simulator.cancel(payment.phone_number)
    else:
        world.simulator.enter_pin(payment.phone_number, "9999")
    await world.settle()


async def resend(world: World, booking: Booking, phone: str) -> tuple[int, int]:
    """(HTTP status of one more push, what the page had said of the wait)."""
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    answer = await world.push(booking, phone=phone)
    await world.simulator.drain()
    return answer.status_code, view.resend_in


async def learned(world: World) -> bool:
    async with world.runtime.database.read() as session:
        return await session.get(Mark, pauses.LEARNED) is not None


async def codes(world: World) -> list[str | None]:
    async with world.runtime.database.read() as session:
        return list((await session.execute(select(col(Payment.result_code)))).scalars())


@pytest.mark.parametrize("how", [CLOSED, WRONG_PIN])
async def test_after_a_no_the_customer_may_try_again_at_once(world: World, how: int) -> None:
    booking = await world.booking()
    await refuse(world, await world.pushed(booking), how)
    assert await resend(world, booking, PHONE) == (200, 0)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.fresh(booking)).status == "paid"
    assert not await learned(world)


@pytest.mark.parametrize("how", [CLOSED, WRONG_PIN])
async def test_once_refused_the_installation_waits(strict: World, how: int) -> None:
    booking = await strict.booking()
    await refuse(strict, await strict.pushed(booking), how)
    strict.clock.advance(5)
    assert await resend(strict, booking, PHONE) == (200, 0), "not known yet: tried"
    await strict.settle()
    assert "17" in await codes(strict)
    assert await learned(strict)
    other, phone = await strict.booking(), OTHER_PHONE
    await refuse(strict, await strict.pushed(other, phone=phone), how)
    status, wait = await resend(strict, other, phone)
    assert (status, wait) == (429, TWO_MINUTES)


def test_the_wait_counts_down_second_by_second(clock: FakeClock) -> None:
    start = clock()
    cancelled = _sent("cancelled", str(CLOSED), start)
    unanswered = (_sent("pending", None, start), _sent("expired", "1037", start))
    for seconds in range(TWO_MINUTES + 10):
        at, left = start + timedelta(seconds=seconds), max(0, TWO_MINUTES - seconds)
        assert _wait(cancelled, at, known=False) == 0
        assert _wait(cancelled, at, known=True) == left
        assert [_wait(each, at, known=False) for each in unanswered] == [left, left]


@pytest.mark.parametrize(
    ("ending", "free_after"),
    [("cancel", 120), ("wrong pin", 120), ("time out", 60), ("paid", 120), ("open", 120)],
)
async def test_no_second_brings_a_prompt_that_the_learned_rule_refuses(
    strict: World, ending: str, free_after: int
) -> None:
    """A resend is tried at every second, and M-Pesa judges what was let through."""
    await _teach(strict, OTHER_PHONE)
    refusals = (await codes(strict)).count("17")
    booking = await strict.booking()
    await _end(strict, await strict.pushed(booking), ending)
    again = await strict.booking() if ending in ("paid", "open") else booking
    for second in range(TWO_MINUTES + 1):
        if second == 60 and ending == "open":
            strict.simulator.time_out(PHONE)
        status, wait = await resend(strict, again, PHONE)
        if status == 200:
            break
        assert status == 429
        assert again is not booking or wait == free_after - second, "the page says the same"
        strict.clock.advance(1)
    assert second == free_after
    await strict.settle()
    assert (await codes(strict)).count("17") == refusals
    strict.simulator.enter_pin(PHONE, "1234")
    await strict.settle()
    assert (await strict.fresh(again)).status == "paid"


async def test_money_counts_from_when_it_moved(world: World) -> None:
    """A customer who takes 50 s to type the PIN: the rail's 2 minutes begin then."""
    payment = await world.pushed(await world.booking())
    world.clock.advance(50)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    assert (await world.payment(payment.payment_id)).status == "completed"
    world.clock.advance(71)
    again = await world.push(await world.booking())
    assert (again.status_code, again.headers["retry-after"]) == (429, "49")
    world.clock.advance(49)
    assert (await world.push(await world.booking())).status_code == 200


async def test_17_teaches_nothing_that_other_money_explains(strict: World) -> None:
    """The same amount was paid by the menu, or the last prompt was paid: no news about cancels."""
    await _refused_as_too_soon(strict, 2_500)
    assert not await learned(strict)
    strict.clock.advance(TWO_MINUTES)
    await completed(strict)
    strict.clock.advance(TWO_MINUTES)
    await _refused_as_too_soon(strict, 2_500)
    assert not await learned(strict)


async def test_another_amount_teaches_nothing(strict: World) -> None:
    await refuse(strict, await strict.pushed(await strict.booking(2_500)), CLOSED)
    await _refused_as_too_soon(strict, 1_000)
    assert not await learned(strict)


async def test_what_was_learned_is_known_after_a_restart(
    strict: World, database_url: str, clock: FakeClock
) -> None:
    await _teach(strict, OTHER_PHONE)
    again = await open_world(database_url, clock, daraja=strict)
    again.references = list(strict.references)
    try:
        booking = await again.booking()
        await refuse(strict, await again.pushed(booking), CLOSED)
        await again.runtime.inbox.drain()
        assert (await again.push(booking)).status_code == 429
    finally:
        await close_world(again)


async def _refused_as_too_soon(world: World, amount: int) -> None:
    world.simulator.force_result("17")
    payment = await world.pushed(await world.booking(amount))
    await world.settle()
    assert (await world.payment(payment.payment_id)).result_code == "17"


async def _teach(world: World, phone: str) -> None:
    booking = await world.booking()
    await refuse(world, await world.pushed(booking, phone=phone), CLOSED)
    await resend(world, booking, phone)
    await world.settle()
    assert await learned(world)


async def _end(world: World, payment: Payment, ending: str) -> None:
    if ending == "cancel":
        await refuse(world, payment, CLOSED)
    elif ending == "wrong pin":
        await refuse(world, payment, WRONG_PIN)
    elif ending == "paid":
        world.simulator.enter_pin(payment.phone_number, "1234")
        await world.settle()
    elif ending == "time out":
        world.clock.advance(60)
        world.simulator.time_out(payment.phone_number)
        await world.settle()


def _sent(status: str, code: str | None, at: datetime) -> pauses.Sent:
    settled = at if code else None
    return pauses.Sent(Decimal(2_500), status, at, at, settled, None, code, "page-0")


def _wait(sent: pauses.Sent, now: datetime, *, known: bool) -> int:
    connection = mock.MagicMock()
    connection.execute.return_value.first.return_value = (pauses.LEARNED,) if known else None
    return pauses.seconds_to_wait(connection, [sent], sent.amount, now)


@pytest.mark.parametrize(("status", "blocks"), [("pending", 600), ("unknown", 180)])
async def test_the_page_counts_down_to_when_a_new_prompt_is_really_sent(
    world: World, clock: FakeClock, status: str, blocks: int
) -> None:
    """M-Pesa lost the prompt and answers no question: the button opens when pressing it helps."""
    booking = await world.booking()
    first = await world.pushed(booking)
    world.simulator.reset()
    await run_sql(world, f"UPDATE payment SET status = '{status}'")
    for waited in (179, blocks - 1, blocks):
        clock.now = first.created_at + timedelta(seconds=waited)
        code, said = await resend(world, booking, PHONE)
        assert said == blocks - waited
        assert code == 200 or status == "unknown"
        rows = len(await codes(world))
        assert rows == (2 if said == 0 else 1)
