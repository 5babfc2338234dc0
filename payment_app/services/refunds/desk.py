"""What people do with refunds: ask for one, agree, refuse, send again, write down another way.

Whatever is above the limit needs a second person, who enters their password again; nobody agrees to
their own. What is agreed to is sent by `sender`, never from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError, NoResultFound

from payment_app.daraja import ORDER_CODES
from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from payment_app.domain.lifecycle import PaymentStatus, Source
from payment_app.domain.money import format_ksh, shillings
from payment_app.domain.refunds import LIVE, Evidence, RefundStatus, Way, way_for
from payment_app.domain.staff import Permission
from payment_app.services.payments import locks
from payment_app.services.payments.events import Happening
from payment_app.services.refunds.books import (
    Books,
    lock_refund,
    weigh,
    write_down,
)
from payment_app.services.shared import seals
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.tokens import new_token
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.refund_tables import Refund
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Payment, id_of
from payment_app.storage.transaction import Transaction
from payment_app.storage.types import stored_id

API = "api"
OTHER_WAY = tuple(code for code, row in ORDER_CODES.items() if row.other_way)
"""A reversal that M-Pesa refused with one of these may go out as a payout."""
LONGEST_REASON = 200


_refund = table_of(Refund).c
_OF = select(_refund.refund_id).where(_refund.payment_id == bindparam("payment"))
_LIVE_OF = _OF.where(_refund.status.in_([status.value for status in LIVE]))
_REFUSED_OF = _OF.where(
    _refund.way == Way.REVERSAL.value,
    _refund.status == RefundStatus.FAILED.value,
    _refund.result_code.in_(OTHER_WAY),
)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to go back.

    Attributes:
        amount: shillings; `None` for all that is left.
        close_booking: also cancel the booking, once the money is back.
        way: `None` lets the app choose; `EXTERNAL` writes down what went back by other means.
    """

    payment_id: int
    amount: Decimal | None
    reason: str
    close_booking: bool = False
    way: Way | None = None


@dataclass(frozen=True)
class Asked:
    """A refund as it stands after somebody asked for it."""

    refund_id: int
    status: RefundStatus
    way: Way
    amount: Decimal


class RefundDesk:
    """Where refunds are asked for and agreed to.

    Args:
        limit: shillings above which a second person is needed.
        agreed: told after each commit that leaves something to send.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        *,
        limit: Decimal,
        agreed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._limit = limit
        self._agreed = agreed

    @property
    def limit(self) -> Decimal:
        """Shillings above which a second person is needed."""
        return self._limit

    async def ask(self, who: Member, wish: Wish) -> Asked:
        """Ask for a refund; up to the limit it is agreed to at once.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
            BadInput: `invalid_amount`, `invalid_reason`, `no_way`.
            Conflict: `nothing_to_refund`, `refund_in_progress`.
        """
        who.require(Permission.REFUND)
        asked = await self._ask(wish, who.email[:60])
        await self._log(who, "refund_requested", asked.refund_id, amount=asked.amount)
        return asked

    async def ask_by_key(self, wish: Wish) -> Asked:
        """The same for a caller of the API; above the limit a member has to agree."""
        return await self._ask(wish, API)

    async def approve(self, who: Member, refund_id: int, password: str) -> None:
        """Agree to somebody else's refund.

        Raises:
            Forbidden: `not_allowed`, `own_refund`, `wrong_password`.
            NotFound: `refund_not_found`.
            Conflict: `refund_decided`.
            TooMany: `too_many_tries`.
        """
        who.require(Permission.REFUND)
        await self._accounts.prove(who, password)
        decide = partial(_approve, refund_id=refund_id, actor=who.email[:60], now=self._clock())
        await self._database.transact(decide)
        reached(Step.AFTER_R1)
        await self._log(who, "refund_approved", refund_id)
        self._agreed()

    async def reject(self, who: Member, refund_id: int, why: str) -> None:
        """Refuse a refund that waits; whoever asked for it may take it back in the same way.

        Raises:
            Forbidden, NotFound: `refund_not_found`.
            BadInput: `invalid_reason`.
            Conflict: `refund_decided`.
        """
        who.require(Permission.REFUND)
        words = _reason(why)
        refuse = partial(
            _reject, refund_id=refund_id, actor=who.email[:60], why=words, now=self._clock()
        )
        await self._database.transact(refuse)
        await self._log(who, "refund_rejected", refund_id, reason=words)

    async def send_again(self, who: Member, refund_id: int) -> Asked:
        """Ask once more for a refund that failed: a new one, in a way that was not refused.

        Raises:
            Conflict: `refund_not_failed`, and what `ask` raises.
        """
        async with self._database.read() as session:
            refund = await session.get(Refund, refund_id) if refund_id > 0 else None
        if refund is None:
            raise _no_refund()
        if refund.status != RefundStatus.FAILED:
            raise Conflict(
                "refund_not_failed",
                "Only a refund that failed can be sent again. Nothing was sent.",
            )
        wish = Wish(refund.payment_id, refund.amount, refund.reason, refund.close_booking)
        return await self.ask(who, wish)

    async def _ask(self, wish: Wish, actor: str) -> Asked:
        write = partial(
            _request,
            wish=wish,
            reason=_reason(wish.reason),
            actor=actor,
            limit=self._limit,
            now=self._clock(),
        )
        try:
            asked = await self._database.transact(write)
        except IntegrityError as error:  # the constraint said what two at once did not see
            raise _in_progress() from error
        reached(Step.AFTER_R1)
        if asked.status is RefundStatus.APPROVED:
            self._agreed()
        return asked

    async def _log(self, who: Member, action: str, refund_id: int, **facts: object) -> None:
        async with self._database.write() as session:
            subject = f"refund:{refund_id}"
            note_action(session, who, action, subject, at=self._clock(), after=facts or None)


def _request(
    transaction: Transaction,
    wish: Wish,
    reason: str,
    actor: str,
    limit: Decimal,
    now: datetime,
) -> Asked:
    """R1: the refund is on disk before anybody else hears of it."""
    rows = transaction.rows
    booking, payment = _paid(rows, wish.payment_id)
    _nothing_under_way(rows, payment)
    amount = _amount(wish, payment)
    way = wish.way or way_for(
        amount,
        payment.amount,
        payment.amount_refunded,
        receipt=payment.mpesa_receipt_number,
        reversible=not _reversal_was_refused(rows, payment),
    )
    if way is None:
        raise BadInput(
            "no_way",
            "M-Pesa pays out KSh 10 to KSh 250,000 at a time. Nothing was sent; choose another "
            "amount, or return it another way and write that down here.",
        )
    refund = _insert(rows, booking, payment, wish, way, amount, reason, actor, limit, now)
    books = Books(booking, payment, refund)
    seals.seal_new(rows, seals.REFUND, refund)
    words = f"{format_ksh(amount)} to go back ({way.value}): {reason}"
    write_down(rows, books, Happening("refund_requested", actor, Source.STAFF, words), now)
    if not books.refund.needs_second:
        _agree(rows, books, actor, now)
    rows.write()
    reached(Step.IN_R1)
    return Asked(stored_id(refund.refund_id), RefundStatus(refund.status), way, amount)


def _insert(
    rows: Rows,
    booking: Booking,
    payment: Payment,
    wish: Wish,
    way: Way,
    amount: Decimal,
    reason: str,
    actor: str,
    limit: Decimal,
    now: datetime,
) -> Refund:
    """A refund that was just asked for. A payout's own id is drawn now: M-Pesa's guard by it."""
    return rows.insert(
        Refund,
        payment_id=id_of(payment),
        booking_id=id_of(booking),
        amount=amount,
        paid=payment.amount,
        returned_before=payment.amount_refunded,
        way=way.value,
        phone_number=payment.phone_number,
        reason=reason,
        close_booking=wish.close_booking,
        requested_by=actor,
        requested_at=now,
        needs_second=amount > limit,
        originator_conversation_id=f"refund-{new_token()}" if way is Way.PAYOUT else None,
    )


def _approve(transaction: Transaction, refund_id: int, actor: str, now: datetime) -> None:
    books = _waiting(transaction.rows, refund_id)
    if books.refund.requested_by == actor:
        raise Forbidden(
            "own_refund", "Somebody else has to agree to your refund. Nothing was sent."
        )
    _agree(transaction.rows, books, actor, now)
    transaction.rows.write()
    reached(Step.IN_R1)


def _agree(rows: Rows, books: Books, actor: str, now: datetime) -> None:
    refund = books.refund
    refund.decided_by, refund.decided_at = actor, now
    external = refund.way == Way.EXTERNAL
    claims = RefundStatus.EXTERNAL if external else RefundStatus.APPROVED
    words = f"{format_ksh(refund.amount)}: {refund.reason}"
    kind = "refund_external" if external else "refund_approved"
    weigh(rows, books, Evidence(claims, now), Happening(kind, actor, Source.STAFF, words))


def _reject(transaction: Transaction, refund_id: int, actor: str, why: str, now: datetime) -> None:
    books = _waiting(transaction.rows, refund_id)
    books.refund.decided_by, books.refund.decided_at = actor, now
    evidence = Evidence(RefundStatus.REJECTED, now, desc=why)
    happening = Happening("refund_rejected", actor, Source.STAFF, why)
    weigh(transaction.rows, books, evidence, happening)


def _waiting(rows: Rows, refund_id: int) -> Books:
    """The refund, locked, if nobody has decided about it yet."""
    books = lock_refund(rows, refund_id)
    if books is None:
        raise _no_refund()
    if books.refund.status != RefundStatus.REQUESTED:
        raise Conflict("refund_decided", "Somebody else has decided about this refund already.")
    return books


def _paid(rows: Rows, payment_id: int) -> tuple[Booking, Payment]:
    try:
        booking, payment = locks.lock_payment(rows, payment_id)
    except NoResultFound:
        raise NotFound("payment_not_found", "There is no such payment.") from None
    if payment.status != PaymentStatus.COMPLETED:
        raise Conflict(
            "nothing_to_refund",
            f"This payment is {payment.status}: there is no money to give back. Nothing was sent.",
        )
    return booking, payment


def _amount(wish: Wish, payment: Payment) -> Decimal:
    left = payment.amount - payment.amount_refunded
    amount = left if wish.amount is None else shillings(wish.amount)
    if not 0 < amount <= left:
        raise BadInput(
            "invalid_amount",
            f"{format_ksh(left)} of this payment can still go back. Nothing was sent.",
        )
    return amount


def _nothing_under_way(rows: Rows, payment: Payment) -> None:
    live = rows.execute(_LIVE_OF, {"payment": payment.payment_id})
    if live.first() is not None:
        raise _in_progress()


def _reversal_was_refused(rows: Rows, payment: Payment) -> bool:
    """M-Pesa has said no to a reversal of this payment: the next one goes to the phone."""
    refused = rows.execute(_REFUSED_OF, {"payment": payment.payment_id})
    return refused.first() is not None


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not 3 <= len(words) <= LONGEST_REASON:
        raise BadInput(
            "invalid_reason", f"Write why, in 3 to {LONGEST_REASON} characters. Nothing was sent."
        )
    return words


def _in_progress() -> Conflict:
    return Conflict(
        "refund_in_progress",
        "Another refund of this payment is under way. Nothing was sent; wait until it has ended.",
    )


def _no_refund() -> NotFound:
    return NotFound("refund_not_found", "There is no such refund.")
