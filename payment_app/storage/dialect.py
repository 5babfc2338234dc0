"""The only place that asks which database this is: what SQLite and PostgreSQL say differently.

Everything here runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
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


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that need no objects."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
