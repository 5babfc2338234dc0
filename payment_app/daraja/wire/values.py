"""Single values as Daraja writes them, as callbacks and results share them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from payment_app.daraja.errors import MalformedCallback

_AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,10})?")


def read_amount(value: object) -> Decimal | None:
    """Shillings from 1, 1.00, "1" or "1.00"; at most two decimals that count, below 10^8.

    Raises:
        MalformedCallback: it is there and cannot be read.
    """
    if value is None or value == "":
        return None
    text = plain_value(value)
    if _AMOUNT.fullmatch(text) is None:
        raise MalformedCallback("unusable Amount")
    amount = Decimal(text)
    if amount != amount.quantize(Decimal("0.01")):
        raise MalformedCallback("unusable Amount")
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount


def plain_value(value: object) -> str:
    """A string or number as plain text without an exponent; `""` for any other type."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, Decimal):
        value = _without_zero_fraction(value)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def _without_zero_fraction(number: Decimal) -> str:
    try:
        whole = number.quantize(Decimal(1))
    except InvalidOperation:  # too many digits to be a date, a phone number or money
        return ""
    return f"{whole:f}" if whole == number else f"{number:f}"
