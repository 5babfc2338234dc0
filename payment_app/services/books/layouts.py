"""Which column of a statement is which: Safaricom has at least four layouts, and renames them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from payment_app.domain.calendar import NAIROBI

_NAMES = {
    "receipt": ("receiptno", "receiptnumber"),
    "time": ("completiontime", "starttimestamp"),
    "details": ("details", "transactionpartydetails"),
    "paid_in": ("paidin", "paidinkshs", "creditamount"),
    "withdrawn": ("withdrawn", "withdrawnkshs", "debitamount"),
    "balance": ("balance", "balancekshs"),
    "status": ("transactionstatus",),
    "type": ("reasontype", "transactiontype"),
    "party": ("otherpartyinfo",),
    "account": ("acno",),
    "store": ("storename",),
    "purse": ("accounttypename",),
}
_NEEDED = frozenset({"receipt", "time", "details", "paid_in", "withdrawn"})
_TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]"), "%Y-%m-%d"),
    (re.compile(r"\d\d-\d\d-\d{4} "), "%d-%m-%Y"),
    (re.compile(r"\d\d/\d\d/\d{4} "), "%d/%m/%Y"),
)
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?|-?\d+(\.\d+)?")
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Columns:
    """Where each fact stands in a row."""

    places: Mapping[str, int]

    def cell(self, row: Sequence[str], name: str) -> str:
        """The cell of a row, empty where the layout or the row has none."""
        place = self.places.get(name)
        return row[place] if place is not None and place < len(row) else ""


def header_in(row: Sequence[str]) -> Columns | None:
    """The columns, when `row` is the header of a statement of any layout."""
    written = {re.sub(r"[^a-z]", "", cell.lower()): i for i, cell in reversed([*enumerate(row)])}
    places = {
        name: written[spelling]
        for name, spellings in _NAMES.items()
        for spelling in spellings
        if spelling in written
    }
    return Columns(places) if places.keys() >= _NEEDED else None


def read_time(text: str) -> datetime | None:
    """A statement's time, with or without seconds, in Nairobi's clock; the answer is UTC."""
    for shape, day in _TIMES:
        if shape.match(text):
            return _parsed(text.replace("T", " "), day)
    return None


def _parsed(text: str, day: str) -> datetime | None:
    for clock in ("%H:%M:%S", "%H:%M"):
        try:
            local = datetime.strptime(text, f"{day} {clock}")  # noqa: DTZ007 - the zone comes next
        except ValueError:
            continue
        try:
            return local.replace(tzinfo=NAIROBI).astimezone(UTC)
        except OverflowError:
            return None
    return None


def read_amount(text: str) -> Decimal | None:
    """`-4,850.00`, `2500` or nothing at all, which is zero; `None` when it is no number."""
    plain = text.replace(" ", "")
    if not plain:
        return Decimal(0)
    if len(plain) > _MOST_DIGITS or not _NUMBER.fullmatch(plain):
        return None
    return Decimal(plain.replace(",", ""))
