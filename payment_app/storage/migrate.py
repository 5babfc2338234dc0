"""Bring the database to the newest schema, safely from several processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from payment_app.storage.database import make_sqlite_folder, sync_engine
from payment_app.storage.dialect import advisory_lock, on_sqlite

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> None:
    """Apply all missing migrations in one transaction; a second process waits, then finds none."""
    make_sqlite_folder(database_url)
    engine = sync_engine(database_url)
    with engine.connect() as connection:
        if on_sqlite(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        advisory_lock(connection, "migrate", "schema")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def alembic_config() -> Config:
    """Alembic's settings for the history inside the package."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def newest_revision() -> str | None:
    """The revision that the code needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()
