"""The reconciler: asking instead of waiting, and mending what lost its process.

A payment carries `next_check_at`; rows without it are never looked at. Each look leases its row
by moving that time on before anything is asked, so every worker may run a reconciler: none asks
twice, and a row whose worker died comes back when its lease is over.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement, Connection, select, update
from sqlmodel import col

from payment_app.daraja import QueryOutcome, QueryPending, QueryRefused, QueryResult
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, Evidence, PaymentStatus, Source
from payment_app.live.hub import booking_of_topic
from payment_app.services.payments import cases, locks, settlement
from payment_app.services.payments.asking import refusals
from payment_app.services.payments.events import Happening, record
from payment_app.services.payments.push import WINDOW
from payment_app.services.payments.query_schedule import next_rung, receipt_due, receipt_is_missing
from payment_app.services.payments.results import claimed_status, needs_another_look
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import QUERIES
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import Transaction, after_commit

log = structlog.get_logger("payment_app.reconciliation")

LEASE = timedelta(seconds=60)
BATCH = 20
FARTHEST = timedelta(hours=2)
"""No look is ever put off for longer: one that is was set by a clock that was wrong, and is due."""
HURRY_EVERY = 30.0
"""Seconds between looks at which pages are open here."""
HURRY = timedelta(seconds=75)
"""A payment whose page is open waits at most this long for its next look. With `HURRY_EVERY` and
the query itself that keeps the promise of 2 minutes, however old the prompt is."""
_MOST_TOPICS = 500
_LIVE = [status.value for status in LIVE]


class QueryRail(Protocol):
    """The part of `DarajaClient` that the reconciler needs."""

    async def stk_query(self, checkout_request_id: str) -> QueryOutcome: ...


@dataclass(frozen=True)
class _Due:
    payment_id: int
    checkout_request_id: str | None
    receipt_missing: bool


class Reconciler:
    """Looks after payments whose `next_check_at` has come."""

    def __init__(
        self,
        database: Database,
        rail: QueryRail,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._rail = rail
        self._clock = clock
        self._chance = chance

    async def tick(self) -> int:
        """One bounded batch; how many payments were looked at."""
        due = await self._lease()
        await asyncio.gather(*(self._look_after(payment) for payment in due))
        return len(due)

    async def _look_after(self, due: _Due) -> None:
        try:
            if due.receipt_missing:
                await self._miss_receipt(due.payment_id)
            elif due.checkout_request_id is None:
                await self._give_up(due.payment_id)
            else:
                await self.ask(due.payment_id, due.checkout_request_id)
        except Exception as error:  # one bad row holds up no other; its lease brings it back
            log.error("check_failed", payment_id=due.payment_id, error=repr(error))

    async def hurry(self, topics: Sequence[str]) -> int:
        """Bring the next look of payments forward whose pages are open; how many that were.

        Args:
            topics: what the pages of this process watch.
        """
        bookings = [b for b in map(booking_of_topic, topics[:_MOST_TOPICS]) if b is not None]
        if not bookings:
            return 0
        soon = self._clock() + HURRY
        late = (col(Payment.booking_id).in_(bookings), col(Payment.next_check_at) > soon)
        # A payment that only waits for its receipt number has nothing to be asked.
        unsettled = col(Payment.status) != PaymentStatus.COMPLETED.value
        wanted = (*late, unsettled, col(Payment.checkout_request_id).is_not(None))
        async with self._database.read() as session:
            ids = (await session.execute(select(col(Payment.payment_id)).where(*wanted))).scalars()
            waiting = list(ids)
        if waiting:
            async with self._database.write() as session:
                await session.execute(
                    update(Payment)
                    .where(col(Payment.payment_id).in_(waiting), *wanted)
                    .values(next_check_at=soon)
                    .execution_options(synchronize_session=False)
                )
        return len(waiting)

    async def ask(self, payment_id: int, checkout_request_id: str) -> QueryOutcome:
        """Query Daraja once and weigh its answer; anything unclear changes nothing.

        A refused question is counted, and after the prompt's life it opens a case. What Daraja or
        the network do is in the outcome.

        Raises:
            NoResultFound: there is no such payment.
            SQLAlchemyError: Daraja was asked, and its answer could not be noted.
        """
        reached(Step.BEFORE_QUERY)
        outcome = await self._rail.stk_query(checkout_request_id)
        reached(Step.QUERIED)
        QUERIES.labels(type(outcome).__name__).inc()
        note = partial(self._note, payment_id=payment_id, outcome=outcome)
        await self._database.transact(note, background=True)
        reached(Step.AFTER_QUERY_NOTE)
        return outcome

    async def _lease(self) -> list[_Due]:
        now = self._clock()
        # Most ticks find nothing: look without a write lock first.
        if not await self._database.look(partial(_anything_due, now=now)):
            return []
        return await self._database.transact(partial(_lease, now=now), background=True)

    def _note(self, transaction: Transaction, payment_id: int, outcome: QueryOutcome) -> None:
        now, rows = self._clock(), transaction.rows
        booking, payment = locks.lock_payment(rows, payment_id)
        payment.checks_done += 1
        if payment.next_check_at is not None:
            payment.next_check_at = self._next_look(payment, now)
        if isinstance(outcome, QueryResult):
            self._weigh(rows, booking, payment, outcome, now)
        elif isinstance(outcome, QueryPending):
            after_commit(rows, partial(log.info, "query_pending", payment_id=payment_id))
        elif isinstance(outcome, QueryRefused):
            names = {"payment_id": payment_id, "reason": outcome.reason}
            after_commit(rows, partial(log.warning, "query_refused", **names))
            refusals.open_case_if_stuck(rows, payment, outcome, now)
        else:
            names = {"payment_id": payment_id, "reason": outcome.reason}
            after_commit(rows, partial(log.info, "query_no_answer", **names))
        refusals.note_question(rows, outcome, now)
        if payment.next_check_at is None and payment.status in LIVE:
            self._stop_asking(rows, booking, payment, now)
        rows.write()
        reached(Step.IN_QUERY_NOTE)

    def _stop_asking(self, rows: Rows, booking: Booking, payment: Payment, now: datetime) -> None:
        """After a day M-Pesa no longer knows; a payment whose amount is disputed stays unknown."""
        if settlement.amount_disputed(rows, payment):
            return
        words = "M-Pesa gave no result within a day."
        happening = Happening("gave_up", "system", Source.RECONCILER, words)
        evidence = Evidence(PaymentStatus.EXPIRED, Source.RECONCILER, now)
        settlement.weigh(rows, booking, payment, evidence, happening)

    def _weigh(
        self,
        rows: Rows,
        booking: Booking,
        payment: Payment,
        result: QueryResult,
        now: datetime,
    ) -> None:
        """Weigh a final result. It knows no amount and no receipt; a second witness, not a gate."""
        evidence = Evidence(
            claims=claimed_status(result.result_code),
            source=Source.QUERY,
            at=now,
            result_code=result.result_code[:20],
            result_desc=result.result_desc,
        )
        words = f"{result.result_code} {result.result_desc}".strip()
        happening = Happening("query_result", "daraja", Source.QUERY, words)
        former = payment.status
        applied = settlement.weigh(rows, booking, payment, evidence, happening)
        if applied.held:
            names = {"payment_id": payment.payment_id, "result_code": result.result_code}
            after_commit(rows, partial(log.warning, "query_held", **names))
            return
        again = needs_another_look(result.result_code)
        payment.next_check_at = (
            self._next_look(payment, now) if again else receipt_due(payment, now)
        )
        if not applied.changed and applied.case is None and former == evidence.claims:
            confirmed = Happening("query_confirmed", "daraja", Source.QUERY, words)
            record(rows, payment, confirmed, at=now, from_status=payment.status)

    def _next_look(self, payment: Payment, now: datetime) -> datetime | None:
        return next_rung(payment, now, self._chance())

    async def _miss_receipt(self, payment_id: int) -> None:
        """Money without a receipt number for too long: a person finds it in the statement."""
        miss = partial(_miss_receipt, payment_id=payment_id, now=self._clock())
        await self._database.transact(miss, background=True)

    async def _give_up(self, payment_id: int) -> None:
        """Move on a payment that has no id to ask about: its process died, or nobody answered."""
        give_up = partial(_give_up, payment_id=payment_id, now=self._clock())
        await self._database.transact(give_up, background=True)


def _is_due(now: datetime) -> ColumnElement[bool]:
    at = col(Payment.next_check_at)
    return (at <= now) | (at > now + FARTHEST)


def _anything_due(connection: Connection, now: datetime) -> bool:
    due = select(col(Payment.payment_id)).where(_is_due(now)).limit(1)
    return connection.execute(due).first() is not None


def _lease(transaction: Transaction, now: datetime) -> list[_Due]:
    """The payments to look after now: those that may still change go before second witnesses."""
    due = (
        select(table_of(Payment))
        .where(_is_due(now))
        .order_by(col(Payment.status).not_in(_LIVE), col(Payment.next_check_at))
        .limit(BATCH)
        # A callback that is being stored refers to its payment, which is no reason to skip.
        .with_for_update(skip_locked=True, key_share=True)
    )
    payments = transaction.rows.read(Payment, due)
    for payment in payments:
        payment.next_check_at = now + LEASE
    return [_Due(id_of(p), p.checkout_request_id, receipt_is_missing(p, now)) for p in payments]


def _miss_receipt(transaction: Transaction, payment_id: int, now: datetime) -> None:
    rows = transaction.rows
    _, payment = locks.lock_payment(rows, payment_id)
    payment.next_check_at = None
    if receipt_is_missing(payment, now):
        facts = {"source": Source.RECONCILER.value, "witness": payment.witness}
        cases.open_case(rows, payment, CaseKind.MISSING_RECEIPT, facts, at=now)


def _give_up(transaction: Transaction, payment_id: int, now: datetime) -> None:
    rows = transaction.rows
    booking, payment = locks.lock_payment(rows, payment_id)
    step = _next_step(PaymentStatus(payment.status), payment, now)
    if step is None:
        payment.next_check_at = None
        return
    claims, kind, detail, again = step
    payment.next_check_at = again
    if claims is not None:
        happening = Happening(kind, "system", Source.RECONCILER, detail)
        evidence = Evidence(claims, Source.RECONCILER, now)
        settlement.weigh(rows, booking, payment, evidence, happening)


def _next_step(
    status: PaymentStatus, payment: Payment, now: datetime
) -> tuple[PaymentStatus | None, str, str, datetime | None] | None:
    """(claim, event kind, words, next look) for a payment without a CheckoutRequestID."""
    sent = payment.submitted_at or payment.created_at
    if status is PaymentStatus.CREATED:
        return PaymentStatus.EXPIRED, "never_sent", "The prompt was surely never sent.", None
    if status is PaymentStatus.SUBMITTING:
        words = "The process that was sending the prompt stopped; it may have been sent."
        return PaymentStatus.UNKNOWN, "push_lost", words, sent + WINDOW
    if status is PaymentStatus.UNKNOWN and sent + WINDOW <= now:
        words = "No answer and no callback; a late callback still counts."
        return PaymentStatus.EXPIRED, "window_over", words, None
    if status is PaymentStatus.UNKNOWN:
        return None, "", "", sent + WINDOW
    return None
