"""T1: whether a wish to pay becomes a payment, in one transaction: `created`, event, attempt key.

The booking's lock decides between two wishes at once. Nothing has been sent to anybody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy import bindparam, select

from payment_app.daraja import StkPush
from payment_app.domain import bookings
from payment_app.domain.errors import BadInput, Conflict, NotFound, Refusal
from payment_app.domain.lifecycle import LIVE, Evidence, PaymentStatus, Source
from payment_app.domain.money import MAX_PER_TRANSACTION, shillings
from payment_app.live.hub import booking_topic
from payment_app.services.payments import settlement
from payment_app.services.payments.events import Happening, record
from payment_app.services.payments.limits import Prompt, check_prompt_limits
from payment_app.services.payments.push import SURELY_UNSENT_AFTER, WINDOW
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.keys.tokens import hash_token, new_token
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import Transaction, hint_after_commit

UNCLEAR = timedelta(minutes=10)
"""How long a prompt that Daraja accepted still stands in the way of a new one while Daraja, asked,
cannot say how it ended; afterwards the customer may go on, and money that comes twice is a case."""

_bookings, _payments = table_of(Booking), table_of(Payment)
_LOCK_BOOKING = select(_bookings).where(_bookings.c.booking_id == bindparam("id")).with_for_update()
_OF_BOOKING = (
    select(_payments)
    .where(_payments.c.booking_id == bindparam("id"))
    .order_by(_payments.c.payment_id)
)


@dataclass(frozen=True)
class Attempt:
    """A wish to pay.

    Attributes:
        booking_id: what for.
        phone: as typed.
        amount: shillings, or `None` for all that is due.
        attempt_key: the same key means the same attempt, however often it is sent. The caller owns
            it: what it is made of says which repetitions are one wish.
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
class Created:
    """The payment of an attempt.

    Attributes:
        push: what to send; `None` when this attempt exists already.
    """

    payment_id: int
    push: StkPush | None


@dataclass(frozen=True)
class AskFirst:
    """An old prompt of this booking may have been paid: nothing was created before that is known.

    Its callback may be lost; without the question the customer would pay twice.
    """

    payment_id: int
    checkout_request_id: str


@dataclass(frozen=True)
class _Wish:
    """An attempt as this process sees it at one moment.

    Attributes:
        held_back: why no new prompt may be sent at all.
        asked: the question of `AskFirst` was asked.
    """

    attempt: Attempt
    phone_number: str
    now: datetime
    held_back: Refusal | None
    asked: bool


class Admission:
    """Turns wishes into payments. One per process."""

    def __init__(self, database: Database, *, callback_base: str, merchant_name: str) -> None:
        self._database = database
        self._callback_base = callback_base.rstrip("/")
        self._description = _description(merchant_name)

    async def create(
        self,
        attempt: Attempt,
        phone_number: str,
        now: datetime,
        *,
        held_back: Refusal | None,
        asked: bool,
    ) -> Created | AskFirst:
        """The attempt's payment, created or found.

        Args:
            phone_number: of the attempt, as M-Pesa writes it.
            now: our clock, UTC.
            held_back: raised where a new prompt would have to be sent.
            asked: what `AskFirst` asks for was done, or cannot be done.

        Raises:
            Refusal: any of the contract's refusals; nothing was written then.
            SQLAlchemyError: it could not be written.
        """
        reached(Step.BEFORE_T1)
        wish = _Wish(attempt, phone_number, now, held_back, asked)
        created = await self._database.transact(partial(self._create, wish=wish))
        reached(Step.AFTER_T1)
        return created

    def _create(self, transaction: Transaction, wish: _Wish) -> Created | AskFirst:
        rows, attempt = transaction.rows, wish.attempt
        wanted = {"id": attempt.booking_id}
        booking = next(iter(rows.read(Booking, _LOCK_BOOKING, wanted)), None)
        if booking is None:
            raise NotFound("booking_not_found", "There is no such booking. Nothing was sent.")
        payments = rows.read(Payment, _OF_BOOKING, wanted)
        known = _first_steps(rows, payments, wish)
        if known is not None:
            return known
        amount = _amount_to_pay(booking, attempt.amount)
        live = _live_payment(rows, payments, wish)
        if live is not None:
            return Created(_same_wish(live, wish.phone_number, amount), push=None)
        _check(rows, booking, payments, wish, amount)
        created = self._insert(rows, booking, 1 + len(payments), wish, amount)
        rows.write()
        reached(Step.IN_T1)
        return created

    def _insert(
        self, rows: Rows, booking: Booking, number: int, wish: _Wish, amount: Decimal
    ) -> Created:
        attempt, now, token = wish.attempt, wish.now, new_token()
        payment = rows.insert(
            Payment,
            booking_id=attempt.booking_id,
            user_id=booking.user_id,
            amount=amount,
            phone_number=wish.phone_number,
            transaction_id=f"{booking.reference}-P{number}",
            attempt_key=attempt.attempt_key,
            callback_token_hash=hash_token(token),
            receipt_token=new_token(),
            address_hash=attempt.address_hash,
            created_at=now,
            next_check_at=now + SURELY_UNSENT_AFTER,
        )
        happening = Happening("created", attempt.actor, Source.CHECKOUT)
        record(rows, payment, happening, at=now, from_status=None)
        hint_after_commit(rows, booking_topic(attempt.booking_id))
        push = StkPush(
            phone_number=wish.phone_number,
            amount=amount,
            account_reference=booking.reference,
            description=self._description,
            callback_url=f"{self._callback_base}/{token}",
        )
        return Created(id_of(payment), push)


def _first_steps(rows: Rows, payments: Sequence[Payment], wish: _Wish) -> Created | AskFirst | None:
    """What there is to do before anything new: ask about an old prompt, or find this attempt."""
    live = _find_live(payments)
    if live is not None and live.checkout_request_id is not None and not wish.asked:
        over = (live.submitted_at or live.created_at) + WINDOW <= wish.now
        if over:
            return AskFirst(id_of(live), live.checkout_request_id)
    known = _same_attempt(rows, payments, wish.attempt)
    return None if known is None else Created(known, push=None)


def _find_live(payments: Sequence[Payment]) -> Payment | None:
    """The booking's one payment whose prompt may be on a phone."""
    return next((payment for payment in payments if payment.status in LIVE), None)


def _same_attempt(rows: Rows, payments: Sequence[Payment], attempt: Attempt) -> int | None:
    """The payment that this attempt has led to already.

    A rejected one sent nothing and is no answer to keep: it lets go of its key.
    """
    key = attempt.attempt_key
    payment = next((payment for payment in payments if payment.attempt_key == key), None)
    if payment is None:
        return None
    if payment.status == PaymentStatus.REJECTED:
        payment.attempt_key = f"{key}-{payment.payment_id}"
        rows.write()
        return None
    return id_of(payment)


def _live_payment(rows: Rows, payments: Sequence[Payment], wish: _Wish) -> Payment | None:
    """The booking's live payment, unless its prompt is too old to be answered any more."""
    live = _find_live(payments)
    if live is None:
        return None
    if blocked_until(live) > wish.now:
        return live
    settlement.apply(
        rows,
        id_of(live),
        Evidence(PaymentStatus.EXPIRED, Source.CHECKOUT, wish.now),
        Happening(
            "prompt_window_over",
            wish.attempt.actor,
            Source.CHECKOUT,
            "A new prompt was asked for; the former one can no longer be answered.",
        ),
    )
    rows.write()
    return None


def blocked_until(live: Payment) -> datetime:
    """Until when a live payment stands in the way of a new prompt, whatever M-Pesa answers."""
    blocks_for = UNCLEAR if live.status == PaymentStatus.PENDING else WINDOW
    return (live.submitted_at or live.created_at) + blocks_for


def _same_wish(live: Payment, phone_number: str, amount: Decimal) -> int:
    if live.phone_number == phone_number and live.amount == amount:
        return id_of(live)
    raise Conflict(
        "payment_in_progress",
        "A payment for this booking is in progress on a phone. Nothing new was sent; "
        "finish or cancel it there first.",
    )


def _check(
    rows: Rows, booking: Booking, payments: Sequence[Payment], wish: _Wish, amount: Decimal
) -> None:
    """Refuse what must not be sent."""
    _check_open(booking, wish.now)
    if wish.held_back is not None:
        raise wish.held_back
    _check_amount(booking, amount, chosen=wish.attempt.amount is not None)
    prompt = Prompt(wish.phone_number, amount, wish.attempt.address_hash, wish.now)
    check_prompt_limits(rows.connection, prompt, of_booking=payments)


def _check_open(booking: Booking, now: datetime) -> None:
    status = bookings.status_now(booking.status, booking.expires_at, now)
    if status is bookings.BookingStatus.PAID:
        raise Conflict("booking_paid", "This booking is already paid. Nothing was sent.")
    if status is bookings.BookingStatus.CLOSED:
        raise Conflict("booking_closed", "This booking is closed. Nothing was sent; do not pay.")


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


def _description(merchant_name: str) -> str:
    letters = "".join(c for c in merchant_name if c.isascii() and (c.isalnum() or c == " "))
    return letters.strip()[:13].strip() or "Payment"
