"""Result codes of reversal, payout, status and balance: one table, apart from that of prompts.

A code's meaning depends on the product: 2001 is a wrong PIN in a prompt and a wrong operator here.
Source: Safaricom's pages "Reversal", "BusinessToCustomer" and "AccountBalance", completed by codes
that integrators have seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class OrderKind(StrEnum):
    """What a code says about an order."""

    DONE = "done"
    ALREADY = "already"  # it had happened before: to be confirmed, not failed
    OPERATOR = "operator"  # the operator's name, password, role or lock: nothing was moved
    REFUSED = "refused"  # a definite no: nothing was moved
    BUSY = "busy"  # turned away: nothing was moved, later it may go
    UNCLEAR = "unclear"  # a failure that we do not know: not to be believed without a question


@dataclass(frozen=True, slots=True)
class OrderCode:
    """One row: what it means and what staff do now, in plain words."""

    code: str
    kind: OrderKind
    meaning: str
    advice: str
    other_way: bool = False
    """A refused reversal may go out as a payout instead."""


_ASK_ADMIN = (
    "Ask an administrator to check MPESA_INITIATOR_NAME, its password and MPESA_CERTIFICATE."
)
_LATER = "Try again in a few minutes."

_ROWS = (
    OrderCode("0", OrderKind.DONE, "Done.", "Nothing to do."),
    OrderCode(
        "1",
        OrderKind.REFUSED,
        "There is not enough money in the M-Pesa account of the business.",
        "Put money into the account that pays refunds, then send the refund again.",
    ),
    OrderCode(
        "2",
        OrderKind.REFUSED,
        "The amount is below what M-Pesa moves.",
        "Return it another way and write that down here.",
    ),
    OrderCode(
        "3",
        OrderKind.REFUSED,
        "The amount is above M-Pesa's maximum of KSh 250,000 for one transaction.",
        "Return it in parts.",
    ),
    OrderCode(
        "4",
        OrderKind.REFUSED,
        "The customer would pass M-Pesa's daily limit.",
        "Send it again tomorrow.",
    ),
    OrderCode(
        "8",
        OrderKind.REFUSED,
        "The customer's M-Pesa account would hold more than it may.",
        "Ask the customer to make room, then send it again.",
    ),
    OrderCode(
        "11",
        OrderKind.REFUSED,
        "M-Pesa says that the account which should pay is not in order.",
        "Call Safaricom business care about the shortcode.",
        other_way=True,
    ),
    OrderCode("15", OrderKind.ALREADY, "M-Pesa has this order already.", "Nothing to do."),
    OrderCode(
        "2006",
        OrderKind.REFUSED,
        "A rule of the account does not allow it.",
        "Send it as a payment to the phone instead, or call Safaricom business care.",
        other_way=True,
    ),
    OrderCode(
        "2028",
        OrderKind.REFUSED,
        "The shortcode may not use this product of M-Pesa.",
        "Ask Safaricom to enable reversals or payouts (B2C) for the shortcode.",
        other_way=True,
    ),
    OrderCode(
        "2040",
        OrderKind.REFUSED,
        "The phone number is not registered with M-Pesa.",
        "Return it another way and write that down here.",
    ),
    OrderCode(
        "SFC_IC0003",
        OrderKind.REFUSED,
        "M-Pesa does not know the phone number.",
        "Return it another way and write that down here.",
    ),
    OrderCode(
        "R000001",
        OrderKind.ALREADY,
        "The payment was reversed already.",
        "Nothing to do: the money is back with the customer.",
    ),
    OrderCode(
        "R000002",
        OrderKind.REFUSED,
        "M-Pesa does not find the payment that should be reversed.",
        "Send it as a payment to the phone instead.",
        other_way=True,
    ),
    OrderCode(
        "18",
        OrderKind.OPERATOR,
        "M-Pesa did not accept the credentials of our API operator.",
        _ASK_ADMIN,
    ),
    OrderCode("20", OrderKind.OPERATOR, "M-Pesa does not know our API operator.", _ASK_ADMIN),
    OrderCode(
        "21",
        OrderKind.OPERATOR,
        "Our API operator lacks the role for this.",
        "Ask an administrator to give it the role in the M-Pesa portal, then send it again.",
    ),
    OrderCode(
        "22",
        OrderKind.OPERATOR,
        "Our API operator is not active.",
        "Ask an administrator to activate it in the M-Pesa portal.",
    ),
    OrderCode(
        "2001",
        OrderKind.OPERATOR,
        "M-Pesa did not accept our API operator's name, password or certificate.",
        _ASK_ADMIN,
    ),
    OrderCode(
        "8006",
        OrderKind.OPERATOR,
        "Our API operator is locked after too many wrong passwords.",
        "Ask an administrator to unlock it in the M-Pesa portal and to set the password anew.",
    ),
    OrderCode(
        "TP40153",
        OrderKind.OPERATOR,
        "Our API operator lacks permission, or belongs to another organisation.",
        _ASK_ADMIN,
    ),
    OrderCode("26", OrderKind.BUSY, "M-Pesa is busy and turned it away.", _LATER),
)

ORDER_CODES: Mapping[str, OrderCode] = MappingProxyType({row.code: row for row in _ROWS})
"""Every known result code of an operator's order, by its text."""


def order_code(code: str) -> OrderCode:
    """The row of `code`; an unknown one is `UNCLEAR`: money may have moved."""
    text = code.strip()
    return ORDER_CODES.get(text) or OrderCode(
        text,
        OrderKind.UNCLEAR,
        "M-Pesa gave a result that this app does not know.",
        "We ask M-Pesa what became of it. Do not send the money again yet.",
    )
