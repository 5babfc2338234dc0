"""Everything that needs a person or an answer, oldest first, in three bounded groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.cases import CaseKind, CaseState
from payment_app.domain.lifecycle import LIVE, PaymentStatus
from payment_app.domain.phone import mask_phone
from payment_app.domain.refunds import UNDER_WAY, RefundStatus
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.rested import Shared
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund
from payment_app.storage.tables import Booking, Payment, PaymentCase, UserAccount
from payment_app.storage.types import stored_id

SHOWN = 200
"""Rows of each group."""
MOST_COUNTED = 999
"""Beyond this nobody counts any more."""
PATIENCE = timedelta(minutes=2)
"""A prompt ends by itself within about this time: only an older one is worth a look."""

_LIVE = [status.value for status in LIVE]


@dataclass(frozen=True)
class Item:
    """One thing that waits.

    Attributes:
        since: UTC.
        booking_id, reference: the booking.
        payment_id: `None` for a case about a booking as a whole.
        amount: whole shillings of the payment, or of the booking where there is no payment.
        customer: name.
        phone: masked.
        status: of the payment, "" without one.
        kind: of the case, `None` where there is none.
        case_id: of the case, 0 where there is none.
        refund: of a refund, `None` for anything else.
    """

    since: datetime
    booking_id: int
    reference: str
    payment_id: int | None
    amount: Decimal
    customer: str
    phone: str
    status: str = ""
    kind: CaseKind | None = None
    case_id: int = 0
    refund: RefundStatus | None = None


@dataclass(frozen=True)
class Group:
    """The first `SHOWN` of a group, oldest first, and how many there are, up to `MOST_COUNTED`."""

    items: tuple[Item, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class WaitingNow:
    """What waits.

    Attributes:
        read_at: when, UTC.
        person: open cases: a person must decide.
        answer: prompts that were sent more than `PATIENCE` ago and have no result.
        receipt: paid, and the receipt number is still on its way.
        second: refunds that a second person has to agree to, or that M-Pesa never answered.
    """

    read_at: datetime
    person: Group
    answer: Group
    receipt: Group
    second: Group = Group()


class Waiting:
    """What waits; callers share one result."""

    REST = 1.0

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._badge = Shared(self._count_person, self.REST)

    async def look(self) -> WaitingNow:
        """The three groups, freshly read."""
        now = self._clock()
        async with self._database.snapshot() as session:
            return WaitingNow(
                now,
                await _group(session, _cases(), _case_item),
                await _group(session, _unanswered(now), _payment_item),
                await _group(session, _without_receipt(), _receipt_item),
                await _group(session, _refunds(), _refund_item),
            )

    async def badge(self) -> int:
        """How many things need a person, up to `MOST_COUNTED`; at most a second old."""
        return await self._badge.get()

    async def _count_person(self) -> int:
        async with self._database.read() as session:
            refunds = select(literal(1)).where(_NEEDS_PERSON)
            cases = await _count(session, _open_cases(literal(1)))
            return min(MOST_COUNTED, cases + await _count(session, refunds))


_NEEDS_PERSON = (col(Refund.status) == RefundStatus.REQUESTED.value) | (
    col(Refund.status).in_([status.value for status in UNDER_WAY])
    & col(Refund.next_check_at).is_(None)
)


def _refunds() -> Any:
    return (
        select(Refund, Booking, UserAccount)
        .join(Booking, col(Booking.booking_id) == col(Refund.booking_id))
        .join(UserAccount, col(UserAccount.user_id) == col(Booking.user_id))
        .where(_NEEDS_PERSON)
        .order_by(col(Refund.requested_at), col(Refund.refund_id))
    )


def _open_cases(*columns: Any) -> Any:
    return select(*columns).where(col(PaymentCase.state) == CaseState.OPEN.value)


def _cases() -> Any:
    return (
        _open_cases(PaymentCase, Booking, UserAccount, Payment)
        .join(Booking, col(Booking.booking_id) == col(PaymentCase.booking_id))
        .join(UserAccount, col(UserAccount.user_id) == col(Booking.user_id))
        .outerjoin(Payment, col(Payment.payment_id) == col(PaymentCase.payment_id))
        .order_by(col(PaymentCase.opened_at), col(PaymentCase.case_id))
    )


def _payments() -> Any:
    return (
        select(Payment, Booking, UserAccount)
        .join(Booking, col(Booking.booking_id) == col(Payment.booking_id))
        .join(UserAccount, col(UserAccount.user_id) == col(Booking.user_id))
    )


def _unanswered(now: datetime) -> Any:
    sent = func.coalesce(col(Payment.submitted_at), col(Payment.created_at))
    # Not ordered by id: a planner would walk through all payments rather than sort the live ones.
    return _payments().where(col(Payment.status).in_(_LIVE), sent < now - PATIENCE).order_by(sent)


def _without_receipt() -> Any:
    """While a receipt may still come its payment has a next look; afterwards it has a case.

    Few payments have a next look, and those are indexed. The indexes of status and receipt number
    fit as well but hold hundreds of thousands, so these two are written as no index has them.
    """
    return (
        _payments()
        .where(
            col(Payment.next_check_at).is_not(None),
            func.coalesce(col(Payment.status), "") == PaymentStatus.COMPLETED.value,
            func.coalesce(col(Payment.mpesa_receipt_number), "") == "",
        )
        .order_by(func.coalesce(col(Payment.settled_at), col(Payment.created_at)))
    )


async def _group(session: AsyncSession, wanted: Any, item: Any) -> Group:
    rows = await session.execute(wanted.limit(SHOWN))
    items = tuple(item(*row) for row in rows)
    if len(items) < SHOWN:
        return Group(items, len(items))
    return Group(items, await _count(session, wanted))


async def _count(session: AsyncSession, wanted: Any) -> int:
    some = wanted.order_by(None).with_only_columns(literal(1)).limit(MOST_COUNTED).subquery()
    return int((await session.execute(select(func.count()).select_from(some))).scalar_one())


def _case_item(
    case: PaymentCase, booking: Booking, customer: UserAccount, payment: Payment | None
) -> Item:
    return Item(
        since=case.opened_at,
        booking_id=case.booking_id,
        reference=booking.reference,
        payment_id=case.payment_id,
        amount=payment.amount if payment else booking.amount,
        customer=customer.name,
        phone=mask_phone(payment.phone_number if payment else customer.phone_number),
        status=payment.status if payment else "",
        kind=CaseKind(case.kind),
        case_id=stored_id(case.case_id),
    )


def _payment_item(payment: Payment, booking: Booking, customer: UserAccount) -> Item:
    return Item(
        since=payment.submitted_at or payment.created_at,
        booking_id=payment.booking_id,
        reference=booking.reference,
        payment_id=payment.payment_id,
        amount=payment.amount,
        customer=customer.name,
        phone=mask_phone(payment.phone_number),
        status=payment.status,
    )


def _receipt_item(payment: Payment, booking: Booking, customer: UserAccount) -> Item:
    item = _payment_item(payment, booking, customer)
    return Item(**(vars(item) | {"since": payment.settled_at or payment.created_at}))


def _refund_item(refund: Refund, booking: Booking, customer: UserAccount) -> Item:
    return Item(
        since=refund.requested_at,
        booking_id=refund.booking_id,
        reference=booking.reference,
        payment_id=refund.payment_id,
        amount=refund.amount,
        customer=customer.name,
        phone=mask_phone(refund.phone_number),
        refund=RefundStatus(refund.status),
    )
