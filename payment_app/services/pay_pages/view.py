"""What the payment page of a booking shows at one moment: a pure function of its rows.

The page holds no logic: it asks for a `PayView`, shows it, and asks again when it is woken or when
`changes_in` seconds are over. Two tabs, a reload and a reconnect therefore agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Screen(StrEnum):
    """The states of the action card."""

    READY = "ready"
    SENDING = "sending"
    PROMPT_SENT = "prompt_sent"
    STILL_WAITING = "still_waiting"
    NOT_KNOWN = "not_known"
    FAILED = "failed"
    PAID = "paid"
    PART_PAID = "part_paid"
    OVERPAID = "overpaid"
    ALREADY_PAID = "already_paid"
    CLOSED = "closed"
    PAID_AFTER_CLOSE = "paid_after_close"
    OUTAGE = "outage"


@dataclass(frozen=True)
class Menu:
    """Where one can pay without a prompt: the number for the M-Pesa menu; one of them is empty."""

    paybill: str = ""
    till: str = ""


@dataclass(frozen=True)
class PayView:
    """Everything the page may know; safe to send to the browser of whoever holds the link.

    Attributes:
        merchant: business name.
        title, details: what is paid for; details are (label, value) pairs.
        reference: the booking's reference, also the account number.
        amount_total, amount_paid, amount_due, amount_over: whole shillings.
        amount_back: what went back of all payments, whole shillings.
        amount_late: what came after the booking had ended or was cancelled, whole shillings.
        allow_instalments: the payer may choose a smaller amount than `amount_due`.
        screen: which state the action card is in.
        payment_status: status word of the newest attempt, `none` before the first.
        reason: slug of why the newest attempt failed (see daraja.result_codes), or empty.
        phone_masked: the phone of the newest attempt, masked.
        receipt_number, receipt_path: of the newest completed payment; the number is empty while it
            is still on its way.
        paid_at: UTC, RFC 3339, empty before.
        resend_in: seconds until another prompt may be sent, 0 = now.
        changes_in: seconds after which this view changes by the clock alone; 0 = it does not.
        paybill, till: where one can pay without a prompt; at most one of them is not empty.
        amount_manual: what to type there, whole shillings.
        attempt: how many prompts were asked for so far.
        attempt_id: id of the newest payment, 0 before the first.
        attempt_amount: what its prompt is for, whole shillings, 0 before the first.
        usual_seconds: within which most people finish here, 0 = not known; while a prompt waits.
        received: what the newest payment brought, whole shillings, while that is the news; else 0.
    """

    merchant: str
    title: str
    reference: str
    amount_total: int
    amount_paid: int
    amount_due: int
    screen: Screen
    details: list[tuple[str, str]] = field(default_factory=list)
    amount_over: int = 0
    amount_back: int = 0
    amount_late: int = 0
    allow_instalments: bool = False
    payment_status: str = "none"
    reason: str = ""
    phone_masked: str = ""
    receipt_number: str = ""
    receipt_path: str = ""
    paid_at: str = ""
    resend_in: int = 0
    changes_in: float = 0.0
    paybill: str = ""
    till: str = ""
    amount_manual: int = 0
    attempt: int = 0
    attempt_id: int = 0
    attempt_amount: int = 0
    received: int = 0
    usual_seconds: int = 0
