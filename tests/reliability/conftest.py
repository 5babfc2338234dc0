"""What the reliability suites share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(autouse=True)
def _own_checkpoints(
    _own_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Checkpoints of one test must not be held against the books of another."""
    monkeypatch.setenv("CHECKPOINT_FOLDER", str(tmp_path / "checkpoints"))


@pytest.fixture(autouse=True)
def _quiet_logs() -> Iterator[None]:
    """Thousands of payments write a log that takes longer to keep than the payments themselves."""
    former = structlog.get_config()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    yield
    structlog.configure(**former)
