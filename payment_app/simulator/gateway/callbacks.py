"""The callback that Daraja posts to `CallBackURL`, quirks included.

Amount is a number with two decimals, Balance comes without a value, times are Nairobi integers,
a failure has no metadata, and a code that is not a number is a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.simulator.mpesa.wire import stamp

_MONEY = re.compile(r'"@shillings:([0-9]+)"')


@dataclass(frozen=True)
class Callback:
    """What one callback says and where it goes; `amount` in whole shillings, times aware UTC."""

    url: str
    shortcode: str
    merchant_request_id: str
    checkout_request_id: str
    code: str
    amount: int
    msisdn: str
    receipt: str | None
    finished_at: datetime

    @property
    def headers(self) -> Mapping[str, str]:
        """As seen from Daraja: no signature and no secret among them."""
        return {
            "Content-Type": "application/json;charset=UTF-8",
            "Businessshortcode": self.shortcode,
        }


def callback_of(prompt: Prompt) -> Callback:
    """The true callback of a finished prompt."""
    if prompt.result is None or prompt.finished_at is None:
        raise ValueError("a live prompt has no callback")
    order = prompt.order
    return Callback(
        url=order.callback_url,
        shortcode=order.shortcode,
        merchant_request_id=prompt.merchant_request_id,
        checkout_request_id=prompt.checkout_request_id,
        code=prompt.result,
        amount=order.amount,
        msisdn=order.msisdn,
        receipt=prompt.receipt,
        finished_at=prompt.finished_at,
    )


def body_of(callback: Callback) -> dict[str, Any]:
    """The JSON object; money still in the form that `to_bytes` understands."""
    inner: dict[str, Any] = {
        "MerchantRequestID": callback.merchant_request_id,
        "CheckoutRequestID": callback.checkout_request_id,
        "ResultCode": results.callback_code(callback.code),
        "ResultDesc": results.callback_words(callback.code),
    }
    if callback.code == results.PAID:
        inner["CallbackMetadata"] = {"Item": _items(callback)}
    return {"Body": {"stkCallback": inner}}


def _items(callback: Callback) -> list[dict[str, Any]]:
    return [
        {"Name": "Amount", "Value": f"@shillings:{callback.amount}"},
        {"Name": "MpesaReceiptNumber", "Value": callback.receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": int(stamp(callback.finished_at))},
        {"Name": "PhoneNumber", "Value": int(callback.msisdn)},
    ]


def to_bytes(body: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON with shillings written as `1.00`, which no JSON library does by itself."""
    return _MONEY.sub(r"\1.00", json.dumps(body, separators=(",", ":"))).encode()
