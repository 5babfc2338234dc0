"""The box on a payment's page, and what its dialog was told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from payment_app.daraja import order_code
from payment_app.domain.errors import BadInput
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.domain.money import shillings
from payment_app.domain.phone import mask_phone
from payment_app.domain.refunds import LIVE, UNDER_WAY, RefundStatus, Way
from payment_app.domain.sight import Sight, mask_numbers
from payment_app.services.refunds.requests import Wish
from payment_app.storage.refund_tables import Refund
from payment_app.storage.tables import Booking, Payment
from payment_app.web.staff.formats import money, short_moment
from payment_app.web.staff.refund_box.texts import PANEL, STATUSES, WAYS


@dataclass(frozen=True)
class Back:
    """One refund on its payment's page; the three lines only after a failure."""

    key: str = ""
    line: str = ""
    word: str = ""
    tone: str = "plain"
    asked: str = ""
    decided: str = ""
    receipt: str = ""
    said: str = ""
    means: str = ""
    do_now: str = ""
    again_text: str = ""
    can_send_again: bool = False
    can_check: bool = False


@dataclass(frozen=True)
class RefundBox:
    """What a payment's page says about money back, and what its dialog offers."""

    can_ask: bool = False
    left: str = ""
    all_words: str = ""
    over_words: str = ""
    limit: str = ""
    lines: list[Back] = field(default_factory=list)


def show_box(
    payment: Payment,
    booking: Booking,
    refunds: Sequence[Refund],
    limit: Decimal,
    now: datetime,
    sight: Sight,
) -> RefundBox:
    """The box of one payment."""
    left = payment.amount - payment.amount_refunded
    over = min(left, max(Decimal(0), booking.amount_paid - booking.amount))
    busy = any(refund.status in LIVE for refund in refunds)
    return RefundBox(
        can_ask=payment.status == PaymentStatus.COMPLETED and left > 0 and not busy,
        left=PANEL["left"].format(left=money(left), phone=mask_phone(payment.phone_number)),
        all_words=PANEL["all"].format(left=money(left)),
        over_words=PANEL["over"].format(over=money(over)) if over else "",
        limit=PANEL["limit"].format(limit=money(limit)),
        lines=[_back(refund, now, sight, newest=refund is refunds[-1]) for refund in refunds][::-1],
    )


def read_wish(form: dict[str, object], payment: Payment, booking: Booking, left: Decimal) -> Wish:
    """What somebody typed into the dialog.

    Raises:
        BadInput: `invalid_amount`, `amounts_differ`, `invalid_request`.
    """
    how = str(form.get("how", ""))
    over = max(Decimal(0), booking.amount_paid - booking.amount)
    wanted = {"all": left, "over": min(left, over)}.get(how)
    if how == "part":
        wanted = shillings(str(form.get("amount", "")))
    if not wanted:
        raise BadInput("invalid_request", PANEL["how_wrong"])
    if shillings(str(form.get("confirm", ""))) != wanted:
        raise BadInput("amounts_differ", PANEL["confirm_wrong"])
    return Wish(
        payment_id=payment.payment_id or 0,
        amount=wanted,
        reason=str(form.get("reason", "")),
        close_booking=_ticked(form, "close"),
        way=Way.EXTERNAL if _ticked(form, "external") else None,
    )


def _ticked(form: dict[str, object], name: str) -> bool:
    return form.get(name) in (True, "on", "true")


def _back(refund: Refund, now: datetime, sight: Sight, *, newest: bool) -> Back:
    status = RefundStatus(refund.status)
    word, tone = STATUSES[status]
    said, means, do_now = _three_lines(refund)
    asked = PANEL["asked"].format(
        who=refund.requested_by,
        at=short_moment(refund.requested_at, now),
        reason=sight.text(refund.reason),
    )
    return Back(
        key=str(refund.refund_id),
        line=PANEL["line"].format(amount=money(refund.amount), way=WAYS[refund.way]),
        word=word,
        tone=tone,
        asked=asked,
        decided=PANEL["decided"].format(who=refund.decided_by) if refund.decided_by else "",
        receipt=PANEL["receipt"].format(receipt=refund.receipt) if refund.receipt else "",
        said=said,
        means=means,
        do_now=do_now,
        again_text=PANEL["again_text"].format(amount=money(refund.amount)),
        can_send_again=newest and status is RefundStatus.FAILED,
        can_check=status in UNDER_WAY,
    )


def _three_lines(refund: Refund) -> tuple[str, str, str]:
    """What Safaricom said, what it means, what to do now; only after a failure."""
    if refund.status != RefundStatus.FAILED:
        return "", "", ""
    said = mask_numbers(f"{refund.result_code or ''} {refund.result_desc or ''}".strip())
    row = order_code(refund.result_code or "")
    if refund.result_code is None or "." in refund.result_code:
        return said, "The order did not reach M-Pesa. No money moved.", "Send it again."
    return said, f"{row.meaning} No money moved.", row.advice
