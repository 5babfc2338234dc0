"""The API operator proved by a balance query: name, password, role and certificate at once.

It moves nothing. The question leaves from here, and the running app keeps its answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from payment_app import lifespan
from payment_app.bootstrap import App
from payment_app.daraja import OrderAccepted, environment_of
from payment_app.doctor.check import Check
from payment_app.doctor.verdicts import first_line, judge_balance, judge_order
from payment_app.services.shared.clock import Clock
from payment_app.settings import Settings

PATIENCE = 60
"""Seconds that the answer may take."""


class OperatorProof:
    """Asks for the accounts and waits for what comes back."""

    def __init__(
        self, settings: Settings, clock: Clock, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep

    async def make(self) -> AsyncIterator[Check]:
        """Each step as soon as it is seen."""
        certificate = self._certificate()
        yield certificate
        if not certificate.ok:
            return
        app = App(self._settings, clock=self._clock)  # never started: the app does the rest
        try:
            order_id, outcome = await app.balances.ask()
            if not isinstance(outcome, OrderAccepted):
                yield judge_order(outcome)
                return
            yield await self._answer(app, order_id)
        except (SQLAlchemyError, OSError) as error:
            yield Check("operator", False, first_line(error), "look at the database")
        finally:
            await lifespan.stop(app)

    async def _answer(self, app: App, order_id: int) -> Check:
        for _ in range(PATIENCE):
            balance = await app.balances.answer(order_id)
            if balance is not None:
                return judge_balance(balance)
            await self._sleep(1)
        return judge_balance(None)

    def _certificate(self) -> Check:
        """Whether there is one, and whether it is that of this environment."""
        settings, name = self._settings, "operator certificate"
        if not (settings.initiator_name and settings.initiator_password and settings.certificate):
            words = "no API operator is set up: nothing can be given back"
            advice = "set MPESA_INITIATOR_NAME, MPESA_INITIATOR_PASSWORD and MPESA_CERTIFICATE"
            return Check(name, None, words, advice)
        try:
            belongs = environment_of(settings.certificate.read_bytes())
        except (OSError, ValueError):
            words = "MPESA_CERTIFICATE cannot be read as a certificate"
            return Check(name, False, words, "take Safaricom's own from the Daraja portal")
        if belongs not in (None, settings.environment):
            words = f"MPESA_CERTIFICATE is that of {belongs}, not of {settings.environment}"
            return Check(name, False, words, "take the other one from the Daraja portal")
        return Check(name, True, f"read{f', that of {belongs}' if belongs else ''}")
