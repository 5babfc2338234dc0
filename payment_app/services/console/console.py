"""The services behind the staff console, in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from payment_app.services.bookings.import_csv import BookingImport
from payment_app.services.bookings.management import BookingManagement
from payment_app.services.console.booking_list import BookingList
from payment_app.services.console.figures import FigureService
from payment_app.services.console.payment_detail import PaymentService
from payment_app.services.console.waiting import Waiting
from payment_app.services.operations.health import HealthService
from payment_app.services.operations.restore import Restore
from payment_app.services.payments.checkout import Checkout
from payment_app.services.payments.circuit_breaker import RailHealth
from payment_app.services.payments.reconciliation import Reconciler
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.shared.addresses import client_address
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.activity import ActivityLog
from payment_app.services.staff.member import Member
from payment_app.services.staff.saved_views import SavedViews
from payment_app.services.staff.sessions import Sessions, token_of
from payment_app.settings import Settings
from payment_app.storage.database import Database


class Console:
    """What pages and routes for staff work with."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        *,
        secret_key: str,
        reconciler: Reconciler,
        checkout: Checkout,
        rail_health: RailHealth,
        restore: Restore,
        ready: Callable[[], Awaitable[dict[str, bool]]],
    ) -> None:
        """Args:
        ready: what `/readyz` looks at.
        """
        self.settings = settings
        self.clock = clock
        self.accounts = Accounts(database, clock, secret_key, merchant_name=settings.merchant_name)
        self.sessions = Sessions(
            database,
            clock,
            secret_key,
            enrolment_required=not settings.simulated,
            demo_allowed=settings.simulated,
        )
        self.activity = ActivityLog(database)
        self.figures = FigureService(database, clock)
        self.waiting = Waiting(database, clock)
        self.health = HealthService(
            settings, database, clock, ready=ready, rail_health=rail_health, restore=restore
        )
        self.bookings = BookingList(database, clock)
        self.booking_management = BookingManagement(database, clock)
        self.booking_import = BookingImport(database, clock)
        self.views = SavedViews(database, clock)
        self.search = PaymentSearch(database, clock)
        self.payments = PaymentService(
            database, clock, reconciler=reconciler, checkout=checkout, rail_health=rail_health
        )

    async def member(self, cookies: str, peer: str, forwarded_for: str = "") -> Member | None:
        """Whoever signed in with the session cookie among `cookies` (a Cookie header)."""
        token = token_of(cookies, self.settings)
        if not token:
            return None
        address = client_address(peer, forwarded_for, self.settings.trusted_proxies)
        return await self.sessions.member(token, address)
