"""Taking a list of payments out of the app: exactly what is filtered, in bounded memory."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import BadInput
from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import mask_numbers
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.query import PaymentQuery, PaymentRow

BATCH = 1_000
"""Rows at a time: what one look of the database, and one pause of the event loop, may take."""
MOST_SHEET_ROWS = 1_048_575
"""What a spreadsheet holds below its header."""
ZONES = {"nairobi": NAIROBI, "utc": UTC}
COLUMNS = (
    "Payment",
    "Started",
    "Paid",
    "Status",
    "Amount",
    "Refunded",
    "Customer",
    "Phone",
    "Booking",
    "Title",
    "Channel",
    "Receipt",
    "Our number",
    "Result code",
    "Attempt",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 256 * 1024

Cell = str | int | Decimal


@dataclass(frozen=True)
class Wanted:
    """How an export is to look.

    Attributes:
        zone: key of `ZONES`, for its times.
        reveal: full phone numbers instead of masked ones.
    """

    zone: str = "nairobi"
    reveal: bool = False

    def __post_init__(self) -> None:
        if self.zone not in ZONES:
            raise BadInput("invalid_zone", "The time zone must be nairobi or utc.")


async def export_csv(
    search: PaymentSearch, query: PaymentQuery, wanted: Wanted
) -> AsyncIterator[bytes]:
    """The rows as CSV in UTF-8, a chunk for each batch.

    It begins with a byte order mark, without which Excel takes UTF-8 for something else.
    """
    yield b"\xef\xbb\xbf" + _lines([COLUMNS])
    async for rows in search.stream(query, BATCH):
        yield _lines([_safe(cell) for cell in cells(row, wanted)] for row in rows)
        await asyncio.sleep(0)  # payments first


async def export_xlsx(
    search: PaymentSearch, query: PaymentQuery, wanted: Wanted
) -> AsyncIterator[bytes]:
    """The rows as a spreadsheet. It is written to a temporary file first, then sent.

    Raises:
        BadInput: `too_many_rows`, before the first byte.
    """
    if (await search.totals(query)).count > MOST_SHEET_ROWS:
        raise BadInput(
            "too_many_rows",
            f"A spreadsheet holds {MOST_SHEET_ROWS:,} rows: narrow the filter, or take the CSV.",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.xlsx"
        sheet = _Sheet(path)
        try:
            async for rows in search.stream(query, BATCH):
                await asyncio.to_thread(sheet.add, [cells(row, wanted) for row in rows])
        finally:
            await asyncio.to_thread(sheet.close)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk


def cells(row: PaymentRow, wanted: Wanted) -> list[Cell]:
    """One payment in the order of `COLUMNS`; money as numbers, times in the wanted zone."""

    def words(text: str) -> str:
        return text if wanted.reveal else mask_numbers(text)

    return [
        row.payment_id,
        _time(row.created_at, wanted.zone),
        _time(row.payment_date, wanted.zone),
        row.status,
        row.amount,
        row.amount_refunded,
        words(row.customer_name),
        row.phone_number if wanted.reveal else mask_phone(row.phone_number),
        words(row.reference),
        words(row.title),
        row.channel,
        row.receipt or "",
        words(row.transaction_id or ""),
        row.result_code or "",
        row.attempt,
    ]


class _Sheet:
    """A workbook on disk of which only the present row is in memory. Used in threads, by turns."""

    def __init__(self, path: Path) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(path.parent),
        }
        self._book = Workbook(str(path), options)
        self._sheet: Worksheet = self._book.add_worksheet("Payments")
        self._sheet.freeze_panes(1, 0)
        self._next = 0
        self.add([COLUMNS])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Append rows."""
        for row in rows:
            for column, value in enumerate(row):
                if isinstance(value, str):
                    self._sheet.write_string(self._next, column, value)
                else:
                    self._sheet.write_number(self._next, column, float(value))
            self._next += 1

    def close(self) -> None:
        """Write the file; a failed export leaves nothing that looks whole."""
        with suppress(FileNotFoundError):
            self._book.close()


def _time(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZONES[zone]):%Y-%m-%d %H:%M:%S}" if at else ""


def _safe(value: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
