"""What became of an order whose result never came: M-Pesa is asked, later and later, for a day.

`sent` alone proves nothing. When M-Pesa twice does not know an order that is old enough, the same
order is sent once more under the guard that it carries. What is still open then is a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection, select
from sqlmodel import col

from payment_app.daraja import OrderAccepted, OrderOutcome, StatusQuestion
from payment_app.domain.lifecycle import Source
from payment_app.domain.refunds import UNDER_WAY, Evidence, RefundStatus, Way
from payment_app.services.payments.events import Happening
from payment_app.services.refunds.books import Books, lock_refund, weigh
from payment_app.services.refunds.operator_trust import WITHIN, is_down, newest_answers
from payment_app.services.refunds.orders import Addresses, Rail, keep_order
from payment_app.services.refunds.results import STATUS
from payment_app.services.refunds.sender import MOST_SENDINGS, RefundSender
from payment_app.services.shared.clock import Clock
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.refunds")

LADDER = tuple(
    timedelta(seconds=seconds)
    for seconds in (60, 120, 240, 480, 900, 1_800, *range(3_600, 86_401, 3_600))
)
"""When M-Pesa is asked, counted from the sending."""
SURELY_THERE_AFTER = timedelta(minutes=3)
"""An order that M-Pesa does not know after this is not on its way."""
NOT_FOUND_TIMES = 2
_MOST_AT_ONCE = 20


class RefundQuestions:
    """Asks about refunds under way. One per process; each question is asked by one of them."""

    def __init__(
        self,
        database: Database,
        rail: Rail,
        clock: Clock,
        addresses: Addresses,
        sender: RefundSender,
    ) -> None:
        self._database = database
        self._rail = rail
        self._clock = clock
        self._addresses = addresses
        self._sender = sender

    async def tick(self) -> int:
        """Ask about everything that is due; how many were."""
        due = await self._database.look(partial(_due, now=self._clock()))
        for refund_id in due:
            await self.ask(refund_id)
        return len(due)

    async def ask(self, refund_id: int, *, by_person: bool = False) -> bool:
        """Ask about one refund, or send its order once more; whether anything was asked.

        Args:
            by_person: somebody asks: also about what is not due.
        """
        take = partial(_take, refund_id=refund_id, by_person=by_person, now=self._clock())
        taken = await self._database.transact(take)
        if taken is None:
            return False
        if taken == _RESEND:
            return await self._sender.send(refund_id, again=True)
        return await self._put(refund_id)

    async def _put(self, refund_id: int) -> bool:
        keep = partial(self._keep, refund_id=refund_id, now=self._clock())
        question = await self._database.transact(keep)
        if question is None:
            return False
        outcome: OrderOutcome = await self._rail.order(question)
        log.info("refund_asked", refund_id=refund_id, outcome=type(outcome).__name__)
        return isinstance(outcome, OrderAccepted)

    def _keep(
        self, transaction: Transaction, refund_id: int, now: datetime
    ) -> StatusQuestion | None:
        rows = transaction.rows
        books = lock_refund(rows, refund_id)
        if books is None:
            return None
        refund = books.refund
        _, token = keep_order(rows, STATUS, now, refund_id=refund_id, payment_id=refund.payment_id)
        urls = self._addresses.urls(token)
        if refund.originator_conversation_id:
            our_id = refund.originator_conversation_id
            return StatusQuestion(urls, originator_conversation_id=our_id)
        # The answer to a reversal was lost, and with it the only id: its payment is asked about.
        return StatusQuestion(urls, receipt=books.payment.mpesa_receipt_number or "")


_RESEND, _ASK = "resend", "ask"
_ASKED_ABOUT = UNDER_WAY | {RefundStatus.FAILED}
"""Of those that failed only some are due: a result said the contrary afterwards."""


def _due(connection: Connection, now: datetime) -> Sequence[int]:
    rows = connection.execute(
        select(col(Refund.refund_id))
        .where(col(Refund.next_check_at) <= now)
        .order_by(col(Refund.next_check_at))
        .limit(_MOST_AT_ONCE)
    ).scalars()
    return [number for number in rows if number is not None]


def _take(transaction: Transaction, refund_id: int, by_person: bool, now: datetime) -> str | None:
    """Take up a refund that is due, and say what to do about it."""
    books = lock_refund(transaction.rows, refund_id)
    if books is None or books.refund.status not in _ASKED_ABOUT:
        if books is not None:
            books.refund.next_check_at = None
        return None
    refund = books.refund
    due = refund.next_check_at is not None and refund.next_check_at <= now
    if not (due or by_person):
        return None
    if is_down(list(transaction.rows.execute(newest_answers(now)).scalars())):
        refund.next_check_at = now + WITHIN  # a third refusal would lock our operator
        return None
    refund.next_check_at = _next_rung(refund, now)
    if refund.status == RefundStatus.SUBMITTING:
        happening = Happening(
            "refund_unclear", "system", Source.RECONCILER, "The answer to the order was lost."
        )
        weigh(transaction.rows, books, Evidence(RefundStatus.SENT, now), happening)
    refund.checks_done += 1
    return _RESEND if _may_go_again(books, now) else _ASK


def _may_go_again(books: Books, now: datetime) -> bool:
    refund = books.refund
    guarded = refund.way == Way.PAYOUT or books.payment.mpesa_receipt_number is not None
    old = refund.submitted_at is not None and refund.submitted_at + SURELY_THERE_AFTER <= now
    unknown = refund.not_found >= NOT_FOUND_TIMES
    open_ = refund.status in UNDER_WAY and refund.may_resend and refund.sendings < MOST_SENDINGS
    return open_ and guarded and old and unknown


def _next_rung(refund: Refund, now: datetime) -> datetime | None:
    """The next time to ask, `None` after the last: then a person has to look."""
    sent = refund.submitted_at or now
    return next((sent + rung for rung in LADDER if sent + rung > now), None)
