"""From the rows of a booking to its `PayView`: pure, so that every tab and every reload agrees."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_app.daraja import RefusalKind, result_code
from payment_app.domain import bookings
from payment_app.domain.bookings import BookingStatus
from payment_app.domain.lifecycle import FAILURES, LIVE, MONEY, PaymentStatus
from payment_app.domain.money import MAX_PER_TRANSACTION
from payment_app.domain.phone import mask_phone
from payment_app.services.pay_pages.view import Menu, PayView, Screen
from payment_app.services.payments.admission import blocked_until
from payment_app.services.payments.push_answers import NOT_SENT
from payment_app.storage.tables import Booking, Payment, id_of

STILL_WAITING = timedelta(seconds=25)
NOT_KNOWN = timedelta(seconds=75)
FRESH = timedelta(minutes=30)
"""How long the end of an attempt is the news; afterwards the booking's own state is shown."""

WAITS_FOR_M_PESA = frozenset(
    {Screen.SENDING, Screen.PROMPT_SENT, Screen.STILL_WAITING, Screen.NOT_KNOWN}
)
_ASKS_FOR_A_PROMPT = frozenset({Screen.READY, Screen.FAILED, Screen.PART_PAID})

_REFUSALS = {
    RefusalKind.BUSY_SUBSCRIBER.value: "busy",
    RefusalKind.TOO_BUSY.value: "system_busy",
    NOT_SENT: "system_busy",
    RefusalKind.WRONG_CREDENTIALS.value: "setup",
    RefusalKind.CONFIGURATION.value: "setup",
    RefusalKind.NOT_AUTHORISED.value: "setup",
    RefusalKind.NOT_DARAJA.value: "setup",
}


@dataclass(frozen=True)
class Doubts:
    """Payments, by id, of which the record alone does not tell the whole truth.

    Attributes:
        late: money that came when the booking had ended or was cancelled.
        disputed: another amount than asked was reported for them.
    """

    late: frozenset[int] = frozenset()
    disputed: frozenset[int] = frozenset()


NO_DOUBTS = Doubts()
NO_MENU = Menu()


def late_payments(booking: Booking, attempts: list[Payment], doubts: Doubts) -> list[Payment]:
    """Money that came too late and was neither sent back nor accepted after all.

    Staff accept it by reopening the booking, or by moving its end behind the payment.
    """
    return [
        payment
        for payment in attempts
        if payment.payment_id in doubts.late
        and payment.status in MONEY
        and payment.amount > payment.amount_refunded
        and _had_closed(booking, payment)
    ]


def _had_closed(booking: Booking, payment: Payment) -> bool:
    if booking.status == BookingStatus.CLOSED:
        return True
    ended, paid_at = booking.expires_at, payment.payment_date
    return ended is not None and paid_at is not None and ended <= paid_at


def pay_view(
    merchant: str,
    booking: Booking,
    attempts: list[Payment],
    now: datetime,
    *,
    wait: int,
    menu: Menu = NO_MENU,
    outage: bool = False,
    doubts: Doubts = NO_DOUBTS,
) -> PayView:
    """What the page shows at `now`.

    Args:
        attempts: the booking's payments, oldest first.
        wait: seconds until Daraja takes another prompt for the newest attempt's phone.
        menu: where one can pay without a prompt.
        outage: prompts are held back; whoever waits for one, or has paid, is not told.
        doubts: what the cases of the booking say about its payments.
    """
    newest = attempts[-1] if attempts else None
    paid = next((p for p in reversed(attempts) if p.status in MONEY), None)
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    late = late_payments(booking, attempts, doubts)
    screen = _screen(booking, newest, now)
    if late and paid in late and screen not in WAITS_FOR_M_PESA:
        screen = Screen.PAID_AFTER_CLOSE
    elif newest is not None and newest.status in LIVE and newest.payment_id in doubts.disputed:
        screen = Screen.NOT_KNOWN
    if outage and screen in _ASKS_FOR_A_PROMPT:
        screen = Screen.OUTAGE
    return PayView(
        merchant=merchant,
        title=booking.title,
        details=[(label, value) for label, value in json.loads(booking.details)],
        reference=booking.reference,
        amount_total=int(booking.amount),
        amount_paid=int(booking.amount_paid),
        amount_due=int(due),
        amount_over=max(0, int(booking.amount_paid - booking.amount)),
        amount_back=int(sum(p.amount_refunded for p in attempts)),
        amount_late=int(sum(p.amount - p.amount_refunded for p in late)),
        allow_instalments=bookings.takes_instalments(booking.amount, booking.allow_instalments),
        screen=screen,
        payment_status=newest.status if newest else "none",
        reason=_reason(newest) if newest else "",
        phone_masked=mask_phone(newest.phone_number) if newest else "",
        receipt_number=(paid.mpesa_receipt_number or "") if paid else "",
        receipt_path=f"/receipt/{paid.receipt_token}" if paid and paid.receipt_token else "",
        paid_at=paid.payment_date.isoformat() if paid and paid.payment_date else "",
        resend_in=_resend_in(newest, now, wait),
        changes_in=_changes_in(booking, newest, now),
        paybill=menu.paybill,
        till=menu.till,
        attempt_amount=int(newest.amount) if newest else 0,
        received=_received(newest, now),
        amount_manual=int(min(due, MAX_PER_TRANSACTION)),
        attempt=len(attempts),
        attempt_id=id_of(newest) if newest else 0,
    )


def _screen(booking: Booking, newest: Payment | None, now: datetime) -> Screen:
    if newest is not None and newest.status in LIVE:
        return _live_screen(newest, now)
    status = bookings.status_now(booking.status, booking.expires_at, now)
    if status is BookingStatus.CLOSED:
        return Screen.CLOSED
    if booking.amount_paid > booking.amount:
        return Screen.OVERPAID
    fresh = newest is not None and _is_news(newest, now)
    if status is BookingStatus.PAID:
        return Screen.PAID if fresh else Screen.ALREADY_PAID
    if newest is not None and fresh and newest.status in FAILURES:
        return Screen.FAILED
    return Screen.PART_PAID if booking.amount_paid > 0 else Screen.READY


def _is_news(payment: Payment, now: datetime) -> bool:
    return (payment.settled_at or payment.created_at) + FRESH > now


def _received(newest: Payment | None, now: datetime) -> int:
    """What the newest attempt brought, less what went back."""
    if newest is None or newest.status not in MONEY or not _is_news(newest, now):
        return 0
    return int(newest.amount - newest.amount_refunded)


def _live_screen(payment: Payment, now: datetime) -> Screen:
    if payment.status in (PaymentStatus.CREATED, PaymentStatus.SUBMITTING):
        return Screen.SENDING
    waited = now - _sent(payment)
    if payment.status == PaymentStatus.UNKNOWN or waited >= NOT_KNOWN:
        return Screen.NOT_KNOWN
    return Screen.STILL_WAITING if waited >= STILL_WAITING else Screen.PROMPT_SENT


def _sent(payment: Payment) -> datetime:
    return payment.submitted_at or payment.created_at


def _reason(payment: Payment) -> str:
    if payment.status not in FAILURES:
        return ""
    code = payment.result_code
    if payment.status == PaymentStatus.REJECTED:
        return _REFUSALS.get(code or "", "rejected")
    return result_code(code).reason if code else "unknown_expired"


def _resend_in(newest: Payment | None, now: datetime, wait: int) -> int:
    if newest is not None and newest.status in LIVE:
        return max(0, math.ceil((blocked_until(newest) - now).total_seconds()))
    return wait


def _changes_in(booking: Booking, newest: Payment | None, now: datetime) -> float:
    """Seconds until the clock alone changes the view; 0 = never."""
    moments = []
    if newest is not None and newest.status in LIVE:
        moments = [_sent(newest) + step for step in (STILL_WAITING, NOT_KNOWN)]
        moments.append(blocked_until(newest))
    if booking.expires_at is not None:
        moments.append(booking.expires_at)
    return min(((at - now).total_seconds() for at in moments if at > now), default=0.0)
