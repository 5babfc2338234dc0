"""An M-Pesa statement as the portal exports it, read into movements; what is left out says why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from payment_app.domain.errors import BadInput
from payment_app.domain.movements import Movement, kind_of
from payment_app.services.books.layouts import Columns, header_in, read_amount, read_time
from payment_app.services.books.spreadsheet import Row, rows_of

_HEADER_WITHIN = 60
"""Lines before the header: a report's preamble has about seven."""
_MOST_DOUBTS = 20
_RECEIPT = re.compile(r"[A-Z0-9]{6,20}")
_ACCOUNT = re.compile(r"\bAcc\.[ \t]*(?P<account>.*?)(?: via .*)?$", re.DOTALL)
_PARTY = re.compile(
    r"\b(?:from|by|to(?! Pay Bill)) (?P<party>.+?)(?: Acc\..*| via .*)?$", re.DOTALL
)


@dataclass(frozen=True)
class Skipped:
    """A line that is no movement, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Period:
    """What a statement covers: from and until, UTC, both included."""

    first: datetime
    last: datetime


@dataclass
class Statement:
    """A statement file.

    Attributes:
        shortcode: whose it is, empty where the file does not say.
        period: as its preamble says, else from its first to its last movement.
        skipped: lines left out, in the file's order.
        doubts: why the file may be incomplete, in whole sentences.
    """

    shortcode: str
    period: Period
    movements: list[Movement]
    skipped: list[Skipped] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_statement(content: bytes) -> Statement:
    """Read a statement in any of Safaricom's layouts.

    Raises:
        BadInput: `invalid_file`, when it is no statement or holds no movement.
    """
    rows = enumerate(rows_of(content), start=1)
    preamble, columns = _find_header(rows)
    reader = _Reader(columns)
    for line, row in rows:
        reader.take(line, row)
    if not reader.movements:
        raise BadInput("invalid_file", "The statement holds no completed movement of money.")
    told = _facts(preamble)
    return Statement(
        shortcode=told.get("short code", ""),
        period=_covered(told, _period(preamble) or _spanned(reader.movements)),
        movements=reader.movements,
        skipped=reader.skipped,
        doubts=_few([*_sums_that_differ(told, reader.movements), *reader.broken_balances()]),
    )


def _few(doubts: list[str]) -> list[str]:
    more = len(doubts) - _MOST_DOUBTS
    return [*doubts[:_MOST_DOUBTS], f"And {more:,} more like these."] if more > 0 else doubts


def _find_header(rows: Iterator[tuple[int, Row]]) -> tuple[list[Row], Columns]:
    preamble: list[Row] = []
    for line, row in rows:
        columns = header_in(row)
        if columns:
            return preamble, columns
        preamble.append(row)
        if line >= _HEADER_WITHIN:
            break
    raise BadInput(
        "invalid_file",
        "This is no M-Pesa statement: no line names a receipt number, a completion time, details, "
        "paid in and withdrawn.",
    )


class _Reader:
    """Takes the lines below the header one by one."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.movements: list[Movement] = []
        self.skipped: list[Skipped] = []
        # A report of a head office holds several accounts, each with a balance of its own.
        self._by_account: dict[tuple[str, str], list[Movement]] = defaultdict(list)

    def take(self, line: int, row: Row) -> None:
        """Read one line."""
        if not any(row):
            return
        read = self._read(line, row)
        if isinstance(read, str):
            self.skipped.append(Skipped(line, read))
            return
        self.movements.append(read)
        account = self._columns.cell(row, "store"), self._columns.cell(row, "purse")
        self._by_account[account].append(read)

    def broken_balances(self) -> list[str]:
        """Where a balance does not follow from the one before: a line may be missing there."""
        return [words for lines in self._by_account.values() for words in _breaks(lines)]

    def _read(self, line: int, row: Row) -> Movement | str:
        """The movement, or why there is none."""
        cell = self._columns.cell
        receipt = cell(row, "receipt").upper()
        if not _RECEIPT.fullmatch(receipt):
            return "It has no receipt number: a total or a note."
        status = cell(row, "status")
        if status and status.lower() != "completed":
            return f"It is not completed but “{status[:40]}”."
        at = read_time(cell(row, "time"))
        if at is None:
            return f"Its time “{cell(row, 'time')[:40]}” cannot be read."
        amount = self._amount(row)
        if amount is None:
            return "Its amount cannot be read."
        if not amount:
            return "No money moved in it."
        return self._movement(line, row, receipt, at, amount)

    def _amount(self, row: Row) -> Decimal | None:
        paid_in = read_amount(self._columns.cell(row, "paid_in"))
        withdrawn = read_amount(self._columns.cell(row, "withdrawn"))
        if paid_in is None or withdrawn is None or paid_in < 0 or (paid_in and withdrawn):
            return None
        # One layout writes what was withdrawn as -15.00, another as 15.00.
        return paid_in or -abs(withdrawn)

    def _movement(
        self, line: int, row: Row, receipt: str, at: datetime, amount: Decimal
    ) -> Movement:
        details = " ".join(self._columns.cell(row, "details").split())
        words = f"{details} {self._columns.cell(row, 'type')}"
        return Movement(
            receipt=receipt,
            kind=kind_of(words, amount),
            amount=amount,
            at=at,
            balance=self._balance(row),
            account=self._columns.cell(row, "account") or _named(_ACCOUNT, details, "account"),
            party=self._columns.cell(row, "party") or _named(_PARTY, details, "party"),
            details=details,
            line=line,
        )

    def _balance(self, row: Row) -> Decimal | None:
        text = self._columns.cell(row, "balance")
        return read_amount(text) if text else None


def _named(pattern: re.Pattern[str], details: str, group: str) -> str:
    found = pattern.search(details)
    return found[group].strip() if found else ""


# what the preamble says


def _facts(preamble: Iterable[Row]) -> dict[str, str]:
    """`Short Code:,123456` and the like, by their name in lower case."""
    told: dict[str, str] = {}
    for row in preamble:
        for name, value in pairwise(row):
            if name.endswith(":"):
                told.setdefault(name[:-1].strip().lower(), value)
    return told


def _period(preamble: Iterable[Row]) -> Period | None:
    for row in preamble:
        times = [at for at in map(read_time, row) if at is not None]
        if row and row[0].lower().startswith("time period") and len(times) == 2:
            return Period(*times)
    return None


def _covered(told: Mapping[str, str], period: Period) -> Period:
    """A period that had not ended when the report was made ends with the report."""
    reported = read_time(told.get("date of report", ""))
    ended = reported is None or not period.first <= reported < period.last
    return period if ended or reported is None else Period(period.first, reported)


def _spanned(movements: Sequence[Movement]) -> Period:
    times = [movement.at for movement in movements]
    return Period(min(times), max(times))


def _sums_that_differ(told: Mapping[str, str], movements: Sequence[Movement]) -> Iterator[str]:
    """The preamble's own totals against the lines below it."""
    paid_in = sum((m.amount for m in movements if m.amount > 0), Decimal(0))
    withdrawn = sum((-m.amount for m in movements if m.amount < 0), Decimal(0))
    for name, found in (("total paid in", paid_in), ("total withdrawn", withdrawn)):
        written = read_amount(told.get(name, ""))
        if told.get(name) and written is not None and abs(written) != found:
            yield f"The file says {name} KSh {abs(written):,}, its lines add up to KSh {found:,}."
    opening, closing = (
        read_amount(told.get(f"{end} balance", "")) for end in ("opening", "closing")
    )
    if not (told.get("opening balance") and told.get("closing balance")):
        return
    if opening is not None and closing is not None and opening + paid_in - withdrawn != closing:
        yield (
            f"Opening KSh {opening:,} + in KSh {paid_in:,} - out KSh {withdrawn:,} "
            f"is not the closing KSh {closing:,}."
        )


def _breaks(lines: Sequence[Movement]) -> list[str]:
    """Where the running balance jumps; files begin with the newest or the oldest line."""
    told = [line for line in lines if line.balance is not None]
    if not told or told[0].at > told[-1].at:
        return _jumps(told[::-1])
    if told[0].at < told[-1].at:
        return _jumps(told)
    return min(_jumps(told), _jumps(told[::-1]), key=len)


def _jumps(lines: Sequence[Movement]) -> list[str]:
    return [
        f"Between {one.receipt} (line {one.line}) and {next_.receipt} (line {next_.line}) the "
        f"balance jumps: a line may be missing."
        for one, next_ in pairwise(lines)
        if (one.balance or 0) + next_.amount != next_.balance
    ]
