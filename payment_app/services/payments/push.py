"""T2, the push, T3: one prompt, asked for at most once, and what Daraja answered.

    T2 `submitting` · the push · T3 ids + `pending`

The network is never awaited inside a transaction. Once the push may have left it is never sent
again by itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import PushAccepted, PushOutcome, StkPush
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import Evidence, PaymentStatus, Source
from payment_app.services.payments import cases, daraja_ids, locks, settlement
from payment_app.services.payments.events import Happening, record_change
from payment_app.services.payments.push_answers import read_answer
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import PUSHES
from payment_app.services.shared.pace.backpressure import Backpressure
from payment_app.storage.database import Database
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Payment, id_of
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.checkout")

SURELY_UNSENT_AFTER = timedelta(seconds=60)
"""A payment still `created` after this never reached Daraja: its process died before T2."""
LOST_AFTER = timedelta(seconds=90)
"""A payment still `submitting` after this has lost the process that was pushing it."""
WINDOW = timedelta(minutes=3)
"""No prompt lives on a handset this long; until then a new one could be paid twice."""
FIRST_CHECK = timedelta(seconds=20)
ANSWER_PAUSES = (0.5, 2.0, 5.0)
"""Seconds between tries to keep Daraja's answer: its id is told once."""


class Rail(Protocol):
    """The part of `DarajaClient` that a push needs."""

    async def stk_push(self, push: StkPush) -> PushOutcome: ...


@dataclass(frozen=True)
class Standing:
    """A payment as it stands.

    Attributes:
        result_code, result_desc: why it was rejected, if it was.
    """

    payment_id: int
    status: PaymentStatus
    checkout_request_id: str | None
    result_code: str | None = None
    result_desc: str | None = None


class PromptSender:
    """Sends prompts. One per process."""

    def __init__(
        self, database: Database, rail: Rail, clock: Clock, pressure: Backpressure
    ) -> None:
        self._pressure = pressure
        self._database = database
        self._rail = rail
        self._clock = clock

    async def send(self, payment_id: int, push: StkPush) -> Standing | None:
        """Send one prompt; how its payment stands then, `None` when that is not known here.

        Raises:
            SQLAlchemyError: T2 failed; nothing was sent.
        """
        submit = partial(_submit, payment_id=payment_id, now=self._clock())
        if not await self._database.transact(submit):
            return None  # given up meanwhile (a very slow machine): never push for a dead attempt
        reached(Step.AFTER_T2)
        log.info("push_initiated", payment_id=payment_id, phone=push.phone_number)
        with self._pressure.elsewhere():
            outcome = await self._rail.stk_push(push)
        reached(Step.PUSHED)
        PUSHES.labels(type(outcome).__name__).inc()
        log.info("push_answered", payment_id=payment_id, outcome=type(outcome).__name__)
        return await self._keep_answer(payment_id, outcome)

    async def _keep_answer(self, payment_id: int, outcome: PushOutcome) -> Standing | None:
        """T3. Without it the payment stays `submitting`, and its callback is the only way on."""
        for pause in (*ANSWER_PAUSES, 0.0):
            note = partial(note_answer, payment_id=payment_id, outcome=outcome, now=self._clock())
            try:
                standing = await self._database.transact(note)
            except SQLAlchemyError as error:
                log.error("answer_not_kept", payment_id=payment_id, error=type(error).__name__)
                await asyncio.sleep(pause)
            else:
                reached(Step.AFTER_T3)
                return standing
        return None


def standing_of(payment: Payment) -> Standing:
    """How a payment stands."""
    return Standing(
        id_of(payment),
        PaymentStatus(payment.status),
        payment.checkout_request_id,
        payment.result_code,
        payment.result_desc,
    )


def _submit(transaction: Transaction, payment_id: int, now: datetime) -> bool:
    """T2: whether the push may leave now."""
    rows = transaction.rows
    booking, payment = locks.lock_payment(rows, payment_id)
    if payment.status != PaymentStatus.CREATED:
        return False
    payment.submitted_at = now
    payment.next_check_at = now + LOST_AFTER
    evidence = Evidence(PaymentStatus.SUBMITTING, Source.CHECKOUT, now)
    happening = Happening("submitting", "system", Source.CHECKOUT)
    settlement.weigh(rows, booking, payment, evidence, happening)
    rows.write()
    reached(Step.IN_T2)
    return True


def note_answer(
    transaction: Transaction, payment_id: int, outcome: PushOutcome, now: datetime
) -> Standing:
    """T3: what Daraja's answer to the push means for the payment."""
    rows = transaction.rows
    claims, happening, code, words = read_answer(outcome)
    booking, payment = locks.lock_payment(rows, payment_id)
    if isinstance(outcome, PushAccepted) and not _adopt_ids(rows, payment, outcome, now):
        claims = PaymentStatus.UNKNOWN
    evidence = Evidence(claims, Source.DARAJA, now, result_code=code, result_desc=words)
    settlement.weigh(rows, booking, payment, evidence, happening)
    record_change(rows, payment, happening, at=now)  # ids that came too late to matter
    # An answer that comes after we gave up still brings an id to ask about.
    too_late = payment.status == PaymentStatus.EXPIRED and payment.checkout_request_id
    if payment.status == PaymentStatus.PENDING or too_late:
        payment.next_check_at = now + FIRST_CHECK
    elif payment.status == PaymentStatus.UNKNOWN:
        payment.next_check_at = (payment.submitted_at or now) + WINDOW
    rows.write()
    reached(Step.IN_T3)
    return standing_of(payment)


def _adopt_ids(rows: Rows, payment: Payment, accepted: PushAccepted, now: datetime) -> bool:
    """Keep Daraja's ids, unless another payment or an earlier callback says otherwise."""
    checkout_id, merchant_id = accepted.checkout_request_id, accepted.merchant_request_id
    if daraja_ids.learn(rows, payment, checkout_id, merchant_id):
        return True
    facts = {"checkout_request_id": checkout_id, "source": Source.DARAJA.value}
    cases.open_case(rows, payment, CaseKind.ID_MISMATCH, facts, at=now)
    return False
