"""A start that is refused, as an operator meets it: the README's command, its words, its code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from payment_app.services.operations.environment_mark import open_database

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PRODUCTION = {
    "MPESA_ENVIRONMENT": "production",
    "MPESA_CONSUMER_KEY": "key",
    "MPESA_CONSUMER_SECRET": "secret",
    "MPESA_SHORTCODE": "600123",
    "MPESA_PASSKEY": "passkey",
    "MPESA_CALLBACK_URL": "https://pay.example.co.ke/hooks/stk",
    "PUBLIC_URL": "https://pay.example.co.ke",
    "SECRET_KEY": "Wz4-8dJ0qkTn2vXcR7yLhB6mFsGpE1aU",
    "API_KEYS": "s0vB9-wTq4LmZx81KdUc",
    "REDIS_URL": "redis://127.0.0.1:1",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with what a start reads before it builds anything."""
    (tmp_path / "payment_app").symlink_to(ROOT / "payment_app")
    shutil.copy(ROOT / "rxconfig.py", tmp_path)
    return tmp_path


def ended(folder: Path, *command: str, **environment: str) -> tuple[int, list[str], str]:
    """Exit code, the problems that were named, and all that was printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    return done.returncode, [x[2:] for x in said.splitlines() if x.startswith("- ")], said


RUN = ("-m", "reflex", "run", "--env", "prod")
WORKER = ("-c", "import payment_app.payment_app")


@pytest.mark.parametrize("command", [RUN, WORKER], ids=["run", "worker"])
def test_a_sandbox_that_lost_its_credentials_is_refused(
    folder: Path, command: tuple[str, ...]
) -> None:
    lost = {name: "" for name in PRODUCTION if name.startswith("MPESA_")}
    code, problems, said = ended(folder, *command, **PRODUCTION | lost, HOST="0.0.0.0")
    assert code == 2
    assert [problem.split()[0] for problem in problems] == ["HOST", "PUBLIC_URL"]
    assert "Traceback" not in said
    assert not (folder / "data").exists()
    assert not (folder / ".web").exists(), "nothing was built"


@pytest.mark.parametrize("command", [RUN, WORKER], ids=["run", "worker"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_several_workers_refuse_a_database_of_the_sandbox_alike(
    folder: Path, command: tuple[str, ...], database_url: str
) -> None:
    open_database(database_url, "sandbox", NOW)
    environment = {**PRODUCTION, "DATABASE_URL": database_url, "WORKERS": "2"}
    code, problems, said = ended(folder, *command, **environment)
    assert code == 2
    assert [problem.split()[0] for problem in problems] == ["DATABASE_URL"]
    assert "has served sandbox, and this is production" in problems[0]
    assert "Traceback" not in said


def test_an_option_of_reflex_does_not_open_the_simulator(folder: Path) -> None:
    code, problems, _ = ended(folder, *RUN, REFLEX_BACKEND_HOST="0.0.0.0")
    assert code == 2
    assert [problem.split()[0] for problem in problems] == ["REFLEX_BACKEND_HOST"]
