"""M-Pesa's result codes for an STK push, with Daraja's own words.

Source: the result table of Safaricom's M-PESA Express page; codes that only integrators have
published (26, 1001, 1031, 1036, 9999) carry the words seen in their logs.
"""

from __future__ import annotations

PAID = "0"
NO_MONEY = "1"
OVER_TRANSACTION_LIMIT = "3"
OVER_DAILY_LIMIT = "4"
SAME_AGAIN = "17"
PROMPT_TOO_LONG = "1025"
CANCELLED = "1032"
EXPIRED = "1019"
NO_ANSWER = "1037"
WRONG_PIN = "2001"
WRONG_PRODUCT = "2028"
PIN_LOCKED = "8006"
NO_SUCH_OPERATOR = "SFC_IC0003"
STILL_PROCESSING = "4999"

_WORDS = {
    PAID: "The service request is processed successfully.",
    NO_MONEY: "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    OVER_TRANSACTION_LIMIT: (
        "Declined due to limit rule: greater than the maximum transaction amount."
    ),
    OVER_DAILY_LIMIT: "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    SAME_AGAIN: "Rule limited.",
    "26": "System busy. The service request failed.",
    "1001": (
        "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    ),
    EXPIRED: "Transaction has expired.",
    PROMPT_TOO_LONG: "An error occurred while sending a push request.",
    "1031": "Request cancelled by user",
    CANCELLED: "Request cancelled by user",
    "1036": "SMSC ACK timeout.",
    NO_ANSWER: "No response from user.",
    WRONG_PIN: "The initiator information is invalid.",
    "2002": "The agent number and store number entered do not match.",
    WRONG_PRODUCT: "The request is not permitted according to product assignment.",
    PIN_LOCKED: "The security credential is locked.",
    "9999": "Error occurred while sending a push request.",
    NO_SUCH_OPERATOR: "The operator does not exist.",
    STILL_PROCESSING: "The transaction is still under processing",
}

# The two channels have been seen to word one and the same result differently.
_QUERY_WORDS = {NO_ANSWER: "DS timeout user cannot be reached."}


def callback_words(code: str) -> str:
    """`ResultDesc` of a callback."""
    return _WORDS.get(code, "The transaction failed.")


def query_words(code: str) -> str:
    """`ResultDesc` of an STK query."""
    return _QUERY_WORDS.get(code) or callback_words(code)


def callback_code(code: str) -> int | str:
    """`ResultCode` as a callback carries it: a number, or a string if it is none."""
    return int(code) if code.isdecimal() else code
