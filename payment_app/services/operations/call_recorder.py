"""A trace of each call to Daraja, for the day on which somebody has to prove what was said."""

from __future__ import annotations

import json

import structlog
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import DarajaCall
from payment_app.storage.database import Database
from payment_app.storage.tables import DarajaCallRecord

log = structlog.get_logger("payment_app.calls")


class CallRecorder:
    """Writes calls down, as the rail's package has masked them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, call: DarajaCall) -> None:
        """Keep one call; losing the trace of it must not lose a payment."""
        row = DarajaCallRecord(
            at=call.at,
            operation=call.operation,
            http_status=call.http_status,
            error_code=(call.error_code or "")[:40] or None,
            outcome=call.outcome[:60],
            duration_ms=call.duration_ms,
            request=json.dumps(call.request, ensure_ascii=False),
            response=call.response,
        )
        try:
            async with self._database.write() as session:
                session.add(row)
        except (SQLAlchemyError, OSError) as error:
            log.error("call_not_recorded", error=type(error).__name__)
