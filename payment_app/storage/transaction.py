"""One transaction as one synchronous function, which costs one trip to the database's thread.

An awaited statement is a thread switch each time; a payment's way has a dozen. Such a function
awaits nothing, so the whole transaction is one switch, and on SQLite many of them, each inside a
savepoint of its own, can share one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")


@dataclass
class Transaction:
    """What a unit of work is given.

    Attributes:
        connection: for statements; it must neither commit nor roll back.
        hints: topics that changed, told to open pages once this is committed, else never.
    """

    connection: Connection
    hints: set[str] = field(default_factory=set)

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


def run_together(connection: Connection, works: Sequence[Work[Any]]) -> list[Outcome[Any]]:
    """Run units of work in one SQLite transaction, each inside a savepoint of its own.

    One that raises leaves nothing behind and disturbs no other. What breaks the transaction as a
    whole (no room, no lock, a commit that fails) is every one's error.
    """
    run = _inside_savepoint if len(works) > 1 else _alone
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcomes = [run(connection, work) for work in works]
        connection.exec_driver_sql("COMMIT")
    except BaseException as error:
        # An error of SQLite may have ended the transaction already.
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        if not isinstance(error, Exception):
            raise
        return [Outcome(None, error) for _ in works]
    return outcomes


def _alone(connection: Connection, work: Work[Any]) -> Outcome[Any]:
    transaction = Transaction(connection)
    value = work(transaction)
    return Outcome(value, None, frozenset(transaction.hints))


def _inside_savepoint(connection: Connection, work: Work[Any]) -> Outcome[Any]:
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        outcome = _alone(connection, work)
    except Exception as error:
        try:
            connection.exec_driver_sql("ROLLBACK TO work")
        except SQLAlchemyError:
            raise error from None  # it ended the whole transaction
        outcome = Outcome(None, error)
    connection.exec_driver_sql("RELEASE work")
    return outcome
