"""The clock that the wiring passes in; tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, UTC with zone."""
    return datetime.now(UTC)
