"""After a restore from a backup: reconcile first, take new payments afterwards.

A restored database does not know what happened since its backup. Until it has asked M-Pesa about
every prompt of the backup's last day that has no good end, and until every prompt that was sent
after the backup is dead, a new prompt could take money twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlmodel import col

from payment_app.daraja import QueryNoAnswer, QueryOutcome, QueryRefused, RefusalKind
from payment_app.domain.errors import Unavailable
from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments.asking.reconciliation import Reconciler
from payment_app.services.payments.push import WINDOW
from payment_app.services.shared.checkpoint import drop_mark, read_mark, set_mark
from payment_app.services.shared.clock import Clock
from payment_app.storage.database import Database
from payment_app.storage.tables import Payment
from payment_app.storage.types import stored_id

log = structlog.get_logger("payment_app.restore")

MARK = "restored"
ASK_BACK = timedelta(days=1)
"""M-Pesa answers queries about a prompt for about a day."""
_AT_ONCE = 10


class Restore:
    """Holds new prompts back while the database is younger than the world."""

    def __init__(self, database: Database, reconciler: Reconciler, clock: Clock) -> None:
        self._database = database
        self._reconciler = reconciler
        self._clock = clock
        self._since: datetime | None = None
        self._to_ask: dict[int, str] | None = None

    @property
    def reconciling(self) -> bool:
        """New prompts are held back."""
        return self._since is not None

    def admit(self) -> None:
        """Let a new prompt pass.

        Raises:
            Unavailable: `reconciling`; nothing was sent.
        """
        if self.reconciling:
            raise Unavailable(
                "reconciling",
                "We were restored from a backup and are checking every payment with M-Pesa. "
                "Nothing was sent and no money moved; try again in a few minutes.",
            )

    async def begin(self) -> None:
        """Look whether this database comes from a backup; call before anything is served."""
        mark = await read_mark(self._database, MARK)
        if mark is not None:
            self._since = self._clock()
            log.warning("restored_from_backup", backup_of=mark.at.isoformat())

    async def work(self) -> None:
        """Ask a few times as many as may be asked at once; open when all is known."""
        if self._since is None:
            return
        mark = await read_mark(self._database, MARK)
        if mark is None:  # another worker has finished
            self._open()
            return
        if self._to_ask is None:
            self._to_ask = await self._unsettled(mark.at)
        for payment_id, checkout_id in [*self._to_ask.items()][:_AT_ONCE]:
            outcome = await self._reconciler.ask(payment_id, checkout_id)
            if _tells_nothing(outcome):
                return  # nothing is known while M-Pesa does not answer
            del self._to_ask[payment_id]
        if not self._to_ask and self._clock() >= self._since + WINDOW:
            await drop_mark(self._database, MARK)
            self._open()

    def _open(self) -> None:
        self._since = self._to_ask = None
        log.info("restore_reconciled")

    async def _unsettled(self, backup_at: datetime) -> dict[int, str]:
        async with self._database.read() as session:
            rows = await session.execute(
                select(col(Payment.payment_id), col(Payment.checkout_request_id)).where(
                    col(Payment.created_at) > min(backup_at, self._clock()) - ASK_BACK,
                    col(Payment.checkout_request_id).is_not(None),
                    col(Payment.status).not_in([status.value for status in MONEY]),
                )
            )
            return {stored_id(payment_id): checkout_id or "" for payment_id, checkout_id in rows}


def _tells_nothing(outcome: QueryOutcome) -> bool:
    """Nobody was asked. A question that is wrong for this one payment holds nothing up."""
    if isinstance(outcome, QueryRefused):
        return outcome.kind is not RefusalKind.INVALID_REQUEST
    return isinstance(outcome, QueryNoAnswer) and outcome.rail_down


async def mark_restored(database: Database, at: datetime) -> None:
    """Say that the database was restored to its state of `at`; takes effect at the next start."""
    await set_mark(database, MARK, at)
