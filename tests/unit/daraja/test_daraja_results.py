"""Results of operators' orders, with every quirk that has been seen."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.daraja import (
    ORDER_CODES,
    MalformedCallback,
    OrderKind,
    order_code,
    parse_result,
    read_accounts,
    without_credential,
)


def body(**changes: Any) -> dict[str, Any]:
    result = {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": "ours-0001",
        "ConversationID": "AG_20261125_20106e9209f64bebd05b",
        "TransactionID": "SKE52PAWR9",
        "ResultParameters": {
            "ResultParameter": [
                {"Key": "Amount", "Value": 1.00},
                {"Key": "TransCompletedTime", "Value": 20261125070000},
                {"Key": "DebitPartyName", "Value": "600000"},
                {"Key": "DebitPartyName", "Value": "254712345678 - WANJIKU"},
                {"Key": "TransactionReason"},
            ]
        },
        "ReferenceData": {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": "https://in"}},
    }
    return {"Result": {k: v for k, v in {**result, **changes}.items() if v is not ...}}


def read(**changes: Any) -> Any:
    return parse_result(json.dumps(body(**changes)).encode())


def test_a_result_as_documented() -> None:
    result = read()
    assert result.good
    assert result.receipt == "SKE52PAWR9"
    assert result.originator_conversation_id == "ours-0001"
    assert result.amount("transactionamount", "amount") == Decimal(1)
    assert result.time("transcompletedtime") == datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
    assert result.text("debitpartyname") == "600000"
    assert result.text("transactionreason") == ""
    assert "WANJIKU" not in repr(result)


@pytest.mark.parametrize("code", [0, "0", 0.0, " 0 "])
def test_codes_of_any_type(code: object) -> None:
    assert read(ResultCode=code).good


@pytest.mark.parametrize(
    "parameters",
    [
        {"ResultParameter": {"Key": "Amount", "Value": "200"}},
        [{"Key": "Amount", "Value": 200}],
        {"ResultParameter": [{"Key": " Amount ", "Value": "200.00"}]},
        {"Result Parameter": [{"Key": "amount", "Value": 200.0}]},
    ],
)
def test_parameters_of_any_shape(parameters: object) -> None:
    assert read(ResultParameters=parameters).amount("amount") == Decimal(200)


@pytest.mark.parametrize("parameters", [..., None, "", {}, {"ResultParameter": None}, [None, 7]])
def test_parameters_may_be_missing(parameters: object) -> None:
    result = read(ResultParameters=parameters)
    assert result.good
    assert result.amount("amount") is None


def test_names_with_spaces() -> None:
    odd = {"Conversation ID": "AG_1", "Originator Conversation ID": "ours-2"}
    result = read(ConversationID=..., OriginatorConversationID=..., **odd)
    assert (result.conversation_id, result.originator_conversation_id) == ("AG_1", "ours-2")


@pytest.mark.parametrize("placeholder", ["SKE0000000", "0", "0000000000", "", None, 0, [], "x y"])
def test_a_placeholder_is_no_receipt(placeholder: object) -> None:
    assert read(TransactionID=placeholder).receipt is None


def test_the_time_of_a_payout_is_written_another_way() -> None:
    told = [{"Key": "TransactionCompletedDateTime", "Value": "25.11.2026 07:00:00"}]
    result = read(ResultParameters={"ResultParameter": told})
    assert result.time("transactioncompleteddatetime") == datetime(2026, 11, 25, 4, tzinfo=UTC)


@pytest.mark.parametrize("time", ["31.02.2026 07:00:00", "99999999999999", "yesterday", ""])
def test_a_time_that_is_none(time: str) -> None:
    told = [{"Key": "TransCompletedTime", "Value": time}]
    assert read(ResultParameters=told).time("transcompletedtime") is None


def test_still_at_it_is_no_result() -> None:
    assert read(ResultCode=1, ResultDesc="The transaction is being processed").pending
    assert not read(ResultCode=1, ResultDesc="The balance is insufficient").pending


def test_accounts_of_a_balance() -> None:
    text = (
        "Working Account|KES|700000.00|700000.00|0.00|0.00&Utility Account|KES|228037.00|"
        "228,036.50|0.00|0.00&Broken&Other|KES|x|NaN|0|0"
    )
    told = [{"Key": "ActionType", "Value": "x"}, {"Key": "AccountBalance", "Value": text}]
    accounts = read_accounts(read(ResultParameters={"ResultParameter": told}))
    assert [(a.name, a.available) for a in accounts] == [
        ("Working Account", Decimal(700000)),
        ("Utility Account", Decimal("228036.50")),
    ]
    assert read_accounts(read(ResultParameters=...)) == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"Result": 1}',
        b'{"Result": {"ResultDesc": "x"}}',
        b"x" * 70000,
        b'{"Result": {"ResultCode": true}}',
        b"[" * 60_000,
        b'{"a":' + b"1," * 1_500,
    ],
)
def test_what_is_no_result(raw: bytes) -> None:
    with pytest.raises(MalformedCallback):
        parse_result(raw)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_result_or_one_error(raw: bytes) -> None:
    try:
        parse_result(raw)
    except MalformedCallback:
        return


@pytest.mark.parametrize(
    "name", ["SecurityCredential", "Security Credential", "securitycredential"]
)
def test_the_echoed_credential_is_gone(name: str) -> None:
    echoed = {"Initiator": "testapi", name: "AbC+/=" * 57, "Amount": "200"}
    for raw in (json.dumps(echoed).encode(), gzip.compress(json.dumps(echoed).encode())):
        kept = without_credential(raw)
        assert b"AbC" not in kept
        assert json.loads(kept)["Amount"] == "200"


def test_a_credential_that_was_cut_off_is_gone_too() -> None:
    assert without_credential(b'{"SecurityCredential":"AbCdEf').endswith("•••".encode())


def test_codes_mean_something_else_than_in_a_prompt() -> None:
    assert order_code("2001").kind is OrderKind.OPERATOR
    assert order_code("R000001").kind is OrderKind.ALREADY
    assert order_code("17").kind is OrderKind.UNCLEAR
    assert {order_code(c).kind for c in ("2001", "8006", "21", "TP40153")} == {OrderKind.OPERATOR}
    assert all(
        row.meaning.endswith(".") and row.advice.endswith(".") for row in ORDER_CODES.values()
    )
