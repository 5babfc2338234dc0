"""The engine and its units of work: `read()` and `write()` for objects, `look()` and `transact()`
for the hot way, where a whole transaction is one synchronous function.

SQLite has one writer at a time. Busy-waiting for the file lock is unfair (a measured p99 of
132 ms), so writers queue in FIFO order on an asyncio lock and begin with `BEGIN IMMEDIATE`.
PostgreSQL locks rows instead. Nothing awaits the network inside a unit of work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, pool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from payment_app.storage.dialect import notify
from payment_app.storage.grouped_writer import GroupedWriter
from payment_app.storage.one_hop import OneHopConnection, connect, on_thread
from payment_app.storage.transaction import Outcome, Work, hints_of, run_alone, tell

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
"""The longest wait for another process's lock; then the caller is told, and loops try again."""
POOL_TIMEOUT = 5.0
"""Seconds that a unit of work waits for a free connection."""
_DEAD_LINES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""libpq's own settings: a PostgreSQL that vanished without a word is noticed within seconds."""
_MOST_BACKGROUND = 2
"""Connections to PostgreSQL that background work may hold."""


def async_url(database_url: str) -> str:
    """The SQLAlchemy address with the async driver that the app uses."""
    url = make_url(database_url)
    driver = "sqlite+aiosqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)


def sync_url(database_url: str) -> str:
    """The same database for migrations, which run without an event loop."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)


def sync_engine(database_url: str) -> Engine:
    """An engine for commands and migrations, which run before or without an event loop."""
    engine = create_engine(sync_url(database_url), poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    return engine


def make_sqlite_folder(database_url: str) -> None:
    """Create the folder that the SQLite file lives in."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def prepare_sqlite(dbapi_connection: Any, _record: Any = None) -> None:
    """Durable and concurrent: WAL, every commit on disk, foreign keys, patience with others."""
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Database:
    """One database of one process. Create it inside the event loop that uses it."""

    def __init__(self, database_url: str, info: Mapping[str, object] | None = None) -> None:
        """Args: info: what every session carries in `session.info`, such as the books' keys."""
        make_sqlite_folder(database_url)
        self._info = dict(info or {})
        self.is_sqlite = make_url(database_url).get_backend_name() == "sqlite"
        address = async_url(database_url)
        if self.is_sqlite:
            self._reader = _sqlite_engine(address, begin="BEGIN", pool_size=4)
            self._writer = _sqlite_engine(address, begin="BEGIN IMMEDIATE", pool_size=1)
        else:
            self._reader = self._writer = create_async_engine(
                address,
                pool_size=10,
                max_overflow=10,
                pool_pre_ping=True,
                pool_timeout=POOL_TIMEOUT,
                hide_parameters=True,
                connect_args=_DEAD_LINES,
            )
            event.listen(self._writer.sync_engine, "connect", _bound_lock_waits)
        self._turn = asyncio.Lock()
        self._grouped = GroupedWriter(self._writer, self._turn, self._committed, self._info)
        self._quietly = asyncio.Semaphore(_MOST_BACKGROUND)
        self.on_hints: Callable[[set[str]], None] = lambda topics: None
        """Called after each commit with the topics that it touched."""
        self.notify_channel: str | None = None
        """PostgreSQL channel that other workers listen on; `None` with one worker."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; whatever it changed is rolled back."""
        async with AsyncSession(self._reader, expire_on_commit=False, info=self._info) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session for reading in which every statement sees the same moment."""
        async with self.read() as session:
            if not self.is_sqlite:  # SQLite's readers see one moment anyway
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One short transaction: committed when the block ends well, rolled back otherwise."""
        hints: set[str] = set()
        async with self._turn if self.is_sqlite else nullcontext():
            async with AsyncSession(
                self._writer, expire_on_commit=False, info=self._info
            ) as session:
                async with session.begin():
                    yield session
                    hints = hints_of(session)
                    if self.notify_channel:
                        await session.run_sync(lambda s: self._notify(s.connection(), hints))
        self._committed(hints)
        tell(session)

    async def look(self, read: Callable[[Connection], T]) -> T:
        """The value of a synchronous function that reads; it sees one moment on SQLite."""
        async with self._reader.connect() as connection:
            if self.is_sqlite:
                return await on_thread(connection, partial(_look, read))
            return await connection.run_sync(read)

    async def transact(self, work: Work[T], *, background: bool = False) -> T:
        """Run one unit of work; its value, once it is durable.

        It may run on another thread, so it must touch nothing but its arguments. On SQLite it
        shares its commit with whatever else waits.

        Args:
            background: it can wait; payments go first.

        Raises:
            SQLAlchemyError: the database could not do it; nothing of it was done.
        """
        if self.is_sqlite:
            return await self._grouped.run(work, background=background)
        async with self._quietly if background else nullcontext():
            async with self._writer.begin() as connection:
                outcome = await connection.run_sync(self._run, work)
        self._committed(set(outcome.hints))
        outcome.tell()
        return cast(T, outcome.value)

    def _run(self, connection: Connection, work: Work[T]) -> Outcome[T]:
        outcome = run_alone(connection, work, self._info)
        self._notify(connection, outcome.hints)
        return outcome

    def _notify(self, connection: Connection, hints: Iterable[str]) -> None:
        """PostgreSQL delivers these to every worker at commit and drops them on rollback."""
        if self.notify_channel:
            notify(connection, self.notify_channel, hints)

    def _committed(self, hints: set[str]) -> None:
        if hints:
            self.on_hints(hints)

    async def close(self) -> None:
        """Return every connection."""
        await self._reader.dispose()
        if self._writer is not self._reader:
            await self._writer.dispose()


def _bound_lock_waits(dbapi_connection: Any, _record: Any = None) -> None:
    """PostgreSQL waits for a row lock for ever unless told; SQLite has its `busy_timeout`."""
    cursor = dbapi_connection.cursor()
    cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()
    dbapi_connection.commit()


def _look(read: Callable[[Connection], T], connection: Connection) -> T:
    connection.exec_driver_sql("BEGIN")
    try:
        return read(connection)
    finally:
        connection.exec_driver_sql("ROLLBACK")


async def _connect(address: str) -> OneHopConnection:
    path = make_url(address).database or ""
    connection = connect(path, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        await connection
    except Exception:
        # aiosqlite does not wait for the thread that it stops then: it could outlive the loop.
        await asyncio.to_thread(connection._thread.join)
        raise
    return connection


def _reset(dbapi_connection: Any, _record: Any, state: Any) -> None:
    """A connection that comes back has mostly ended its transaction: no trip to its thread then."""
    if not state.terminate_only and dbapi_connection._connection.in_transaction:
        dbapi_connection.rollback()


def _sqlite_engine(address: str, *, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_reset_on_return=None,  # see `_reset`
        hide_parameters=True,  # link tokens and phone numbers, which errors would quote
        async_creator=partial(_connect, address),
    )
    event.listen(engine.sync_engine, "connect", prepare_sqlite)
    event.listen(engine.sync_engine, "reset", _reset)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
