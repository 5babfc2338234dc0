"""Payments and refunds under seeded trouble: the ledger and our tables agree in the end.

Nobody helps: what was agreed to is sent, what may have left is asked about, and time passes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random

import pytest
import pytest_asyncio

from payment_app.domain.errors import Conflict
from payment_app.domain.refunds import UNDER_WAY
from payment_app.services.refunds.requests import Wish
from payment_app.simulator.misbehaviour.result_modes import RESULT_MODES
from payment_app.storage.tables import Payment
from tests.conftest import FakeClock
from tests.integration.kit import completed
from tests.integration.refund_world import Money
from tests.integration.world import close_world, open_world

PAYMENTS = 25
FAULTS = ("timeout", "reset", "truncated", "http_503", "busy", "html", "error_in_200")
RESULTS = (*sorted(RESULT_MODES), *["normal"] * 6)
CODES = (None, None, None, None, "1", "17", "26", "2040", "R000002")


@pytest_asyncio.fixture
async def money(database_url: str, clock: FakeClock) -> AsyncIterator[Money]:
    world = await open_world(database_url, clock)
    yield await Money(world).hire()
    await close_world(world)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_ledger_and_the_books_agree(money: Money, seed: int) -> None:
    random, simulator = Random(seed), money.world.simulator
    payments = [
        await completed(money.world, random.randrange(100, 9_000), phone=f"2547{n:08d}")
        for n in range(PAYMENTS)
    ]
    for payment in payments:
        await _trouble(money, random)
        await _ask(money, payment, random)
        await money.run()
        money.world.clock.advance(random.choice((5, 130, 700)))
        await money.world.runtime.refund_questions.tick()
        await money.world.settle()
    simulator.behave()
    for _ in range(4):
        money.world.clock.advance(900)
        await money.run()
        for _ in range(3):
            await money.later(3_601)
    under_way = [one for one in await money.refunds() if one.status in UNDER_WAY]
    assert under_way == []
    assert simulator.ledger.total_returned > 0
    await money.agree()


async def _trouble(money: Money, random: Random) -> None:
    """Something goes wrong with the next order, or with its result, or with neither."""
    simulator = money.world.simulator
    simulator.misbehave_result(random.choice(RESULTS), seconds=0)
    simulator.force_order_result(random.choice(CODES))
    if random.random() < 0.4:
        operation = random.choice(("reversal", "payout", "transaction_status"))
        kind = random.choice(FAULTS)
        after = True if kind == "truncated" else random.random() < 0.5
        simulator.fault(operation, kind, seconds=0, after=after)


async def _ask(money: Money, payment: Payment, random: Random) -> None:
    part = random.random() < 0.5
    amount = Decimal(random.randrange(10, int(payment.amount))) if part else None
    wish = Wish(payment.payment_id or 0, amount, "seeded")
    try:
        await money.world.runtime.refunds.ask(money.asker, wish)
        await money.world.runtime.refunds.ask(money.other, wish)
    except Conflict:
        return
