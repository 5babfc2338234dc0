from __future__ import annotations

import pytest

from payment_app.daraja import RESULT_CODES, ResultKind, RetryRule, result_code

STATUS = {
    ResultKind.PAID: "0",
    ResultKind.CANCELLED: "1031 1032",
    ResultKind.EXPIRED: "1019 1036 1037",
    ResultKind.FAILED: "1 2 3 4 8 17 26 1001 1025 2001 2002 2028 8006 9999 SFC_IC0003",
    ResultKind.PROCESSING: "4999",
}
REASONS = {
    "0": "paid",
    "1": "low_balance",
    "2": "amount",
    "3": "limit_transaction",
    "4": "limit_daily",
    "8": "limit_account",
    "17": "too_soon",
    "26": "system_busy",
    "1001": "busy",
    "1019": "expired",
    "1025": "prompt_failed",
    "9999": "prompt_failed",
    "1031": "cancelled",
    "1032": "cancelled",
    "1036": "expired",
    "1037": "unreachable",
    "2001": "wrong_pin",
    "2002": "setup",
    "2028": "setup",
    "SFC_IC0003": "setup",
    "4999": "processing",
    "8006": "pin_locked",
}


def test_every_code_has_its_kind() -> None:
    found = {code: row.kind for code, row in RESULT_CODES.items()}
    assert found == {code: kind for kind, codes in STATUS.items() for code in codes.split()}


def test_every_code_has_its_reason() -> None:
    assert {code: row.reason for code, row in RESULT_CODES.items()} == REASONS


def test_every_row_has_words_for_staff() -> None:
    for row in RESULT_CODES.values():
        assert row.meaning.endswith("."), row
        assert row.advice.endswith("."), row
        assert row.known


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("0", RetryRule.NOT_NEEDED),
        ("3", RetryRule.FIX_AMOUNT),
        ("4", RetryRule.TOMORROW),
        ("17", RetryRule.AFTER_TWO_MINUTES),
        ("1001", RetryRule.AFTER_MINUTE),
        ("1036", RetryRule.CHECK_FIRST),
        ("8006", RetryRule.NEVER),
        ("SFC_IC0003", RetryRule.NEVER),
    ],
)
def test_retry_rules(code: str, rule: RetryRule) -> None:
    assert result_code(code).retry is rule


@pytest.mark.parametrize("code", ["77", "", "00", "0.0", "paid", "sfc_ic0003", "R000001"])
def test_an_unknown_code_is_a_failure_to_check(code: str) -> None:
    row = result_code(code)
    assert (row.code, row.kind, row.reason, row.known, row.retry) == (
        code,
        ResultKind.FAILED,
        "other",
        False,
        RetryRule.CHECK_FIRST,
    )


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        RESULT_CODES["0"] = result_code("1")  # type: ignore[index]
