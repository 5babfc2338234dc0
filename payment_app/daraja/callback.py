"""STK callbacks: any bytes in, an `StkCallback` or `MalformedCallback` out.

Source of the shape: Safaricom's page "MpesaExpressSimulate" and bodies that integrators published.
Every metadata item is optional, in any order, and found by its name. A present amount or receipt
that cannot be read spoils the whole body, because reading it as "absent" could let a wrong amount
pass; date and phone number are only informative and become None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from payment_app.daraja._json import NotJson, as_code, as_identifier, as_text, load_object
from payment_app.daraja.errors import MalformedCallback
from payment_app.domain.calendar import NAIROBI

MAX_CALLBACK_BYTES = 64 * 1024
_MAX_DESC = 500
_MAX_PHONE = 20
_EVIDENCE = ("Amount", "MpesaReceiptNumber")
_AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,10})?")
_DATE = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class StkCallback:
    """What one callback says. It is unsigned: evidence to weigh, not the truth.

    `result_code` is text (`"0"`, `"1032"`, `"SFC_IC0003"`); `result_desc` at most 500 characters;
    `amount` in shillings as received, normally whole; `transaction_date` in UTC; `phone_number`
    opaque, it may be masked.
    """

    merchant_request_id: str | None
    checkout_request_id: str | None
    result_code: str
    result_desc: str
    amount: Decimal | None = None
    receipt: str | None = None
    transaction_date: datetime | None = None
    phone_number: str | None = field(default=None, repr=False)


def parse_stk_callback(raw: bytes) -> StkCallback:
    """Read one callback body of at most 64 KiB.

    Raises `MalformedCallback`, and nothing else whatever the bytes are. A result code is always
    needed; the ids may be missing, but not present and unreadable.
    """
    if len(raw) > MAX_CALLBACK_BYTES:
        raise MalformedCallback("larger than 64 KiB")
    try:
        callback = _section(_section(load_object(raw), "Body"), "stkCallback")
    except NotJson as error:
        raise MalformedCallback(f"not readable as JSON: {error}") from None
    return _build(callback, _items(callback))


def _build(callback: Mapping[str, object], items: Mapping[str, object]) -> StkCallback:
    code = as_code(callback.get("ResultCode"))
    if code is None:
        raise MalformedCallback("no usable ResultCode")
    return StkCallback(
        merchant_request_id=_identifier(callback, "MerchantRequestID"),
        checkout_request_id=_identifier(callback, "CheckoutRequestID"),
        result_code=code,
        result_desc=as_text(callback.get("ResultDesc"), _MAX_DESC),
        amount=_amount(items.get("Amount")),
        receipt=_receipt(items.get("MpesaReceiptNumber")),
        transaction_date=_date(items.get("TransactionDate")),
        phone_number=_phone(items.get("PhoneNumber")),
    )


def _section(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = parent.get(name)
    if not isinstance(section, dict):
        raise MalformedCallback(f"no {name} object")
    return section


def _identifier(callback: Mapping[str, object], name: str) -> str | None:
    value = callback.get(name)
    if value is None or value == "":
        return None
    text = as_identifier(value)
    if text is None:
        raise MalformedCallback(f"unusable {name}")
    return text


def _items(callback: Mapping[str, object]) -> dict[str, object]:
    """The metadata by name. Items without a Value, such as Balance, are left out."""
    if callback.get("CallbackMetadata") is None:
        return {}
    found: dict[str, object] = {}
    for item in _item_list(_section(callback, "CallbackMetadata")):
        name, value = item.get("Name"), item.get("Value")
        if not isinstance(name, str) or value is None:
            continue
        first = found.setdefault(name, value)
        if name in _EVIDENCE and _plain(first) != _plain(value):
            raise MalformedCallback(f"two values of {name}")
    return found


def _item_list(metadata: Mapping[str, object]) -> list[dict[str, object]]:
    items = metadata.get("Item")
    # Daraja's other results write a list of one as the bare object; be ready for it here too.
    listed = [items] if isinstance(items, dict) else [] if items is None else items
    if not isinstance(listed, list):
        raise MalformedCallback("CallbackMetadata.Item is no list")
    return [item for item in listed if isinstance(item, dict)]


def _amount(value: object) -> Decimal | None:
    """Shillings from 1, 1.00, "1" or "1.00"; at most two decimals that count, below 10^8."""
    if value is None or value == "":
        return None
    text = _plain(value)
    if _AMOUNT.fullmatch(text) is None:
        raise MalformedCallback("unusable Amount")
    amount = Decimal(text)
    if amount != amount.quantize(Decimal("0.01")):
        raise MalformedCallback("unusable Amount")
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount


def _receipt(value: object) -> str | None:
    if value is None or value == "":
        return None
    receipt = as_identifier(_plain(value))
    if receipt is None:
        raise MalformedCallback("unusable MpesaReceiptNumber")
    return receipt


def _date(value: object) -> datetime | None:
    text = _plain(value)
    if _DATE.fullmatch(text) is None:
        return None
    try:
        local = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _phone(value: object) -> str | None:
    text = _plain(value)
    return text if 0 < len(text) <= _MAX_PHONE and text.isprintable() else None


def _plain(value: object) -> str:
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
