"""What a callback under the right token means for its payment: ids first, then the result."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import StkCallback
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, Evidence, PaymentStatus, Source
from payment_app.services.payments import cases, settlement
from payment_app.services.payments.events import Happening, record_change
from payment_app.services.payments.results import claimed_status, needs_another_look
from payment_app.storage.tables import Booking, Payment

log = structlog.get_logger("payment_app.inbox")

_LEARNED = Happening(
    "ids_learned", "daraja", Source.CALLBACK, "A callback without a result brought M-Pesa's ids."
)


async def weigh_callback(
    session: AsyncSession, payment_id: int, callback: StkCallback, now: datetime
) -> str:
    """Weigh one callback in the caller's transaction; one word on what it did, for the metrics.

    Its ids must agree with the payment's before its result counts.
    """
    booking, payment = await settlement.lock_payment(session, payment_id)
    outcome = await _weigh(session, booking, payment, callback, now)
    record_change(session, payment, _LEARNED, at=now)
    return outcome


async def _weigh(
    session: AsyncSession,
    booking: Booking,
    payment: Payment,
    callback: StkCallback,
    now: datetime,
) -> str:
    if not await _ids_agree(session, payment, callback):
        facts = {
            "source": Source.CALLBACK.value,
            "checkout_request_id": callback.checkout_request_id,
            "merchant_request_id": callback.merchant_request_id,
            "result_code": callback.result_code,
            "receipt": callback.receipt,
        }
        await cases.open_case(session, payment, CaseKind.ID_MISMATCH, facts, at=now)
        _ask_now(payment, now)
        return "id_mismatch"
    evidence = _evidence(callback, now)
    if evidence.claims in LIVE:  # still being processed: no result, but perhaps an id to ask about
        _ask_now(payment, now)
        return "no_change"
    words = f"{callback.result_code} {callback.result_desc}".strip()
    log.info("callback_received", payment_id=payment.payment_id, result_code=callback.result_code)
    happening = Happening("callback_result", "daraja", Source.CALLBACK, words)
    applied = await settlement.weigh(session, booking, payment, evidence, happening)
    if applied.case:
        return applied.case
    if needs_another_look(callback.result_code):
        payment.next_check_at = now
    return applied.status.value if applied.changed else "no_change"


def _ask_now(payment: Payment, now: datetime) -> None:
    if payment.checkout_request_id is not None:
        payment.next_check_at = now


async def _ids_agree(session: AsyncSession, payment: Payment, callback: StkCallback) -> bool:
    """Daraja's ids are those we hold; before the push's answer is saved the callback brings them.

    The token named the payment already, so an id that Daraja left out does not count against it.
    """
    given = callback.checkout_request_id
    if payment.checkout_request_id is None and given is not None:
        return await _adopt(session, payment, given, callback.merchant_request_id)
    pairs = (
        (given, payment.checkout_request_id),
        (callback.merchant_request_id, payment.merchant_request_id),
    )
    return all(theirs is None or ours is None or theirs == ours for theirs, ours in pairs)


async def _adopt(
    session: AsyncSession, payment: Payment, checkout_id: str, merchant_id: str | None
) -> bool:
    holder = await session.execute(
        select(col(Payment.payment_id)).where(col(Payment.checkout_request_id) == checkout_id)
    )
    if holder.scalar_one_or_none() is not None or len(checkout_id) > 100:
        return False
    payment.checkout_request_id = checkout_id
    payment.merchant_request_id = (merchant_id or "")[:100] or None
    await session.flush()
    return True


def _evidence(callback: StkCallback, now: datetime) -> Evidence:
    status = claimed_status(callback.result_code)
    paid = status is PaymentStatus.COMPLETED
    return Evidence(
        claims=status,
        source=Source.CALLBACK,
        at=now,
        amount=callback.amount if paid else None,
        receipt=(callback.receipt or None) if paid else None,
        result_code=callback.result_code[:20],
        result_desc=callback.result_desc,
        paid_at=callback.transaction_date if paid else None,
    )
