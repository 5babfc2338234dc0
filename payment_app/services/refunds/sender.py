"""R2, the order, R3: what was agreed to leaves at most once.

    R2 `submitting`, the order's secret address · the order · R3 what was answered

The network is never awaited inside a transaction. Once an order may have left, only a question to
M-Pesa decides what follows; it is sent again at most under the same guard: our own id for a payout,
the payment's receipt for a reversal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from payment_app.daraja import (
    OrderAccepted,
    OrderKnown,
    OrderOutcome,
    Payout,
    PushNotSent,
    PushRefused,
    Reversal,
)
from payment_app.daraja.orders import Order
from payment_app.domain.lifecycle import Source
from payment_app.domain.refunds import UNDER_WAY, Evidence, RefundStatus, Way
from payment_app.services.payments.events import Happening
from payment_app.services.refunds.books import Books, lock_refund, weigh, write_down
from payment_app.services.refunds.operator_trust import is_down, newest_answers
from payment_app.services.refunds.orders import Addresses, Rail, keep_order
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.keys import seals
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund
from payment_app.storage.rows import Rows
from payment_app.storage.transaction import Transaction
from payment_app.storage.types import stored_id

log = structlog.get_logger("payment_app.refunds")

LOST_AFTER = timedelta(seconds=90)
"""An order still `submitting` after this has lost the process that was sending it."""
FIRST_QUESTION = timedelta(seconds=60)
"""Results come within seconds; whoever waits longer asks."""
MOST_SENDINGS = 2
ANSWER_PAUSES = (0.5, 2.0, 5.0)
_MOST_AT_ONCE = 20


@dataclass(frozen=True)
class _ToSend:
    refund_id: int
    order: Order


class RefundSender:
    """Sends what was agreed to. One per process; each refund is sent by one of them."""

    def __init__(self, database: Database, rail: Rail, clock: Clock, addresses: Addresses) -> None:
        self._database = database
        self._rail = rail
        self._clock = clock
        self._addresses = addresses
        self.agreed = asyncio.Event()
        """Set whenever there is something to send."""

    def wake(self) -> None:
        """There is something to send."""
        self.agreed.set()

    async def tick(self) -> int:
        """Send everything that waits; how many orders left."""
        sent = 0
        for refund_id in await self._database.look(partial(_agreed, now=self._clock())):
            sent += await self.send(refund_id)
        return sent

    async def send(self, refund_id: int, *, again: bool = False) -> bool:
        """Send one order, unless somebody else has; whether it left here.

        Args:
            again: M-Pesa does not know the first one, and the same guard holds for this one.
        """
        now = self._clock()
        submit = partial(_submit, refund_id=refund_id, again=again, now=now)
        made = await self._database.transact(partial(self._made, submit=submit, now=now))
        if made is None:
            return False
        reached(Step.AFTER_R2)
        outcome = await self._rail.order(made.order)
        reached(Step.ORDERED)
        log.info("refund_ordered", refund_id=refund_id, outcome=type(outcome).__name__)
        await self._keep_answer(refund_id, outcome)
        return True

    def _made(
        self, transaction: Transaction, submit: partial[tuple[Books, str] | None], now: datetime
    ) -> _ToSend | None:
        submitted = submit(transaction)
        if submitted is None:
            return None
        books, token = submitted
        try:
            made = _ToSend(stored_id(books.refund.refund_id), self._order(books, token))
        except ValueError as error:  # history that was loaded may hold what M-Pesa never takes
            evidence, happening = _failed(now, None, f"Not sent: {error}.")
            weigh(transaction.rows, books, evidence, happening)
            return None
        transaction.rows.write()
        reached(Step.IN_R2)
        return made

    def _order(self, books: Books, token: str) -> Order:
        refund, urls = books.refund, self._addresses.urls(token)
        remarks = f"Refund {books.booking.reference}"
        if refund.way == Way.REVERSAL:
            receipt = books.payment.mpesa_receipt_number or ""
            return Reversal(receipt, refund.amount, remarks, urls)
        our_id = refund.originator_conversation_id or ""
        return Payout(our_id, refund.phone_number, refund.amount, remarks, urls)

    async def _keep_answer(self, refund_id: int, outcome: OrderOutcome) -> None:
        """R3. Without it the refund stays `submitting`, and a question finds out."""
        for pause in (*ANSWER_PAUSES, 0.0):
            note = partial(_note_answer, refund_id=refund_id, outcome=outcome, now=self._clock())
            try:
                await self._database.transact(note)
            except SQLAlchemyError as error:
                log.error("answer_not_kept", refund_id=refund_id, error=type(error).__name__)
                await asyncio.sleep(pause)
            else:
                reached(Step.AFTER_R3)
                return


def _agreed(connection: Connection, now: datetime) -> Sequence[int]:
    """Refunds that wait to be sent; none while our operator is being refused."""
    waiting = connection.execute(
        select(col(Refund.refund_id))
        .where(col(Refund.status) == RefundStatus.APPROVED.value)
        .order_by(col(Refund.refund_id))
        .limit(_MOST_AT_ONCE)
    ).scalars()
    found = [number for number in waiting if number is not None]
    if found and is_down(list(connection.execute(newest_answers(now)).scalars())):
        return []
    return found


def _submit(
    transaction: Transaction, refund_id: int, again: bool, now: datetime
) -> tuple[Books, str] | None:
    """R2: whether the order may leave now, and the token of its addresses."""
    rows = transaction.rows
    books = lock_refund(rows, refund_id)
    if books is None or not _may_leave(rows, books.refund, again, now):
        return None
    refund = books.refund
    _, token = keep_order(rows, refund.way, now, refund_id=refund_id, payment_id=refund.payment_id)
    refund.submitted_at, refund.next_check_at = now, now + LOST_AFTER
    refund.sendings += 1
    happening = Happening("refund_submitting", "system", Source.CHECKOUT)
    if again:
        refund.not_found = 0
        words = "M-Pesa does not know the order: the same one is sent once more."
        happening = Happening("refund_sent_again", "system", Source.CHECKOUT, words)
        write_down(rows, books, happening, now)
    else:
        weigh(rows, books, Evidence(RefundStatus.SUBMITTING, now), happening)
    return books, token


def _may_leave(rows: Rows, refund: Refund, again: bool, now: datetime) -> bool:
    if is_down(list(rows.execute(newest_answers(now)).scalars())):
        return False
    if not again:
        return refund.status == RefundStatus.APPROVED
    return refund.status in UNDER_WAY and refund.may_resend and refund.sendings < MOST_SENDINGS


def _note_answer(
    transaction: Transaction, refund_id: int, outcome: OrderOutcome, now: datetime
) -> None:
    """R3: what the answer to the order means."""
    books = lock_refund(transaction.rows, refund_id)
    if books is None:
        return
    evidence, happening = _read(books.refund, outcome, now)
    first = books.refund.sendings <= 1
    if evidence.claims is RefundStatus.FAILED and not first:
        # The first one may have left all the same: this refusal is only of the second.
        evidence, books.refund.may_resend = Evidence(RefundStatus.SENT, now), False
    weigh(transaction.rows, books, evidence, happening)
    if books.refund.status in UNDER_WAY:
        soon = isinstance(outcome, OrderKnown)
        books.refund.next_check_at = now if soon else now + FIRST_QUESTION
    seals.renew(transaction.rows, seals.REFUND, books.refund)  # ids, or what may follow
    transaction.rows.write()
    reached(Step.IN_R3)


def _read(refund: Refund, outcome: OrderOutcome, now: datetime) -> tuple[Evidence, Happening]:
    """What an answer claims, and the line of history it makes."""
    if isinstance(outcome, OrderAccepted):
        if refund.originator_conversation_id is None and outcome.originator_conversation_id:
            refund.originator_conversation_id = outcome.originator_conversation_id
        return _sent(now, "refund_sent", "M-Pesa took the order.")
    if isinstance(outcome, OrderKnown):
        return _sent(now, "refund_known", "M-Pesa has this order already.")
    if isinstance(outcome, PushNotSent):
        words = f"It did not leave: {outcome.reason}."
        return _failed(now, None, words)
    if isinstance(outcome, PushRefused):
        return _failed(now, outcome.code, outcome.message)
    refund.may_resend = refund.may_resend and "500.002.1001" not in outcome.reason
    return _sent(now, "refund_unclear", f"No clear answer: {outcome.reason}.")


def _sent(now: datetime, kind: str, words: str) -> tuple[Evidence, Happening]:
    return Evidence(RefundStatus.SENT, now), Happening(kind, "daraja", Source.DARAJA, words)


def _failed(now: datetime, code: str | None, words: str) -> tuple[Evidence, Happening]:
    happening = Happening("refund_failed", "daraja", Source.DARAJA, f"{code or ''} {words}".strip())
    return Evidence(RefundStatus.FAILED, now, code=code, desc=words), happening
