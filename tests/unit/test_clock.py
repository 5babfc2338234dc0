"""A jump of the machine's clock is leant towards, never followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payment_app.services.shared.clock import SteadyClock, system_clock

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Machine:
    """A clock on the wall and a counter beside it."""

    def __init__(self) -> None:
        self.wall = START
        self.counter = 1_000.0
        self.now = SteadyClock(lambda: self.wall, lambda: self.counter)

    def flow(self, seconds: float) -> datetime:
        """Time passes as it should."""
        self.wall += timedelta(seconds=seconds)
        self.counter += seconds
        return self.now()

    def jump(self, hours: float) -> None:
        """The clock on the wall is set."""
        self.wall += timedelta(hours=hours)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_without_a_jump_it_is_the_wall(machine: Machine) -> None:
    for seconds in (0.0, 0.001, 1, 3_600, 86_400):
        assert machine.flow(seconds) == machine.wall


@pytest.mark.parametrize("hours", [1, -1, 2.9, -2.9])
def test_three_minutes_stay_three_minutes_through_a_jump(machine: Machine, hours: float) -> None:
    before = machine.flow(10)
    machine.jump(hours)
    passed = [(machine.flow(1) - before).total_seconds() for _ in range(180)]
    assert passed == sorted(passed), "never backwards"
    assert 180 * 0.9 - 0.01 <= passed[-1] <= 180 * 1.1 + 0.01


def test_a_real_correction_is_reached_in_time(machine: Machine) -> None:
    machine.jump(1)
    for _ in range(11 * 60):
        machine.flow(60)
    assert machine.now() == machine.wall


def test_a_small_drift_is_followed_at_once(machine: Machine) -> None:
    for _ in range(100):
        machine.wall += timedelta(milliseconds=5)
        assert machine.flow(1) == machine.wall


def test_a_clock_that_was_never_right_is_replaced(machine: Machine) -> None:
    machine.jump(24 * 365)
    assert machine.flow(1) == machine.wall


def test_the_process_has_one() -> None:
    first, second = system_clock(), system_clock()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(seconds=5)
    assert abs(second - datetime.now(UTC)) < timedelta(seconds=5)
