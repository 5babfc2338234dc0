"""From "Pay" to a prompt on the phone: the steps of one attempt, each its own short transaction.

    T1 `created` + event + attempt key · T2 `submitting` · the push · T3 ids + `pending`

The network is never awaited inside a transaction. Once the push may have left it is never sent
again by itself. The push runs in a task of its own: a caller who goes away does not stop T3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import (
    PushAccepted,
    PushOutcome,
    StkPush,
)
from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.domain.lifecycle import LIVE, Evidence, PaymentStatus, Source
from payment_app.domain.money import MAX_PER_TRANSACTION, shillings
from payment_app.domain.phone import normalise_phone
from payment_app.live.hub import booking_topic
from payment_app.services.payments import cases, daraja_ids, settlement
from payment_app.services.payments.events import Happening, record, record_change
from payment_app.services.payments.limits import check_prompt_limits
from payment_app.services.payments.push_answers import read_answer, refusal_of
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.metrics import PUSHES
from payment_app.services.shared.tokens import hash_token, new_token
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment
from payment_app.storage.transaction import hint_after_commit

log = structlog.get_logger("payment_app.checkout")

SURELY_UNSENT_AFTER = timedelta(seconds=60)
"""A payment still `created` after this never reached Daraja: its process died before T2."""
LOST_AFTER = timedelta(seconds=90)
"""A payment still `submitting` after this has lost the process that was pushing it."""
WINDOW = timedelta(minutes=3)
"""No prompt lives on a handset this long; until then a new one could be paid twice."""
UNCLEAR = timedelta(minutes=10)
"""How long a prompt that Daraja accepted still stands in the way of a new one while Daraja, asked,
cannot say how it ended; afterwards the customer may go on, and money that comes twice is a case."""
FIRST_CHECK = timedelta(seconds=20)
ANSWER_PAUSES = (0.5, 2.0, 5.0)
"""Seconds between tries to keep Daraja's answer: its id is told once."""


class Rail(Protocol):
    """The part of `DarajaClient` that checkout needs."""

    async def stk_push(self, push: StkPush) -> PushOutcome: ...


@dataclass(frozen=True)
class Attempt:
    """A wish to pay.

    Attributes:
        booking_id: what for.
        phone: as typed.
        amount: shillings, or `None` for all that is due.
        attempt_key: the same key means the same attempt, however often it is sent.
        actor: `customer` or `api`.
        address_hash: pseudonym of where the wish came from, `None` for trusted servers.
    """

    booking_id: int
    phone: str
    amount: Decimal | None
    attempt_key: str
    actor: str
    address_hash: str | None = None


@dataclass(frozen=True)
class Started:
    """The attempt as it stands after the push: `pending`, `unknown`, or already further."""

    payment_id: int
    status: PaymentStatus
    checkout_request_id: str | None


@dataclass(frozen=True)
class _Created:
    payment_id: int
    push: StkPush | None
    """What to send; `None` when this attempt exists already."""


class Checkout:
    """Starts payments. One per process."""

    def __init__(
        self,
        database: Database,
        rail: Rail,
        clock: Clock,
        *,
        callback_base: str,
        merchant_name: str,
        admit: Callable[[], None] = lambda: None,
        ask: Callable[[int, str], Awaitable[object]] | None = None,
    ) -> None:
        self._database = database
        self._rail = rail
        self._clock = clock
        self._callback_base = callback_base.rstrip("/")
        self._description = _description(merchant_name)
        self._admit = admit
        self._ask = ask
        self._pushing: dict[int, asyncio.Task[None]] = {}

    async def start(self, attempt: Attempt) -> Started:
        """Send one prompt, or answer again for the same attempt.

        Raises:
            Refusal: any of the contract's refusals; nothing was sent then.
        """
        phone_number = normalise_phone(attempt.phone)
        await self._ask_about_former(attempt.booking_id)
        reached(Step.BEFORE_T1)
        async with self._database.write() as session:
            created = await self._create(session, attempt, phone_number)
            reached(Step.IN_T1)
        reached(Step.AFTER_T1)
        if created.push is not None:
            task = asyncio.create_task(self._submit(created.payment_id, created.push))
            self._pushing[created.payment_id] = task
            task.add_done_callback(lambda _: self._pushing.pop(created.payment_id, None))
        pushing = self._pushing.get(created.payment_id)
        if pushing is None:
            return await self._started(created.payment_id)
        await asyncio.shield(pushing)
        try:
            return await self._started(created.payment_id)
        except SQLAlchemyError as error:  # a prompt may be on the phone: no failure to be told
            log.error("push_not_readable", payment_id=created.payment_id, error=repr(error))
            return Started(created.payment_id, PaymentStatus.UNKNOWN, None)

    async def close(self) -> None:
        """Wait for pushes that are under way."""
        await asyncio.gather(*self._pushing.values(), return_exceptions=True)

    async def _ask_about_former(self, booking_id: int) -> None:
        """Before an old prompt gives way to a new one: was it paid after all?

        Its callback may be lost; without this question the customer would pay twice.
        """
        async with self._database.read() as session:
            former = await _find_live(session, booking_id)
        now = self._clock()
        if former is None or former.checkout_request_id is None or self._ask is None:
            return
        if (former.submitted_at or former.created_at) + WINDOW <= now:
            await self._ask(former.payment_id or 0, former.checkout_request_id)

    # T1

    async def _create(self, session: AsyncSession, attempt: Attempt, phone_number: str) -> _Created:
        booking = await session.get(
            Booking, attempt.booking_id, with_for_update=True, populate_existing=True
        )
        if booking is None:
            raise NotFound("booking_not_found", "There is no such booking. Nothing was sent.")
        known = await _same_attempt(session, booking, attempt)
        if known is not None:
            return _Created(known, push=None)
        amount = _amount_to_pay(booking, attempt.amount)
        live = await self._live_payment(session, booking, attempt)
        if live is not None:
            return _Created(_same_wish(live, phone_number, amount), push=None)
        self._check_open(booking)
        self._admit()
        _check_amount(booking, amount, chosen=attempt.amount is not None)
        await check_prompt_limits(
            session,
            phone_number=phone_number,
            booking_id=attempt.booking_id,
            address_hash=attempt.address_hash,
            amount=amount,
            now=self._clock(),
        )
        return await self._insert(session, booking, attempt, phone_number, amount)

    def _check_open(self, booking: Booking) -> None:
        status = bookings.status_now(booking.status, booking.expires_at, self._clock())
        if status is bookings.BookingStatus.PAID:
            raise Conflict("booking_paid", "This booking is already paid. Nothing was sent.")
        if status is bookings.BookingStatus.CLOSED:
            raise Conflict(
                "booking_closed", "This booking is closed. Nothing was sent; do not pay."
            )

    async def _live_payment(
        self, session: AsyncSession, booking: Booking, attempt: Attempt
    ) -> Payment | None:
        """The booking's live payment, unless its prompt is too old to be answered any more."""
        live = await _find_live(session, booking.booking_id or 0)
        now = self._clock()
        if live is None:
            return None
        blocks_for = UNCLEAR if live.status == PaymentStatus.PENDING else WINDOW
        if (live.submitted_at or live.created_at) + blocks_for > now:
            return live
        await settlement.apply(
            session,
            live.payment_id or 0,
            Evidence(PaymentStatus.EXPIRED, Source.CHECKOUT, now),
            Happening(
                "prompt_window_over",
                attempt.actor,
                Source.CHECKOUT,
                "A new prompt was asked for; the former one can no longer be answered.",
            ),
        )
        await session.flush()
        return None

    async def _insert(
        self,
        session: AsyncSession,
        booking: Booking,
        attempt: Attempt,
        phone_number: str,
        amount: Decimal,
    ) -> _Created:
        now = self._clock()
        token = new_token()
        number = 1 + await count_attempts(session, attempt.booking_id)
        payment = Payment(
            booking_id=attempt.booking_id,
            user_id=booking.user_id,
            amount=amount,
            phone_number=phone_number,
            transaction_id=f"{booking.reference}-P{number}",
            attempt_key=attempt.attempt_key,
            callback_token_hash=hash_token(token),
            receipt_token=new_token(),
            address_hash=attempt.address_hash,
            created_at=now,
            next_check_at=now + SURELY_UNSENT_AFTER,
        )
        session.add(payment)
        await session.flush()
        happening = Happening("created", attempt.actor, Source.CHECKOUT)
        record(session, payment, happening, at=now, from_status=None)
        hint_after_commit(session, booking_topic(attempt.booking_id))
        push = StkPush(
            phone_number=phone_number,
            amount=amount,
            account_reference=booking.reference,
            description=self._description,
            callback_url=f"{self._callback_base}/{token}",
        )
        return _Created(payment.payment_id or 0, push)

    # T2, the push, T3

    async def _submit(self, payment_id: int, push: StkPush) -> None:
        now = self._clock()
        async with self._database.write() as session:
            booking, payment = await settlement.lock_payment(session, payment_id)
            if payment.status != PaymentStatus.CREATED:
                return  # given up meanwhile (a very slow machine): never push for a dead attempt
            payment.submitted_at = now
            payment.next_check_at = now + LOST_AFTER
            evidence = Evidence(PaymentStatus.SUBMITTING, Source.CHECKOUT, now)
            happening = Happening("submitting", "system", Source.CHECKOUT)
            await settlement.weigh(session, booking, payment, evidence, happening)
            reached(Step.IN_T2)
        reached(Step.AFTER_T2)
        log.info("push_initiated", payment_id=payment_id, phone=push.phone_number)
        outcome = await self._rail.stk_push(push)
        reached(Step.PUSHED)
        PUSHES.labels(type(outcome).__name__).inc()
        log.info("push_answered", payment_id=payment_id, outcome=type(outcome).__name__)
        await self._keep_answer(payment_id, outcome)

    async def _keep_answer(self, payment_id: int, outcome: PushOutcome) -> None:
        """T3. Without it the payment stays `submitting`, and its callback is the only way on."""
        for pause in (*ANSWER_PAUSES, 0.0):
            try:
                async with self._database.write() as session:
                    await self._note_answer(session, payment_id, outcome)
                    reached(Step.IN_T3)
            except SQLAlchemyError as error:
                log.error("answer_not_kept", payment_id=payment_id, error=type(error).__name__)
                await asyncio.sleep(pause)
            else:
                reached(Step.AFTER_T3)
                return

    async def _note_answer(
        self, session: AsyncSession, payment_id: int, outcome: PushOutcome
    ) -> None:
        now = self._clock()
        claims, happening, code, words = read_answer(outcome)
        if isinstance(outcome, PushAccepted):
            accepted = await self._adopt_ids(session, payment_id, outcome)
            if not accepted:
                claims = PaymentStatus.UNKNOWN
        evidence = Evidence(claims, Source.DARAJA, now, result_code=code, result_desc=words)
        booking, payment = await settlement.lock_payment(session, payment_id)
        await settlement.weigh(session, booking, payment, evidence, happening)
        record_change(session, payment, happening, at=now)  # ids that came too late to matter
        # An answer that comes after we gave up still brings an id to ask about.
        too_late = payment.status == PaymentStatus.EXPIRED and payment.checkout_request_id
        if payment.status == PaymentStatus.PENDING or too_late:
            payment.next_check_at = now + FIRST_CHECK
        elif payment.status == PaymentStatus.UNKNOWN:
            payment.next_check_at = (payment.submitted_at or now) + WINDOW

    async def _adopt_ids(
        self, session: AsyncSession, payment_id: int, accepted: PushAccepted
    ) -> bool:
        """Keep Daraja's ids, unless another payment or an earlier callback says otherwise."""
        _, payment = await settlement.lock_payment(session, payment_id)
        checkout_id, merchant_id = accepted.checkout_request_id, accepted.merchant_request_id
        if await daraja_ids.learn(session, payment, checkout_id, merchant_id):
            return True
        facts = {"checkout_request_id": checkout_id, "source": Source.DARAJA.value}
        await cases.open_case(session, payment, CaseKind.ID_MISMATCH, facts, at=self._clock())
        return False

    async def _started(self, payment_id: int) -> Started:
        async with self._database.read() as session:
            payment = await session.get_one(Payment, payment_id)
        status = PaymentStatus(payment.status)
        if status is PaymentStatus.REJECTED:
            raise refusal_of(payment)
        return Started(payment_id, status, payment.checkout_request_id)


async def _find_live(session: AsyncSession, booking_id: int) -> Payment | None:
    """The booking's one payment whose prompt may be on a phone."""
    statement = select(Payment).where(
        col(Payment.booking_id) == booking_id,
        col(Payment.status).in_([status.value for status in LIVE]),
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def count_attempts(session: AsyncSession, booking_id: int) -> int:
    """How many payments a booking has had so far, whatever became of them."""
    statement = select(func.count()).where(col(Payment.booking_id) == booking_id)
    return (await session.execute(statement)).scalar_one()


def _description(merchant_name: str) -> str:
    letters = "".join(c for c in merchant_name if c.isascii() and (c.isalnum() or c == " "))
    return letters.strip()[:13].strip() or "Payment"


async def _same_attempt(session: AsyncSession, booking: Booking, attempt: Attempt) -> int | None:
    """The payment that this attempt has led to already.

    A rejected one sent nothing and is no answer to keep: it lets go of its key.
    """
    statement = select(Payment).where(
        col(Payment.booking_id) == booking.booking_id,
        col(Payment.attempt_key) == attempt.attempt_key,
    )
    payment = (await session.execute(statement)).scalar_one_or_none()
    if payment is not None and payment.status == PaymentStatus.REJECTED:
        payment.attempt_key = f"{attempt.attempt_key}-{payment.payment_id}"
        await session.flush()
        return None
    return payment.payment_id if payment is not None else None


def _same_wish(live: Payment, phone_number: str, amount: Decimal) -> int:
    if live.phone_number == phone_number and live.amount == amount:
        return live.payment_id or 0
    raise Conflict(
        "payment_in_progress",
        "A payment for this booking is in progress on a phone. Nothing new was sent; "
        "finish or cancel it there first.",
    )


def _amount_to_pay(booking: Booking, chosen: Decimal | None) -> Decimal:
    """What the caller asked for, or all that is due and fits into one transaction."""
    if chosen is not None:
        return shillings(chosen)
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    return min(due, MAX_PER_TRANSACTION)


def _check_amount(booking: Booking, amount: Decimal, *, chosen: bool) -> None:
    """The server decides the amount: all that is due, or less where instalments are allowed."""
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    part = bookings.takes_instalments(booking.amount, booking.allow_instalments)
    if amount > MAX_PER_TRANSACTION and part:
        raise BadInput(
            "wrong_amount",
            f"M-Pesa moves at most KSh {MAX_PER_TRANSACTION:,} at a time. Nothing was sent; "
            "pay in parts.",
        )
    if amount == due or (part and 1 <= amount < due):
        return
    raise BadInput(
        "wrong_amount",
        f"KSh {due:,} is due" + (" at most" if part else "") + ". Nothing was sent.",
    )
