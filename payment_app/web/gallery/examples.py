"""Fixed views of every state of the action card, for the gallery and for tests."""

from __future__ import annotations

from dataclasses import replace

from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.texts.en import EN

_STATUS = {
    "cancelled": "cancelled",
    "expired": "expired",
    "unreachable": "expired",
    "unknown_expired": "expired",
    "rejected": "rejected",
}
_WAIT = {"too_soon": 114, "busy": 58, "system_busy": 175, "cancelled": 72}

READY = PayView(
    merchant="Smart Storage",
    title="Storage unit B14, 3 months",
    reference="BK7F2QX9",
    amount_total=2500,
    amount_paid=0,
    amount_due=2500,
    screen=Screen.READY,
    paybill="174379",
    amount_manual=2500,
    details=[("From", "1 December 2026"), ("To", "28 February 2027"), ("Place", "Industrial Area")],
)
_SENT = replace(
    READY,
    payment_status="pending",
    phone_masked="0712 •••678",
    attempt=1,
    attempt_amount=2500,
    usual_seconds=20,
)
_PAID = replace(
    _SENT,
    screen=Screen.PAID,
    payment_status="completed",
    amount_paid=2500,
    amount_due=0,
    receipt_number="SG722NMVXQ",
    receipt_path="/receipt/example",
    paid_at="2026-11-23T11:32:05Z",
)


RECEIPT = ReceiptView(
    merchant=READY.merchant,
    title=READY.title,
    reference=READY.reference,
    amount=2500,
    paid_at="2026-11-23T11:32:05Z",
    status="completed",
    booking_total=2500,
    booking_paid=2500,
    booking_due=0,
    pay_path="/gallery",
    details=READY.details,
    receipt_number="SG722NMVXQ",
    phone_masked="0712 •••678",
    path="/receipt/example",
    code="BK7F2QX9.2500.SG722NMVXQ.202611231132.00000000.AAAAAAAAAAAAAAAA",
)


def example_receipts() -> list[ReceiptView]:
    """Paid, paid after the booking closed, and sent back."""
    return [
        RECEIPT,
        replace(RECEIPT, after_close=True, receipt_number="", code=""),
        replace(RECEIPT, amount_refunded=2500, status="refunded"),
    ]


def example_views() -> dict[str, PayView]:
    """A view for every screen and for every reason to fail, by name."""
    return {**_before(), **_after(), **_failures()}


def _before() -> dict[str, PayView]:
    return {
        "ready": READY,
        "instalments": replace(READY, allow_instalments=True),
        "sending": replace(_SENT, screen=Screen.SENDING, payment_status="submitting"),
        "prompt_sent": replace(_SENT, screen=Screen.PROMPT_SENT),
        "prompt_part": replace(_SENT, screen=Screen.PROMPT_SENT, attempt_amount=1000),
        "still_waiting": replace(_SENT, screen=Screen.STILL_WAITING),
        "not_known": replace(
            _SENT, screen=Screen.NOT_KNOWN, payment_status="unknown", resend_in=105
        ),
    }


def _after() -> dict[str, PayView]:
    part = replace(
        _PAID,
        screen=Screen.PART_PAID,
        amount_paid=1000,
        amount_due=1500,
        attempt_amount=1000,
        received=1000,
    )
    return {
        "paid": _PAID,
        "paid_no_receipt": replace(_PAID, receipt_number=""),
        "part_paid": replace(part, allow_instalments=True),
        "overpaid": replace(
            _PAID, screen=Screen.OVERPAID, amount_paid=5000, amount_over=2500, attempt=2
        ),
        "already_paid": replace(_PAID, screen=Screen.ALREADY_PAID),
        "closed": replace(READY, screen=Screen.CLOSED),
        "paid_after_close": replace(_PAID, screen=Screen.PAID_AFTER_CLOSE, amount_late=2500),
        "outage": replace(READY, screen=Screen.OUTAGE),
        "outage_till": replace(READY, screen=Screen.OUTAGE, paybill="", till="5274310"),
    }


def _failures() -> dict[str, PayView]:
    return {
        reason: replace(
            _SENT,
            screen=Screen.FAILED,
            payment_status=_STATUS.get(reason, "failed"),
            reason=reason,
            resend_in=_WAIT.get(reason, 0),
        )
        for reason in EN["reasons"]
    }
