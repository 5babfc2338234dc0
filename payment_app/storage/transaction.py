"""One transaction as one synchronous function, which costs one trip to the database's thread.

An awaited statement is a thread switch each time; a payment's way has a dozen. Such a function
awaits nothing, so the whole transaction is one switch, and on SQLite many of them, each inside a
savepoint of its own, can share one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import SQLAlchemyError

from payment_app.storage.rows import Rows

T = TypeVar("T")
_HINTS = "hints"
_LINES = "lines"


class Unit(Protocol):
    """A session or the `Rows` of a transaction: what rules share while it lasts is its `info`."""

    @property
    def info(self) -> dict[Any, Any]: ...


def hint_after_commit(unit: Unit, topic: str) -> None:
    """Tell `Database.on_hints` about `topic` once this transaction is committed, else never."""
    unit.info.setdefault(_HINTS, set()).add(topic)


def hints_of(unit: Unit) -> set[str]:
    """What `hint_after_commit` was told in this transaction."""
    hints: set[str] = unit.info.get(_HINTS, set())
    return hints


def after_commit(unit: Unit, line: Callable[[], None]) -> None:
    """Log or count something once this transaction is committed, else never.

    A transaction may be tried again, alone or after others: what is told inside it is told twice,
    also of what was undone.

    Args:
        line: must not raise, nor wait.
    """
    unit.info.setdefault(_LINES, []).append(line)


def tell(unit: Unit) -> None:
    """Do what `after_commit` was told in this transaction, which has just been committed."""
    for line in unit.info.get(_LINES, ()):
        line()


class Transaction:
    """What a unit of work is given.

    Attributes:
        connection: for statements; it must neither commit nor roll back.
        hints: topics that changed, told to open pages once this is committed, else never.
        lines: what is logged and counted then, see `after_commit`.
    """

    def __init__(self, connection: Connection, info: Mapping[str, object] | None = None) -> None:
        """Args: info: what rules share, such as the books' keys."""
        self.connection = connection
        self.hints: set[str] = set()
        self.lines: list[Callable[[], None]] = []
        self._info = {**(info or {}), _HINTS: self.hints, _LINES: self.lines}

    @cached_property
    def rows(self) -> Rows:
        """Rows as plain objects over the same connection, for rules; written at the end."""
        return Rows(self.connection, self._info)

    def end(self) -> None:
        """Write what the rows still hold."""
        if "rows" in self.__dict__:
            self.rows.write()

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement, for many rows when `parameters` is a list."""
        return self.connection.execute(statement, parameters)

    def hint(self, topic: str) -> None:
        """Wake who watches `topic` after the commit."""
        self.hints.add(topic)


Work = Callable[[Transaction], T]
"""A unit of work: all of it is done, or, when it raises, nothing."""


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """How one unit of work ended, after the commit that it was part of."""

    value: T | None
    error: BaseException | None
    hints: frozenset[str] = frozenset()
    lines: tuple[Callable[[], None], ...] = ()

    def tell(self) -> None:
        """Log and count what `after_commit` was told."""
        for line in self.lines:
            line()


def run_alone(connection: Connection, work: Work[T], info: Mapping[str, object]) -> Outcome[T]:
    """Run a unit of work in the caller's transaction; raises what it raises."""
    transaction = Transaction(connection, info)
    value = work(transaction)
    transaction.end()
    return Outcome(value, None, frozenset(transaction.hints), tuple(transaction.lines))


def run_together(
    connection: Connection, works: Sequence[Work[Any]], info: Mapping[str, object]
) -> list[Outcome[Any]]:
    """Run units of work in one SQLite transaction, each inside a savepoint of its own.

    One that raises leaves nothing behind and disturbs no other. What breaks the transaction as a
    whole (no room, no lock, a commit that fails) is every one's error.
    """
    run = _inside_savepoint if len(works) > 1 else run_alone
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcomes = [run(connection, work, info) for work in works]
        connection.exec_driver_sql("COMMIT")
    except BaseException as error:
        # An error of SQLite may have ended the transaction already.
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        if not isinstance(error, Exception):
            raise
        return [Outcome(None, error) for _ in works]
    return outcomes


def _inside_savepoint(
    connection: Connection, work: Work[Any], info: Mapping[str, object]
) -> Outcome[Any]:
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        outcome = run_alone(connection, work, info)
    except Exception as error:
        try:
            connection.exec_driver_sql("ROLLBACK TO work")
        except SQLAlchemyError:
            raise error from None  # it ended the whole transaction
        outcome = Outcome(None, error)
    connection.exec_driver_sql("RELEASE work")
    return outcome
