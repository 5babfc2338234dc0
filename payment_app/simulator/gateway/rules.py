"""What the gateway wants of every field, in the order in which it looks at them.

Source: the request tables of Safaricom's M-PESA Express and Express Query pages.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from payment_app.simulator.mpesa.prompts import Order
from payment_app.simulator.mpesa.wire import is_msisdn, read_stamp

Rule = tuple[str, Callable[[Any], bool]]

SMALLEST_AMOUNT, LARGEST_AMOUNT = 1, 250_000
LONGEST_REFERENCE, LONGEST_DESCRIPTION, LONGEST_URL = 12, 13, 2_000
CLOCK_TOLERANCE = timedelta(minutes=10)
TRANSACTION_TYPES = ("CustomerPayBillOnline", "CustomerBuyGoodsOnline")

_SHORTCODE = re.compile(r"[1-9][0-9]{4,6}")
_WHOLE = re.compile(r"[1-9][0-9]{0,8}")


def first_bad_field(body: Mapping[str, Any], rules: tuple[Rule, ...]) -> str | None:
    """The first field that breaks its rule (an absent one is None); None if all are good."""
    return next((name for name, is_good in rules if not is_good(body.get(name))), None)


def push_rules(now: datetime | None) -> tuple[Rule, ...]:
    """The rules of a push; `now` as for `is_timestamp`."""
    return (
        ("BusinessShortCode", is_shortcode),
        ("Password", is_filled),
        ("Timestamp", lambda value: is_timestamp(value, now)),
        ("TransactionType", lambda value: value in TRANSACTION_TYPES),
        ("Amount", is_amount),
        ("PartyA", is_phone),
        ("PartyB", is_shortcode),
        ("PhoneNumber", is_phone),
        ("CallBackURL", is_callback_url),
        ("AccountReference", _is_reference),
        ("TransactionDesc", _is_description),
    )


def query_rules(now: datetime | None) -> tuple[Rule, ...]:
    """The rules of a status query; `now` as for `is_timestamp`."""
    return (
        ("BusinessShortCode", is_shortcode),
        ("Password", is_filled),
        ("Timestamp", lambda value: is_timestamp(value, now)),
        ("CheckoutRequestID", is_filled),
    )


def is_shortcode(value: Any) -> bool:
    """A business number: 5 to 7 digits, as a number or a string."""
    return _SHORTCODE.fullmatch(_digits(value)) is not None


def is_amount(value: Any) -> bool:
    """Whole shillings from 1 to 250,000, as an integer or a string of digits; never 10.0."""
    text = _digits(value)
    whole = _WHOLE.fullmatch(text) is not None
    return whole and SMALLEST_AMOUNT <= int(text) <= LARGEST_AMOUNT


def is_timestamp(value: Any, now: datetime | None) -> bool:
    """Nairobi `YYYYMMDDHHmmss`, within 10 minutes of `now` unless that is None."""
    moment = read_stamp(value) if isinstance(value, str) else None
    if moment is None:
        return False
    return now is None or abs(moment - now) <= CLOCK_TOLERANCE


def is_callback_url(value: Any) -> bool:
    """An http or https address with a host and without spaces."""
    if not isinstance(value, str) or len(value) > LONGEST_URL or re.search(r"[\s\x00-\x1f]", value):
        return False
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what finds a bad port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_right_password(body: Mapping[str, Any], passkey: str) -> bool:
    """Whether `Password` is base64 of shortcode, passkey and timestamp, one after another."""
    plain = f"{body['BusinessShortCode']}{passkey}{body['Timestamp']}"
    return bool(body["Password"] == base64.b64encode(plain.encode()).decode())


def read_order(body: Mapping[str, Any]) -> Order:
    """The push of a body that broke no rule. Whoever gets the prompt pays."""
    return Order(
        shortcode=str(body["BusinessShortCode"]),
        party_b=str(body["PartyB"]),
        transaction_type=body["TransactionType"],
        amount=int(body["Amount"]),
        msisdn=str(body["PhoneNumber"]),
        callback_url=body["CallBackURL"],
        account_reference=body["AccountReference"],
        description=body.get("TransactionDesc") or "",
    )


def _digits(value: Any) -> str:
    """Text of an integer or a string; anything else, True and 1.0 included, gives nothing."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return str(value)


def is_phone(value: Any) -> bool:
    """A Kenyan mobile number as Daraja wants it, as a number or a string."""
    return is_msisdn(_digits(value))


def is_filled(value: Any) -> bool:
    """A text that says something, of at most 1,000 characters."""
    return isinstance(value, str) and 0 < len(value) <= 1_000


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value.strip()) > 0
        and len(value) <= LONGEST_REFERENCE
        and value.isprintable()
    )


def _is_description(value: Any) -> bool:
    """The only field that may be left out."""
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_DESCRIPTION)
