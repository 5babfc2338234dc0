"""Secrets that the app keeps for itself: one for all processes, readable by their owner only."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from payment_app.services.shared.keys.kept_secrets import kept_secret


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    made = kept_secret(path)
    assert len(made) >= 32
    assert kept_secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret_key"], "no draft is left behind"


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(lambda _: kept_secret(path), range(64)))
    assert len(seen) == 1
    assert "" not in seen


def test_a_process_that_dies_while_it_writes_leaves_no_empty_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret_key"

    def full(_: int) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="disk full"):
            kept_secret(path)
    assert not path.exists()
    assert kept_secret(path)
