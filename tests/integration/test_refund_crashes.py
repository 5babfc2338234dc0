"""The process dies at each step of a refund: one movement of money, or none and it is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from payment_app.services.shared import failpoint
from payment_app.services.shared.failpoint import Step
from tests.integration.refund_world import Money
from tests.integration.world import World

pytestmark = pytest.mark.usefixtures("quick_hashes")
# A death around T4 leaves a result that was never stored, or one not read yet: both have tests of
# their own.
STEPS = (
    Step.IN_R1,
    Step.AFTER_R1,
    Step.IN_R2,
    Step.AFTER_R2,
    Step.ORDERED,
    Step.IN_R3,
    Step.AFTER_R3,
    Step.IN_T5,
    Step.AFTER_T5,
)


class Died(BaseException):
    """Stands for kill -9: nothing in the app may catch it."""


@pytest_asyncio.fixture
async def money(world: World) -> AsyncIterator[Money]:
    yield await Money(world).hire()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("amount", [None, 1_000])
async def test_a_death_at_each_step_moves_money_once(
    money: Money, step: Step, amount: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await money.paid()

    died = []

    def die(reached: Step) -> None:
        if reached is step:
            died.append(step)
            raise Died

    monkeypatch.setattr(failpoint, "hook", die)
    with suppress(Died):  # the simulator swallows what its receiver dies of
        await money.refunded(payment, amount)
    assert died == [step]
    monkeypatch.setattr(failpoint, "hook", None)
    # The next process: what was agreed to is sent, what may have left is asked about.
    if not await money.refunds():
        await money.ask(payment, amount)
    await money.run()
    for seconds in (91, 60, 120, 240, 480):
        await money.later(seconds)
    assert await money.statuses() == ["done"]
    assert [moved for _, moved in money.movements] == [amount or 2_500]
    await money.agree()
