"""M-Pesa statements of every layout become movements, and what cannot is named."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.errors import BadInput
from payment_app.domain.movements import Movement, MovementKind, kind_of
from payment_app.services.books.layouts import read_amount, read_time
from payment_app.services.books.statement import Period, Statement, read_statement
from tests.unit.books import files

NINE = datetime(2026, 11, 20, 6, 15, 2, tzinfo=UTC)


def facts(statement: Statement) -> list[tuple[str, MovementKind, Decimal, str]]:
    return [(m.receipt, m.kind, m.amount, m.account) for m in statement.movements]


def workbook(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


class TestTheFourLayouts:
    def test_an_account_statement(self) -> None:
        read = read_statement(files.ACCOUNT.encode())
        assert facts(read) == [
            ("UK20AAAA01", MovementKind.CHARGE, Decimal("-13.75"), ""),
            ("UK20AAAA01", MovementKind.PAYMENT, Decimal(2500), "bk 0001"),
        ]
        assert read.shortcode == "174379"
        assert read.movements[1].at == NINE
        assert read.movements[1].party == "25470****111 - ASHA **** N"
        assert read.period == Period(
            datetime(2026, 11, 19, 21, tzinfo=UTC), datetime(2026, 11, 21, 20, 59, 59, tzinfo=UTC)
        )
        assert [(s.line, s.reason) for s in read.skipped] == [
            (10, "It is not completed but “Cancelled”."),
            (11, "It has no receipt number: a total or a note."),
        ]
        assert read.doubts == []

    def test_the_new_template(self) -> None:
        read = read_statement(files.NEW_TEMPLATE.encode("utf-8-sig"))
        assert facts(read) == [
            ("UK20BBBB03", MovementKind.SETTLEMENT, Decimal("-4850.00"), ""),
            ("UK20BBBB02", MovementKind.PAYMENT, Decimal("2350.00"), "BK0002"),
            ("UK20BBBB01", MovementKind.PAYMENT, Decimal("2500.00"), "BK0001"),
        ]
        assert read.movements[1].party == "999002 - LAKE BANK"
        assert read.doubts == []

    def test_a_head_offices_report_has_a_balance_for_each_store(self) -> None:
        read = read_statement(files.HEAD_OFFICE.encode())
        assert [m.amount for m in read.movements] == [500, 80, Decimal("-2.75"), 20]
        assert read.movements[3].kind is MovementKind.PAYMENT, "people pay from Airtel Money so"
        assert read.doubts == []

    def test_a_tills_workbook(self) -> None:
        rows: list[list[object]] = [
            ["M-PESA FULL STATEMENT - Merchant"],
            files.TILL_HEADER.split(","),
        ]
        rows += [[*row.split(",")] for row in files.TILL_ROWS]
        rows[2][4] = 5600.0  # a cell may be a number
        read = read_statement(workbook(rows))
        assert facts(read) == [
            ("UK20DDDD01", MovementKind.PAYMENT, Decimal(5600), ""),
            ("UK20DDDD02", MovementKind.OVERDRAFT, Decimal(-5600), ""),
        ]
        assert read.doubts == []


class TestWhatMakesAFileDoubtful:
    def test_a_line_that_was_taken_out(self) -> None:
        lines = files.NEW_TEMPLATE.split("\r\n")
        read = read_statement("\r\n".join([*lines[:2], *lines[3:]]).encode())
        (doubt,) = read.doubts
        assert "UK20BBBB01 (line 3) and UK20BBBB03 (line 2) the balance jumps" in doubt

    def test_totals_that_are_not_those_of_the_lines(self) -> None:
        changed = files.ACCOUNT.replace("Completed,2500,,2600", "Completed,2400,,2600")
        doubts = " ".join(read_statement(changed.encode()).doubts)
        assert "The file says total paid in KSh 2,500, its lines add up to KSh 2,400." in doubts
        assert "is not the closing KSh 2,586.25" in doubts

    def test_a_thousand_doubts_are_few_words(self) -> None:
        rows = [
            f"UK20EEEE{n:02X},2026-11-20 09:00:00,Pay Bill,Completed,5,0,{n * 7},x,y"
            for n in range(60)
        ]
        file = "\n".join([files.TILL_HEADER, *rows])
        doubts = read_statement(file.encode()).doubts
        assert len(doubts) == 21
        assert doubts[-1].startswith("And 3")

    def test_a_report_of_today_covers_today_until_it_was_made(self) -> None:
        early = files.ACCOUNT.replace("22-11-2026 07:00:00", "21-11-2026 12:00:00")
        assert read_statement(early.encode()).period.last == datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0", b"a,b,c\n1,2,3\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", b'"' * 99],
    ids=["empty", "binary", "other columns", "zip", "xls", "quotes"],
)
def test_what_is_no_statement_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_statement(content)
    assert refused.value.code == "invalid_file"
    assert refused.value.sentence.endswith(".")


def test_a_statement_without_a_movement_says_so() -> None:
    with pytest.raises(BadInput, match="no completed movement"):
        read_statement(files.TILL_HEADER.encode())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("UK20FFFF01,yesterday,x,Completed,5,0,5,,", "Its time “yesterday” cannot be read."),
        ("UK20FFFF01,31/02/2026 10:00,x,Completed,5,0,5,,", "“31/02/2026 10:00” cannot be read."),
        ("UK20FFFF01,2026-11-20 09:00:00,x,Completed,five,0,5,,", "Its amount cannot be read."),
        ("UK20FFFF01,2026-11-20 09:00:00,x,Completed,-5,0,5,,", "Its amount cannot be read."),
        ("UK20FFFF01,2026-11-20 09:00:00,x,Completed,5,5,5,,", "Its amount cannot be read."),
        ("UK20FFFF01,2026-11-20 09:00:00,x,Completed,0,0,5,,", "No money moved in it."),
        ("UK20FFFF01", "Its time “” cannot be read."),
    ],
)
def test_a_line_that_is_left_out_says_why(row: str, reason: str) -> None:
    file = "\n".join([files.TILL_HEADER, files.TILL_ROWS[0], row])
    read = read_statement(file.encode())
    (skipped,) = read.skipped
    assert skipped.line == 3
    assert reason in skipped.reason


@pytest.mark.parametrize(
    ("words", "amount", "kind"),
    [
        ("Pay Bill Charge", -5, MovementKind.CHARGE),
        ("Pay Utility Reversal", -5, MovementKind.REFUND),
        ("Reversal charge", -5, MovementKind.CHARGE),
        ("Pay Utility with OD via STK", 5, MovementKind.PAYMENT),
        ("Standing Order Pay Bill", 5, MovementKind.PAYMENT),
        ("Utility Account to Organization Settlement Account", -5, MovementKind.SETTLEMENT),
        ("Business Payment to 2547", -5, MovementKind.PAYOUT),
        ("Organization To Organization Transfer", -5, MovementKind.TRANSFER),
        ("Organization To Organization Transfer", 5, MovementKind.PAYMENT),
    ],
)
def test_the_kind_of_a_line(words: str, amount: int, kind: MovementKind) -> None:
    assert kind_of(words, Decimal(amount)) is kind


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_a_statement_or_a_refusal(content: bytes) -> None:
    with suppress(BadInput):
        read_statement(content)


_CELLS = ("UK20FFFF01", "2026-11-20 09:00", "99-99-9999 00:00", "Completed", "5", "-5", "", "Ω")
_ODD = ("1e9", "9" * 40, "NaN", "Pay Bill Acc.", '"', "0001-01-01 00:00", "\r")


@given(st.lists(st.lists(st.sampled_from(_CELLS + _ODD), max_size=9), max_size=6))
def test_any_rows_below_a_header_are_read_or_left_out(rows: list[list[str]]) -> None:
    lines = [files.TILL_HEADER, files.TILL_ROWS[0], *map(",".join, rows)]
    try:
        read = read_statement("\n".join(lines).encode())
    except BadInput:
        return
    assert all(isinstance(m, Movement) and m.amount and m.at.tzinfo for m in read.movements)


@given(st.text(max_size=30))
def test_times_and_amounts_are_read_or_nothing(text: str) -> None:
    at, amount = read_time(text), read_amount(text)
    assert at is None or at.tzinfo is UTC
    assert amount is None or amount.is_finite()
