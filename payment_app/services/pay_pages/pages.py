"""The use cases behind the public pages: see, pay, get a receipt. Tokens come from the address."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain import bookings
from payment_app.domain.cases import CaseKind
from payment_app.domain.errors import NotFound
from payment_app.domain.lifecycle import FAILURES, MONEY
from payment_app.domain.money import MAX_PER_TRANSACTION
from payment_app.domain.phone import mask_phone
from payment_app.services.bookings.bookings import payments_of
from payment_app.services.pay_pages.screen import (
    NO_MENU,
    WAITS_FOR_M_PESA,
    Doubts,
    late_payments,
    pay_view,
)
from payment_app.services.pay_pages.usual import UsualTime
from payment_app.services.pay_pages.view import Menu, PayView
from payment_app.services.payments import cases
from payment_app.services.payments.admission import Attempt
from payment_app.services.payments.checkout import Checkout
from payment_app.services.payments.pauses import seconds_until_free
from payment_app.services.receipts.code import ReceiptCodes, ReceiptFacts
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.tokens import keyed_hash, may_be_token
from payment_app.services.shared.pace.addresses import network_of
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, id_of


class PayPages:
    """What whoever holds a pay link or a receipt link may see and do."""

    def __init__(
        self,
        database: Database,
        checkout: Checkout,
        clock: Clock,
        *,
        merchant_name: str,
        secret_key: str,
        codes: ReceiptCodes,
        menu: Menu = NO_MENU,
        outage: Callable[[], bool] = lambda: False,
    ) -> None:
        """Args:
        codes: signs receipts.
        menu: where one can pay without a prompt.
        outage: whether prompts are held back now.
        """
        self._database = database
        self._checkout = checkout
        self._clock = clock
        self._merchant = merchant_name
        self._secret_key = secret_key
        self._codes = codes
        self._menu = menu
        self._usual = UsualTime(database)
        self._outage = outage

    async def booking_id(self, token: str) -> int | None:
        """The booking behind a pay link, `None` for an unknown token."""
        async with self._database.read() as session:
            booking = await _booking(session, token)
            return booking.booking_id if booking else None

    async def view(self, token: str) -> PayView | None:
        """What the pay page shows now, freshly read."""
        view = await self._read_view(token)
        if view is None or view.screen not in WAITS_FOR_M_PESA:
            return view
        return replace(view, usual_seconds=await self._usual.seconds())

    async def _read_view(self, token: str) -> PayView | None:
        now = self._clock()
        async with self._database.read() as session:
            booking = await _booking(session, token)
            if booking is None:
                return None
            attempts = await payments_of(session, id_of(booking))
            due = bookings.amount_due(booking.amount, booking.amount_paid)
            wait = 0
            if attempts and due > 0:
                connection = await session.connection()
                wait = await connection.run_sync(
                    seconds_until_free,
                    phone_number=attempts[-1].phone_number,
                    amount=_next_amount(booking, attempts[-1], due),
                    now=now,
                )
            doubts = await _doubts(session, booking)
            return pay_view(
                self._merchant,
                booking,
                attempts,
                now,
                wait=wait,
                menu=self._menu,
                outage=self._outage(),
                doubts=doubts,
            )

    async def pay(
        self, token: str, phone: str, amount: int | None, after_attempt: int, address: str
    ) -> None:
        """Send a prompt.

        `after_attempt` (how many attempts the page had seen) is the attempt's key: two clicks, or
        two tabs that show the same moment, are one wish.

        Raises:
            Refusal: it was not sent; the code says why.
        """
        booking_id = await self.booking_id(token)
        if booking_id is None:
            raise NotFound("booking_not_found", "There is no such booking. Nothing was sent.")
        await self._checkout.start(
            Attempt(
                booking_id=booking_id,
                phone=phone,
                amount=None if amount is None else Decimal(amount),
                attempt_key=f"page-{after_attempt}",
                actor="customer",
                address_hash=self._pseudonym(address),
            )
        )

    def _pseudonym(self, address: str) -> str | None:
        """What the limit of an address counts by; `None` where nobody knows the address."""
        return keyed_hash(self._secret_key, network_of(address)) if address else None

    async def receipt_booking_id(self, token: str) -> int | None:
        """The booking behind a receipt link, `None` for an unknown token."""
        if not may_be_token(token):
            return None
        async with self._database.read() as session:
            found = await session.execute(
                select(col(Payment.booking_id)).where(col(Payment.receipt_token) == token)
            )
            return found.scalar_one_or_none()

    async def receipt(self, token: str) -> ReceiptView | None:
        """The receipt behind a link, `None` for an unknown token or before money arrived."""
        if not may_be_token(token):
            return None
        async with self._database.read() as session:
            payment = (
                await session.execute(select(Payment).where(col(Payment.receipt_token) == token))
            ).scalar_one_or_none()
            if payment is None or payment.status not in MONEY:
                return None
            booking = await session.get_one(Booking, payment.booking_id)
            late = late_payments(booking, [payment], await _doubts(session, booking))
            code = _code(self._codes, booking, payment)
            return _receipt(self._merchant, booking, payment, code, after_close=bool(late))


def _next_amount(booking: Booking, newest: Payment, due: Decimal) -> Decimal:
    """What the next prompt would ask for: after a part without money, that part once more."""
    parts = bookings.takes_instalments(booking.amount, booking.allow_instalments)
    if parts and newest.status in FAILURES:
        return min(newest.amount, due)
    return min(due, MAX_PER_TRANSACTION)


async def _booking(session: AsyncSession, token: str) -> Booking | None:
    if not may_be_token(token):
        return None
    statement = select(Booking).where(col(Booking.pay_token) == token)
    return (await session.execute(statement)).scalar_one_or_none()


async def _doubts(session: AsyncSession, booking: Booking) -> Doubts:
    kinds = (CaseKind.PAID_AFTER_CLOSE, CaseKind.AMOUNT_MISMATCH)
    found = await cases.payments_with_case(session, id_of(booking), kinds)
    return Doubts(*(frozenset(found[kind]) for kind in kinds))


def _code(codes: ReceiptCodes, booking: Booking, payment: Payment) -> str:
    """The signed code of a receipt, once M-Pesa's number is there."""
    if not payment.mpesa_receipt_number or payment.payment_date is None:
        return ""
    facts = ReceiptFacts(
        booking.reference,
        int(payment.amount),
        payment.mpesa_receipt_number,
        payment.payment_date,
    )
    return codes.sign(facts)


def _receipt(
    merchant: str, booking: Booking, payment: Payment, code: str, *, after_close: bool
) -> ReceiptView:
    due = bookings.amount_due(booking.amount, booking.amount_paid)
    return ReceiptView(
        merchant=merchant,
        title=booking.title,
        details=[(label, value) for label, value in json.loads(booking.details)],
        reference=booking.reference,
        amount=int(payment.amount),
        amount_refunded=int(payment.amount_refunded),
        receipt_number=payment.mpesa_receipt_number or "",
        paid_at=payment.payment_date.isoformat() if payment.payment_date else "",
        phone_masked=mask_phone(payment.phone_number),
        status=payment.status,
        after_close=after_close,
        booking_total=int(booking.amount),
        booking_paid=int(booking.amount_paid),
        booking_due=int(due),
        pay_path=f"/pay/{booking.pay_token}",
        path=f"/receipt/{payment.receipt_token}",
        code=code,
    )
