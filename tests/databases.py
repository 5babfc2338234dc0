"""Databases for tests: a fresh one for each test that asks, on SQLite and on PostgreSQL.

SQLite is a copied file. PostgreSQL takes 0.3 s to make and drop a database, but milliseconds to
empty one: a database that a test has left with its schema as it was is emptied and lent again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from payment_app.storage.migrate import migrate

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")

_SCHEMA = """
SELECT md5(string_agg(fact, E'\\n' ORDER BY fact)) FROM (
    SELECT format('%s %s %s', c.oid::regclass, tgname, tgenabled) AS fact
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('%s %s %s %s', c.oid::regclass, attname, atttypid, attnotnull)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0
    UNION ALL
    SELECT format('%s %s', conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('%s %s', proname, md5(prosrc))
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('%s %s', datname, datconfig::text)
      FROM (SELECT 'settings' AS datname, setconfig AS datconfig FROM pg_db_role_setting
             WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())) s
) facts
"""
"""All that a test could have changed besides rows."""
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
_RESTART = (
    "SELECT setval(oid::regclass, 1, false) FROM pg_class"
    " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
)


def address(database: str) -> str:
    """The URL of one database of the PostgreSQL for tests."""
    return make_url(POSTGRESQL).set(database=database).render_as_string(hide_password=False)


def postgresql_answers() -> bool:
    """Whether the PostgreSQL for tests can be reached."""
    try:
        psycopg.connect(POSTGRESQL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


class PostgresqlShelf:
    """Migrated, empty databases that tests borrow one after the other."""

    def __init__(self, template: str) -> None:
        self.template = template
        self._free: list[str] = []
        with psycopg.connect(address(template)) as connection:
            self._clean = self._state(connection)

    @contextmanager
    def borrow(self) -> Iterator[str]:
        """The URL of an empty database; whatever the test leaves in it is gone afterwards."""
        name = self._free.pop() if self._free else self._make()
        try:
            yield address(name)
        finally:
            self._take_back(name)

    def close(self) -> None:
        """Drop them all."""
        for name in self._free:
            self._drop(name)

    def _make(self) -> str:
        name = f"payment_test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return name

    def _take_back(self, name: str) -> None:
        if self._emptied(name):
            self._free.append(name)
        else:
            self._drop(name)

    def _emptied(self, name: str) -> bool:
        with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        try:
            with psycopg.connect(address(name)) as connection:
                # The history refuses to be deleted; nobody's triggers count in this role.
                connection.execute("SET LOCAL session_replication_role = replica")
                tables = [table for (table,) in connection.execute(_TABLES).fetchall()]
                connection.execute(
                    SQL("; ").join(SQL("DELETE FROM {}").format(Identifier(t)) for t in tables)
                )
                connection.execute(_RESTART)
                return self._state(connection) == self._clean
        except psycopg.Error:
            return False  # a test has made it unusable, which may have been its point

    def _drop(self, name: str) -> None:
        with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @staticmethod
    def _state(connection: psycopg.Connection) -> object:
        """What an empty database must look like: its schema, and no row but the revision."""
        tables = [table for (table,) in connection.execute(_TABLES).fetchall()]
        rows = SQL(" UNION ALL ").join(
            SQL("SELECT count(*) FROM {}").format(Identifier(table)) for table in tables
        )
        return (
            connection.execute(_SCHEMA).fetchone(),
            connection.execute("SELECT version_num FROM alembic_version").fetchall(),
            connection.execute(SQL("SELECT sum(count) FROM ({}) n").format(rows)).fetchone(),
        )


@contextmanager
def postgresql_shelf() -> Iterator[PostgresqlShelf]:
    """A shelf around a template that is migrated once."""
    template = f"payment_template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {template}")
    migrate(address(template))
    shelf = PostgresqlShelf(template)
    try:
        yield shelf
    finally:
        shelf.close()
        with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {template} WITH (FORCE)")
