"""Metrics that are looked up when somebody reads them, instead of counted as things happen."""

from __future__ import annotations

import contextlib

from sqlalchemy.exc import SQLAlchemyError

from payment_app.domain.cases import CaseKind
from payment_app.live.hub import Hub
from payment_app.services.payments.asking.refusals import standing_refusal
from payment_app.services.payments.cases import Cases
from payment_app.services.shared.metrics import OPEN_CASES, OPEN_PAGES, QUERIES_REFUSED
from payment_app.storage.database import Database


class Gauges:
    """Brings the gauges up to date before they are read."""

    def __init__(self, database: Database, cases: Cases, hub: Hub) -> None:
        self._database = database
        self._cases = cases
        self._hub = hub

    async def refresh(self) -> None:
        """Look again; while the database is away what is read from rows stays as it was."""
        OPEN_PAGES.set(self._hub.watching)
        with contextlib.suppress(SQLAlchemyError, OSError):
            numbers = await self._cases.count_open()
            for kind in CaseKind:
                OPEN_CASES.labels(kind.value).set(numbers.get(kind.value, 0))
            QUERIES_REFUSED.set(await standing_refusal(self._database) is not None)
