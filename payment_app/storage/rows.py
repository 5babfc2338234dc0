"""Rows of one transaction as plain objects: read, changed in memory, written by few statements.

The ORM's session does the same at three to five times the cost, which the way of money pays a dozen
times for each payment. Nothing here is written or read behind the caller's back: what was changed
is in the database after `write`, not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import NoResultFound
from sqlmodel import SQLModel

from payment_app.storage.dialect import table_of

Row = TypeVar("Row", bound=SQLModel)


class _Kind:
    """What the rows of one table have in common."""

    def __init__(self, model: type[SQLModel]) -> None:
        self.table: Table = table_of(model)
        self.names = tuple(column.name for column in self.table.columns)
        (key,) = self.table.primary_key.columns
        self.key = key.name
        self.place = self.names.index(key.name)
        self.defaults: dict[str, Any] = {
            name: field.default
            for name, field in model.model_fields.items()
            if not field.is_required()
        }
        self.insert: Insert = insert(self.table)

    def row(self, values: Mapping[str, Any]) -> Any:
        """A row that holds `values` by column."""
        row = _PlainRow()
        row._of = self
        vars(row).update(values)
        return row


class _PlainRow:
    """A row without instrumentation: its attributes are its columns, and nothing else."""

    __slots__ = ("__dict__", "_of")
    _of: _Kind


@lru_cache
def _kind(model: type[SQLModel]) -> _Kind:
    return _Kind(model)


@lru_cache(maxsize=512)
def _update(table: Table, key: str, names: tuple[str, ...]) -> Update:
    """Change these columns of one row; built once, as building costs as much as running it."""
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(table).where(table.c[key] == bindparam("the_key")).values(values)


class Rows:
    """The rows that one transaction works with: each is one object, however often it is read.

    Rows have the attributes of their model and are typed as such, without being objects of the ORM.

    Args:
        info: what the rules share within the transaction, such as the keys of the seals.
    """

    def __init__(self, connection: Connection, info: dict[Any, Any]) -> None:
        self.connection = connection
        self.info = info
        self._known: dict[tuple[_Kind, Any], tuple[Any, dict[str, Any]]] = {}
        self._added: dict[_Kind, list[Any]] = {}

    def execute(
        self, statement: Executable, parameters: Any = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement; it does not see what was changed since the last `write`."""
        return self.connection.execute(statement, parameters)

    def read(self, model: type[Row], statement: Executable, parameters: Any = None) -> list[Row]:
        """The rows that a statement over all columns of `model`'s table gives.

        A row that is known already is told what stands there now, unless it was changed here.
        """
        kind = _kind(model)
        found = self.connection.execute(statement, parameters)
        return [self._take(kind, values) for values in found]

    def read_one(self, model: type[Row], statement: Executable, parameters: Any = None) -> Row:
        """The same where there must be one.

        Raises:
            NoResultFound: there is none.
        """
        found = self.read(model, statement, parameters)
        if not found:
            raise NoResultFound(f"there is no such {_kind(model).table.name}")
        return found[0]

    def _take(self, kind: _Kind, values: Any) -> Any:
        name = (kind, values[kind.place])
        known = self._known.get(name)
        read = dict(zip(kind.names, values, strict=True))
        if known is None:
            row = kind.row(read)
        else:
            row, was = known
            if vars(row) != was:
                return row
            vars(row).update(read)
        self._known[name] = (row, read)
        return row

    def add(self, model: type[Row], **columns: Any) -> None:
        """Insert a row at the next `write`; columns that are not named have the model's default."""
        kind = _kind(model)
        self._added.setdefault(kind, []).append(self._values(kind, columns))

    def insert(self, model: type[Row], **columns: Any) -> Row:
        """Insert a row now, and know it by the key that the database gave it."""
        kind = _kind(model)
        values = self._values(kind, columns)
        made = self.connection.execute(kind.insert, values).inserted_primary_key
        values = dict.fromkeys(kind.names) | values | {kind.key: made[0] if made else None}
        row = kind.row(values)
        self._known[kind, values[kind.key]] = (row, dict(values))
        return cast(Row, row)

    def _values(self, kind: _Kind, columns: dict[str, Any]) -> dict[str, Any]:
        values = kind.defaults | columns
        if values.get(kind.key) is None:
            values.pop(kind.key, None)
        return values

    def write(self) -> None:
        """Write all that was changed or added, in few statements, in the order of tables and keys.

        Raises:
            SQLAlchemyError: the database refused it; the transaction cannot go on.
        """
        for (kind, names), changes in sorted(self._changes().items(), key=_by_table):
            changes.sort(key=itemgetter("the_key"))
            self.connection.execute(_update(kind.table, kind.key, names), changes)
        added, self._added = self._added, {}
        for kind, rows in added.items():
            self.connection.execute(kind.insert, rows)

    def _changes(self) -> dict[tuple[_Kind, tuple[str, ...]], list[dict[str, Any]]]:
        """What changed since it was read or written, by table and columns."""
        changes: dict[tuple[_Kind, tuple[str, ...]], list[dict[str, Any]]] = {}
        for (kind, key), (row, was) in self._known.items():
            now = vars(row)
            if now == was:
                continue
            changed = {name: now[name] for name in kind.names if now[name] != was[name]}
            of_kind = changes.setdefault((kind, tuple(changed)), [])
            of_kind.append(changed | {"the_key": key})
            was.update(changed)
        return changes


def _by_table(item: tuple[tuple[_Kind, Iterable[str]], Any]) -> tuple[str, Iterable[str]]:
    (kind, names), _ = item
    return kind.table.name, names


def identity(row: object) -> object | None:
    """What makes a plain row the same as another: its table and key; `None` for other objects."""
    if not isinstance(row, _PlainRow):
        return None
    return row._of.table.name, vars(row)[row._of.key]
