"""Rows of text from a CSV, XLS or XLSX file, told apart by content: names and types lie."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

from payment_app.domain.errors import BadInput

MOST_BYTES = 32 * 1024 * 1024
"""About 200,000 lines of a statement."""
_MOST_UNPACKED = 512 * 1024 * 1024
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = ",;\t"
_MOST_CELL = 10_000

Row = list[str]


def rows_of(content: bytes) -> Iterator[Row]:
    """The rows of the file, cells stripped, first sheet only.

    Raises:
        BadInput: `invalid_file`, when it is too large or none of the three kinds.
    """
    if len(content) > MOST_BYTES:
        raise BadInput("invalid_file", f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    if content.startswith((_ZIP, _COMPOUND)):
        return _of_workbook(content)
    return _of_text(content)


def _of_text(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    # Safaricom's files have commas; an office program that saved them again may have put others.
    head = text[:4_000]
    delimiter = max(_DELIMITERS, key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in lines:
            yield [cell.strip()[:_MOST_CELL] for cell in row]
    except csv.Error as error:
        raise BadInput("invalid_file", f"Line {lines.line_num} is no CSV: {error}.") from error


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise BadInput("invalid_file", "This is no CSV, XLS or XLSX file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _of_workbook(content: bytes) -> Iterator[Row]:
    _refuse_bomb(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        for row in sheet.iter_rows():
            yield [_as_text(cell) for cell in row]
    except (CalamineError, IndexError) as error:
        raise BadInput("invalid_file", "The spreadsheet cannot be read.") from error


def _refuse_bomb(content: bytes) -> None:
    """A small XLSX may unpack to more than the machine has."""
    if not content.startswith(_ZIP):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise BadInput("invalid_file", "The spreadsheet cannot be read.") from error
    if unpacked > _MOST_UNPACKED:
        raise BadInput("invalid_file", "The spreadsheet unpacks to more than can be read.")


def _as_text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()[:_MOST_CELL]
