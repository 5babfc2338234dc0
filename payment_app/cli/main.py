"""What can be typed behind `python -m payment_app`, and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn

from payment_app.cli.books import check, checkpoint, seal_history, statement
from payment_app.cli.database import backup, migrate, restored
from payment_app.cli.doctor import doctor
from payment_app.cli.outcome import INTERRUPTED, NOT_UNDERSTOOD, NOT_WELL, NotWell
from payment_app.cli.receipts import receipt_check
from payment_app.cli.simulation import seed_payments, simulator
from payment_app.cli.staff import create_staff


class _Parser(argparse.ArgumentParser):
    """Shows the whole help when a command is missing or unknown."""

    def error(self, message: str) -> NoReturn:
        self.print_help(sys.stderr)
        self.exit(NOT_UNDERSTOOD, f"\n{message}\n")


def main(argv: Sequence[str]) -> int:
    """Run one command; `argv` is what stands behind `python -m payment_app`."""
    try:
        options, rest = _parser().parse_known_args(argv)
        if rest and options.command is not simulator:
            _parser().error(f"unknown: {' '.join(rest)}")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else NOT_UNDERSTOOD
    command: Callable[[argparse.Namespace, list[str]], int] = options.command
    try:
        return command(options, rest)
    except NotWell as end:
        print(end, file=sys.stderr)
        return NOT_WELL
    except KeyboardInterrupt:
        return INTERRUPTED


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
    looking.add_argument(
        "--operator",
        action="store_true",
        help="also prove the API operator by a balance query (the app must be running)",
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
    words = "compare an M-Pesa statement (CSV, XLS, XLSX) with the payments; changes nothing"
    comparing = _add(commands, "statement", words, statement)
    comparing.add_argument("file", help="as exported from the M-Pesa portal")
    copying = _add(commands, "backup", "copy the SQLite database online, and verify it", backup)
    copying.add_argument("target", nargs="?", help="file or folder; default data/backups")
    copying.add_argument("--keep", type=_positive, help="delete all but the newest KEEP copies")
    marking = _add(commands, "restored", "say that PostgreSQL was restored to a moment", restored)
    marking.add_argument("--to", type=_moment, help="that moment, RFC 3339 with offset")
    proof = "check a receipt's code; its signature needs no database"
    proving = _add(commands, "receipt-check", proof, receipt_check)
    proving.add_argument("code", help="as scanned, or the address of the check page")
    proving.add_argument("--books", action="store_true", help="also look the payment up")
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
