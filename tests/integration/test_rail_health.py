"""The circuit breaker: when prompts stop, what callers and pages are told, how it recovers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from payment_app.services.pay_pages.view import Screen
from payment_app.services.payments.asking import circuit_breaker
from payment_app.services.payments.asking.circuit_breaker import FAILURES, Call, RailHealth
from payment_app.storage.tables import Payment
from tests.conftest import FakeClock
from tests.integration.kit import count, refused
from tests.integration.world import World


def phone(number: int) -> str:
    return f"2547120000{number:02d}"


async def break_rail(world: World, kind: str = "http_503") -> None:
    """After one good prompt, as many customers as it takes find M-Pesa away."""
    await world.pushed(await world.booking(), phone=phone(99))
    world.simulator.fault("stk_push", kind, count=None)
    world.simulator.fault("stk_query", kind, count=None)
    for number in range(FAILURES):
        await world.push(await world.booking(), phone=phone(number))
    assert world.runtime.rail_health.slow


@pytest.mark.parametrize("kind", ["http_503", "reset", "html", "refused", "busy"])
async def test_after_three_failures_no_prompt_is_sent_that_must_fail(
    world: World, kind: str
) -> None:
    await break_rail(world, kind)
    payments, pushes = await count(world, Payment), len(world.pushes)
    answer = await world.push(await world.booking(), phone=phone(50))
    assert "No prompt was sent and no money moved" in refused(answer, 503, "mpesa_unavailable")
    assert (await count(world, Payment), len(world.pushes)) == (payments, pushes)


async def test_a_customers_own_trouble_is_no_outage(world: World) -> None:
    world.simulator.fault("stk_push", "http_400", count=None)
    for number in range(FAILURES * 2):
        await world.push(await world.booking(), phone=phone(number))
    assert not world.runtime.rail_health.slow


async def test_one_answer_between_failures_breaks_the_run(world: World) -> None:
    for number in range(FAILURES * 2):
        if number % FAILURES == FAILURES - 1:
            world.simulator.behave()
        else:
            world.simulator.fault("stk_push", "http_503", count=None)
        await world.push(await world.booking(), phone=phone(number))
    assert not world.runtime.rail_health.slow


async def test_the_page_says_so_and_takes_it_back_by_itself(world: World) -> None:
    booking = await world.booking()
    hub = world.runtime.hub
    with hub.subscribe(f"booking:{booking.booking_id}") as hint:
        await break_rail(world)
        assert hint.is_set(), "open pages are told"
        view = await world.runtime.pages.view(booking.pay_token)
        assert view is not None
        assert view.screen is Screen.OUTAGE
        hint.clear()
        world.simulator.behave()
        world.clock.advance(15)
        await world.runtime.recovery.probe()
        assert hint.is_set()
        view = await world.runtime.pages.view(booking.pay_token)
        assert view is not None
        assert view.screen is Screen.READY
    assert (await world.push(booking, phone=phone(60))).status_code == 200


async def prompts_back_after(world: World, away: int, back: Callable[[], None]) -> int:
    """Seconds from the rail's return to the first prompt that is sent again."""
    await break_rail(world)
    for _ in range(away):
        world.clock.advance(1)
        await world.runtime.recovery.probe()
    assert world.runtime.rail_health.slow
    back()
    for second in range(60):
        world.clock.advance(1)
        await world.runtime.recovery.probe()
        answer = await world.push(await world.booking(), phone=phone(70))
        if answer.status_code == 200:
            return second + 1
    raise AssertionError("prompts never came back")


@pytest.mark.parametrize("away", [1, 125, 600, 3_600])
async def test_prompts_are_back_within_20_seconds_however_long_the_rail_was_away(
    world: World, away: int
) -> None:
    assert await prompts_back_after(world, away, world.simulator.behave) <= 20


async def test_while_the_rail_is_away_it_is_asked_every_10_seconds(world: World) -> None:
    await break_rail(world)
    health, asked = world.runtime.rail_health, []
    for second in range(600):
        world.clock.advance(1)
        if health.probe_is_due:
            asked.append(second)
        await world.runtime.recovery.probe()
    assert {after - before for before, after in itertools.pairwise(asked)} == {10}


async def test_a_probe_that_hangs_is_given_up_before_the_next_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await break_rail(world)
    monkeypatch.setattr(circuit_breaker, "PROBE_TIMEOUT", 0.05)
    world.simulator.fault("stk_query", "timeout", count=1, seconds=60)
    world.clock.advance(10)
    await asyncio.wait_for(world.runtime.recovery.probe(), 5)
    assert world.runtime.rail_health.slow
    world.simulator.behave()
    world.clock.advance(10)
    await world.runtime.recovery.probe()
    assert not world.runtime.rail_health.slow


async def test_a_firewall_in_the_way_is_an_outage_and_its_end_is_noticed(world: World) -> None:
    await break_rail(world, "http_403")
    world.clock.advance(10)
    await world.runtime.recovery.probe()
    assert world.runtime.rail_health.slow, "its page is no answer of M-Pesa's"
    world.simulator.behave()
    world.clock.advance(10)
    await world.runtime.recovery.probe()
    assert (await world.push(await world.booking(), phone=phone(70))).status_code == 200


async def test_without_any_prompt_to_ask_about_the_token_is_the_probe(world: World) -> None:
    world.simulator.fault("token", "http_503", count=None)
    for number in range(FAILURES):
        await world.push(await world.booking(), phone=phone(number))
    assert world.runtime.rail_health.slow
    world.clock.advance(15)
    await world.runtime.recovery.probe()
    assert world.runtime.rail_health.slow, "the token does not come either"
    world.simulator.behave()
    world.clock.advance(30)
    await world.runtime.recovery.probe()
    assert not world.runtime.rail_health.slow


class TestTheBreaker:
    @pytest.fixture
    def health(self, clock: FakeClock) -> RailHealth:
        return RailHealth(clock)

    def fail(self, health: RailHealth, times: int, call: Call = Call.PUSH) -> None:
        for _ in range(times):
            health.note_failed(call)

    def test_failures_of_a_whole_night_are_no_run(
        self, health: RailHealth, clock: FakeClock
    ) -> None:
        for _ in range(10):
            health.note_failed(Call.PUSH)
            clock.advance(200)
        assert not health.slow

    def test_healthy_queries_do_not_hide_that_prompts_fail(self, health: RailHealth) -> None:
        for _ in range(FAILURES):
            health.note_failed(Call.PUSH)
            health.note_answered(Call.QUERY)
        assert health.slow

    def test_an_answered_query_ends_the_pause_no_earlier_than_it_is_over(
        self, health: RailHealth, clock: FakeClock
    ) -> None:
        self.fail(health, FAILURES)
        health.note_answered(Call.QUERY)
        assert health.slow
        clock.advance(15)
        health.note_answered(Call.QUERY)
        assert not health.slow

    def test_on_trial_one_failure_is_enough_and_the_pause_stays(
        self, health: RailHealth, clock: FakeClock
    ) -> None:
        self.fail(health, FAILURES)
        clock.advance(15)
        health.note_answered(Call.QUERY)
        self.fail(health, 1)
        assert health.slow
        clock.advance(9)
        assert not health.probe_is_due
        clock.advance(1)
        assert health.probe_is_due

    def test_a_call_from_before_the_trial_does_not_end_it(
        self, health: RailHealth, clock: FakeClock
    ) -> None:
        self.fail(health, FAILURES)
        began = clock.now
        clock.advance(15)
        health.note_answered(Call.QUERY)
        clock.advance(5)
        health.note_failed(Call.PUSH, began)
        assert not health.slow, "it was sent while M-Pesa was away"
        health.note_failed(Call.PUSH, clock.now)
        assert health.slow

    def test_an_answered_push_ends_the_trial(self, health: RailHealth, clock: FakeClock) -> None:
        self.fail(health, FAILURES)
        clock.advance(15)
        health.note_answered(Call.QUERY)
        health.note_answered(Call.PUSH)
        self.fail(health, FAILURES - 1)
        assert not health.slow

    def test_a_trial_ends_with_time(self, health: RailHealth, clock: FakeClock) -> None:
        self.fail(health, FAILURES)
        clock.advance(15)
        health.note_answered(Call.QUERY)
        clock.advance(timedelta(hours=1).total_seconds())
        self.fail(health, FAILURES - 1)
        assert not health.slow

    def test_a_clock_set_back_an_hour_does_not_prolong_the_pause(
        self, health: RailHealth, clock: FakeClock
    ) -> None:
        self.fail(health, FAILURES)
        clock.advance(-3_600)
        assert health.probe_is_due
