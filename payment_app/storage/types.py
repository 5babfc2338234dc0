"""Column types that are the same on SQLite and PostgreSQL, and how constraints are named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, Numeric
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType
from sqlmodel import Field, SQLModel

# Here because every module of tables imports this one: names must be set before a table is.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class _SqliteNumeric(UserDefinedType[Any]):
    """NUMERIC(10, 2) without SQLAlchemy's float detour: SQLite's affinity keeps whole numbers."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "NUMERIC(10, 2)"


class Shillings(TypeDecorator[Decimal]):
    """NUMERIC(10,2) holding whole Kenyan shillings as `Decimal`."""

    impl = Numeric(10, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteNumeric())
        return dialect.type_descriptor(Numeric(10, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        number = Decimal(str(value))
        return Decimal(int(number)) if number == number.to_integral_value() else number


class UtcDateTime(TypeDecorator[datetime]):
    """A time with zone: always UTC in the database and in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone must not reach the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time_field(**more: Any) -> Any:
    """A column that holds a moment."""
    return Field(sa_type=UtcDateTime, **more)


def stored_id(key: int | None) -> int:
    """The primary key of a row that is in the database.

    Raises:
        LookupError: the row was not written yet, so that it has none.
    """
    if key is None:
        raise LookupError("the row has no id: it was not written to the database")
    return key
