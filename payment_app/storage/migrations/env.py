"""Alembic's environment: the app's own metadata, the app's own connection or DATABASE_URL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, pool
from sqlmodel import SQLModel

from payment_app.settings import Settings
from payment_app.storage import (  # noqa: F401 - fills the metadata
    refund_tables,
    staff_tables,
    tables,
)
from payment_app.storage.database import make_sqlite_folder, sync_url
from payment_app.storage.search_indexes import PREFIX


def _described(name: str | None, _type: object, _parents: object) -> bool:
    """Whether the tables describe it: raw indexes and FTS tables are not for comparing."""
    return not (name or "").startswith(PREFIX)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=_described,
    )
    with context.begin_transaction():
        context.run_migrations()


def _own_connection() -> None:
    address = Settings().database_url
    make_sqlite_folder(address)
    engine = create_engine(sync_url(address), poolclass=pool.NullPool)
    with engine.connect() as connection:
        _run(connection)


_given = context.config.attributes.get("connection")
if _given is None:
    _own_connection()
else:
    _run(_given)
