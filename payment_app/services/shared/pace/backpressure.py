"""Refuse early instead of being late for everybody: a bound on work of one kind in one process.

Under more work than a machine can do every queue grows, and in the end each caller waits longer
than it has patience for. Past the bound a new caller is told at once when to come back; what was
begun is finished in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from payment_app.domain.errors import Unavailable


class Backpressure:
    """Counts pieces of work in hand. Belongs to one event loop.

    Args:
        most: pieces in hand beyond which nothing new is begun.
        refusal: what the caller is told then.
    """

    def __init__(self, most: int, refusal: Callable[[], Unavailable]) -> None:
        self._most = most
        self._refusal = refusal
        self._in_hand = 0

    def check(self) -> None:
        """See whether a new piece may begin.

        Raises:
            Unavailable: too much is in hand.
        """
        if self._in_hand >= self._most:
            raise self._refusal()

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Have one piece more in hand.

        Raises:
            Unavailable: as `check`; nothing was begun.
        """
        self.check()
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Somebody else works on a piece: it costs this process nothing while this lasts."""
        self._in_hand -= 1
        try:
            yield
        finally:
            self._in_hand += 1
