"""The clock that the wiring passes in; tests bring their own.

A machine's clock can jump: set by hand, by NTP after an hour without network, or wrongly by a host.
A jump must not make a prompt of ten seconds ago look like one of an hour ago, for then a second
prompt could be sent while the first can still be paid. So time here flows with the steady counter
that the system keeps beside its clock, and leans towards the clock by a tenth at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import copysign
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]

LEAN = 0.1
"""Seconds gained or lost on the machine's clock in each second: 3 minutes stay 2 min 43 s."""
NEVER_RIGHT = timedelta(hours=3)
"""A machine that starts without a clock of its own is days off: that is not leant towards."""


class SteadyClock:
    """Now, UTC with zone; never backwards, and never faster than a tenth too fast.

    Args:
        wall: the machine's clock.
        steady: seconds that only ever grow, through sleep of the machine as well.
    """

    def __init__(self, wall: Clock, steady: Callable[[], float]) -> None:
        self._wall = wall
        self._steady = steady
        self._counted = steady()
        self._now = wall()

    def __call__(self) -> datetime:
        counted, wall = self._steady(), self._wall()
        elapsed = max(0.0, counted - self._counted)
        flowed = self._now + timedelta(seconds=elapsed)
        off = wall - flowed
        if abs(off) > NEVER_RIGHT or abs(off).total_seconds() <= elapsed * LEAN:
            now = wall
        else:
            lean = copysign(elapsed * LEAN, off.total_seconds())
            now = flowed + timedelta(seconds=lean)
        self._counted, self._now = counted, now
        return now


def _wall() -> datetime:
    return datetime.now(UTC)


def _counter() -> float:
    """Linux counts on while the machine sleeps; elsewhere the monotonic clock must do."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


system_clock: Clock = SteadyClock(_wall, _counter)
"""The process's clock."""
