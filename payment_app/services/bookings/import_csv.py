"""Bookings from a file: shown with every error first, then made all at once or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import BadInput, Conflict, Refusal
from payment_app.domain.money import shillings
from payment_app.domain.phone import normalise_phone
from payment_app.domain.staff import Permission
from payment_app.services.bookings.bookings import (
    NewBooking,
    add_booking,
    checked_expiry,
    checked_reference,
    is_reference,
)
from payment_app.services.bookings.management import BookingForm, new_booking, new_reference
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking

MOST_ROWS = 1_000
MOST_BYTES = 512 * 1024
COLUMNS = (
    "reference",
    "title",
    "amount",
    "customer_name",
    "phone_number",
    "email",
    "expires_at",
    "allow_instalments",
)
REQUIRED = ("title", "amount", "customer_name", "phone_number")
_YES = {"yes", "y", "true", "1", "ndiyo"}
_NO = {"no", "n", "false", "0", "", "hapana"}


@dataclass(frozen=True)
class ImportRow:
    """One line of the file; `problem` is empty when it can be made."""

    line: int
    reference: str
    title: str
    amount: str
    customer_name: str
    phone_number: str
    problem: str


@dataclass(frozen=True)
class Preview:
    """What a file would do.

    Attributes:
        rows: every line, in the file's order.
        bookings: what the good lines would make.
    """

    rows: list[ImportRow]
    bookings: list[NewBooking] = field(default_factory=list)

    @property
    def problems(self) -> int:
        """How many lines cannot be made."""
        return sum(bool(row.problem) for row in self.rows)


class BookingImport:
    """Reads files of bookings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def preview(self, who: Member, text: str) -> Preview:
        """What the file would do; nothing is changed.

        Raises:
            Forbidden, BadInput: `invalid_file`, when it cannot be read at all.
        """
        who.require(Permission.BOOK)
        lines = _lines(text)
        taken = await self._taken({line.get("reference", "").upper() for _, line in lines})
        rows: list[ImportRow] = []
        bookings: list[NewBooking] = []
        for number, line in lines:
            problem = ""
            try:
                new = _booking(line)
                if new.reference in taken:
                    raise BadInput("taken", f"The reference {new.reference} exists already.")
                taken.add(new.reference)
                bookings.append(new)
            except Refusal as refusal:
                problem = refusal.sentence
            rows.append(_row(number, line, problem))
        return Preview(rows, bookings)

    async def commit(self, who: Member, text: str) -> int:
        """Make every booking of the file, or none; how many that were.

        The file is read again: what a browser shows as a preview is not believed.

        Raises:
            Forbidden, BadInput: `invalid_file`.
            Conflict: `import_has_errors`; `duplicate_reference`, when one was made meanwhile.
        """
        preview = await self.preview(who, text)
        if preview.problems:
            raise Conflict(
                "import_has_errors",
                f"{preview.problems} lines of the file have errors. No booking was made: mend "
                "them and read the file again.",
            )
        now = self._clock()
        try:
            async with self._database.write() as session:
                for new in preview.bookings:
                    await add_booking(session, new, now)
                after = {"bookings": len(preview.bookings)}
                note_action(session, who, "bookings_imported", "bookings", at=now, after=after)
        except IntegrityError:
            raise Conflict(
                "duplicate_reference",
                "One of the references was taken meanwhile. No booking was made: read the file "
                "again.",
            ) from None
        return len(preview.bookings)

    async def _taken(self, references: Collection[str]) -> set[str]:
        """Which of them exist; what cannot be one is no question to the database."""
        asked = [text for text in references if is_reference(text)]
        async with self._database.read() as session:
            rows = await session.execute(
                select(col(Booking.reference)).where(col(Booking.reference).in_(asked))
            )
            return set(rows.scalars())


def _lines(text: str) -> list[tuple[int, dict[str, str]]]:
    """(number of the line, its fields by column) of every line that is not empty."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise _unreadable(f"The file is larger than {MOST_BYTES // 1024} KiB.")
    plain = text.removeprefix("\ufeff")
    first = plain.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(plain), delimiter=separator)
    try:
        names = _names(next(reader, []))
        lines = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                cells += [""] * (len(names) - len(cells))
                fields = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
                lines.append((reader.line_num, fields))
            if len(lines) > MOST_ROWS:
                raise _unreadable(f"The file has more than {MOST_ROWS:,} bookings: split it.")
    except csv.Error as error:
        raise _unreadable(f"Line {reader.line_num} cannot be read: {error}.") from None
    if not lines:
        raise _unreadable("The file has no bookings.")
    return lines


def _names(heads: Sequence[str]) -> list[str]:
    """The columns by their heads, however these are spelled."""
    names = [head.strip().lower().replace(" ", "_").replace("-", "_") for head in heads]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise _unreadable(
            f"The first line must name the columns; missing: {', '.join(missing)}. "
            f"Known are {', '.join(COLUMNS)}."
        )
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise _unreadable(f"Unknown columns: {', '.join(unknown)[:200]}.")
    if len(set(names)) < len(names):
        raise _unreadable("The first line names a column twice.")
    return names


def _booking(line: Mapping[str, str]) -> NewBooking:
    """One line within the rules of a booking.

    Raises:
        Refusal: what is wrong, in words.
    """
    form = BookingForm(
        title=line.get("title", ""),
        amount=shillings(line.get("amount", "")),
        customer_name=line.get("customer_name", ""),
        phone_number=normalise_phone(line.get("phone_number", "")),
        email=line.get("email") or None,
        expires_at=_moment(line.get("expires_at", "")),
        allow_instalments=_truth(line.get("allow_instalments", "")),
    )
    reference = line.get("reference", "").upper()
    return new_booking(form, checked_reference(reference) if reference else new_reference())


def _moment(text: str) -> datetime | None:
    """A date (until the end of that day in Nairobi) or a time with offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "invalid_expires_at", "expires_at takes a date such as 2026-12-31."
        ) from None
    if moment.tzinfo is not None:
        return moment
    if len(text) > 10:
        return moment.replace(tzinfo=NAIROBI)
    midnight = checked_expiry(moment.replace(tzinfo=NAIROBI))
    return midnight and midnight + timedelta(days=1)


def _truth(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise BadInput("invalid_allow_instalments", "allow_instalments takes yes or no.")


def _row(number: int, line: Mapping[str, str], problem: str) -> ImportRow:
    return ImportRow(
        number,
        line.get("reference", ""),
        line.get("title", ""),
        line.get("amount", ""),
        line.get("customer_name", ""),
        line.get("phone_number", ""),
        problem,
    )


def _unreadable(sentence: str) -> BadInput:
    return BadInput("invalid_file", f"{sentence} Nothing was made.")
