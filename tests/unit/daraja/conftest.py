from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def _retries_without_waiting() -> Iterator[None]:
    """Keeps the real number of attempts (the cap is above it) and drops the waits between."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
