"""The only place that asks which database this is: what SQLite and PostgreSQL say differently.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, String, Table, literal, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlmodel import SQLModel


def on_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite: one writer at a time, so that row locks mean nothing there."""
    return connection.dialect.name == "sqlite"


def advisory_lock(connection: Connection, space: str, key: str, *others: str) -> None:
    """Until the transaction ends nobody else holds one of these; SQLite has one writer anyway.

    All of one call are taken in one order, so that two calls cannot wait for each other.

    Args:
        space: what the keys are, for example `phone`: the same key elsewhere is another lock.
        key, others: at least one; without any nothing would be locked.
    """
    if on_sqlite(connection):
        return
    names = [f"{space}:{name}" for name in (key, *others)]
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(id) FROM (SELECT DISTINCT hashtextextended(name, 0) AS id"
            " FROM unnest(CAST(:names AS text[])) AS name ORDER BY id) AS ids"
        ),
        {"names": names},
    )


async def take_advisory_lock(session: AsyncSession, space: str, key: str, *others: str) -> None:
    """The same for a session that does the rest of its work by objects."""
    await session.run_sync(lambda sync: advisory_lock(sync.connection(), space, key, *others))


def insert_once(
    connection: Connection,
    model: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    key: str,
) -> set[Any]:
    """Insert the rows whose `key` is not there yet; the keys of those that were inserted.

    Args:
        rows: all with the same columns, no two with the same key.
        key: a unique column.
    """
    target = table_of(model)
    insert = sqlite.insert if on_sqlite(connection) else postgresql.insert
    statement = insert(target).on_conflict_do_nothing(index_elements=[key]).returning(target.c[key])
    return set(connection.execute(statement, list(rows)).scalars())


def notify(connection: Connection, channel: str, topics: Iterable[str]) -> None:
    """PostgreSQL tells every listening worker at commit, and nobody after a rollback."""
    wanted = sorted(topics)
    if on_sqlite(connection) or not wanted:
        return
    connection.execute(
        text("SELECT pg_notify(:channel, topic) FROM unnest(CAST(:topics AS text[])) AS topic"),
        {"channel": channel, "topics": wanted},
    )


def wait_for_writers(connection: Connection, model: type[SQLModel]) -> None:
    """Until the transaction ends nobody writes to the table, and whoever was writing has committed.

    SQLite's one writer is the caller.
    """
    if not on_sqlite(connection):
        connection.execute(text(f"LOCK TABLE {table_of(model).name} IN SHARE MODE"))


def count_on(connection: Connection, model: type[SQLModel], column: str) -> None:
    """Rows were inserted with ids of their own: the next one counts on from there.

    SQLite counts from the highest id anyway.
    """
    if on_sqlite(connection):
        return
    table = table_of(model).name
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "  # noqa: S608
            f"(SELECT max({column}) FROM {table}))"
        )
    )


class nairobi_day(FunctionElement[Any]):
    """The day of a moment in Nairobi; SQLite gives it as text."""

    type = String()  # the drivers give a date or text as it is
    inherit_cache = True


class seconds_between(FunctionElement[int]):
    """Whole seconds from one moment to a later one, rounded, within 0 and `most`."""

    type = Integer()
    inherit_cache = True

    def __init__(self, began: Any, ended: Any, *, most: int) -> None:
        super().__init__(began, ended, literal(most, literal_execute=True))


@compiles(nairobi_day)
def _nairobi_day(element: nairobi_day, compiler: Any, **options: Any) -> str:
    return f"date(timezone('Africa/Nairobi', {compiler.process(element.clauses, **options)}))"


@compiles(nairobi_day, "sqlite")
def _nairobi_day_on_sqlite(element: nairobi_day, compiler: Any, **options: Any) -> str:
    # To the second, as SQLite rounds; and there is no summer time in Nairobi.
    return f"date(substr({compiler.process(element.clauses, **options)}, 1, 19), '+3 hours')"


@compiles(seconds_between)
def _seconds_between(element: seconds_between, compiler: Any, **options: Any) -> str:
    began, ended, most = (compiler.process(clause, **options) for clause in element.clauses)
    taken = f"round(extract(epoch FROM {ended} - {began}))"
    return f"CAST(greatest(0, least({taken}, {most})) AS INTEGER)"


@compiles(seconds_between, "sqlite")
def _seconds_between_on_sqlite(element: seconds_between, compiler: Any, **options: Any) -> str:
    began, ended, most = (compiler.process(clause, **options) for clause in element.clauses)
    taken = f"round((julianday({ended}) - julianday({began})) * 86400)"
    return f"CAST(max(0, min({taken}, {most})) AS INTEGER)"


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that need no objects."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
