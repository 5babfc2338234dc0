from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from daraja_kit import CALLBACK_TOKEN, PHONE, config, push, rig

from payment_app.daraja import mpesa_timestamp, stk_password


@pytest.mark.parametrize(
    ("at", "wire"),
    [
        (datetime(2021, 6, 28, 6, 24, 8, tzinfo=UTC), "20210628092408"),
        (datetime(2026, 3, 1, 20, 59, 59, tzinfo=UTC), "20260301235959"),
        (datetime(2026, 3, 1, 21, 0, 0, tzinfo=UTC), "20260302000000"),
        (datetime(2028, 2, 28, 21, 0, 0, tzinfo=UTC), "20280229000000"),
        (datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=3))), "20260301120000"),
    ],
)
def test_timestamps_are_nairobi_time(at: datetime, wire: str) -> None:
    assert mpesa_timestamp(at) == wire


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        mpesa_timestamp(datetime(2026, 3, 1))


def test_the_password_is_the_three_parts_in_base64() -> None:
    made = stk_password("174379", "key", "20210628092408")
    assert base64.b64decode(made) == b"174379key20210628092408"


async def test_a_paybill_push_on_the_wire() -> None:
    async with rig() as r:
        await r.client.stk_push(push())
    assert r.daraja.bodies == [
        {
            "BusinessShortCode": "174379",
            "Password": stk_password("174379", "passkey-1", "20260301123000"),
            "Timestamp": "20260301123000",
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 5000,
            "PartyA": PHONE,
            "PartyB": "174379",
            "PhoneNumber": PHONE,
            "CallBackURL": f"https://pay.example.co.ke/hooks/stk/{CALLBACK_TOKEN}",
            "AccountReference": "BK7F2QX9",
            "TransactionDesc": "Storage",
        }
    ]
    request = r.daraja.seen[0]
    assert str(request.url) == "https://daraja.test/mpesa/stkpush/v1/processrequest"
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer token-1"


async def test_a_till_push_pays_the_till_through_the_store() -> None:
    async with rig(transaction_type="till", till_number="5512345") as r:
        await r.client.stk_push(push(description=""))
    body = r.daraja.bodies[0]
    assert (body["TransactionType"], body["BusinessShortCode"], body["PartyB"]) == (
        "CustomerBuyGoodsOnline",
        "174379",
        "5512345",
    )
    assert "TransactionDesc" not in body


async def test_a_query_on_the_wire_below_a_path() -> None:
    async with rig((200, {}), base_url="http://127.0.0.1:3000/simulator/daraja/") as r:
        await r.client.stk_query("ws_CO_1")
    assert str(r.daraja.seen[0].url) == (
        "http://127.0.0.1:3000/simulator/daraja/mpesa/stkpushquery/v1/query"
    )
    assert r.daraja.bodies[0] == {
        "BusinessShortCode": "174379",
        "Password": stk_password("174379", "passkey-1", "20260301123000"),
        "Timestamp": "20260301123000",
        "CheckoutRequestID": "ws_CO_1",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(1)},
        {"amount": Decimal(250_000)},
        {"amount": Decimal("10.00")},
        {"phone_number": "254110345678"},
        {"account_reference": "A" * 12},
        {"description": "D" * 13},
        {"description": ""},
        {"callback_url": "http://127.0.0.1:3000/hooks/stk/x"},
    ],
)
def test_pushes_at_the_limits_are_made(changes: dict[str, object]) -> None:
    push(**changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"amount": Decimal("250000.5")}, "amount"),
        ({"amount": Decimal(250_001)}, "amount"),
        ({"amount": Decimal("1.50")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"amount": 10}, "amount"),
        ({"phone_number": "0712345678"}, "phone_number"),
        ({"phone_number": "+254712345678"}, "phone_number"),
        ({"phone_number": "254212345678"}, "phone_number"),
        ({"phone_number": "2547123456789"}, "phone_number"),
        ({"phone_number": "25471234567٨"}, "phone_number"),
        ({"phone_number": "254712345678\n"}, "phone_number"),
        ({"account_reference": ""}, "account_reference"),
        ({"account_reference": "A" * 13}, "account_reference"),
        ({"account_reference": "Ré"}, "account_reference"),
        ({"description": "D" * 14}, "description"),
        ({"description": "a\nb"}, "description"),
        ({"callback_url": "ftp://pay.example/x"}, "callback_url"),
        ({"callback_url": "https://pay.example/a b"}, "callback_url"),
    ],
)
def test_pushes_that_daraja_would_refuse_are_not_made(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        push(**changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"base_url": "daraja.test"}, "base_url"),
        ({"base_url": "ftp://daraja.test"}, "base_url"),
        ({"base_url": "https://"}, "base_url"),
        ({"base_url": "https://daraja.test:99999"}, "base_url"),
        ({"base_url": "https://daraja.test/a b"}, "base_url"),
        ({"base_url": "https://u:p@daraja.test"}, "base_url"),
        ({"consumer_key": ""}, "consumer_key"),
        ({"consumer_secret": ""}, "consumer_secret"),
        ({"passkey": ""}, "passkey"),
        ({"shortcode": "1743"}, "shortcode"),
        ({"shortcode": "17437x"}, "shortcode"),
        ({"transaction_type": "bank"}, "transaction_type"),
        ({"transaction_type": "till"}, "till_number"),
        ({"transaction_type": "till", "till_number": "12"}, "till_number"),
        ({"read_timeout": 0}, "time-out"),
        ({"connect_timeout": float("inf")}, "time-out"),
        ({"calls_per_second": 0}, "calls_per_second"),
    ],
)
def test_a_wrong_configuration_names_its_field(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        config(**changes)


def test_reprs_hide_what_is_secret_or_personal() -> None:
    shown = f"{config()!r} {push()!r}"
    assert "174379" in shown
    for hidden in ("consumer-key-1", "consumer-secret-1", "passkey-1", PHONE, CALLBACK_TOKEN):
        assert hidden not in shown
