"""A payment of KSh 1, from a booking to its result: the proof that everything works together."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.exc import SQLAlchemyError

from payment_app import lifespan
from payment_app.bootstrap import App
from payment_app.doctor.check import Check
from payment_app.doctor.verdicts import PATIENCE, first_line, judge_payment, judge_prompt
from payment_app.domain.errors import Conflict, Refusal
from payment_app.domain.lifecycle import LIVE, PaymentStatus
from payment_app.services.bookings.bookings import NewBooking
from payment_app.services.payments.admission import Attempt
from payment_app.services.shared.clock import Clock
from payment_app.settings import Settings
from payment_app.storage.tables import Booking, id_of


class TrialPayment:
    """Sends the prompt itself; callback and settlement are the running app's."""

    def __init__(
        self, settings: Settings, clock: Clock, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep

    async def make(self, phone: str) -> AsyncIterator[Check]:
        """Each step as soon as it is seen."""
        app = App(self._settings, clock=self._clock)  # never started: the app does the rest
        try:
            booking = await self._book(app, phone)
            yield Check("booking", True, f"{booking.reference} for KSh 1 was made")
            attempt = Attempt(id_of(booking), phone, Decimal(1), "doctor", "doctor")
            started = await app.checkout.start(attempt)
            yield judge_prompt(started.status, started.payment_id, phone)
            async for check in self._follow(app, started.payment_id, started.status):
                yield check
        except Refusal as refusal:
            advice = "see docs/api.md for the code, and the lines above"
            yield Check("payment", False, f"{refusal.sentence} ({refusal.code})", advice)
        except (SQLAlchemyError, OSError) as error:
            yield Check("payment", False, first_line(error), "look at the database")
        finally:
            await lifespan.stop(app)

    async def _book(self, app: App, phone: str) -> Booking:
        while True:
            new = NewBooking(
                reference=f"DOCTOR{secrets.randbelow(10_000):04d}",
                title="Test payment by the doctor",
                amount=Decimal(1),
                customer_name="Doctor",
                phone_number=phone,
                expires_at=self._clock() + timedelta(minutes=10),
            )
            with contextlib.suppress(Conflict):  # that reference is taken: draw another
                return await app.bookings.create(new)

    async def _follow(
        self, app: App, payment_id: int, status: PaymentStatus
    ) -> AsyncIterator[Check]:
        """Watch the row that the running app writes, until the payment has ended."""
        payment, _ = await app.history.get(payment_id)
        for second in range(1, PATIENCE + 1):
            if payment.status not in LIVE:
                break
            await self._sleep(1)
            payment, _ = await app.history.get(payment_id)
            if payment.status != status:
                status = PaymentStatus(payment.status)
                yield Check("step", True, f"{status} after {second} s")
        yield judge_payment(payment)
