"""What an API operator asks of M-PESA: money back, and questions about it.

Four products share one form: the request is taken or refused at once, its result is posted to
`ResultURL` later (`daraja.results`), and `QueueTimeOutURL` is told when it waited too long, which
is no failure. Source: Safaricom's pages "Reversal", "BusinessToCustomer", "TransactionStatus" and
"AccountBalance"; field names are misspelt as Daraja misspells them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from payment_app.daraja.messages import MAX_AMOUNT, is_amount, is_phone, is_plain, is_web_address

REVERSAL_PATH = "/mpesa/reversal/v1/request"
PAYOUT_PATH = "/mpesa/b2c/v3/paymentrequest"
STATUS_PATH = "/mpesa/transactionstatus/v1/query"
BALANCE_PATH = "/mpesa/accountbalance/v1/query"

MIN_PAYOUT = Decimal(10)
"""Shillings; the least that M-PESA pays out to a customer."""
_LONGEST_REMARK = 100
_RECEIPT = re.compile(r"[A-Za-z0-9]{6,30}")
_ORIGINATOR = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the result of an order goes. Each ends in the order's secret token."""

    result: str = field(repr=False)
    timeout: str = field(repr=False)

    @property
    def are_right(self) -> bool:
        """Both are web addresses."""
        return is_web_address(self.result) and is_web_address(self.timeout)


class Order(Protocol):
    """One request of an operator."""

    @property
    def operation(self) -> str:
        """Its name in records: reversal, payout, transaction_status or account_balance."""

    @property
    def path(self) -> str:
        """Where it is posted."""

    @property
    def urls(self) -> Urls:
        """Where its result goes."""

    def body(self, operator: str, credential: str, shortcode: str) -> dict[str, str | int]:
        """The JSON object. `credential` is secret."""


def _check(name: str, rules: Mapping[str, bool]) -> None:
    """Raises ValueError naming the first field that breaks its rule."""
    for part, right in rules.items():
        if not right:
            raise ValueError(f"{name}: {part} is not acceptable")


@dataclass(frozen=True, slots=True)
class Reversal:
    """The whole of one payment goes back to whoever paid it.

    `receipt` is the payment's; `amount` all of it, since nothing shows that M-PESA takes back a
    part. There is no id of our own: `R000001` (already reversed) is the guard against a second one.
    """

    receipt: str
    amount: Decimal
    remarks: str
    urls: Urls
    operation = "reversal"
    path = REVERSAL_PATH

    def __post_init__(self) -> None:
        _check(
            "reversal",
            {
                "receipt": _RECEIPT.fullmatch(self.receipt) is not None,
                "amount": is_amount(self.amount),
                "remarks": is_plain(self.remarks, 2, _LONGEST_REMARK),
                "urls": self.urls.are_right,
            },
        )

    def body(self, operator: str, credential: str, shortcode: str) -> dict[str, str | int]:
        """The JSON object."""
        return {
            "Initiator": operator,
            "SecurityCredential": credential,
            "CommandID": "TransactionReversal",
            "TransactionID": self.receipt,
            "Amount": str(int(self.amount)),
            "ReceiverParty": shortcode,
            "RecieverIdentifierType": "11",
            "ResultURL": self.urls.result,
            "QueueTimeOutURL": self.urls.timeout,
            "Remarks": self.remarks,
        }


@dataclass(frozen=True, slots=True)
class Payout:
    """Any amount from KSh 10 to a phone (B2C, version 3).

    `originator_conversation_id` is our own, saved before this is sent: M-PESA refuses a second
    order that carries it, so the same order can be sent again and money moves once.
    """

    originator_conversation_id: str
    phone_number: str = field(repr=False)
    amount: Decimal
    remarks: str
    urls: Urls
    operation = "payout"
    path = PAYOUT_PATH

    def __post_init__(self) -> None:
        whole = is_amount(self.amount) and MIN_PAYOUT <= self.amount <= MAX_AMOUNT
        _check(
            "payout",
            {
                "originator_conversation_id": _is_originator(self.originator_conversation_id),
                "phone_number": is_phone(self.phone_number),
                "amount": whole,
                "remarks": is_plain(self.remarks, 2, _LONGEST_REMARK),
                "urls": self.urls.are_right,
            },
        )

    def body(self, operator: str, credential: str, shortcode: str) -> dict[str, str | int]:
        """The JSON object."""
        return {
            "OriginatorConversationID": self.originator_conversation_id,
            "InitiatorName": operator,
            "SecurityCredential": credential,
            "CommandID": "BusinessPayment",
            "Amount": str(int(self.amount)),
            "PartyA": shortcode,
            "PartyB": self.phone_number,
            "Remarks": self.remarks,
            "QueueTimeOutURL": self.urls.timeout,
            "ResultURL": self.urls.result,
            "Occassion": "refund",
        }


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """How one order or payment ended: named by its receipt, or by its OriginatorConversationID."""

    urls: Urls
    receipt: str = ""
    originator_conversation_id: str = ""
    operation = "transaction_status"
    path = STATUS_PATH

    def __post_init__(self) -> None:
        by_receipt = _RECEIPT.fullmatch(self.receipt) is not None
        by_id = _is_originator(self.originator_conversation_id)
        named = (by_receipt and not self.originator_conversation_id) or (by_id and not self.receipt)
        _check("transaction status", {"id": named, "urls": self.urls.are_right})

    def body(self, operator: str, credential: str, shortcode: str) -> dict[str, str | int]:
        """The JSON object."""
        return {
            "Initiator": operator,
            "SecurityCredential": credential,
            "CommandID": "TransactionStatusQuery",
            "TransactionID": self.receipt,
            "OriginalConversationID": self.originator_conversation_id,
            "PartyA": shortcode,
            "IdentifierType": "4",
            "ResultURL": self.urls.result,
            "QueueTimeOutURL": self.urls.timeout,
            "Remarks": "status",
            "Occasion": "status",
        }


@dataclass(frozen=True, slots=True)
class BalanceQuestion:
    """How much is in each account of the shortcode; moves nothing and proves the operator."""

    urls: Urls
    operation = "account_balance"
    path = BALANCE_PATH

    def __post_init__(self) -> None:
        _check("account balance", {"urls": self.urls.are_right})

    def body(self, operator: str, credential: str, shortcode: str) -> dict[str, str | int]:
        """The JSON object."""
        return {
            "Initiator": operator,
            "SecurityCredential": credential,
            "CommandID": "AccountBalance",
            "PartyA": shortcode,
            "IdentifierType": "4",
            "Remarks": "balance",
            "QueueTimeOutURL": self.urls.timeout,
            "ResultURL": self.urls.result,
        }


def _is_originator(text: str) -> bool:
    return _ORIGINATOR.fullmatch(text) is not None
