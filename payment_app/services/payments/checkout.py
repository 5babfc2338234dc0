"""From "Pay" to a prompt on the phone: the steps of one attempt, each its own short transaction.

    T1 admission · T2 `submitting` · the push · T3 ids + `pending`

The push runs in a task of its own: a caller who goes away does not stop T3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from payment_app.domain.errors import Refusal, Unavailable
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.domain.phone import normalise_phone
from payment_app.services.payments.admission import Admission, AskFirst, Attempt, Created
from payment_app.services.payments.push import PromptSender, Rail, Standing, standing_of
from payment_app.services.payments.push_answers import refusal_of
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.pace.backpressure import Backpressure
from payment_app.storage.database import Database
from payment_app.storage.tables import Payment

MOST_IN_HAND = 48
"""Attempts that one process works on at a time, those that wait for Daraja not counted: with some
milliseconds for each, the last of them is served within a few tenths of a second."""

log = structlog.get_logger("payment_app.checkout")


@dataclass(frozen=True)
class Started:
    """The attempt as it stands after the push: `pending`, `unknown`, or already further."""

    payment_id: int
    status: PaymentStatus
    checkout_request_id: str | None


class Checkout:
    """Starts payments. One per process.

    Args:
        admit: raises a `Refusal` while no prompt may be sent at all.
        ask: queries Daraja about an old prompt before a new one takes its place.
    """

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
        self._clock = clock
        self.admission = Admission(
            database, callback_base=callback_base, merchant_name=merchant_name
        )
        self.pressure = Backpressure(MOST_IN_HAND, _too_busy)
        self.sender = PromptSender(database, rail, clock, self.pressure)
        self._admit = admit
        self._ask = ask
        self._pushing: dict[int, asyncio.Task[Standing | None]] = {}

    async def start(self, attempt: Attempt) -> Started:
        """Send one prompt, or answer again for the same attempt.

        Raises:
            Refusal: any of the contract's refusals; nothing was sent then.
            Unavailable: `too_busy`; the caller may come back in a moment.
        """
        with self.pressure.begun():
            return await self._start(attempt)

    async def _start(self, attempt: Attempt) -> Started:
        created = await self._admitted(attempt, normalise_phone(attempt.phone))
        if created.push is not None:
            task = asyncio.create_task(self.sender.send(created.payment_id, created.push))
            self._pushing[created.payment_id] = task
            task.add_done_callback(lambda _: self._pushing.pop(created.payment_id, None))
        pushing = self._pushing.get(created.payment_id)
        if pushing is None:
            return _told(await self._standing(created.payment_id))
        # A push waits for Daraja by itself; whoever asks for the same one waits for that push.
        with nullcontext() if created.push is not None else self.pressure.elsewhere():
            standing = await asyncio.shield(pushing)
        try:
            return _told(standing or await self._standing(created.payment_id))
        except SQLAlchemyError as error:  # a prompt may be on the phone: no failure to be told
            log.error("push_not_readable", payment_id=created.payment_id, error=repr(error))
            return Started(created.payment_id, PaymentStatus.UNKNOWN, None)

    async def close(self) -> None:
        """Wait for pushes that are under way."""
        await asyncio.gather(*self._pushing.values(), return_exceptions=True)

    async def _admitted(self, attempt: Attempt, phone_number: str) -> Created:
        """T1, after a question about a former prompt if one stands in the way."""
        asked = self._ask is None
        while True:
            created = await self.admission.create(
                attempt, phone_number, self._clock(), held_back=self._held_back(), asked=asked
            )
            if isinstance(created, Created):
                return created
            await self._ask_about(created)
            asked = True

    async def _ask_about(self, former: AskFirst) -> None:
        if self._ask is not None:
            await self._ask(former.payment_id, former.checkout_request_id)

    def _held_back(self) -> Refusal | None:
        try:
            self._admit()
        except Refusal as refusal:
            return refusal
        return None

    async def _standing(self, payment_id: int) -> Standing:
        async with self._database.read() as session:
            return standing_of(await session.get_one(Payment, payment_id))


def _too_busy() -> Unavailable:
    return Unavailable(
        "too_busy",
        "Too many payments are being started at once. Nothing was sent and no money moved; "
        "try again in a moment.",
        retry_after=1,
    )


def _told(standing: Standing) -> Started:
    """What the caller is told.

    Raises:
        RefusedByMpesa, Unavailable: Daraja took no prompt.
    """
    if standing.status is PaymentStatus.REJECTED:
        raise refusal_of(standing)
    return Started(standing.payment_id, standing.status, standing.checkout_request_id)
