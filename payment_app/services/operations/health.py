"""How each link of the chain is: what staff see, and the one sentence on their home page.

Everything here is measured or counted from rows; nothing is asked of M-Pesa for the sake of it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.cases import CaseKind, CaseState
from payment_app.services.operations.restore import Restore
from payment_app.services.payments.asking.circuit_breaker import RailHealth
from payment_app.services.payments.asking.refusals import read_standing
from payment_app.services.payments.callbacks.store import KIND
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.rested import Shared
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Mark, Payment, PaymentCase

SLOW_DATABASE = 0.5
"""Seconds for a look at nothing, beyond which the database is slow."""
CALLBACK_PATIENCE = timedelta(minutes=3)
"""A callback that has not come by then is late: the prompt itself ends after about two minutes."""
CALLBACK_WINDOW = timedelta(hours=1)
SILENT_PROMPTS = 3
"""This many prompts in a row without a callback are no accident."""
GROWING_CASES = 5
"""Cases opened within a day and still open, from which on somebody should know."""
CHECK_OVERDUE = timedelta(hours=26)
BACKUP_OVERDUE = timedelta(hours=26)
BACKUP_MARK = "backup"
"""The mark that a finished backup sets; without one no backup is known here."""
_MOST_COUNTED = 100
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class LinkState(StrEnum):
    """How a link is."""

    OK = "ok"
    SLOW = "slow"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    Attributes:
        name: slug, for example `callbacks`.
        sentence: plain English, for staff; what it means and, if there is something, what to do.
        since: UTC; since when it is so, or when it was last seen, where that is known.
    """

    name: str
    state: LinkState
    sentence: str
    since: datetime | None = None


@dataclass(frozen=True)
class Health:
    """All links, and which rail is in use: `simulator`, `test` or `live`."""

    read_at: datetime
    rail: str
    links: tuple[Link, ...]

    @property
    def trouble(self) -> Link | None:
        """The worst link that is not well, the first of several; `None` when all are."""
        for state in (LinkState.DOWN, LinkState.SLOW):
            for link in self.links:
                if link.state is state:
                    return link
        return None


@dataclass(frozen=True)
class Environment:
    """What this app runs with, as far as every member of staff may know; no secrets.

    Attributes:
        rail: `simulator`, `test` or `live`.
        merchant: business name.
        shortcode: business short code.
        till: till number, "" for a paybill.
        daraja: host that prompts are sent to.
        callbacks: what callbacks are addressed to, without the token of each payment.
        address: the origin that browsers use.
        database: `SQLite` or `PostgreSQL`.
        workers: server processes.
    """

    rail: str
    merchant: str
    shortcode: str
    till: str
    daraja: str
    callbacks: str
    address: str
    database: str
    workers: int


class HealthService:
    """Looks at every link; callers share one result."""

    REST = 2.0

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        *,
        ready: Callable[[], Awaitable[dict[str, bool]]],
        rail_health: RailHealth,
        restore: Restore,
    ) -> None:
        """Args:
        ready: what `/readyz` looks at: `database`, `migrations` and `workers`.
        """
        self._settings = settings
        self._database = database
        self._clock = clock
        self._ready = ready
        self._rail_health = rail_health
        self._restore = restore
        self._shared = Shared(self._read, self.REST)

    async def look(self) -> Health:
        """Every link, as of a moment ago. A database that is away is a finding, not an error."""
        return await self._shared.get()

    def environment(self) -> Environment:
        """What this app runs with."""
        settings = self._settings
        return Environment(
            rail=rail_in_use(settings),
            merchant=settings.merchant_name,
            shortcode=settings.shortcode,
            till=settings.mpesa_till_number if settings.mpesa_transaction_type == "till" else "",
            daraja=urlsplit(settings.daraja_url).hostname or "",
            callbacks=settings.callback_base,
            address=settings.origin,
            database="PostgreSQL" if settings.on_postgresql else "SQLite",
            workers=settings.workers,
        )

    async def _read(self) -> Health:
        now, ready = self._clock(), await self._ready()
        links = [await self._database_link(), *_process_links(ready), self._rail_link()]
        links += await self._recorded_links(now)
        if self._restore.reconciling:
            links.append(_RESTORING)
        return Health(now, rail_in_use(self._settings), tuple(links))

    async def _database_link(self) -> Link:
        began = time.monotonic()
        try:
            async with self._database.read() as session:
                await session.execute(text("SELECT 1"))
        except _AWAY:
            return Link(
                "database",
                LinkState.DOWN,
                "The database does not answer. Nothing can be paid or looked up until it does.",
            )
        seconds = time.monotonic() - began
        if seconds > SLOW_DATABASE:
            words = f"The database is slow: a look at nothing took {seconds:.1f} seconds."
            return Link("database", LinkState.SLOW, words)
        return Link("database", LinkState.OK, "The database answers.")

    def _rail_link(self) -> Link:
        since = self._rail_health.slow_since
        if since is not None:
            return Link(
                "rail",
                LinkState.DOWN,
                "M-Pesa does not answer. New prompts are held back, and customers see how to pay "
                "from the M-Pesa menu; this ends by itself.",
                since,
            )
        return Link("rail", LinkState.OK, "M-Pesa takes prompts.")

    async def _recorded_links(self, now: datetime) -> list[Link]:
        try:
            async with self._database.read() as session:
                return [
                    await _questions(session),
                    await _callbacks(session, now),
                    await _open_cases(session, now),
                    await _invariants(session, now),
                    await _backup(session, now),
                ]
        except _AWAY:
            return []  # the first link says so already


_RESTORING = Link(
    "restore",
    LinkState.SLOW,
    "We were restored from a backup and are asking M-Pesa about every payment. New prompts are "
    "held back until that is done.",
)


def rail_in_use(settings: Settings) -> str:
    """`simulator`, `test` (the sandbox) or `live`."""
    return {"sandbox": "test", "production": "live"}.get(settings.environment, "simulator")


def _process_links(ready: dict[str, bool]) -> list[Link]:
    links = []
    if ready["database"]:
        links.append(
            Link("migrations", LinkState.OK, "The database has the tables of this version.")
            if ready["migrations"]
            else Link(
                "migrations",
                LinkState.DOWN,
                "The database has the tables of another version: migrate it, or run the version "
                "that it belongs to.",
            )
        )
    links.append(
        Link("loops", LinkState.OK, "The background work runs.")
        if ready["workers"]
        else Link(
            "loops",
            LinkState.DOWN,
            "The background work has stopped: callbacks are kept but not read. "
            "Restart the app; nothing is lost.",
        )
    )
    return links


async def _questions(session: AsyncSession) -> Link:
    refusal = await read_standing(session)
    if refusal is None:
        return Link("questions", LinkState.OK, "M-Pesa takes our questions about payments.")
    return Link("questions", LinkState.DOWN, refusal.sentence, refusal.since)


async def _callbacks(session: AsyncSession, now: datetime) -> Link:
    came = col(CallbackInbox.received_at)
    newest = (
        await session.execute(
            select(came)
            .where(col(CallbackInbox.kind) == KIND)
            .order_by(col(CallbackInbox.inbox_id).desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    silent = await _silent_prompts(session, now)
    if silent >= SILENT_PROMPTS:
        number = f"{_MOST_COUNTED} or more" if silent == _MOST_COUNTED else str(silent)
        return Link(
            "callbacks",
            LinkState.DOWN,
            f"No callback has come for the last {number} prompts. Results still come, later, "
            "because we ask M-Pesa; run the doctor to find out why.",
            newest,
        )
    if newest is None:
        return Link("callbacks", LinkState.UNKNOWN, "No callback has ever come.")
    return Link("callbacks", LinkState.OK, "Callbacks come.", newest)


async def _silent_prompts(session: AsyncSession, now: datetime) -> int:
    """How many of the last hour's newest prompts, one after another, have had no callback."""
    called = (
        select(literal(1))
        .where(
            col(CallbackInbox.payment_id) == col(Payment.payment_id),
            col(CallbackInbox.kind) == KIND,
        )
        .exists()
    )
    rows = await session.execute(
        select(called)
        .where(
            col(Payment.created_at) > now - CALLBACK_WINDOW,
            col(Payment.created_at) < now - CALLBACK_PATIENCE,
            col(Payment.checkout_request_id).is_not(None),
        )
        .order_by(col(Payment.created_at).desc())
        .limit(_MOST_COUNTED)
    )
    answered = [bool(row[0]) for row in rows]
    return answered.index(True) if True in answered else len(answered)


async def _open_cases(session: AsyncSession, now: datetime) -> Link:
    still = col(PaymentCase.state) == CaseState.OPEN.value
    # All open cases are read through their index; there is no other one to bound this by.
    fresh, total = (
        await session.execute(
            select(
                func.count().filter(col(PaymentCase.opened_at) > now - timedelta(days=1)),
                func.count(),
            ).where(still)
        )
    ).one()
    if fresh >= GROWING_CASES:
        return Link(
            "cases",
            LinkState.SLOW,
            f"{fresh} cases were opened in the last 24 hours and nobody has settled them yet.",
        )
    words = "No case is open." if total == 0 else f"{total} open case{'s' * (total > 1)}."
    return Link("cases", LinkState.OK, words)


async def _invariants(session: AsyncSession, now: datetime) -> Link:
    mark = await session.get(Mark, "invariants")
    broken = await session.execute(
        select(func.count()).where(
            col(PaymentCase.state) == CaseState.OPEN.value,
            col(PaymentCase.kind) == CaseKind.INVARIANT_BROKEN.value,
        )
    )
    number = broken.scalar_one()
    if number:
        return Link(
            "records",
            LinkState.DOWN,
            f"Our own records disagree with each other in {number} place{'s' * (number > 1)}: "
            "see Waiting.",
            mark.at if mark else None,
        )
    if mark is None:
        return Link("records", LinkState.UNKNOWN, "The daily check of the records has not run yet.")
    if now - mark.at > CHECK_OVERDUE:
        words = "The daily check of the records is overdue."
        return Link("records", LinkState.SLOW, words, mark.at)
    return Link("records", LinkState.OK, "The records were checked and agree.", mark.at)


async def _backup(session: AsyncSession, now: datetime) -> Link:
    mark = await session.get(Mark, BACKUP_MARK)
    if mark is None:
        words = "No backup is known here. Backups that the database makes itself are not seen."
        return Link("backup", LinkState.UNKNOWN, words)
    if now - mark.at > BACKUP_OVERDUE:
        return Link("backup", LinkState.SLOW, "The last backup is more than a day old.", mark.at)
    return Link("backup", LinkState.OK, "A backup was made and read back.", mark.at)
