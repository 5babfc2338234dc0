"""The numbered steps of one payment, named so that a test can end the process at any of them.

`reached()` does nothing: no setting arms it. Only a test's own host puts a hook here before it
serves, which kills the process; what is then left on disk must be mended by the next start alone.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """Places between the short transactions; see the flow in docs/architecture.md."""

    BEFORE_T1 = "before_t1"
    IN_T1 = "in_t1"
    AFTER_T1 = "after_t1"
    IN_T2 = "in_t2"
    AFTER_T2 = "after_t2"
    PUSHED = "pushed"
    IN_T3 = "in_t3"
    AFTER_T3 = "after_t3"
    BEFORE_T4 = "before_t4"
    IN_T4 = "in_t4"
    AFTER_T4 = "after_t4"
    IN_T5 = "in_t5"
    AFTER_T5 = "after_t5"
    IN_R1 = "in_r1"
    AFTER_R1 = "after_r1"
    IN_R2 = "in_r2"
    AFTER_R2 = "after_r2"
    ORDERED = "ordered"
    IN_R3 = "in_r3"
    AFTER_R3 = "after_r3"
    BEFORE_QUERY = "before_query"
    QUERIED = "queried"
    IN_QUERY_NOTE = "in_query_note"
    AFTER_QUERY_NOTE = "after_query_note"


hook: Callable[[Step], None] | None = None
"""Set by tests only."""


def reached(step: Step) -> None:
    """The flow has come this far."""
    if hook is not None:
        hook(step)
