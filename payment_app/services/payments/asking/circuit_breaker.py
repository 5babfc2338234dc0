"""A circuit breaker for prompts, from outcomes measured in this process.

After `FAILURES` calls in a row that M-Pesa did not answer, a further prompt would most likely only
leave its customer waiting: the breaker opens, new prompts are refused and the pages offer another
way. It recovers by itself:

    closed ──3 failures in a row──▶ open ──pause over, a probe is answered──▶ trial
      ▲                              ▲                                          │
      │                              └──────────────one failure─────────────────┤
      └───────────────────────one push answered─────────────────────────────────┘

The pause never grows: a probe costs no customer anything, so prompts are back within 20 seconds of
the rail's return, however long it was away.

Each worker measures for itself: its customers are told what its own calls saw.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlmodel import col

from payment_app.daraja import (
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    QueryNoAnswer,
    QueryOutcome,
    QueryRefused,
    RefusalKind,
    StkPush,
    TokenRefused,
    TokenUnavailable,
)
from payment_app.domain.errors import Unavailable
from payment_app.services.payments.asking.reconciliation import Reconciler
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.metrics import RAIL_SLOW
from payment_app.storage.database import Database
from payment_app.storage.tables import Payment

log = structlog.get_logger("payment_app.rail_health")

FAILURES = 3
WITHIN = timedelta(minutes=5)
"""Failures further apart than this are no run: a quiet night must not add up to an outage."""
PAUSE = timedelta(seconds=10)
"""Between probes. With `PROBE_TIMEOUT` it keeps the promise: a probe that hangs while the rail
comes back is given up before the next one is due, and that one is answered."""
PROBE_TIMEOUT = 8.0
"""Seconds that a probe may take; the rail's own deadline is longer, and meant for customers."""


class Rail(Protocol):
    """The part of `DarajaClient` that is measured."""

    async def stk_push(self, push: StkPush) -> PushOutcome: ...

    async def stk_query(self, checkout_request_id: str) -> QueryOutcome: ...

    async def check_token(self) -> None: ...


class Call(StrEnum):
    """What was measured. A healthy query proves nothing about prompts, so each has its own run."""

    PUSH = "push"
    QUERY = "query"


class RailHealth:
    """Whether a prompt has a fair chance to be answered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[Call, list[datetime]] = {call: [] for call in Call}
        self._retry_at: datetime | None = None
        self._trial_since: datetime | None = None
        self.slow_since: datetime | None = None
        """UTC time at which the breaker opened; `None` while prompts may be sent."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when prompts stop or may be sent again."""

    def now(self) -> datetime:
        """The clock that everything here is measured by, UTC."""
        return self._clock()

    @property
    def slow(self) -> bool:
        """The breaker is open: no new prompt is sent."""
        return self.slow_since is not None

    @property
    def probe_is_due(self) -> bool:
        """The pause is over: ask M-Pesa something that costs nobody anything."""
        # A clock that was set back must not make the pause longer than it ever is.
        now = self._clock()
        return self._retry_at is not None and not now < self._retry_at <= now + PAUSE

    def admit(self) -> None:
        """Let a new prompt pass.

        Raises:
            Unavailable: `mpesa_unavailable`; nothing was sent.
        """
        if self.slow:
            raise Unavailable(
                "mpesa_unavailable",
                "M-Pesa prompts are slow right now. No prompt was sent and no money moved; "
                "try again in a few minutes.",
            )

    def note_answered(self, call: Call) -> None:
        """M-Pesa answered, whatever it said."""
        self._failed[call].clear()
        if self.slow and self.probe_is_due:
            self._try_again()
        elif call is Call.PUSH and not self.slow:
            self._trial_since = None

    def note_failed(self, call: Call, began: datetime | None = None) -> None:
        """M-Pesa did not answer, or said that it is down.

        `began`: when the call was made, UTC. One made before a trial says nothing about it.
        """
        now = self._clock()
        run = [at for at in self._failed[call] if timedelta(0) <= now - at <= WITHIN]
        self._failed[call] = [*run, now][-FAILURES:]
        if self.slow:
            if self.probe_is_due:
                self._retry_at = now + PAUSE
        elif self._trial_since is not None and now - self._trial_since < WITHIN:
            if began is None or began >= self._trial_since:
                self._open(now)
        elif len(self._failed[call]) >= FAILURES:
            self._open(now)

    def _open(self, now: datetime) -> None:
        self.slow_since = now
        self._retry_at = now + PAUSE
        self._trial_since = None
        RAIL_SLOW.set(1)
        log.warning("prompts_stopped")
        self.on_change()

    def _try_again(self) -> None:
        self.slow_since = self._retry_at = None
        self._trial_since = self._clock()
        for run in self._failed.values():
            run.clear()
        RAIL_SLOW.set(0)
        log.info("prompts_tried_again")
        self.on_change()


class MeasuredRail:
    """The rail, with every outcome told to its `RailHealth`."""

    def __init__(self, rail: Rail, health: RailHealth) -> None:
        self._rail = rail
        self._health = health

    async def stk_push(self, push: StkPush) -> PushOutcome:
        """As the rail's own."""
        began = self._health.now()
        outcome = await self._rail.stk_push(push)
        self._note(Call.PUSH, began, failed=_push_failed(outcome))
        return outcome

    async def stk_query(self, checkout_request_id: str) -> QueryOutcome:
        """As the rail's own."""
        began = self._health.now()
        outcome = await self._rail.stk_query(checkout_request_id)
        self._note(Call.QUERY, began, failed=_query_failed(outcome))
        return outcome

    async def check_token(self) -> None:
        """Ask for a fresh token, the one call that concerns no payment."""
        began = self._health.now()
        try:
            await self._rail.check_token()
        except TokenUnavailable:
            self._note(Call.QUERY, began, failed=True)
        except TokenRefused:
            self._note(Call.QUERY, began, failed=False)
        else:
            self._note(Call.QUERY, began, failed=False)

    def _note(self, call: Call, began: datetime, *, failed: bool) -> None:
        if failed:
            self._health.note_failed(call, began)
        else:
            self._health.note_answered(call)


class Recovery:
    """Finds out by itself when M-Pesa answers again, at no customer's cost."""

    def __init__(
        self,
        database: Database,
        rail: MeasuredRail,
        reconciler: Reconciler,
        health: RailHealth,
        clock: Clock,
    ) -> None:
        self._database = database
        self._rail = rail
        self._reconciler = reconciler
        self._health = health
        self._clock = clock

    async def probe(self) -> None:
        """While the breaker is open and its pause is over: ask about the newest prompt.

        Raises:
            SQLAlchemyError: the database cannot be read, or the answer cannot be noted.
        """
        if not self._health.probe_is_due:
            return
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await self._ask()
        except TimeoutError:
            self._health.note_failed(Call.QUERY)

    async def _ask(self) -> None:
        async with self._database.read() as session:
            rows = await session.execute(
                select(col(Payment.payment_id), col(Payment.checkout_request_id))
                .where(
                    col(Payment.created_at) > self._clock() - timedelta(days=1),
                    col(Payment.checkout_request_id).is_not(None),
                )
                .order_by(col(Payment.created_at).desc())
                .limit(1)
            )
            newest = rows.first()
        if newest is None:
            await self._rail.check_token()
        else:
            await self._reconciler.ask(newest[0] or 0, newest[1] or "")


def _push_failed(outcome: PushOutcome) -> bool:
    """A page of something on the way is no answer of M-Pesa's."""
    if isinstance(outcome, PushRefused):
        return outcome.kind in (RefusalKind.TOO_BUSY, RefusalKind.NOT_DARAJA)
    return isinstance(outcome, PushNotSent | PushUnknown)


def _query_failed(outcome: QueryOutcome) -> bool:
    if isinstance(outcome, QueryRefused):
        return outcome.kind is RefusalKind.NOT_DARAJA
    return isinstance(outcome, QueryNoAnswer) and outcome.rail_down
