"""Refunds as they are read: one, those of a payment, and the lists of staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import NotFound
from payment_app.domain.phone import mask_phone
from payment_app.domain.refunds import UNDER_WAY, RefundStatus, Way
from payment_app.services.refunds.operator_trust import is_down, newest_answers
from payment_app.services.shared.clock import Clock
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund
from payment_app.storage.tables import Booking, UserAccount
from payment_app.storage.types import stored_id

SHOWN = 200
"""Rows of each group."""


@dataclass(frozen=True)
class RefundLine:
    """One refund for a list; the phone is masked, amounts are shillings, times UTC.

    Attributes:
        gave_up: M-Pesa is no longer asked by itself: a person has to look.
    """

    refund_id: int
    payment_id: int
    booking_id: int
    reference: str
    customer: str
    phone: str
    amount: Decimal
    way: Way
    status: RefundStatus
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    settled_at: datetime | None
    receipt: str
    result_code: str
    result_desc: str
    gave_up: bool
    changed_at: datetime


@dataclass(frozen=True)
class RefundsNow:
    """The lists of the staff page, oldest first, but those that have ended newest first.

    Attributes:
        waiting: for a second person.
        agreed: to be sent.
        under_way: sent, no answer yet.
        gave_up: M-Pesa was asked for a day and never said.
        ended: done, failed, rejected, or returned another way.
        operator_down: nothing is sent for now, since M-Pesa refuses our operator.
    """

    read_at: datetime
    waiting: tuple[RefundLine, ...]
    agreed: tuple[RefundLine, ...]
    under_way: tuple[RefundLine, ...]
    gave_up: tuple[RefundLine, ...]
    ended: tuple[RefundLine, ...]
    operator_down: bool


class RefundViews:
    """Reads refunds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, refund_id: int) -> Refund:
        """One refund.

        Raises:
            NotFound: `refund_not_found`.
        """
        async with self._database.read() as session:
            refund = await session.get(Refund, refund_id) if refund_id > 0 else None
            if refund is None:
                raise NotFound("refund_not_found", "There is no such refund.")
            return refund

    async def of_payment(self, payment_id: int) -> list[Refund]:
        """A payment's refunds, oldest first."""
        async with self._database.read() as session:
            rows = await session.execute(
                select(Refund)
                .where(col(Refund.payment_id) == payment_id)
                .order_by(col(Refund.refund_id))
                .limit(SHOWN)
            )
            return [*rows.scalars()]

    async def look(self) -> RefundsNow:
        """The lists, freshly read from one moment."""
        now = self._clock()
        async with self._database.snapshot() as session:
            live = [*await _lines(session, _UNENDED, col(Refund.refund_id))]
            ended = await _lines(session, _ENDED, col(Refund.refund_id).desc())
            codes = [*(await session.execute(newest_answers(now))).scalars()]
        under_way = [line for line in live if line.status in UNDER_WAY]
        return RefundsNow(
            read_at=now,
            waiting=tuple(x for x in live if x.status is RefundStatus.REQUESTED),
            agreed=tuple(x for x in live if x.status is RefundStatus.APPROVED),
            under_way=tuple(x for x in under_way if not x.gave_up),
            gave_up=tuple(x for x in under_way if x.gave_up),
            ended=ended,
            operator_down=is_down(codes),
        )


_UNENDED = col(Refund.status).in_(
    [s.value for s in (RefundStatus.REQUESTED, RefundStatus.APPROVED, *sorted(UNDER_WAY))]
)
_ENDED = col(Refund.status).in_(
    [
        s.value
        for s in (
            RefundStatus.DONE,
            RefundStatus.FAILED,
            RefundStatus.REJECTED,
            RefundStatus.EXTERNAL,
        )
    ]
)


async def _lines(session: AsyncSession, wanted: Any, order: Any) -> tuple[RefundLine, ...]:
    rows = await session.execute(
        select(Refund, Booking, UserAccount)
        .join(Booking, col(Booking.booking_id) == col(Refund.booking_id))
        .join(UserAccount, col(UserAccount.user_id) == col(Booking.user_id))
        .where(wanted)
        .order_by(order)
        .limit(SHOWN)
    )
    return tuple(_line(*row) for row in rows)


def _line(refund: Refund, booking: Booking, customer: UserAccount) -> RefundLine:
    status = RefundStatus(refund.status)
    return RefundLine(
        refund_id=stored_id(refund.refund_id),
        payment_id=refund.payment_id,
        booking_id=refund.booking_id,
        reference=booking.reference,
        customer=customer.name,
        phone=mask_phone(refund.phone_number),
        amount=refund.amount,
        way=Way(refund.way),
        status=status,
        reason=refund.reason,
        requested_by=refund.requested_by,
        requested_at=refund.requested_at,
        decided_by=refund.decided_by or "",
        settled_at=refund.settled_at,
        receipt=refund.receipt or "",
        result_code=refund.result_code or "",
        result_desc=refund.result_desc or "",
        gave_up=status in UNDER_WAY and refund.next_check_at is None,
        changed_at=refund.settled_at or refund.submitted_at or refund.requested_at,
    )
