"""What must be true before traffic may come, as `/readyz` answers it."""

from __future__ import annotations

import asyncio
import contextlib

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from payment_app.services.shared.pace.loops import LoopRunner
from payment_app.storage.database import Database
from payment_app.storage.migrate import newest_revision

_PATIENCE = 3.0
"""Seconds that the database may take to answer."""


class Readiness:
    """Looks at the database, its migrations and the background loops of this process."""

    def __init__(self, database: Database, loops: LoopRunner) -> None:
        self._database = database
        self._loops = loops

    async def look(self) -> dict[str, bool]:
        """Each part, and whether it is well: `database`, `migrations`, `workers`."""
        checks = {"database": False, "migrations": False}
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE), self._database.read() as session:
                revision = await session.execute(text("SELECT version_num FROM alembic_version"))
                checks["database"] = True
                checks["migrations"] = revision.scalar_one_or_none() == newest_revision()
        checks["workers"] = self._loops.alive
        return checks
