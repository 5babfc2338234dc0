"""What every test shares: databases, a clock of its own, and no network beyond this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from payment_app.storage.migrate import migrate
from tests.chromium import chromium, chromium_path
from tests.databases import PostgresqlShelf, postgresql_answers, postgresql_shelf

pytest_plugins = ["tests.scheduling"]
IN_CI = bool(os.environ.get("CI"))


def missing(what: str) -> None:
    """Skip on a developer's machine, fail under CI: nothing is left out there in silence."""
    if IN_CI:
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"needs {what}")


class FakeClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the developer's shell must not decide a test."""
    from payment_app.settings import Settings

    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def databases() -> Iterator[PostgresqlShelf]:
    """Where PostgreSQL databases for tests come from."""
    if not postgresql_answers():
        missing("PostgreSQL at TEST_DATABASE_URL or on its usual local port")
    with postgresql_shelf() as shelf:
        yield shelf


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """An empty, migrated database of the kind that `request.param` names."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, folder / "test.db")
        yield f"sqlite:///{folder / 'test.db'}"
        return
    shelf: PostgresqlShelf = request.getfixturevalue("databases")
    with shelf.borrow() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database: the test runs once on each kind."""
    with fresh_database(request, tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one module; gone before the next module's event loops start."""
    if chromium_path() is None:
        missing("chromium on PATH")
    with chromium() as running:
        yield running
