"""`migrate`, `backup` and `restored`: the database as a file that an operator looks after."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from payment_app.cli.outcome import OK, NotWell, database_errors, the_settings


def migrate(_: argparse.Namespace, __: list[str]) -> int:
    """Bring the database to the newest schema and say its revision."""
    from payment_app.storage.migrate import migrate as bring_up
    from payment_app.storage.migrate import newest_revision

    settings = the_settings()
    with database_errors("The database could not be migrated"):
        bring_up(settings.database_url)
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
    print(f"{shown} is at revision {newest_revision()}.")
    return OK


def backup(options: argparse.Namespace, _: list[str]) -> int:
    """Copy the SQLite database while the app runs, and verify the copy."""
    from payment_app.services.operations.backup import (
        BackupFailed,
        back_up,
        backup_name,
        forget_old,
    )
    from payment_app.services.shared.clock import system_clock

    settings, now = the_settings(), system_clock()
    target = Path(options.target) if options.target else settings.data_folder / "backups"
    if target.is_dir() or not options.target:
        target /= backup_name(now)
    try:
        made = back_up(settings.database_url, target, now)
    except BackupFailed as failure:
        raise NotWell(str(failure)) from failure
    print(f"{made.path}: {made.payments} payments, {made.size:,} bytes, read back and whole.")
    asyncio.run(_note_backup(settings.database_url, now))
    if options.keep:
        for path in forget_old(made.path.parent, options.keep):
            print(f"{path} was deleted.")
    return OK


async def _note_backup(database_url: str, now: datetime) -> None:
    """Let the settings page say when the last backup was made; a busy database is no failure."""
    from payment_app.services.operations.health import BACKUP_MARK
    from payment_app.services.shared.checkpoint import set_mark
    from payment_app.storage.database import Database

    database = Database(database_url)
    try:
        with contextlib.suppress(SQLAlchemyError, OSError):
            await set_mark(database, BACKUP_MARK, now)
    finally:
        await database.close()


def restored(options: argparse.Namespace, _: list[str]) -> int:
    """Mark a restored PostgreSQL database, so that the app reconciles before new payments."""
    from payment_app.services.operations.restore import mark_restored
    from payment_app.services.shared.clock import system_clock
    from payment_app.storage.database import Database

    async def mark(database_url: str) -> None:
        database = Database(database_url)
        try:
            await mark_restored(database, options.to or system_clock())
        finally:
            await database.close()

    settings = the_settings()
    with database_errors("The database could not be marked"):
        asyncio.run(mark(settings.database_url))
    print("Marked: at its next start the app asks M-Pesa about open payments before it takes new.")
    return OK
