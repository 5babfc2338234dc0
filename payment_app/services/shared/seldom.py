"""Saying often repeated things seldom: a stranger who can cause a line causes many."""

from __future__ import annotations

import time
from collections.abc import Callable


class Seldom:
    """So many of each kind within a time; the rest is counted."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._count: dict[str, int] = {}

    def left_out(self, kind: str) -> int | None:
        """How many were left out before this one, which may be said; `None`: leave it out too.

        Args:
            kind: one of a few, never a stranger's words: each is remembered for good.
        """
        now = self._clock()
        if kind not in self._begun or now - self._begun[kind] >= self._seconds:
            silent = max(0, self._count.get(kind, 0) - self._most)
            self._begun[kind], self._count[kind] = now, 1
            return silent
        self._count[kind] += 1
        return 0 if self._count[kind] <= self._most else None
