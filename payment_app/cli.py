"""`python -m payment_app`: what an operator does beside the running app.

Exit codes: 0 all is well, 1 something is not, 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import structlog
from dotenv import load_dotenv
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from payment_app.services.records.checkpoints import Checkpoints
    from payment_app.services.shared.clock import Clock
    from payment_app.services.shared.seals import Keyring
    from payment_app.settings import Settings
    from payment_app.storage.database import Database

Result = TypeVar("Result")

_OK, _NOT_WELL, _NOT_UNDERSTOOD, _INTERRUPTED = 0, 1, 2, 130
_MARKS = {True: "ok", False: "✗", None: "?"}


class _Parser(argparse.ArgumentParser):
    """Shows the whole help when a command is missing or unknown."""

    def error(self, message: str) -> NoReturn:
        self.print_help(sys.stderr)
        self.exit(_NOT_UNDERSTOOD, f"\n{message}\n")


def main(argv: Sequence[str]) -> int:
    """Run one command; `argv` is what stands behind `python -m payment_app`."""
    try:
        options, rest = _parser().parse_known_args(argv)
        if rest and options.command is not simulator:
            _parser().error(f"unknown: {' '.join(rest)}")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else _NOT_UNDERSTOOD
    command: Callable[[argparse.Namespace, list[str]], int] = options.command
    try:
        return command(options, rest)
    except KeyboardInterrupt:
        return _INTERRUPTED


def migrate(_: argparse.Namespace, __: list[str]) -> int:
    """Bring the database to the newest schema and say its revision."""
    from payment_app.storage.migrate import migrate as bring_up
    from payment_app.storage.migrate import newest_revision

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    try:
        bring_up(settings.database_url)
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
    except (SQLAlchemyError, OSError) as error:
        print(f"The database could not be migrated: {error}", file=sys.stderr)
        return _NOT_WELL
    print(f"{shown} is at revision {newest_revision()}.")
    return _OK


def doctor(options: argparse.Namespace, _: list[str]) -> int:
    """Print every check as it ends."""
    from payment_app import preflight
    from payment_app.doctor.examination import Doctor

    _quiet_logs()
    settings, problems = preflight.look()

    async def examine() -> list[bool | None]:
        seen = []
        async for check in Doctor(settings, problems).examine(options.phone):
            advice = f" → {check.what_to_do}" if check.what_to_do else ""
            print(f"{_MARKS[check.ok]} {check.name}: {check.words}{advice}", flush=True)
            seen.append(check.ok)
        return seen

    seen = asyncio.run(examine())
    print(_summary(seen))
    return _NOT_WELL if False in seen else _OK


def check(options: argparse.Namespace, _: list[str]) -> int:
    """Check every invariant; a broken one opens a case."""
    from payment_app.services.operations.invariants import ALONE, Findings, Invariants

    async def look(books: Books) -> Findings:
        checkpoints: Checkpoints = books.checkpoints
        since = None
        if options.since_checkpoint:
            since = [checkpoints.read(Path(options.since_checkpoint))]
        invariants = Invariants(books.database, books.clock, books.keyring, checkpoints)
        return await invariants.check(ALONE, since=since)

    found = _with_books(look)
    if found is None:
        return _NOT_WELL
    print(f"{found.bookings} bookings, {found.payments} payments, {found.events} events checked.")
    for broken in found.broken:
        booking = f" booking {broken.booking_id}" if broken.booking_id else ""
        payment = f" payment {broken.payment_id}" if broken.payment_id else ""
        print(f"✗ {broken.rule}:{booking}{payment} {broken.words}")
    unnamed = found.counts.total() - len(found.broken)
    if unnamed:
        print(f"✗ and {unnamed} more: {dict(found.counts)}")
    if options.since_checkpoint is not None and not found.checkpoints:
        print("✗ There is no checkpoint to compare with.")
        return _NOT_WELL
    if found.counts:
        print("Each is in the log, and a case where it has a booking. See docs/operations.md.")
        return _NOT_WELL
    print(f"Every invariant holds; {found.checkpoints} checkpoints agree.")
    return _OK


def checkpoint(options: argparse.Namespace, _: list[str]) -> int:
    """Take a signed checkpoint of the books and print it, for a mail or a page outside."""
    from payment_app.services.records.checkpoints import CheckpointRefused
    from payment_app.services.records.signed_note import vkey

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    if options.public_key:
        from payment_app.services.shared.kept_secrets import keyring

        print(vkey(settings.books_name, keyring(settings).signing_seeds[0]))
        return _OK
    try:
        path = _with_books(lambda books: books.checkpoints.take())
    except CheckpointRefused as refused:
        print(f"No checkpoint was taken. {refused}", file=sys.stderr)
        return _NOT_WELL
    if path is None:
        return _NOT_WELL
    print(path.read_text(encoding="utf-8"), end="")
    print(path, file=sys.stderr)
    return _OK


def seal_history(options: argparse.Namespace, _: list[str]) -> int:
    """Seal what was loaded in bulk or is older than the seals, once an operator says so."""
    from payment_app.services.records.adoption import seal_history as seal

    done = _with_books(
        lambda books: seal(books.database, books.clock, books.keyring, write=options.confirm)
    )
    if done is None:
        return _NOT_WELL
    were = "were sealed" if options.confirm else "carry no seal"
    print(
        f"{done.payments} payments (KSh {done.money:,} paid), {done.bookings} bookings and "
        f"{done.cases} cases {were}."
    )
    if done.refused:
        print(f"✗ {len(done.refused)} have a history that is not whole: {done.refused[:20]}")
    if not options.confirm and done.payments + done.bookings + done.cases:
        print("Are these the numbers that you loaded? Then run it again with --confirm.")
    return _NOT_WELL if done.refused else _OK


def backup(options: argparse.Namespace, _: list[str]) -> int:
    """Copy the SQLite database while the app runs, and verify the copy."""
    from payment_app.services.operations.backup import (
        BackupFailed,
        back_up,
        backup_name,
        forget_old,
    )
    from payment_app.services.shared.clock import system_clock

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    now = system_clock()
    target = Path(options.target) if options.target else settings.data_folder / "backups"
    if target.is_dir() or not options.target:
        target /= backup_name(now)
    try:
        made = back_up(settings.database_url, target, now)
    except BackupFailed as failure:
        print(failure, file=sys.stderr)
        return _NOT_WELL
    print(f"{made.path}: {made.payments} payments, {made.size:,} bytes, read back and whole.")
    asyncio.run(_note_backup(settings.database_url, now))
    if options.keep:
        for path in forget_old(made.path.parent, options.keep):
            print(f"{path} was deleted.")
    return _OK


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

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    try:
        asyncio.run(mark(settings.database_url))
    except (SQLAlchemyError, OSError) as error:
        print(f"The database could not be marked: {error}", file=sys.stderr)
        return _NOT_WELL
    print("Marked: at its next start the app asks M-Pesa about open payments before it takes new.")
    return _OK


def create_staff(options: argparse.Namespace, _: list[str]) -> int:
    """Make a member of staff; the password is asked for, or read from standard input."""
    from payment_app.domain.errors import Refusal
    from payment_app.domain.staff import Role
    from payment_app.services.operations.environment_mark import ForeignDatabase, refuse_foreign
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.kept_secrets import secret_key
    from payment_app.services.staff.accounts import Accounts
    from payment_app.storage.database import Database
    from payment_app.storage.migrate import migrate as bring_up

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    password = _asked_password()
    if password is None:
        print("The two passwords are not the same. Nothing was made.", file=sys.stderr)
        return _NOT_WELL

    async def make(database_url: str) -> None:
        database = Database(database_url)
        accounts = Accounts(database, system_clock, secret_key(settings))
        role = Role(options.role)
        try:
            await accounts.create(
                email=options.email, name=options.name, role=role, password=password
            )
        finally:
            await database.close()

    try:
        refuse_foreign(settings.database_url, settings.environment)
        bring_up(settings.database_url)
        asyncio.run(make(settings.database_url))
    except Refusal as refusal:
        print(refusal.sentence, file=sys.stderr)
        return _NOT_WELL
    except ForeignDatabase as foreign:
        print(foreign, file=sys.stderr)
        return _NOT_WELL
    except (SQLAlchemyError, OSError) as error:
        print(f"The database could not be written: {error}", file=sys.stderr)
        return _NOT_WELL
    print(f"{options.email} can sign in at {settings.origin}/staff/login as {options.role}.")
    return _OK


def _asked_password() -> str | None:
    """Typed twice at a terminal, else the first line of standard input; `None` if they differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (at least 12 characters): ")
    return first if getpass.getpass("The same again: ") == first else None


def seed_payments(options: argparse.Namespace, _: list[str]) -> int:
    """Fill the database with a long history; refused where money is real."""
    from payment_app.services.demo.seeding import seed_payments as seed
    from payment_app.services.operations.environment_mark import ForeignDatabase, open_database
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.kept_secrets import keyring

    settings = _settings_or_none()
    if settings is None:
        return _NOT_WELL
    if not settings.simulated:
        print("Only in simulator mode: these payments never happened.", file=sys.stderr)
        return _NOT_WELL

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {options.count:,}", end="", file=sys.stderr, flush=True)

    try:
        open_database(settings.database_url, settings.environment, system_clock())
        made = seed(
            settings.database_url,
            options.count,
            system_clock(),
            keyring=keyring(settings),
            progress=progress,
        )
    except ForeignDatabase as foreign:
        print(foreign, file=sys.stderr)
        return _NOT_WELL
    except (SQLAlchemyError, OSError) as error:
        print(f"The database could not be written: {error}", file=sys.stderr)
        return _NOT_WELL
    print(f"{made:,} payments of the past 13 months were made.")
    return _OK


def simulator(_: argparse.Namespace, rest: list[str]) -> int:
    """Serve the simulator alone until Ctrl-C."""
    from payment_app.daraja import HttpPoster
    from payment_app.simulator import main as serve

    load_dotenv(".env")  # it reads SIMULATOR_AUTO_COMPLETE_SECONDS from the environment
    return serve(rest, deliver_factory=HttpPoster)


@dataclass
class Books:
    """The database with the keys of its books."""

    database: Database
    clock: Clock
    keyring: Keyring
    checkpoints: Checkpoints


def _with_books(work: Callable[[Books], Awaitable[Result]]) -> Result | None:
    """Run `work` on the books; what stops it is printed, and the answer is `None` then."""
    from payment_app.bootstrap import checkpoints
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.kept_secrets import keyring
    from payment_app.storage.database import Database

    settings = _settings_or_none()
    if settings is None:
        return None
    keys = keyring(settings)

    async def run() -> Result:
        database = Database(settings.database_url, keys.for_sessions())
        try:
            notes = checkpoints(settings, database, keys, system_clock)
            return await work(Books(database, system_clock, keys, notes))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (SQLAlchemyError, OSError) as error:
        print(f"The books could not be read: {error}", file=sys.stderr)
        return None


def _summary(seen: list[bool | None]) -> str:
    bad, unsure = seen.count(False), seen.count(None)
    notes = f" ({unsure} marked ? could not be measured or deserve a look)" if unsure else ""
    return f"\n{bad} to mend.{notes}" if bad else f"\nAll is well.{notes}"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m payment_app",
        description="Commands beside the running app. They read the environment and .env.",
        epilog="Exit codes: 0 all is well, 1 something is not, 2 the command was not understood.",
    )
    commands = parser.add_subparsers(metavar="command", required=True)
    _add(commands, "migrate", "bring the database to the newest schema", migrate)
    looking = _add(commands, "doctor", "check settings, database, clock, token, callback", doctor)
    looking.add_argument(
        "--phone", help="also ask this phone for a real payment of KSh 1 (the app must be running)"
    )
    words = "check every invariant of the records; a break opens a case"
    checking = _add(commands, "check", words, check)
    checking.add_argument(
        "--since-checkpoint",
        nargs="?",
        const="",
        metavar="FILE",
        help="there must be a checkpoint: this file, or the newest ones in the folder",
    )
    noting = _add(commands, "checkpoint", "take a signed checkpoint and print it", checkpoint)
    noting.add_argument("--public-key", action="store_true", help="print the key to verify with")
    sealing = _add(commands, "seal-history", "seal payments that were loaded in bulk", seal_history)
    sealing.add_argument("--confirm", action="store_true", help="do it; without it, only count")
    copying = _add(commands, "backup", "copy the SQLite database online, and verify it", backup)
    copying.add_argument("target", nargs="?", help="file or folder; default data/backups")
    copying.add_argument("--keep", type=_positive, help="delete all but the newest KEEP copies")
    marking = _add(commands, "restored", "say that PostgreSQL was restored to a moment", restored)
    marking.add_argument("--to", type=_moment, help="that moment, RFC 3339 with offset")
    staff = "make a member of staff; asks for the password"
    hiring = _add(commands, "create-staff", staff, create_staff)
    hiring.add_argument("--email", required=True, help="what the member signs in with")
    hiring.add_argument("--name", required=True, help="how colleagues see the member")
    hiring.add_argument("--role", required=True, choices=["viewer", "cashier", "finance", "admin"])
    seeding = _add(commands, "seed-payments", "make a pretended history (simulator)", seed_payments)
    seeding.add_argument("--count", type=_positive, default=10_000, help="how many; default 10000")
    alone = "serve the Daraja simulator alone (--host, --port, --any-clock, --seed)"
    _add(commands, "simulator", alone, simulator, add_help=False)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, such as 2026-11-24T09:00:00+03:00")
    return at


def _settings_or_none() -> Settings | None:
    """The settings; without them their problems are printed."""
    from payment_app.settings import read_settings

    _quiet_logs()
    settings, problems = read_settings()
    if settings is None:
        print(*problems, sep="\n", file=sys.stderr)
    return settings


def _add(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    words: str,
    command: Callable[[argparse.Namespace, list[str]], int],
    *,
    add_help: bool = True,
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=words, description=words, add_help=add_help)
    added.set_defaults(command=command)
    return added


def _quiet_logs() -> None:
    """The commands speak for themselves: their findings are not to drown in log lines."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    logging.disable(logging.ERROR)
