"""What Daraja posts to `ResultURL` and `QueueTimeOutURL`, quirks included.

A failure has no parameters and a receipt that is none (`SKE0000000`); a name may come twice; an
internal address of Safaricom's stands in `ReferenceData`; a time-out echoes the request, credential
and all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from payment_app.simulator.gateway.callbacks import to_bytes
from payment_app.simulator.gateway.parcels import Parcel
from payment_app.simulator.mpesa import order_results
from payment_app.simulator.mpesa.orders import Order

HEADERS = {"Content-Type": "application/json"}
_INTERNAL = "https://internalsandbox.safaricom.invalid/mpesa/result/queuetimeout"


@dataclass(frozen=True)
class Notice:
    """What one result says and where it goes; `request` is what a time-out echoes."""

    url: str
    timeout_url: str
    code: str
    originator_conversation_id: str
    conversation_id: str
    receipt: str | None
    parameters: tuple[tuple[str, Any], ...]
    msisdn: str
    amount: int
    request: Mapping[str, Any] = field(repr=False)


def notice_of(order: Order) -> Notice:
    """The true result of an order that has ended."""
    if order.result is None:
        raise ValueError("an order under way has no result")
    return Notice(
        url=order.result_url,
        timeout_url=order.timeout_url,
        code=order.result,
        originator_conversation_id=order.originator_conversation_id,
        conversation_id=order.conversation_id,
        receipt=order.receipt,
        parameters=tuple(order.parameters),
        msisdn=order.msisdn,
        amount=order.amount,
        request=order.request,
    )


def result_body(notice: Notice) -> dict[str, Any]:
    """The JSON object; money still in the form that `to_bytes` understands."""
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": order_results.on_the_wire(notice.code),
        "ResultDesc": order_results.words(notice.code),
        "OriginatorConversationID": notice.originator_conversation_id,
        "ConversationID": notice.conversation_id,
        "TransactionID": notice.receipt or "SKE0000000",
    }
    if notice.code == order_results.DONE and notice.parameters:
        items = [
            {"Key": name} if value is None else {"Key": name, "Value": value}
            for name, value in notice.parameters
        ]
        result["ResultParameters"] = {"ResultParameter": items}
    result["ReferenceData"] = {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": _INTERNAL}}
    return {"Result": result}


def result(notice: Notice, note: str = "") -> Parcel:
    """The result as it should be."""
    return Parcel(notice.url, to_bytes(result_body(notice)), HEADERS, note=note)


def echo(notice: Notice, note: str = "time-out") -> Parcel:
    """The time-out notice that quotes the request."""
    body = json.dumps(notice.request, separators=(",", ":")).encode()
    return Parcel(notice.timeout_url, body, HEADERS, note=note)


def envelope(notice: Notice, note: str = "time-out") -> Parcel:
    """The time-out notice in the form of a result."""
    body = {
        "Result": {
            "ResultType": 1,
            "ResultCode": "1037",
            "ResultDesc": "The request timed out in the queue.",
            "OriginatorConversationID": notice.originator_conversation_id,
            "ConversationID": notice.conversation_id,
            "TransactionID": "SKE0000000",
        }
    }
    return Parcel(notice.timeout_url, json.dumps(body).encode(), HEADERS, note=note)
