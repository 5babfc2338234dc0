"""aiosqlite with one trip to its thread for each statement instead of four.

aiosqlite makes a trip of its own for creating a cursor, executing, fetching and closing. A trip
costs two thread switches; a callback's way to the page has about forty of them. SQLAlchemy reads
every result whole, so the rows may as well come back with the execution.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar, cast

import aiosqlite
from aiosqlite.context import contextmanager
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import StaticPool

T = TypeVar("T")


class OneHopCursor(aiosqlite.Cursor):
    """A cursor whose `execute` brings all rows along."""

    _cursor: sqlite3.Cursor

    def __init__(self, connection: OneHopConnection) -> None:
        self.iter_chunk_size = connection._iter_chunk_size
        self._conn = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> OneHopCursor:
        """Run one statement and fetch what it gives."""
        run = partial(_run, self._conn._conn, sql, parameters or ())
        self._cursor, self._rows = await self._conn._execute(run)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> OneHopCursor:
        """Run one statement for many rows."""
        run = partial(self._conn._conn.executemany, sql, parameters)
        self._cursor = await self._conn._execute(run)  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        count = self._cursor.arraysize if size is None else size
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    async def fetchone(self) -> Any:
        """The next row, `None` at the end."""
        return self._rows.pop(0) if self._rows else None

    async def close(self) -> None:
        """Nothing is open: the statement ended when its rows were fetched."""


class OneHopConnection(aiosqlite.Connection):
    """A connection that hands out such cursors, and runs whole functions on its thread."""

    _sync: Connection | None = None

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Run `function` on the connection's thread: one trip, whatever it does there."""
        value: T = await self._execute(self._run_sync, function)  # type: ignore[no-untyped-call]
        return value

    def _run_sync(self, function: Callable[[Connection], T]) -> T:
        if self._sync is None:
            self._sync = _synchronous(self._conn)
        return function(self._sync)

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """A cursor, without asking the thread."""
        return OneHopCursor(self)


def connect(database: str, **options: Any) -> OneHopConnection:
    """What SQLAlchemy's `async_creator` awaits: a connection that opens in its own thread."""
    connection = OneHopConnection(partial(sqlite3.connect, database, **options), 64)
    connection._thread.daemon = True
    return connection


async def on_thread(connection: AsyncConnection, function: Callable[[Connection], T]) -> T:
    """Run `function` on the thread of an open SQLite connection."""
    raw = await connection.get_raw_connection()
    return await cast(OneHopConnection, raw.driver_connection).run(function)


def _synchronous(raw: sqlite3.Connection) -> Connection:
    """SQLAlchemy's face of the same connection; what begins and ends transactions is elsewhere."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: _Borrowed(raw),
        poolclass=StaticPool,
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    return engine.connect()


class _Borrowed:
    """A connection whose transactions are not the borrower's to end, nor itself to close.

    SQLAlchemy would roll the whole transaction back when one statement of a session fails; here
    others share it, and the savepoint around the unit of work is undone instead.
    """

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def commit(self) -> None:
        """Left to `run_together`."""

    def rollback(self) -> None:
        """Left to `run_together`."""

    def close(self) -> None:
        """Left to the owner."""


def _run(
    connection: sqlite3.Connection, sql: str, parameters: Iterable[Any]
) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.execute(sql, tuple(parameters))
    return cursor, cursor.fetchall() if cursor.description else []
