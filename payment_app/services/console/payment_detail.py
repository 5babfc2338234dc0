"""One payment as staff see it: its whole story, and what they may do about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import QueryPending, QueryRefused, QueryResult, unpack
from payment_app.domain.errors import BadInput, Conflict, NotFound, Unavailable
from payment_app.domain.sight import mask_numbers
from payment_app.domain.staff import Permission
from payment_app.live.hub import booking_topic
from payment_app.services.bookings.bookings import payments_of
from payment_app.services.payments.admission import Attempt
from payment_app.services.payments.asking.circuit_breaker import RailHealth
from payment_app.services.payments.asking.reconciliation import Reconciler
from payment_app.services.payments.checkout import Checkout
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund
from payment_app.storage.staff_tables import PaymentNote
from payment_app.storage.tables import (
    Booking,
    CallbackInbox,
    Payment,
    PaymentCase,
    PaymentEvent,
    UserAccount,
)
from payment_app.storage.transaction import hint_after_commit

LONGEST_NOTE = 4_000
_MOST_EVENTS = 500


@dataclass(frozen=True)
class Story:
    """Everything that is known about one payment; events, notes and attempts oldest first."""

    payment: Payment
    booking: Booking
    customer: UserAccount
    attempts: list[Payment]
    events: list[PaymentEvent]
    notes: list[PaymentNote]
    cases: list[PaymentCase]
    callbacks: list[CallbackInbox]
    read_at: datetime
    refunds: list[Refund] = field(default_factory=list)


@dataclass(frozen=True)
class Payload:
    """A callback as it came.

    Attributes:
        received_at: UTC.
        copies: how often the same body came.
        outcome: what became of it, in a word or two.
        body: JSON text; phone numbers masked unless it was revealed. Empty once it was forgotten.
    """

    received_at: datetime
    copies: int
    outcome: str
    body: str


class Checked(StrEnum):
    """How a question to Safaricom ended."""

    ANSWERED = "answered"
    STILL_OPEN = "still_open"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


class PaymentService:
    """What staff do with one payment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        reconciler: Reconciler,
        checkout: Checkout,
        rail_health: RailHealth,
    ) -> None:
        self._database = database
        self._clock = clock
        self._reconciler = reconciler
        self._checkout = checkout
        self._rail_health = rail_health

    async def story(self, payment_id: int) -> Story:
        """The payment with all that belongs to it.

        Raises:
            NotFound: `payment_not_found`.
        """
        async with self._database.snapshot() as session:
            payment = await _payment(session, payment_id)
            booking = await session.get_one(Booking, payment.booking_id)
            events = await _of(session, PaymentEvent, payment_id, col(PaymentEvent.event_id))
            calls = await _of(session, CallbackInbox, payment_id, col(CallbackInbox.inbox_id))
            return Story(
                payment=payment,
                booking=booking,
                customer=await session.get_one(UserAccount, payment.user_id),
                attempts=await payments_of(session, payment.booking_id),
                events=events,
                notes=await _of(session, PaymentNote, payment_id, col(PaymentNote.note_id)),
                cases=await _of(session, PaymentCase, payment_id, col(PaymentCase.case_id)),
                callbacks=calls,
                refunds=await _of(session, Refund, payment_id, col(Refund.refund_id)),
                read_at=self._clock(),
            )

    async def booking_id(self, payment_id: int) -> int:
        """The booking whose hints concern this payment.

        Raises:
            NotFound: `payment_not_found`.
        """
        async with self._database.read() as session:
            return (await _payment(session, payment_id)).booking_id

    async def add_note(self, who: Member, payment_id: int, text: str) -> None:
        """Write something to a payment.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
            BadInput: `invalid_note`, when it is empty or longer than 4,000 characters.
        """
        who.require(Permission.NOTE)
        words = text.strip()
        if not 1 <= len(words) <= LONGEST_NOTE:
            raise BadInput("invalid_note", f"A note must have 1 to {LONGEST_NOTE:,} characters.")
        now = self._clock()
        async with self._database.write() as session:
            payment = await _payment(session, payment_id)
            session.add(PaymentNote(payment_id=payment_id, at=now, author=who.email, text=words))
            note_action(session, who, "note_written", f"payment:{payment_id}", at=now)
            hint_after_commit(session, booking_topic(payment.booking_id))

    async def reveal_phone(self, who: Member, payment_id: int) -> str:
        """The full phone number; the look is in the activity log before it is answered.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
        """
        who.require(Permission.REVEAL)
        async with self._database.write() as session:
            payment = await _payment(session, payment_id)
            note_action(session, who, "phone_revealed", f"payment:{payment_id}", at=self._clock())
            return payment.phone_number

    async def payloads(self, who: Member, payment_id: int, *, full: bool = False) -> list[Payload]:
        """What Daraja posted about the payment, oldest first.

        Args:
            full: with phone numbers, for those who may; the look is logged.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
        """
        who.require(Permission.REVEAL if full else Permission.READ)
        if full:
            async with self._database.write() as session:
                await _payment(session, payment_id)
                subject = f"payment:{payment_id}"
                note_action(session, who, "payload_revealed", subject, at=self._clock())
        async with self._database.read() as session:
            payment = await _payment(session, payment_id)
            rows = await _of(session, CallbackInbox, payment_id, col(CallbackInbox.inbox_id))
        return [_payload(row, "" if full else payment.phone_number) for row in rows]

    async def check(self, who: Member, payment_id: int) -> Checked:
        """Ask Safaricom now; its answer is weighed like any other evidence.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
            Conflict: `nothing_to_ask`, when Daraja never gave the prompt an id.
            Unavailable: `mpesa_unavailable`.
        """
        who.require(Permission.CHECK)
        if self._rail_health.slow:
            raise Unavailable(
                "mpesa_unavailable",
                "M-Pesa does not answer right now. Nothing was asked and nothing was changed; the "
                "app goes on asking by itself.",
            )
        async with self._database.write() as session:
            payment = await _payment(session, payment_id)
            checkout_request_id = payment.checkout_request_id
            if checkout_request_id is None:
                raise Conflict(
                    "nothing_to_ask",
                    "Safaricom gave this prompt no id, so there is nothing to ask for. If the "
                    "customer has an M-Pesa message, look for it in the statement.",
                )
            note_action(session, who, "checked", f"payment:{payment_id}", at=self._clock())
        outcome = await self._reconciler.ask(payment_id, checkout_request_id)
        if isinstance(outcome, QueryResult):
            return Checked.ANSWERED
        if isinstance(outcome, QueryRefused):
            return Checked.REFUSED
        return Checked.STILL_OPEN if isinstance(outcome, QueryPending) else Checked.NO_ANSWER

    async def send_again(self, who: Member, payment_id: int) -> int:
        """Send a new prompt for the booking to the same phone; the id of the new payment.

        It counts as the same wish as a click of the customer who sees this moment.

        Raises:
            Refusal: any of checkout's; nothing was sent then.
        """
        who.require(Permission.BOOK)
        story = await self.story(payment_id)
        attempt = Attempt(
            booking_id=story.payment.booking_id,
            phone=story.payment.phone_number,
            amount=None,
            attempt_key=f"page-{len(story.attempts)}",
            actor=who.email[:60],
        )
        started = await self._checkout.start(attempt)
        async with self._database.write() as session:
            subject, after = f"payment:{started.payment_id}", {"after": f"payment:{payment_id}"}
            note_action(session, who, "prompt_sent", subject, at=self._clock(), after=after)
        return started.payment_id


async def _payment(session: AsyncSession, payment_id: int) -> Payment:
    payment = await session.get(Payment, payment_id) if payment_id > 0 else None
    if payment is None:
        raise NotFound("payment_not_found", "There is no such payment.")
    return payment


async def _of(session: AsyncSession, table: Any, payment_id: int, order: Any) -> list[Any]:
    """The payment's rows of `table`; far more than any payment has are not read."""
    rows = await session.execute(
        select(table).where(table.payment_id == payment_id).order_by(order).limit(_MOST_EVENTS)
    )
    return list(rows.scalars())


def _payload(row: CallbackInbox, masked: str) -> Payload:
    """The callback; `masked` is the number that is to be seen nowhere in it, "" for none."""
    body = _pretty(unpack(row.body))
    body = mask_numbers(body, [masked]) if masked else body
    return Payload(row.received_at, row.copies, row.outcome or "", body)


def _pretty(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
