"""All services of one process, built from the settings and started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import DarajaCall, DarajaClient, DarajaConfig
from payment_app.domain.cases import CaseKind
from payment_app.live.hub import Hub
from payment_app.live.postgres import CHANNEL, listen
from payment_app.services.bookings.bookings import BookingService
from payment_app.services.console.console import Console
from payment_app.services.demo.bookings import seed_demo
from payment_app.services.demo.members import kept_password, seed_demo_staff
from payment_app.services.operations.invariants import Invariants
from payment_app.services.operations.restore import Restore
from payment_app.services.pay_pages.pages import PayPages
from payment_app.services.pay_pages.view import Outage
from payment_app.services.payments.cases import Cases
from payment_app.services.payments.checkout import Checkout
from payment_app.services.payments.circuit_breaker import MeasuredRail, RailHealth, Recovery
from payment_app.services.payments.inbox import Inbox
from payment_app.services.payments.reconciliation import HURRY_EVERY, Reconciler
from payment_app.services.records.retention import forget_bodies, forget_calls
from payment_app.services.search.history import History
from payment_app.services.shared.checkpoint import take_turn
from payment_app.services.shared.clock import Clock, system_clock
from payment_app.services.shared.idempotency import Idempotency
from payment_app.services.shared.metrics import OPEN_CASES
from payment_app.services.shared.tokens import new_token
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.migrate import migrate, newest_revision
from payment_app.storage.shared_token import SharedToken
from payment_app.storage.tables import DarajaCallRecord

log = structlog.get_logger("payment_app.runtime")

TICK = 1.0
"""Seconds between looks at the inbox and at due checks when nothing wakes them."""
LONGEST_PAUSE = 4.0
"""The same for a loop that keeps failing, while the database is away."""
HOUSEKEEPING = 3_600.0
CHECK_EVERY = timedelta(hours=23)


class Runtime:
    """The running app without its web server. Build it inside the event loop that serves."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        daraja: DarajaClient | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.hub = Hub()
        self.database = Database(settings.database_url)
        self.database.on_hints = self._wake
        self.shared_token = _shared_token(settings)
        self.daraja = daraja or DarajaClient(
            daraja_config(settings), clock=clock, record=self._record, share=self.shared_token
        )
        self.rail_health = RailHealth(clock)
        self.rail_health.on_change = self.hub.notify_all
        rail = MeasuredRail(self.daraja, self.rail_health)
        self.inbox = Inbox(self.database, clock)
        self.reconciler = Reconciler(self.database, rail, clock)
        self.recovery = Recovery(self.database, rail, self.reconciler, self.rail_health, clock)
        self.restore = Restore(self.database, self.reconciler, clock)
        self.cases = Cases(self.database, clock)
        self.invariants = Invariants(self.database, clock)
        self.bookings = BookingService(self.database, clock)
        self.history = History(self.database)
        self.idempotency = Idempotency(self.database, clock)
        self.checkout = Checkout(
            self.database,
            rail,
            clock,
            callback_base=settings.callback_base,
            merchant_name=settings.merchant_name,
            admit=self._admit,
            ask=self._ask_while_answered,
        )
        self.pages = PayPages(
            self.database,
            self.checkout,
            clock,
            merchant_name=settings.merchant_name,
            secret_key=secret_key(settings),
            outage=self._outage,
        )
        self.console = Console(
            settings,
            self.database,
            clock,
            secret_key=secret_key(settings),
            reconciler=self.reconciler,
            checkout=self.checkout,
            rail_health=self.rail_health,
            restore=self.restore,
            ready=self.ready,
        )
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Migrate, seed the demo, and start the background loops."""
        await asyncio.to_thread(migrate, self.settings.database_url)
        await self.restore.begin()
        if self.settings.simulated:
            await seed_demo(self.database, self.clock)
            await seed_demo_staff(self.database, self.clock, demo_password(self.settings))
        if not self.database.is_sqlite:  # other workers and machines may serve the same pages
            self.database.notify_channel = CHANNEL
            self._run(listen(self.settings.database_url, self.hub))
        self._run(self._repeat(self.inbox.drain, TICK, self.inbox.arrived))
        self._run(self._repeat(self.reconciler.tick, TICK))
        self._run(self._repeat(self._hurry, HURRY_EVERY))
        self._run(self._repeat(self.recovery.probe, TICK))
        self._run(self._repeat(self._tidy, HOUSEKEEPING))
        self._run(self._repeat(self._check_daily, HOUSEKEEPING))
        self._run(self._repeat(self.restore.work, TICK))

    async def stop(self) -> None:
        """Finish what is on its way to Daraja, stop the loops, close the connections."""
        await self.checkout.close()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self.daraja.aclose()
        if self.shared_token is not None:
            await self.shared_token.close()
        await self.database.close()

    async def ready(self) -> dict[str, bool]:
        """What must be true before traffic may come: database, migrations, background loops."""
        checks = {"database": False, "migrations": False}
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(3), self.database.read() as session:
                revision = await session.execute(text("SELECT version_num FROM alembic_version"))
                checks["database"] = True
                checks["migrations"] = revision.scalar_one_or_none() == newest_revision()
        alive = [loop for loop in self._loops if not loop.done()]
        checks["workers"] = bool(alive) and len(alive) == len(self._loops)
        return checks

    async def note_open_cases(self) -> None:
        """Bring the gauge of open cases up to date; while the database is away it stays."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            numbers = await self.cases.count_open()
            for kind in CaseKind:
                OPEN_CASES.labels(kind.value).set(numbers.get(kind.value, 0))

    def _admit(self) -> None:
        """Whether a new prompt may be sent at all; the refusal says why not."""
        self.restore.admit()
        self.rail_health.admit()

    async def _ask_while_answered(self, payment_id: int, checkout_request_id: str) -> None:
        """Query one payment, unless M-Pesa is known not to answer: its customer is waiting."""
        if not self.rail_health.slow:
            await self.reconciler.ask(payment_id, checkout_request_id)

    def _outage(self) -> Outage | None:
        """What the pages offer while prompts are held back."""
        since = self.rail_health.slow_since
        if since is None:
            return None
        till = self.settings.mpesa_till_number
        if self.settings.mpesa_transaction_type == "till":
            return Outage(paybill="", till=till, since=since.isoformat())
        return Outage(paybill=self.settings.shortcode, till="", since=since.isoformat())

    def _wake(self, topics: set[str]) -> None:
        for topic in topics:
            self.hub.notify(topic)

    def _run(self, work: Awaitable[None]) -> None:
        self._loops.append(asyncio.ensure_future(work))

    async def _repeat(
        self,
        work: Callable[[], Awaitable[object]],
        seconds: float,
        wake: asyncio.Event | None = None,
    ) -> None:
        """Run `work` every `seconds`, or as soon as `wake` is set; a failure is not the end."""
        wake = wake or asyncio.Event()
        pause = seconds
        while True:
            wake.clear()
            try:
                await work()
                pause = seconds
            except Exception as error:
                log.error("loop_failed", work=work.__qualname__, error=repr(error))
                pause = min(pause * 2, max(seconds, LONGEST_PAUSE))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _hurry(self) -> None:
        await self.reconciler.hurry(self.hub.topics)

    async def _check_daily(self) -> None:
        if await take_turn(self.database, "invariants", CHECK_EVERY, self.clock()):
            await self.invariants.check()

    async def _tidy(self) -> None:
        await self.idempotency.forget_old()
        await self.console.sessions.forget_old()
        await self.inbox.forget_hints()
        await forget_bodies(self.database, self.clock())
        await forget_calls(self.database, self.clock())

    async def _record(self, call: DarajaCall) -> None:
        """Keep a masked trace of a call to Daraja; losing one must not lose a payment."""
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
            async with self.database.write() as session:
                session.add(row)
        except (SQLAlchemyError, OSError) as error:
            log.error("call_not_recorded", error=type(error).__name__)


def _shared_token(settings: Settings) -> SharedToken | None:
    """Several workers, on one machine or more, share one token through the Redis they name."""
    if not settings.redis_url:
        return None
    return SharedToken(settings.redis_url, settings.mpesa_consumer_key.get_secret_value())


def daraja_config(settings: Settings) -> DarajaConfig:
    """The rail's own configuration; the simulator takes any credentials."""
    return DarajaConfig(
        base_url=settings.daraja_url,
        consumer_key=settings.mpesa_consumer_key.get_secret_value() or "simulator",
        consumer_secret=settings.mpesa_consumer_secret.get_secret_value() or "simulator",
        shortcode=settings.shortcode,
        passkey=settings.passkey,
        transaction_type=settings.mpesa_transaction_type,
        till_number=settings.mpesa_till_number or None,
        calls_per_second=settings.mpesa_calls_per_second,
    )


def secret_key(settings: Settings) -> str:
    """SECRET_KEY, or in simulator mode one that is made once and kept beside the database."""
    given = settings.secret_key.get_secret_value()
    if given or not settings.simulated:
        return given
    return kept_secret(settings.data_folder / "secret_key")


def demo_password(settings: Settings) -> str:
    """What the demo members sign in with: made once and kept beside the database."""
    return kept_password(settings.data_folder / "demo_password")


def kept_secret(path: Path) -> str:
    """The secret in `path`, written there (readable by its owner only) when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
        path.chmod(0o600)
        file.write(new_token())
    return path.read_text(encoding="utf-8")
