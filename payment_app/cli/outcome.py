"""How a command ends, and what most commands begin with: the settings and the books."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from payment_app.services.records.checkpoints import Checkpoints
    from payment_app.services.shared.clock import Clock
    from payment_app.services.shared.keys.seals import Keyring
    from payment_app.settings import Settings
    from payment_app.storage.database import Database

Result = TypeVar("Result")

OK, NOT_WELL, NOT_UNDERSTOOD, INTERRUPTED = 0, 1, 2, 130


class NotWell(Exception):
    """The command cannot go on; its text is what the operator reads, and the exit code is 1."""


@contextmanager
def database_errors(words: str) -> Iterator[None]:
    """A database that does not answer or refuses ends the command with `words` and the reason."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise NotWell(f"{words}: {error}") from error


def quiet_logs() -> None:
    """The commands speak for themselves: their findings are not to drown in log lines."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    logging.disable(logging.ERROR)


def the_settings() -> Settings:
    """The settings of the environment and `.env`; their problems end the command."""
    from payment_app.settings import read_settings

    quiet_logs()
    settings, problems = read_settings()
    if settings is None:
        raise NotWell("\n".join(str(problem) for problem in problems))
    return settings


@dataclass
class Books:
    """The database with the keys of its books."""

    database: Database
    clock: Clock
    keyring: Keyring
    checkpoints: Checkpoints


def with_books(work: Callable[[Books], Awaitable[Result]]) -> Result:
    """What `work` answers on the books of this installation."""
    from payment_app.bootstrap import checkpoints
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.keys.kept_secrets import keyring
    from payment_app.storage.database import Database

    settings = the_settings()
    keys = keyring(settings)

    async def run() -> Result:
        database = Database(settings.database_url, keys.for_sessions())
        try:
            notes = checkpoints(settings, database, keys, system_clock)
            return await work(Books(database, system_clock, keys, notes))
        finally:
            await database.close()

    with database_errors("The books could not be read"):
        return asyncio.run(run())
