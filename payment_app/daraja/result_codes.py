"""STK result codes: one table, used for callbacks and for queries alike.

Source: the official table of Safaricom's page "MpesaExpressSimulate", completed by codes that
integrators have seen. The text that comes with a code differs between channels, so only the code
counts. A code's meaning depends on the API: this table is not for B2C, reversal or balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class ResultKind(StrEnum):
    """What a result code says about the payment."""

    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    PROCESSING = "processing"


class RetryRule(StrEnum):
    """When a new prompt makes sense after this result."""

    NOT_NEEDED = "not_needed"  # paid
    WAIT = "wait"  # still running
    NOW = "now"  # whenever the customer wishes
    AFTER_MINUTE = "after_minute"
    AFTER_TWO_MINUTES = "after_two_minutes"
    AFTER_FEW_MINUTES = "after_few_minutes"
    TOMORROW = "tomorrow"
    FIX_AMOUNT = "fix_amount"
    CHECK_FIRST = "check_first"  # money may have moved: query before any new prompt
    NEVER = "never"  # not until staff, or Safaricom for the customer, have mended something


@dataclass(frozen=True, slots=True)
class ResultCode:
    """One row: `reason` is the slug the pages key their words on, the rest is for staff."""

    code: str
    kind: ResultKind
    reason: str
    meaning: str
    advice: str
    retry: RetryRule
    known: bool = True


_PROMPT_FAILED = (
    "M-PESA could not put the prompt on the phone, or its text is above 182 characters.",
    "Try once more. If it comes back, shorten the account reference or pay by paybill.",
)
_CANCELLED = (
    "The customer declined the prompt, or left it unanswered for some minutes.",
    "Send a new prompt when the customer wants to pay.",
)
_SETUP = "Pay another way for now. Staff: check shortcode, till number and transaction type."

_ROWS = (
    ResultCode(
        "0",
        ResultKind.PAID,
        "paid",
        "Paid.",
        "Nothing to do; the receipt number comes with the callback.",
        RetryRule.NOT_NEEDED,
    ),
    ResultCode(
        "1",
        ResultKind.FAILED,
        "low_balance",
        "Not enough money in the customer's M-PESA account.",
        "Top up and try again, or pay from another number.",
        RetryRule.NOW,
    ),
    ResultCode(
        "2",
        ResultKind.FAILED,
        "amount",
        "The amount is below M-PESA's minimum of KES 1.",
        "Correct the amount.",
        RetryRule.FIX_AMOUNT,
    ),
    ResultCode(
        "3",
        ResultKind.FAILED,
        "limit_transaction",
        "The amount is above M-PESA's maximum of KES 250,000 for one payment.",
        "Pay in parts or by bank.",
        RetryRule.FIX_AMOUNT,
    ),
    ResultCode(
        "4",
        ResultKind.FAILED,
        "limit_daily",
        "The payment would pass the customer's daily M-PESA limit of KES 500,000.",
        "Try tomorrow or pay from another number.",
        RetryRule.TOMORROW,
    ),
    ResultCode(
        "8",
        ResultKind.FAILED,
        "limit_account",
        "The payment would pass the largest balance our paybill or till may hold.",
        "Staff: move money out of the M-PESA account, then send a new prompt.",
        RetryRule.NEVER,
    ),
    ResultCode(
        "17",
        ResultKind.FAILED,
        "too_soon",
        "The same amount was asked of the same customer less than two minutes ago.",
        "Wait two minutes, then try again.",
        RetryRule.AFTER_TWO_MINUTES,
    ),
    ResultCode(
        "26",
        ResultKind.FAILED,
        "system_busy",
        "M-PESA is busy and turned the payment away.",
        "Try again in a few minutes.",
        RetryRule.AFTER_FEW_MINUTES,
    ),
    ResultCode(
        "1001",
        ResultKind.FAILED,
        "busy",
        "Another M-PESA request is open on the customer's phone.",
        "Finish or dismiss it, wait a minute, then try again.",
        RetryRule.AFTER_MINUTE,
    ),
    ResultCode(
        "1019",
        ResultKind.EXPIRED,
        "expired",
        "The prompt timed out before the customer answered.",
        "Send a new prompt when the customer is ready.",
        RetryRule.NOW,
    ),
    ResultCode("1025", ResultKind.FAILED, "prompt_failed", *_PROMPT_FAILED, RetryRule.NOW),
    ResultCode("9999", ResultKind.FAILED, "prompt_failed", *_PROMPT_FAILED, RetryRule.NOW),
    ResultCode("1031", ResultKind.CANCELLED, "cancelled", *_CANCELLED, RetryRule.NOW),
    ResultCode("1032", ResultKind.CANCELLED, "cancelled", *_CANCELLED, RetryRule.NOW),
    ResultCode(
        "1036",
        ResultKind.EXPIRED,
        "expired",
        "The prompt may have been shown, but the network's reply was lost.",
        "Look for an M-PESA message before trying again.",
        RetryRule.CHECK_FIRST,
    ),
    ResultCode(
        "1037",
        ResultKind.EXPIRED,
        "unreachable",
        "The phone was not reached, or nobody answered: off, no signal, old SIM, another menu.",
        "Turn the phone on, unlock it and try again; dial *234*1*6# to update an old SIM, "
        "or pay by paybill.",
        RetryRule.NOW,
    ),
    ResultCode(
        "2001",
        ResultKind.FAILED,
        "wrong_pin",
        "The customer typed a wrong M-PESA PIN.",
        "Try again with the right PIN; repeated wrong PINs lock it.",
        RetryRule.NOW,
    ),
    ResultCode(
        "2002",
        ResultKind.FAILED,
        "setup",
        "Agent and store number do not match.",
        _SETUP,
        RetryRule.NEVER,
    ),
    ResultCode(
        "2028",
        ResultKind.FAILED,
        "setup",
        "The transaction type or the receiving number is not allowed for our shortcode.",
        _SETUP,
        RetryRule.NEVER,
    ),
    ResultCode(
        "8006",
        ResultKind.FAILED,
        "pin_locked",
        "The customer's M-PESA PIN is locked.",
        "The customer calls Safaricom: 100 (prepaid) or 200 (postpaid).",
        RetryRule.NEVER,
    ),
    ResultCode(
        "SFC_IC0003",
        ResultKind.FAILED,
        "setup",
        "M-PESA does not know the receiver; often a till was sent as a paybill.",
        _SETUP,
        RetryRule.NEVER,
    ),
    ResultCode(
        "4999",
        ResultKind.PROCESSING,
        "processing",
        "M-PESA is still working on it.",
        "Wait.",
        RetryRule.WAIT,
    ),
)

RESULT_CODES: Mapping[str, ResultCode] = MappingProxyType({row.code: row for row in _ROWS})
"""Every known STK result code, by its text."""


def result_code(code: str) -> ResultCode:
    """The row of `code`; an unknown one is FAILED, `"other"`, `known=False`.

    An unknown failure is still to be checked by a query, hence its retry rule.
    """
    text = code.strip()
    return RESULT_CODES.get(text) or ResultCode(
        text,
        ResultKind.FAILED,
        "other",
        "M-PESA gave a result that this app does not know.",
        "We are checking the payment. Look for an M-PESA message before trying again.",
        RetryRule.CHECK_FIRST,
        known=False,
    )
