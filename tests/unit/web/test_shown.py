"""Money, time, refusals and receipts, as the pages say them."""

from __future__ import annotations

import pytest

from payment_app.domain.errors import (
    BadInput,
    Conflict,
    Refusal,
    RefusedByMpesa,
    TooMany,
    Unavailable,
)
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.payer.formats import ksh, nairobi_time, waiting_time
from payment_app.web.payer.pay.problem import Problem, problem_of, unexpected_problem
from payment_app.web.payer.receipt.view import show_receipt
from payment_app.web.texts import LANGUAGES, words

EN = words("en")
ORIGIN = "https://pay.example"


def test_money_does_not_break_over_lines() -> None:
    assert ksh(1234567) == "KSh\u00a01,234,567"


def test_times_are_nairobis() -> None:
    assert nairobi_time("2026-11-23T21:32:05Z", EN) == "24 Nov 2026, 00:32 EAT"
    assert nairobi_time("2026-08-01T09:00:00+03:00", words("sw")) == "1 Ago 2026, 09:00 EAT"
    assert nairobi_time("", EN) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 s"), (89, "89 s"), (90, "2 min"), (121, "3 min"), (1800, "30 min")]
)
def test_waiting_is_rounded_up(seconds: int, text: str) -> None:
    assert waiting_time(seconds, EN) == text


def test_a_wrong_number_is_said_beside_its_field() -> None:
    problem = problem_of(BadInput("invalid_phone_number", "x"), EN)
    assert "07 or 01" in problem.phone
    assert (problem.amount, problem.notice) == ("", "")


@pytest.mark.parametrize("code", ["invalid_amount", "wrong_amount"])
def test_a_wrong_amount_is_said_beside_its_field(code: str) -> None:
    problem = problem_of(BadInput(code, "x"), EN)
    assert problem.amount
    assert (problem.phone, problem.notice) == ("", "")


@pytest.mark.parametrize("code", ["too_soon", "too_many_prompts"])
def test_a_limit_says_how_long_and_locks_the_button(code: str) -> None:
    problem = problem_of(TooMany(code, "x", 95), EN)
    assert "2 min" in problem.notice
    assert problem.wait == 95


@pytest.mark.parametrize("code", ["booking_paid", "booking_closed"])
def test_what_the_card_says_anyway_is_not_said_twice(code: str) -> None:
    assert problem_of(Conflict(code, "x"), EN) == Problem()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "refusal",
    [
        Conflict("payment_in_progress", "x"),
        Unavailable("mpesa_unavailable", "x"),
        Refusal("never_heard_of", "x"),
        RefusedByMpesa("refused_by_mpesa", "x"),
        RefusedByMpesa("refused_by_mpesa", "x", "setup"),
        RefusedByMpesa("refused_by_mpesa", "x", "never_heard_of"),
    ],
)
def test_every_other_refusal_is_a_notice_in_words(refusal: Refusal, lang: str) -> None:
    problem = problem_of(refusal, words(lang))
    assert problem.notice
    assert "{" not in problem.notice
    assert problem.wait == 0


def test_our_own_fault_does_not_claim_that_nothing_happened() -> None:
    assert "Look at your phone" in unexpected_problem(EN).notice


def receipt(number: str = "SG722NMVXQ", refunded: int = 0) -> ReceiptView:
    return ReceiptView(
        merchant="Smart Storage",
        title="Unit B14",
        reference="BK7F2QX9",
        amount=2500,
        paid_at="2026-11-23T11:32:05Z",
        status="completed",
        booking_total=2500,
        booking_paid=2500 - refunded,
        booking_due=0,
        pay_path="/pay/x",
        receipt_number=number,
        phone_masked="0712 •••678",
        amount_refunded=refunded,
    )


def test_a_receipt_in_words() -> None:
    shown = show_receipt(receipt(), EN, ORIGIN)
    assert shown.amount == "KSh\u00a02,500"
    assert [row.value for row in shown.payment] == ["23 Nov 2026, 14:32 EAT", "0712 •••678"]
    assert shown.booking[0].value == "BK7F2QX9"
    assert shown.refunded == ""


def test_a_refund_stands_on_the_receipt() -> None:
    assert show_receipt(receipt(refunded=500), EN, ORIGIN).refunded == "KSh\u00a0500"
