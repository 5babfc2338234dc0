"""STK callbacks: any bytes in, an `StkCallback` or `MalformedCallback` out.

Source of the shape: Safaricom's page "MpesaExpressSimulate" and bodies that integrators published.
Every metadata item is optional, in any order, and found by its name. A present amount or receipt
that cannot be read spoils the whole body, because reading it as "absent" could let a wrong amount
pass; date and phone number are only informative and become None.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from payment_app.daraja.errors import MalformedCallback
from payment_app.daraja.pending import still_processing
from payment_app.daraja.wire.json import (
    DAMAGED,
    NotJson,
    as_code,
    as_identifier,
    as_text,
    rescue_object,
)
from payment_app.daraja.wire.values import plain_value, read_amount
from payment_app.domain.calendar import NAIROBI

MAX_CALLBACK_BYTES = 64 * 1024
MAX_COMMAS = 1_000
"""A callback has some twenty. Tens of thousands of numbers in 64 KiB take 40 ms to read: sixty such
bodies at once, which a stranger may send, would stop everybody else for seconds."""
_MAX_DESC = 500
_MAX_PHONE = 20
_PACKED = (b"\x1f\x8b", b"\x78")  # gzip, zlib
_EVIDENCE = ("amount", "mpesareceiptnumber")
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

    @property
    def pending(self) -> bool:
        """M-PESA is still at it: whatever the code, this is no result."""
        return still_processing(self.result_code, self.result_desc)


def parse_stk_callback(raw: bytes) -> StkCallback:
    """Read one callback body of at most 64 KiB, packed (gzip, zlib) or not.

    A body that was damaged on its way is read where that is safe: its receipt is told once. Raises
    `MalformedCallback`, and nothing else whatever the bytes are. A result code is always needed;
    the ids may be missing, and one that is no text counts as missing.
    """
    if len(raw) > MAX_CALLBACK_BYTES:
        raise MalformedCallback("larger than 64 KiB")
    plain = _unpack(raw)
    if plain.count(b",") > MAX_COMMAS:
        raise MalformedCallback("too many values")
    try:
        callback = _section(_section(rescue_object(plain), "Body"), "stkCallback")
    except NotJson as error:
        raise MalformedCallback(f"not readable as JSON: {error}") from None
    return _build(callback, _items(callback))


def unpack(raw: bytes) -> bytes:
    """A callback's bytes as they were before they were packed; unreadable ones as they came."""
    with contextlib.suppress(MalformedCallback):
        return _unpack(raw)
    return raw


def _unpack(raw: bytes) -> bytes:
    """The bytes themselves, or what they were packed from; no JSON begins like a packed body."""
    if not raw.startswith(_PACKED):
        return raw
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # either header
    try:
        plain = unpacking.decompress(raw, MAX_CALLBACK_BYTES)
    except zlib.error:
        raise MalformedCallback("packed, and damaged") from None
    if not unpacking.eof:
        raise MalformedCallback("packed, and cut off or too large")
    return plain


def _build(callback: Mapping[str, object], items: Mapping[str, object]) -> StkCallback:
    code = as_code(callback.get("ResultCode"))
    if code is None:
        raise MalformedCallback("no usable ResultCode")
    return StkCallback(
        merchant_request_id=as_identifier(callback.get("MerchantRequestID")),
        checkout_request_id=as_identifier(callback.get("CheckoutRequestID")),
        result_code=code,
        result_desc=as_text(callback.get("ResultDesc"), _MAX_DESC),
        amount=read_amount(items.get("amount")),
        receipt=_receipt(items.get("mpesareceiptnumber")),
        transaction_date=_date(items.get("transactiondate")),
        phone_number=_phone(items.get("phonenumber")),
    )


def _section(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = parent.get(name)
    if not isinstance(section, dict):
        raise MalformedCallback(f"no {name} object")
    return section


def _items(callback: Mapping[str, object]) -> dict[str, object]:
    """The metadata by name in small letters. Items without a Value, such as Balance, are left out.

    A name that was damaged could be any, the amount's too.
    """
    found: dict[str, object] = {}
    for item in _item_list(callback.get("CallbackMetadata")):
        given, value = item.get("Name"), item.get("Value")
        if not isinstance(given, str) or value is None:
            continue
        if DAMAGED in given:
            raise MalformedCallback("an item whose name was damaged")
        name = given.strip().lower()
        first = found.setdefault(name, value)
        if name in _EVIDENCE and plain_value(first) != plain_value(value):
            raise MalformedCallback(f"two values of {name}")
    return found


def _item_list(metadata: object) -> list[dict[str, object]]:
    """The items of `{"Item": [...]}`, or of the list alone; empty values hold none."""
    items = metadata.get("Item") if isinstance(metadata, dict) else metadata
    # Daraja's other results write a list of one as the bare object; be ready for it here too.
    listed = [items] if isinstance(items, dict) else [] if items in (None, "") else items
    if not isinstance(listed, list):
        raise MalformedCallback("CallbackMetadata is no list of items")
    return [item for item in listed if isinstance(item, dict)]


def _receipt(value: object) -> str | None:
    if value is None or value == "":
        return None
    receipt = as_identifier(plain_value(value))
    if receipt is None:
        raise MalformedCallback("unusable MpesaReceiptNumber")
    return receipt


def _date(value: object) -> datetime | None:
    text = plain_value(value)
    if _DATE.fullmatch(text) is None:
        return None
    try:
        local = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _phone(value: object) -> str | None:
    text = plain_value(value)
    return text if 0 < len(text) <= _MAX_PHONE and text.isprintable() else None
