"""Whose database it is: marked at the first start, and refused to every other environment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import create_engine, text

from payment_app import lifespan, preflight
from payment_app.bootstrap import App
from payment_app.cli import main
from payment_app.services.operations.environment_mark import (
    ForeignDatabase,
    claim,
    foreign_problem,
    open_database,
)
from payment_app.settings import Settings
from payment_app.storage.database import sync_url
from tests.integration.world import World

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ENVIRONMENTS = ("simulator", "sandbox", "production")
REAL = {
    "mpesa_consumer_key": "key",
    "mpesa_consumer_secret": "secret",
    "mpesa_passkey": "passkey",
    "mpesa_shortcode": "600123",
    "secret_key": "x" * 40,
    "api_keys": ("key",),
}


def app_of(environment: str, database_url: str) -> App:
    """The app of one environment on a database, not started."""
    more = {} if environment == "simulator" else REAL
    return App(
        Settings(_env_file=None, mpesa_environment=environment, database_url=database_url, **more)
    )


async def served(environment: str, database_url: str) -> None:
    """Start the app there, and stop it."""
    app = app_of(environment, database_url)
    try:
        await lifespan.start(app)
    finally:
        await lifespan.stop(app)


def run(database_url: str, statement: str) -> None:
    engine = create_engine(sync_url(database_url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def mark(database_url: str) -> str | None:
    engine = create_engine(sync_url(database_url))
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT detail FROM app_mark WHERE name = 'environment'")
        ).scalar_one_or_none()
    engine.dispose()
    return found


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a folder without .env, and leaves the logs as they were."""
    monkeypatch.chdir(tmp_path)
    logs = structlog.get_config()
    yield
    structlog.configure(**logs)
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("later", ENVIRONMENTS)
@pytest.mark.parametrize("first", ENVIRONMENTS)
async def test_a_database_serves_one_environment_only(
    database_url: str, first: str, later: str
) -> None:
    await served(first, database_url)
    assert mark(database_url) == first
    if later == first:
        await served(later, database_url)
        return
    with pytest.raises(ForeignDatabase, match=f"has served {first}, and this is {later}"):
        await served(later, database_url)
    assert mark(database_url) == first
    said = foreign_problem(database_url, later)
    assert said is not None
    assert said.startswith("DATABASE_URL ")
    assert database_url not in said


async def test_a_refused_start_does_nothing_to_the_database(database_url: str) -> None:
    open_database(database_url, "sandbox", NOW)
    app = app_of("simulator", database_url)
    with pytest.raises(ForeignDatabase):
        await lifespan.start(app)
    assert not app.loops.alive, "no background work begins"
    for table in ("staff", "booking"):
        async with app.database.read() as session:
            rows = await session.execute(text(f"SELECT count(*) FROM {table}"))
            assert rows.scalar_one() == 0, "no demo administrator, no demo booking"
    await lifespan.stop(app)


def test_workers_that_start_together_agree(database_url: str) -> None:
    """Also of two installations that were given the same empty database: one of them wins."""

    def begin(environment: str) -> str | None:
        try:
            claim(database_url, environment, NOW)
        except ForeignDatabase:
            return None
        return environment

    with ThreadPoolExecutor(8) as pool:
        won = set(pool.map(begin, ["sandbox", "production"] * 8)) - {None}
    assert won == {mark(database_url)}


class TestUnmarked:
    """A database from before there were marks."""

    @pytest.mark.parametrize("environment", ["sandbox", "production"])
    async def test_with_payments_it_becomes_that_of_the_real_rail_that_starts(
        self, world: World, environment: str
    ) -> None:
        await world.pushed(await world.booking())
        url = world.runtime.settings.database_url
        await served(environment, url)
        assert mark(url) == environment

    async def test_with_payments_it_is_refused_to_the_simulator(self, world: World) -> None:
        await world.pushed(await world.booking())
        url = world.runtime.settings.database_url
        with pytest.raises(ForeignDatabase, match="has served a real rail"):
            await served("simulator", url)
        assert mark(url) is None

    @pytest.mark.parametrize("sign", ["staff", "booking"])
    async def test_with_the_demo_it_is_the_simulators(self, database_url: str, sign: str) -> None:
        await served("simulator", database_url)
        run(database_url, "DELETE FROM app_mark WHERE name = 'environment'")
        if sign == "booking":  # as in the first version, which had no staff
            run(database_url, "DELETE FROM staff")
        for environment in ("sandbox", "production"):
            with pytest.raises(ForeignDatabase, match="has served simulator"):
                await served(environment, database_url)
        await served("simulator", database_url)
        assert mark(database_url) == "simulator"

    async def test_without_payments_it_is_anybodys(self, database_url: str) -> None:
        await served("production", database_url)
        assert mark(database_url) == "production"


class TestBeforeAnythingIsBuilt:
    """`rxconfig.py` looks, without making or changing anything."""

    def look(self, monkeypatch: pytest.MonkeyPatch, database_url: str, **more: str) -> list[str]:
        for name, value in {"DATABASE_URL": database_url, **more}.items():
            monkeypatch.setenv(name, value)
        return preflight.look()[1]

    def test_a_foreign_database_is_one_of_all_problems(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_database(database_url, "sandbox", NOW)
        found = self.look(monkeypatch, database_url, HOST="0.0.0.0")
        assert [problem.split()[0] for problem in found] == ["HOST", "DATABASE_URL"]

    def test_an_old_schema_can_be_read(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(database_url, "DROP TABLE app_mark")
        assert self.look(monkeypatch, database_url) == []

    @pytest.mark.parametrize(
        "url", ["sqlite:///data/none.db", "postgresql://nobody@127.0.0.1:1/none", "nonsense"]
    )
    def test_what_cannot_be_looked_at_is_no_foreign_database(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = self.look(monkeypatch, url)
        assert not any("has served" in problem for problem in found)
        assert not Path("data/none.db").exists()


class TestCommands:
    """Commands that would write what belongs elsewhere."""

    @pytest.mark.parametrize(
        "command",
        [
            ["seed-payments", "--count", "10"],
            ["create-staff", "--email", "a@example.com", "--name", "A", "--role", "admin"],
        ],
        ids=lambda command: command[0],
    )
    def test_they_refuse_a_foreign_database(
        self,
        command: list[str],
        database_url: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        open_database(database_url, "production", NOW)
        monkeypatch.setenv("DATABASE_URL", database_url)
        monkeypatch.setattr("payment_app.cli.staff._asked_password", lambda: "umbrella-Quartz-77")
        assert main(command) == 1
        assert "has served production" in capsys.readouterr().err

    def test_a_seeded_database_is_the_simulators(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", database_url)
        assert main(["seed-payments", "--count", "10"]) == 0
        assert mark(database_url) == "simulator"

    def test_the_doctor_says_so(
        self,
        database_url: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        open_database(database_url, "production", NOW)
        monkeypatch.setenv("DATABASE_URL", database_url)
        monkeypatch.setenv("PORT", "1")
        assert main(["doctor"]) == 1
        assert "✗ settings: DATABASE_URL names a database" in capsys.readouterr().out
