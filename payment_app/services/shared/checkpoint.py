"""Named moments that all processes of one database share."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from payment_app.storage.database import Database
from payment_app.storage.tables import Mark


async def read_mark(database: Database, name: str) -> Mark | None:
    """The mark of that name, if it is set."""
    async with database.read() as session:
        return await session.get(Mark, name)


async def set_mark(database: Database, name: str, at: datetime, detail: str = "") -> None:
    """Set a mark, or move it."""
    async with database.write() as session:
        await session.merge(Mark(name=name, at=at, detail=detail))


async def drop_mark(database: Database, name: str) -> None:
    """Take a mark away."""
    async with database.write() as session:
        mark = await session.get(Mark, name)
        if mark is not None:
            await session.delete(mark)


async def take_turn(database: Database, name: str, every: timedelta, now: datetime) -> bool:
    """Whether it is this process's turn to do what is to be done once in `every`."""
    try:
        async with database.write() as session:
            mark = await session.get(Mark, name, with_for_update=True)
            if mark is None:
                session.add(Mark(name=name, at=now))
                return True
            # A mark from the future was set by a clock that was wrong.
            if timedelta(0) <= now - mark.at < every:
                return False
            mark.at = now
            return True
    except IntegrityError:  # another process set it first
        return False
