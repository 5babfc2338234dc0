"""What the gateway wants of an operator's order, field by field, and how it reads one.

Source: the request tables of Safaricom's pages "Reversal", "BusinessToCustomer",
"TransactionStatus" and "AccountBalance".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from payment_app.simulator.gateway.rules import (
    Rule,
    is_amount,
    is_callback_url,
    is_filled,
    is_phone,
    is_shortcode,
)
from payment_app.simulator.mpesa.orders import BALANCE, PAYOUT, REVERSAL, STATUS

SMALLEST_PAYOUT = 10
_CREDENTIAL = re.compile(r"[A-Za-z0-9+/]{342}==")
_RECEIPT = re.compile(r"[A-Za-z0-9]{6,30}")
_ORIGINATOR = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAYOUTS = ("BusinessPayment", "SalaryPayment", "PromotionPayment")


def _is(*allowed: str) -> Any:
    return lambda value: value in allowed


def _is_credential(value: Any) -> bool:
    """Base64 of 256 bytes: what a key of 2,048 bits makes."""
    return isinstance(value, str) and _CREDENTIAL.fullmatch(value) is not None


def _is_remark(value: Any) -> bool:
    return isinstance(value, str) and 2 <= len(value) <= 100


def _is_occasion(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 100)


def _is_receipt(value: Any) -> bool:
    return isinstance(value, str) and _RECEIPT.fullmatch(value) is not None


def _is_originator(value: Any) -> bool:
    return isinstance(value, str) and _ORIGINATOR.fullmatch(value) is not None


def _is_payout_amount(value: Any) -> bool:
    return is_amount(value) and int(value) >= SMALLEST_PAYOUT


_URLS: tuple[Rule, ...] = (
    ("ResultURL", is_callback_url),
    ("QueueTimeOutURL", is_callback_url),
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    REVERSAL: (
        ("Initiator", is_filled),
        ("SecurityCredential", _is_credential),
        ("CommandID", _is("TransactionReversal")),
        ("TransactionID", _is_receipt),
        ("Amount", is_amount),
        ("ReceiverParty", is_shortcode),
        ("RecieverIdentifierType", _is("11", "4")),
        *_URLS,
        ("Remarks", _is_remark),
        ("Occasion", _is_occasion),
    ),
    PAYOUT: (
        ("OriginatorConversationID", _is_originator),
        ("InitiatorName", is_filled),
        ("SecurityCredential", _is_credential),
        ("CommandID", _is(*_PAYOUTS)),
        ("Amount", _is_payout_amount),
        ("PartyA", is_shortcode),
        ("PartyB", is_phone),
        ("Remarks", _is_remark),
        *_URLS,
        ("Occassion", _is_occasion),
    ),
    STATUS: (
        ("Initiator", is_filled),
        ("SecurityCredential", _is_credential),
        ("CommandID", _is("TransactionStatusQuery")),
        ("PartyA", is_shortcode),
        ("IdentifierType", _is("1", "2", "4")),
        *_URLS,
        ("Remarks", _is_remark),
        ("Occasion", _is_occasion),
    ),
    BALANCE: (
        ("Initiator", is_filled),
        ("SecurityCredential", _is_credential),
        ("CommandID", _is("AccountBalance")),
        ("PartyA", is_shortcode),
        ("IdentifierType", _is("4")),
        ("Remarks", _is_remark),
        *_URLS,
    ),
}


def asked_about(body: Mapping[str, Any]) -> str:
    """What a status question names: a receipt, else an OriginalConversationID, else nothing."""
    for name, fits in (("TransactionID", _is_receipt), ("OriginalConversationID", _is_originator)):
        if body.get(name):
            return str(body[name]) if fits(body[name]) else ""
    return ""
