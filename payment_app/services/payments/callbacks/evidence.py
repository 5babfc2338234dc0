"""What a callback under the right token means for its payment: ids first, then the result.

Source of the rules: the contract's "Right token, other ids or amount", "Pending by words" and
"Times and receipts from outside". The token says which payment a body was meant for; it does not
say that the body tells the truth about it.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum, auto
from functools import partial

import structlog

from payment_app.daraja import StkCallback
from payment_app.domain.calendar import believed
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import Evidence, PaymentStatus, Source
from payment_app.services.payments import cases, daraja_ids, locks, settlement
from payment_app.services.payments.events import Happening, record_change
from payment_app.services.payments.results import claimed_status, needs_another_look
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment
from payment_app.storage.transaction import after_commit

log = structlog.get_logger("payment_app.inbox")

BY_CALLBACK = ("callback_result", "ids_learned")
"""The lines of history that only a stored callback writes, at most one for each."""
_RESULT, _IDS_LEARNED = BY_CALLBACK
_LEARNED = Happening(
    _IDS_LEARNED, "daraja", Source.CALLBACK, "A callback without a result brought M-Pesa's ids."
)


class _Ids(Enum):
    """How the ids of a callback stand to those that we hold."""

    AGREE = auto()
    MISSING = auto()
    DIFFER = auto()


def weigh_callback(rows: Rows, payment_id: int, callback: StkCallback, now: datetime) -> str:
    """Weigh one callback in the caller's transaction; one word on what it did, for the metrics.

    Nothing counts before both of Daraja's ids are there and agree. Where the callback cannot be
    believed or is no result, a query follows at once.

    Args:
        payment_id: whose token the callback came under; the payment and its booking get locked.
        now: our clock, UTC.

    Raises:
        NoResultFound: there is no such payment.
        SQLAlchemyError: nothing was done; the caller tries again later.
    """
    booking, payment = locks.lock_payment(rows, payment_id)
    outcome = _weigh(rows, booking, payment, callback, now)
    record_change(rows, payment, _LEARNED, at=now)
    return outcome


def _weigh(
    rows: Rows,
    booking: Booking,
    payment: Payment,
    callback: StkCallback,
    now: datetime,
) -> str:
    ids = _compare_ids(rows, payment, callback)
    if ids is not _Ids.AGREE:
        return _doubt(rows, payment, callback, ids, now)
    if callback.pending:
        ask_now(payment, now)
        return "no_change"
    words = f"{callback.result_code} {callback.result_desc}".strip()
    names = {"payment_id": payment.payment_id, "result_code": callback.result_code}
    after_commit(rows, partial(log.info, "callback_received", **names))
    happening = Happening(_RESULT, "daraja", Source.CALLBACK, words)
    evidence = _evidence(callback, now)
    applied = settlement.weigh(rows, booking, payment, evidence, happening)
    if applied.case:
        ask_now(payment, now)
        return applied.case
    if applied.held or needs_another_look(callback.result_code):
        payment.next_check_at = now
    return applied.status.value if applied.changed else "no_change"


def note_unreadable(rows: Rows, payment_id: int, now: datetime) -> None:
    """A body came under the payment's token that nobody can read: M-Pesa is asked what it said."""
    _, payment = locks.lock_payment(rows, payment_id)
    ask_now(payment, now)


def ask_now(payment: Payment, now: datetime) -> None:
    """Make a query follow at once, where there is an id to ask about."""
    if payment.checkout_request_id is not None:
        payment.next_check_at = now


def _doubt(rows: Rows, payment: Payment, callback: StkCallback, ids: _Ids, now: datetime) -> str:
    """Nothing settles and a query decides. Ids of another prompt are a case, missing ones none."""
    ask_now(payment, now)
    if ids is _Ids.MISSING:
        line = partial(log.warning, "callback_without_ids", payment_id=payment.payment_id)
        after_commit(rows, line)
        return "ids_missing"
    facts = {
        "source": Source.CALLBACK.value,
        "checkout_request_id": callback.checkout_request_id,
        "merchant_request_id": callback.merchant_request_id,
        "result_code": callback.result_code,
        "receipt": callback.receipt,
    }
    cases.open_case(rows, payment, CaseKind.ID_MISMATCH, facts, at=now)
    return "id_mismatch"


def _compare_ids(rows: Rows, payment: Payment, callback: StkCallback) -> _Ids:
    """Compare with what we hold. Before the push's answer is saved, the callback brings the ids.

    A lone id is learned too, but only to be asked about.
    """
    checkout_id, merchant_id = callback.checkout_request_id, callback.merchant_request_id
    pairs = (
        (checkout_id, payment.checkout_request_id),
        (merchant_id, payment.merchant_request_id),
    )
    if any(theirs and ours and theirs != ours for theirs, ours in pairs):
        return _Ids.DIFFER
    if checkout_id is None:
        return _Ids.MISSING
    if not daraja_ids.learn(rows, payment, checkout_id, merchant_id):
        return _Ids.DIFFER
    return _Ids.MISSING if merchant_id is None else _Ids.AGREE


def _evidence(callback: StkCallback, now: datetime) -> Evidence:
    """The callback as evidence; amount (shillings), receipt and date count only for money."""
    status = claimed_status(callback.result_code)
    paid = status is PaymentStatus.COMPLETED
    return Evidence(
        claims=status,
        source=Source.CALLBACK,
        at=now,
        amount=callback.amount if paid else None,
        receipt=callback.receipt if paid else None,
        result_code=callback.result_code[:20],
        result_desc=callback.result_desc,
        paid_at=believed(callback.transaction_date, now) if paid else None,
    )
