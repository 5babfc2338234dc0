"""Units of work as one function: durable or undone, alone or in one commit with others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from payment_app.storage import grouped_writer
from payment_app.storage.database import Database
from payment_app.storage.dialect import advisory_lock, insert_once, table_of
from payment_app.storage.tables import IdempotencyKey, Mark
from payment_app.storage.transaction import Transaction, after_commit
from tests.books import KEYS

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MARK = table_of(Mark)
on_sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


def put(name: str) -> Callable[[Transaction], str]:
    """A unit of work that leaves one row and one hint."""

    def work(transaction: Transaction) -> str:
        transaction.execute(insert(MARK), {"name": name, "at": NOW, "detail": ""})
        transaction.hint(name)
        return name

    return work


def poison(transaction: Transaction) -> None:
    put("poison")(transaction)
    raise RuntimeError("a bug")


async def names(database: Database) -> list[str]:
    def read(connection: Connection) -> list[str]:
        return [*connection.execute(select(MARK.c.name).order_by(MARK.c.name)).scalars()]

    return await database.look(read)


async def test_it_is_all_done_or_nothing(database: Database) -> None:
    hints: list[set[str]] = []
    database.on_hints = hints.append
    assert await database.transact(put("one")) == "one"
    with pytest.raises(RuntimeError, match="a bug"):
        await database.transact(poison)
    with pytest.raises(IntegrityError):
        await database.transact(put("one"))
    assert await database.transact(put("two")) == "two"
    assert await names(database) == ["one", "two"]
    assert hints == [{"one"}, {"two"}], "hints of what is committed, and of nothing else"


async def test_many_at_once_are_each_done_or_undone_alone(database: Database) -> None:
    works = [put(f"n{number:02d}") for number in range(40)]
    answers = await asyncio.gather(
        *(database.transact(work) for work in works[:20]),
        database.transact(poison),
        database.transact(put("n00")),
        *(database.transact(work) for work in works[20:]),
        return_exceptions=True,
    )
    errors = [type(answer).__name__ for answer in answers if isinstance(answer, Exception)]
    assert sorted(errors) == ["IntegrityError", "RuntimeError"]
    assert await names(database) == [f"n{number:02d}" for number in range(40)]


async def test_sessions_and_units_of_work_take_turns(database: Database) -> None:
    async def by_session(number: int) -> None:
        async with database.write() as session:
            session.add(Mark(name=f"s{number}", at=NOW))

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(by_session(number) for number in range(5)),
            *(database.transact(put(f"t{number}")) for number in range(5)),
        )
    assert len(await names(database)) == 10


@on_sqlite_only
async def test_what_waits_shares_a_commit_and_background_work_comes_last(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    original = grouped_writer.run_together

    def counted(connection: Connection, works: list[Any], info: dict[str, object]) -> object:
        commits.append(len(works))
        return original(connection, works, info)

    monkeypatch.setattr(grouped_writer, "run_together", counted)
    order: list[str] = []
    database.on_hints = lambda hints: order.extend(sorted(hints))
    await asyncio.gather(
        *(database.transact(put(f"b{number}"), background=True) for number in range(3)),
        *(database.transact(put(f"p{number:02d}")) for number in range(40)),
    )
    assert len(commits) <= 4
    assert max(commits) == grouped_writer.MOST_TOGETHER + 1
    urgent = [name for name in order if name.startswith("p")]
    assert order.index("p39") < order.index("b2"), (
        "the last payment goes before the last of the rest"
    )
    assert len(urgent) == 40


@on_sqlite_only
async def test_a_caller_that_went_away_before_its_turn_leaves_nothing(database: Database) -> None:
    async with database.write():
        waiting = asyncio.create_task(database.transact(put("gone")))
        await asyncio.sleep(0.01)
        waiting.cancel()
    await database.transact(put("stays"))
    assert await names(database) == ["stays"]


@on_sqlite_only
async def test_a_broken_commit_is_everyones_error(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave_orphan(transaction: Transaction) -> None:
        """Breaks a foreign key that is only looked at by the commit."""
        transaction.connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        transaction.connection.exec_driver_sql(
            "INSERT INTO case_note(case_id, at, author, text) VALUES (99, '2026-01-01', 'a', 'b')"
        )

    answers = await asyncio.gather(
        database.transact(put("one")), database.transact(leave_orphan), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [IntegrityError, IntegrityError]
    assert await names(database) == []
    await database.transact(put("two"))
    assert await names(database) == ["two"]


@on_sqlite_only
async def test_it_runs_on_the_connections_own_thread(database: Database) -> None:
    threads = [await database.transact(lambda _: threading.current_thread().name) for _ in range(2)]
    assert threads[0] == threads[1] != threading.current_thread().name


async def test_rows_are_inserted_once(database: Database) -> None:
    def rows(*keys: str) -> list[dict[str, object]]:
        return [{"key_hash": key, "request_hash": "r", "started_at": NOW} for key in keys]

    def work(*keys: str) -> Callable[[Transaction], set[str]]:
        return lambda t: insert_once(t.connection, IdempotencyKey, rows(*keys), "key_hash")

    assert await database.transact(work("a", "b")) == {"a", "b"}
    assert await database.transact(work("b", "c", "a", "d")) == {"c", "d"}


async def test_locks_of_one_name_are_held_one_after_another(database: Database) -> None:
    """Both orders of the same two names: neither waits for ever."""
    inside = 0

    def work(*keys: str) -> Callable[[Transaction], None]:
        def locked(transaction: Transaction) -> None:
            nonlocal inside
            advisory_lock(transaction.connection, "test", *keys)
            inside += 1
            seen = inside
            transaction.execute(select(MARK))
            assert seen == inside == 1
            inside -= 1

        return locked

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(database.transact(work("a", "b")) for _ in range(5)),
            *(database.transact(work("b", "a")) for _ in range(5)),
        )


def test_workers_that_start_together_migrate_an_empty_database_once(database_url: str) -> None:
    empty_again(database_url)
    program = f"from payment_app.storage.migrate import migrate; migrate({database_url!r})"
    workers = [
        subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(3)
    ]
    said = [worker.communicate(timeout=120)[1].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], said


def empty_again(database_url: str) -> None:
    """As its administrator has just made it."""
    if database_url.startswith("sqlite"):
        Path(make_url(database_url).database or "").unlink()
        return
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


async def test_rows_that_fail_inside_a_unit_of_work_undo_only_that(
    database: Database,
) -> None:
    def plain(name: str) -> Callable[[Transaction], None]:
        def work(transaction: Transaction) -> None:
            transaction.rows.add(Mark, name=f"{name}-first", at=NOW)
            transaction.rows.write()
            transaction.rows.add(Mark, name=name, at=NOW)

        return work

    await database.transact(plain("taken"))
    answers = await asyncio.gather(
        database.transact(put("before")),
        database.transact(plain("taken")),
        database.transact(plain("after")),
        return_exceptions=True,
    )
    assert [type(answer).__name__ for answer in answers] == ["str", "IntegrityError", "NoneType"]
    wanted = ["after", "after-first", "before", "taken", "taken-first"]
    assert await names(database) == wanted


async def test_what_is_told_after_the_commit_is_told_once_and_not_of_what_was_undone(
    database: Database,
) -> None:
    told: list[str] = []

    def telling(name: str, *, fails: bool = False) -> Callable[[Transaction], None]:
        def work(transaction: Transaction) -> None:
            after_commit(transaction.rows, lambda: told.append(name))
            (poison if fails else put(name))(transaction)

        return work

    works = [telling("a"), telling("b", fails=True), telling("c")]
    await asyncio.gather(*map(database.transact, works), return_exceptions=True)
    async with database.write() as session:
        after_commit(session, lambda: told.append("session"))
        assert "session" not in told
    assert sorted(told) == ["a", "c", "session"]
