"""How long people take here, from the prompt to its result: told to whoever waits."""

from __future__ import annotations

import math

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.shared.rested import Shared
from payment_app.storage.database import Database
from payment_app.storage.tables import Payment

LOOK_AT = 200
"""The newest payments that count."""
FEWEST = 20
"""With fewer there is nothing to say about most people."""
LONGEST = 180
"""Seconds; no prompt lives longer, so that what came later was found out, not waited for."""
GOOD_FOR = 300.0
_STEP = 5


class UsualTime:
    """Read rarely, and shared by all pages of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shared = Shared(self._read, GOOD_FOR)

    async def seconds(self) -> int:
        """What three of four people needed at most, in steps of 5 s; 0 = not known yet."""
        return await self._shared.get()

    async def _read(self) -> int:
        paid = (
            select(col(Payment.submitted_at), col(Payment.settled_at))
            .where(col(Payment.status) == PaymentStatus.COMPLETED.value)
            .order_by(col(Payment.payment_id).desc())
            .limit(LOOK_AT)
        )
        async with self._database.read() as session:
            rows = (await session.execute(paid)).all()
        waits = [(end - start).total_seconds() for start, end in rows if start and end]
        return most_people_within([wait for wait in waits if 0 <= wait <= LONGEST])


def most_people_within(waits: list[float]) -> int:
    """Seconds within which three quarters of `waits` lie, rounded up to 5; 0 for too few."""
    if len(waits) < FEWEST:
        return 0
    upper = sorted(waits)[math.ceil(len(waits) * 0.75) - 1]
    return max(1, math.ceil(upper / _STEP)) * _STEP
