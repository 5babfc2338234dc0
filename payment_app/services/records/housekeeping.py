"""What is thrown away once nobody needs it any more, all in one round."""

from __future__ import annotations

from payment_app.services.payments.callbacks.settle import Inbox
from payment_app.services.records.retention import forget_bodies, forget_calls
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.idempotency import Idempotency
from payment_app.services.staff.sessions import Sessions
from payment_app.storage.database import Database


class Housekeeping:
    """Sends each room its turn to forget."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        idempotency: Idempotency,
        sessions: Sessions,
        inbox: Inbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._idempotency = idempotency
        self._sessions = sessions
        self._inbox = inbox

    async def tidy(self) -> None:
        """Forget old answers, sessions, hints, bodies of callbacks and traces of calls."""
        await self._idempotency.forget_old()
        await self._sessions.forget_old()
        await self._inbox.forget_hints()
        await forget_bodies(self._database, self._clock())
        await forget_calls(self._database, self._clock())
