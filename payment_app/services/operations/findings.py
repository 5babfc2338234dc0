"""What a check of the books found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_NAMED = 100
"""Findings of one rule that are named and become cases; further ones are only counted."""


@dataclass(frozen=True)
class Broken:
    """One rule that does not hold.

    Attributes:
        rule: slug of the rule.
        booking_id, payment_id: where; no payment for a rule about a whole booking, and neither for
            one about the books as a whole.
        words: what is wrong, for staff.
    """

    rule: str
    booking_id: int | None
    payment_id: int | None
    words: str


@dataclass
class Findings:
    """What a check saw.

    Attributes:
        broken: the first findings of each rule; `counts` has them all, by rule.
        checkpoints: how many notes the history was held to.
    """

    payments: int = 0
    bookings: int = 0
    events: int = 0
    checkpoints: int = 0
    broken: list[Broken] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, found: Iterable[Broken]) -> None:
        """Count findings, and name the first of each rule."""
        for one in found:
            self.counts[one.rule] += 1
            if self.counts[one.rule] <= MOST_NAMED:
                self.broken.append(one)
