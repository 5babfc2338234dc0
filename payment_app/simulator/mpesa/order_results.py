"""Result codes of an operator's orders, with Daraja's own words.

Source: the result tables of Safaricom's pages "Reversal", "BusinessToCustomer" and
"AccountBalance"; TP40153 as integrators published it. For a question about a transaction that does
not exist Safaricom documents no code: ours says it in words.
"""

from __future__ import annotations

DONE = "0"
NO_MONEY = "1"
OVER_BALANCE = "8"
OVER_DAILY = "4"
NO_ROLE = "21"
NOT_ACTIVE = "22"
WRONG_OPERATOR = "2001"
NO_PRODUCT = "2028"
NOT_REGISTERED = "2040"
LOCKED = "8006"
ALREADY_REVERSED = "R000001"
NO_ORIGINAL = "R000002"
NOT_FOUND = "2032"
DROPPED = "dropped"
"""No code of M-PESA's: the order is taken, never carried out, and never answered."""

_WORDS = {
    DONE: "The service request is processed successfully.",
    NO_MONEY: "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    OVER_DAILY: "Declined due to limit rule: would exceed daily transfer limit.",
    OVER_BALANCE: "Declined due to limit rule: would exceed the maximum balance.",
    "11": "The DebitParty is in an invalid state.",
    "15": "Duplicate Originator Conversation ID.",
    "17": "An internal failure occurred.",
    "18": "Initiator credential check failure.",
    "20": "Unresolved initiator.",
    NO_ROLE: "The initiator is not allowed to initiate this request.",
    NOT_ACTIVE: "The initiator is not active.",
    "26": "System busy. The service request failed.",
    WRONG_OPERATOR: "The initiator information is invalid.",
    "2006": "Declined due to account rule: The account status does not allow this transaction.",
    NO_PRODUCT: "The request is not permitted according to product assignment.",
    NOT_FOUND: "The transaction does not exist.",
    NOT_REGISTERED: (
        "Credit party customer type (Unregistered or Registered Customer) can't be supported."
    ),
    LOCKED: "The security credential is locked.",
    ALREADY_REVERSED: "The transaction has already been reversed.",
    NO_ORIGINAL: "The OriginalTransactionID is invalid.",
    "TP40153": "The initiator lacks permission or does not belong to this organization.",
    "SFC_IC0003": "The operator does not exist.",
}


def words(code: str) -> str:
    """`ResultDesc` of a code."""
    return _WORDS.get(code, "The service request failed.")


def on_the_wire(code: str) -> int | str:
    """`ResultCode` as a result carries it: a number, or a string if it is none."""
    return int(code) if code.isdecimal() else code
