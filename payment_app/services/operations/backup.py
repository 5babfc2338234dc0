"""An online, verified copy of the SQLite database. PostgreSQL has better tools of its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from payment_app.services.operations.restore import MARK
from payment_app.storage.migrate import newest_revision

_PREFIX, _SUFFIX = "payment_app-", ".db"


class BackupFailed(Exception):
    """There is no good copy; the sentence says why."""


@dataclass(frozen=True)
class Backup:
    """A copy that was read back and found whole."""

    path: Path
    payments: int
    size: int


def backup_name(at: datetime) -> str:
    """The file's name when none was given; names sort by time."""
    return f"{_PREFIX}{at:%Y%m%dT%H%M%SZ}{_SUFFIX}"


def back_up(database_url: str, target: Path, at: datetime) -> Backup:
    """Copy the database while the app runs, verify the copy, and give it its name.

    The copy carries a mark that makes a restored app reconcile before it takes new payments.

    Raises:
        BackupFailed: not SQLite, no such database, the target exists, or the copy is not whole.
    """
    source = _source(database_url)
    if target.exists():
        raise BackupFailed(f"{target} exists already; nothing was overwritten.")
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600))
        _copy(source, unfinished, at)
        payments = _verify(unfinished)
        _keep(unfinished, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The copy could not be made: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(target, payments, target.stat().st_size)


def forget_old(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` copies that carry our own names; what was deleted."""
    copies = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    old = copies[: max(0, len(copies) - keep)]
    for path in old:
        path.unlink()
    return old


def _source(database_url: str) -> Path:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        raise BackupFailed(
            "This command copies SQLite databases. For PostgreSQL use its own backups "
            "(docs/operations.md, “Backups”)."
        )
    path = Path(url.database or "")
    if not path.is_file():
        raise BackupFailed(f"There is no database at {path}.")
    return path


def _copy(source: Path, target: Path, at: datetime) -> None:
    with (
        closing(sqlite3.connect(source, timeout=30)) as ours,
        closing(sqlite3.connect(target)) as copy,
    ):
        ours.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL beside it
        with copy:
            copy.execute(
                "INSERT OR REPLACE INTO app_mark (name, at, detail) VALUES (?, ?, 'backup')",
                (MARK, at.strftime("%Y-%m-%d %H:%M:%S.%f")),
            )


def _verify(path: Path) -> int:
    """Read the copy back; how many payments it holds."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise BackupFailed(f"The copy is damaged: {verdict}.")
        if copy.execute("PRAGMA foreign_key_check").fetchone():
            raise BackupFailed("The copy is damaged: rows refer to rows that are missing.")
        revision = copy.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if revision != newest_revision():
            raise BackupFailed(f"The copy is at revision {revision}: run migrate first.")
        return int(copy.execute("SELECT count(*) FROM payment").fetchone()[0])


def _keep(unfinished: Path, target: Path) -> None:
    """Onto the disk for good, and only then under its name."""
    for path in (unfinished, unfinished.parent):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    unfinished.rename(target)
