"""`check`, `checkpoint`, `seal-history`, `statement`: whether the books are right."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from payment_app.cli.outcome import NOT_WELL, OK, Books, NotWell, the_settings, with_books

if TYPE_CHECKING:
    from payment_app.services.books.comparison import Comparison
    from payment_app.services.operations.findings import Broken, Findings


def check(options: argparse.Namespace, _: list[str]) -> int:
    """Check every invariant; a broken one opens a case."""
    from payment_app.services.operations.invariants import ALONE, Invariants

    async def look(books: Books) -> Findings:
        since = None
        if options.since_checkpoint:
            since = [books.checkpoints.read(Path(options.since_checkpoint))]
        invariants = Invariants(books.database, books.clock, books.keyring, books.checkpoints)
        return await invariants.check(ALONE, since=since)

    found = with_books(look)
    _print_breaks(found)
    if options.since_checkpoint is not None and not found.checkpoints:
        print("✗ There is no checkpoint to compare with.")
        return NOT_WELL
    if found.counts:
        print("Each is in the log, and a case where it has a booking. See docs/operations.md.")
        return NOT_WELL
    print(f"Every invariant holds; {found.checkpoints} checkpoints agree.")
    return OK


def _print_breaks(found: Findings) -> None:
    print(f"{found.bookings} bookings, {found.payments} payments, {found.events} events checked.")
    for broken in found.broken:
        print(f"✗ {_said_of(broken)}")
    unnamed = found.counts.total() - len(found.broken)
    if unnamed:
        print(f"✗ and {unnamed} more: {dict(found.counts)}")


def _said_of(broken: Broken) -> str:
    """One break in a line: the rule, where it is, and what is wrong."""
    places = [("booking", broken.booking_id), ("payment", broken.payment_id)]
    where = " ".join(f"{name} {number}" for name, number in places if number)
    return ": ".join(part for part in (broken.rule, where, broken.words) if part)


def checkpoint(options: argparse.Namespace, _: list[str]) -> int:
    """Take a signed checkpoint of the books and print it, for a mail or a page outside."""
    from payment_app.services.records.checkpoints import CheckpointRefused

    if options.public_key:
        print(_public_key())
        return OK
    try:
        path = with_books(lambda books: books.checkpoints.take())
    except CheckpointRefused as refused:
        raise NotWell(f"No checkpoint was taken. {refused}") from refused
    print(path.read_text(encoding="utf-8"), end="")
    print(path, file=sys.stderr)
    return OK


def _public_key() -> str:
    from payment_app.services.records.signed_note import vkey
    from payment_app.services.shared.keys.kept_secrets import keyring

    settings = the_settings()
    return vkey(settings.books_name, keyring(settings).signing_seeds[0])


def seal_history(options: argparse.Namespace, _: list[str]) -> int:
    """Seal what was loaded in bulk or is older than the seals, once an operator says so."""
    from payment_app.services.records.adoption import seal_history as seal

    done = with_books(
        lambda books: seal(books.database, books.clock, books.keyring, write=options.confirm)
    )
    were = "were sealed" if options.confirm else "carry no seal"
    print(
        f"{done.payments} payments (KSh {done.money:,} paid), {done.bookings} bookings and "
        f"{done.cases} cases {were}."
    )
    if done.refused:
        print(f"✗ {len(done.refused)} have a history that is not whole: {done.refused[:20]}")
    if not options.confirm and done.payments + done.bookings + done.cases:
        print("Are these the numbers that you loaded? Then run it again with --confirm.")
    return NOT_WELL if done.refused else OK


def statement(options: argparse.Namespace, _: list[str]) -> int:
    """Compare an M-Pesa statement with the payments of its period."""
    from payment_app.domain.errors import BadInput
    from payment_app.services.books.comparison import Books as SafaricomsBooks
    from payment_app.services.books.statement import read_statement

    settings = the_settings()
    try:
        read = read_statement(Path(options.file).read_bytes())
        books = partial(SafaricomsBooks, shortcodes=settings.collecting_shortcodes)
        found = with_books(lambda ours: books(ours.database).compare(read))
    except BadInput as refusal:
        raise NotWell(refusal.sentence) from refusal
    except OSError as error:
        raise NotWell(f"{options.file} cannot be read: {error.strerror}.") from error
    _print_comparison(found)
    return OK if found.matches else NOT_WELL


def _print_comparison(found: Comparison) -> None:
    from payment_app.services.books.words import sentence_of, summary_of

    print(summary_of(found))
    for doubt in found.statement.doubts:
        print(f"? {doubt}")
    for finding in found.findings:
        print(f"✗ {sentence_of(finding)}")
