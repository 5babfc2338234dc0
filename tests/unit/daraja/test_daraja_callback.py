from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from daraja_kit import encode
from hypothesis import given
from hypothesis import strategies as st

from payment_app.daraja import MalformedCallback, StkCallback, parse_stk_callback
from payment_app.daraja.callback import MAX_CALLBACK_BYTES

SUCCESS = (
    b'{"Body":{"stkCallback":{"MerchantRequestID":"29115-34620561-1",'
    b'"CheckoutRequestID":"ws_CO_191220191020363925","ResultCode":0,'
    b'"ResultDesc":"The service request is processed successfully.",'
    b'"CallbackMetadata":{"Item":[{"Name":"Amount","Value":1.00},'
    b'{"Name":"MpesaReceiptNumber","Value":"NLJ7RT61SV"},{"Name":"Balance"},'
    b'{"Name":"TransactionDate","Value":20191219102115},'
    b'{"Name":"PhoneNumber","Value":254708374149}]}}}}'
)
FAILURE = (
    b'{"Body":{"stkCallback":{"MerchantRequestID":"f1e2-4b95-a71d-b30d3cdbb7a7942864",'
    b'"CheckoutRequestID":"ws_CO_21072024125243250722943992","ResultCode":1032,'
    b'"ResultDesc":"Request cancelled by user"}}}'
)
PAID = StkCallback(
    "29115-34620561-1",
    "ws_CO_191220191020363925",
    "0",
    "The service request is processed successfully.",
    Decimal(1),
    "NLJ7RT61SV",
    datetime(2019, 12, 19, 7, 21, 15, tzinfo=UTC),
    "254708374149",
)


def item(name: object, *value: object) -> dict[str, object]:
    return {"Name": name, **({"Value": value[0]} if value else {})}


AMOUNT = item("Amount", 1)
RECEIPT = item("MpesaReceiptNumber", "NLJ7RT61SV")
DATE = item("TransactionDate", 20191219102115)
PHONE = item("PhoneNumber", 254708374149)


def body(**changes: object) -> bytes:
    callback: dict[str, Any] = json.loads(SUCCESS)["Body"]["stkCallback"]
    merged = {**callback, **changes}
    kept = {name: value for name, value in merged.items() if value is not ...}
    return encode({"Body": {"stkCallback": kept}})


def with_items(*items: object) -> bytes:
    return body(CallbackMetadata={"Item": list(items)})


def test_the_published_success() -> None:
    parsed = parse_stk_callback(SUCCESS)
    assert parsed == PAID
    assert str(parsed.amount) == "1"


def test_the_published_failure() -> None:
    assert parse_stk_callback(FAILURE) == StkCallback(
        "f1e2-4b95-a71d-b30d3cdbb7a7942864",
        "ws_CO_21072024125243250722943992",
        "1032",
        "Request cancelled by user",
    )


BALANCE = "{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}"


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + SUCCESS,
        b"\r\n " + SUCCESS + b"\n",
        with_items(PHONE, DATE, RECEIPT, AMOUNT),
        with_items(AMOUNT, RECEIPT, DATE, PHONE),
        with_items(AMOUNT, RECEIPT, item("Balance", BALANCE), DATE, PHONE),
        with_items(AMOUNT, RECEIPT, item("Balance", None), DATE, PHONE),
        with_items(AMOUNT, RECEIPT, DATE, PHONE, item("NewThing", {"a": [1]}), item(5, 5)),
        with_items(None, "text", 7, [], {}, AMOUNT, RECEIPT, DATE, PHONE),
        with_items(AMOUNT, AMOUNT, RECEIPT, RECEIPT, DATE, PHONE),
        with_items(item("Amount", None), AMOUNT, RECEIPT, DATE, PHONE),
        with_items(item("Amount", "1"), RECEIPT, DATE, PHONE),
        with_items(item("Amount", "1.00"), RECEIPT, DATE, PHONE),
        with_items(item("Amount", 1.0), RECEIPT, DATE, PHONE),
        with_items(AMOUNT, item("MpesaReceiptNumber", " NLJ7RT61SV "), DATE, PHONE),
        with_items(AMOUNT, RECEIPT, item("TransactionDate", "20191219102115"), PHONE),
        with_items(AMOUNT, RECEIPT, item("TransactionDate", 20191219102115.0), PHONE),
        with_items(AMOUNT, RECEIPT, DATE, item("PhoneNumber", "254708374149")),
        body(ResultCode="0"),
        body(ResultCode=0.0),
        body(ResultCode=" 0"),
        body(ResultCode=-0.0),
        body(Extra={"deep": [[[1]]]}),
    ],
)
def test_the_same_success_in_other_spellings(raw: bytes) -> None:
    assert parse_stk_callback(raw) == PAID


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        (5000, Decimal(5000)),
        ("5000.0", Decimal(5000)),
        (1e3, Decimal(1000)),
        (10.5, Decimal("10.5")),
        ("0.01", Decimal("0.01")),
        (99_999_999, Decimal(99_999_999)),
        (0, Decimal(0)),
        ("", None),
        (None, None),
    ],
)
def test_amounts(amount: object, read: Decimal | None) -> None:
    assert parse_stk_callback(with_items(item("Amount", amount))).amount == read


@pytest.mark.parametrize(
    ("code", "read"),
    [
        (1032, "1032"),
        ("1032", "1032"),
        (1032.0, "1032"),
        ("SFC_IC0003", "SFC_IC0003"),
        ("00", "00"),
        (-1, "-1"),
        (1e3, "1000"),
    ],
)
def test_result_codes_are_text(code: object, read: str) -> None:
    assert parse_stk_callback(body(ResultCode=code)).result_code == read


@pytest.mark.parametrize(
    ("phone", "read"),
    [
        ("2547 ***** 126", "2547 ***** 126"),
        ("25470****149", "25470****149"),
        ("0722XXXXXX", "0722XXXXXX"),
        (254708374149.0, "254708374149"),
        ("x" * 21, None),
        ("25\x0070", None),
        ("25\ud80070", None),
        (True, None),
        ([254708374149], None),
        ("", None),
    ],
)
def test_phone_numbers_are_opaque(phone: object, read: str | None) -> None:
    assert parse_stk_callback(with_items(item("PhoneNumber", phone))).phone_number == read


@pytest.mark.parametrize(
    ("date", "read"),
    [
        (20260302000000, datetime(2026, 3, 1, 21, tzinfo=UTC)),
        (20280229120000, datetime(2028, 2, 29, 9, tzinfo=UTC)),
        (20270229120000, None),
        (20261340000000, None),
        ("00010101000000", None),
        ("00000101000000", None),
        ("2026030200000", None),
        ("٢٠٢٦٠٣٠٢٠٠٠٠٠٠", None),
        ({}, None),
        (1e30, None),
    ],
)
def test_dates_become_utc_or_nothing(date: object, read: datetime | None) -> None:
    assert parse_stk_callback(with_items(item("TransactionDate", date))).transaction_date == read


@pytest.mark.parametrize(
    "metadata", [..., None, {}, {"Item": None}, {"Item": []}, {"Item": {"Name": "Balance"}}]
)
def test_metadata_may_be_missing(metadata: object) -> None:
    parsed = parse_stk_callback(body(CallbackMetadata=metadata))
    assert (parsed.result_code, parsed.amount, parsed.receipt) == ("0", None, None)


def test_a_single_item_may_stand_without_its_list() -> None:
    assert parse_stk_callback(body(CallbackMetadata={"Item": RECEIPT})).receipt == "NLJ7RT61SV"


@pytest.mark.parametrize("missing", [..., None, ""])
def test_ids_may_be_missing_beside_a_result_code(missing: object) -> None:
    parsed = parse_stk_callback(body(MerchantRequestID=missing, CheckoutRequestID=missing))
    assert (parsed.merchant_request_id, parsed.checkout_request_id) == (None, None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[STK_CB - ]Request  cancelled\nby user", "[STK_CB - ]Request cancelled by user"),
        ("a\x00b\ud800c", "a b c"),
        ("x" * 5000, "x" * 500),
        (None, ""),
        (7, ""),
    ],
)
def test_descriptions_are_bounded_and_storable(text: object, read: str) -> None:
    assert parse_stk_callback(body(ResultDesc=text)).result_desc == read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"null",
        b"0",
        b"[]",
        b'"text"',
        b"<html>",
        b"{",
        b"{}",
        b'{"Body":{}}',
        b'{"Body":[]}',
        b'{"Body":null}',
        b'{"Body":{"stkCallback":null}}',
        b'{"Body":{"stkCallback":[]}}',
        b'{"Body":{"stkCallback":{}}}',
        SUCCESS[:-1],
        SUCCESS.replace(b"1.00", b"NaN"),
        SUCCESS.replace(b"1.00", b"-Infinity"),
        SUCCESS.replace(b"1.00", b"9" * 5000),
        SUCCESS.replace(b"1.00", b"1e999999999"),
        SUCCESS.replace(b"1.00", b"1e99999999999999999999999"),
        SUCCESS.replace(b"1.00", b"0e999999999"),
        SUCCESS.replace(b"1.00", b"0." + b"1" * 5000),
        SUCCESS.replace(b'"Balance"', b'"Balance","Value":' + b"[" * 30_000),
        SUCCESS.replace(b'"ResultCode":0', b'"ResultCode":1032,"ResultCode":0'),
        SUCCESS.replace(b"NLJ7", b"\xff\xfe"),
        SUCCESS.decode().encode("utf-16"),
        SUCCESS.decode().encode("utf-32"),
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b" " * (64 * 1024) + SUCCESS,
        body(ResultCode=...),
        body(ResultCode=None),
        body(ResultCode=True),
        body(ResultCode=""),
        body(ResultCode=0.5),
        body(ResultCode=[0]),
        body(ResultCode="0 1"),
        body(ResultCode="\u0660"),
        body(ResultCode="9" * 41),
        body(CallbackMetadata="x"),
        body(CallbackMetadata={"Item": "x"}),
        with_items(item("Amount", "abc")),
        with_items(item("Amount", "1,000")),
        with_items(item("Amount", "NaN")),
        with_items(item("Amount", -1)),
        with_items(item("Amount", True)),
        with_items(item("Amount", [1])),
        with_items(item("Amount", {})),
        with_items(item("Amount", 100_000_000)),
        with_items(item("Amount", "1.005")),
        with_items(item("Amount", 1e30)),
        with_items(AMOUNT, item("Amount", 2)),
        with_items(AMOUNT, item("amount", 2)),
        with_items(item(" AMOUNT ", "abc")),
        with_items(item("Amount", 1)).replace(b"Amount", b"Am\xffunt"),
        with_items(AMOUNT, RECEIPT).replace(b"ReceiptNumber", b"Receipt\xc3Number"),
        with_items(RECEIPT, item("MpesaReceiptNumber", "NLJ7RT61SW")),
        with_items(item("MpesaReceiptNumber", {})),
        with_items(item("MpesaReceiptNumber", "N" * 101)),
        with_items(item("MpesaReceiptNumber", "NL\nJ7")),
    ],
)
def test_anything_else_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedCallback) as caught:
        parse_stk_callback(raw)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    "raw",
    [
        SUCCESS + b"x",
        SUCCESS + b"\x00\x00",
        SUCCESS + b"</body></html>",
        SUCCESS.replace(b"The service", b"The\tservice"),
        gzip.compress(SUCCESS),
        zlib.compress(SUCCESS),
        gzip.compress(SUCCESS + b"\n"),
    ],
)
def test_a_little_broken_is_still_understood(raw: bytes) -> None:
    assert parse_stk_callback(raw) == PAID


def test_metadata_that_is_the_list_itself() -> None:
    parsed = parse_stk_callback(body(CallbackMetadata=[AMOUNT, RECEIPT, DATE, PHONE]))
    assert parsed == PAID


@pytest.mark.parametrize("empty", ["", [], {"Item": ""}])
def test_empty_metadata_holds_nothing(empty: object) -> None:
    parsed = parse_stk_callback(body(CallbackMetadata=empty))
    assert (parsed.result_code, parsed.amount, parsed.receipt) == ("0", None, None)


def test_bytes_that_are_no_utf_8_cost_the_words_only() -> None:
    raw = SUCCESS.replace(b"The service", b"The \xe9\xff service")
    parsed = parse_stk_callback(raw)
    assert (parsed.receipt, parsed.amount) == ("NLJ7RT61SV", 1)


@pytest.mark.parametrize(
    "raw",
    [
        SUCCESS + SUCCESS,
        SUCCESS + FAILURE,
        gzip.compress(SUCCESS)[:-9],
        gzip.compress(b" " * 70_000 + SUCCESS),
        b"\x1f\x8b" + b"x" * 50,
        gzip.compress(b"hello"),
        gzip.compress(gzip.compress(SUCCESS)),
        SUCCESS.replace(b"NLJ7", b"NL\xffJ"),
    ],
)
def test_what_is_broken_where_it_matters_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedCallback):
        parse_stk_callback(raw)


@pytest.mark.parametrize(
    "odd", [5, 0, True, [], ["ws_CO_1"], {}, " ", "ws CO", "ws_CO_\x00", "w" * 101, "ws_CO_é"]
)
def test_ids_of_another_type_are_missing(odd: object) -> None:
    parsed = parse_stk_callback(body(CheckoutRequestID=odd, MerchantRequestID=odd))
    assert (parsed.merchant_request_id, parsed.checkout_request_id) == (None, None)
    assert parsed.receipt == "NLJ7RT61SV"


@pytest.mark.parametrize(
    ("code", "words", "pending"),
    [
        (1, "The transaction is still under processing", True),
        (0, "Request is being processed", True),
        ("500.001.1001", "The transaction is being processed", True),
        (4999, "", True),
        (1032, "[STK_CB - ]still-processing", True),
        (1032, "Request cancelled by user", False),
        (0, "The service request is processed successfully.", False),
        (1001, "a transaction is already in process for the current subscriber", False),
    ],
)
def test_pending_by_words(code: object, words: str, pending: bool) -> None:
    assert parse_stk_callback(body(ResultCode=code, ResultDesc=words)).pending is pending


def test_the_largest_body_is_still_read() -> None:
    padding = b" " * (64 * 1024 - len(SUCCESS))
    assert parse_stk_callback(padding + SUCCESS) == PAID


def test_the_repr_hides_the_phone_number() -> None:
    assert "254708374149" not in repr(PAID)


def check(raw: bytes) -> None:
    """The one promise for all bytes: a sound value or the one error."""
    try:
        parsed = parse_stk_callback(raw)
    except MalformedCallback:
        return
    texts = (parsed.merchant_request_id, parsed.checkout_request_id, parsed.receipt)
    for text in texts:
        assert text is None or (0 < len(text) <= 100 and text.isascii() and text.isprintable())
    assert 0 < len(parsed.result_code) <= 40
    assert len(parsed.result_desc) <= 500
    (parsed.result_desc + (parsed.phone_number or "")).encode()
    if parsed.amount is not None:
        assert 0 <= parsed.amount < 10**8
        assert parsed.amount == round(parsed.amount, 2)
    assert parsed.transaction_date is None or parsed.transaction_date.tzinfo is UTC


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["0", "1.00", "NaN", 0, 1032, 0.0, 10**45, "SFC_IC0003"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
PATHS = [
    ("Body",),
    ("Body", "stkCallback"),
    *(("Body", "stkCallback", key) for key in json.loads(SUCCESS)["Body"]["stkCallback"]),
    ("Body", "stkCallback", "CallbackMetadata", "Item"),
    *(("Body", "stkCallback", "CallbackMetadata", "Item", i) for i in range(5)),
    *(
        ("Body", "stkCallback", "CallbackMetadata", "Item", i, key)
        for i in range(5)
        for key in ("Name", "Value")
    ),
]


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    check(raw)


@given(JSON_VALUES)
def test_any_json(value: object) -> None:
    check(json.dumps(value).encode())


@given(st.sampled_from(PATHS), JSON_VALUES)
def test_any_value_at_any_place(path: tuple[Any, ...], value: object) -> None:
    tree = json.loads(SUCCESS)
    *parents, last = path
    node = tree
    for step in parents:
        node = node[step]
    node[last] = value
    check(json.dumps(tree).encode())


@given(
    st.sampled_from([SUCCESS, FAILURE]),
    st.integers(0, len(SUCCESS)),
    st.integers(0, 20),
    st.binary(max_size=20),
)
def test_any_splice(raw: bytes, start: int, length: int, insert: bytes) -> None:
    check(raw[:start] + insert + raw[start + length :])


@given(st.permutations([AMOUNT, RECEIPT, item("Balance"), DATE, PHONE]))
def test_any_order_of_items(items: list[object]) -> None:
    assert parse_stk_callback(with_items(*items)) == PAID


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("value", [b"1.1", b"9e40", b"{}", b'{"Name":"Amount","Value":1}'])
def test_a_body_of_countless_values_is_not_read(
    value: bytes, pack: Callable[[bytes], bytes]
) -> None:
    """Small enough in bytes, it would hold up everybody else while it is read."""
    head, end = with_items(AMOUNT, RECEIPT).rsplit(b"}", 1)
    more = (MAX_CALLBACK_BYTES - len(head) - 20) // (len(value) + 1)
    body = head + b',"x":[' + b",".join([value] * more) + b"]}" + end
    assert len(body) <= MAX_CALLBACK_BYTES
    with pytest.raises(MalformedCallback, match="too many values"):
        parse_stk_callback(pack(body))
