"""The use cases that pages work with: the wiring hands them over once, before the first page.

Reflex makes the states itself, so nothing can be passed to them: they reach for `services()`.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from payment_app.bootstrap import App
from payment_app.live.hub import Hub
from payment_app.services.bookings.management import BookingManagement
from payment_app.services.console.booking_list import BookingList
from payment_app.services.console.figures import FigureService
from payment_app.services.console.payment_detail import PaymentService
from payment_app.services.console.waiting import Waiting
from payment_app.services.demo.bookings import DemoBooking, list_demo
from payment_app.services.operations.health import HealthService
from payment_app.services.pay_pages.pages import PayPages
from payment_app.services.receipts.gate import Gate
from payment_app.services.refunds.balances import Balances
from payment_app.services.refunds.desk import RefundDesk
from payment_app.services.refunds.questions import RefundQuestions
from payment_app.services.refunds.views import RefundViews
from payment_app.services.search.advice import Adviser
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.activity import ActivityLog
from payment_app.services.staff.member import Member
from payment_app.services.staff.saved_views import SavedViews
from payment_app.services.staff.sessions import Sessions
from payment_app.settings import Settings


@dataclass(frozen=True)
class Services:
    """What pages may use, and nothing else of the process.

    Attributes:
        hub: where open pages wait for hints.
        pay_pages: what whoever holds a link may see and do.
        demo_bookings: what the simulator's start page lists.
        member: whoever signed in, from a Cookie header, the peer and its X-Forwarded-For.
    """

    settings: Settings
    clock: Clock
    hub: Hub
    pay_pages: PayPages
    demo_bookings: Callable[[], Awaitable[list[DemoBooking]]]
    member: Callable[[str, str, str], Awaitable[Member | None]]
    accounts: Accounts
    adviser: Adviser
    activity: ActivityLog
    balances: Balances
    booking_list: BookingList
    booking_management: BookingManagement
    figures: FigureService
    gate: Gate
    health: HealthService
    payments: PaymentService
    refund_questions: RefundQuestions
    refund_views: RefundViews
    refunds: RefundDesk
    saved_views: SavedViews
    search: PaymentSearch
    sessions: Sessions
    waiting: Waiting


def services_of(app: App) -> Services:
    """The running app's services, cut down to those of the pages."""
    return Services(
        settings=app.settings,
        clock=app.clock,
        hub=app.hub,
        pay_pages=app.pages,
        demo_bookings=functools.partial(list_demo, app.database, app.clock),
        member=app.visitors.member,
        accounts=app.accounts,
        adviser=app.adviser,
        activity=app.activity,
        balances=app.balances,
        booking_list=app.booking_list,
        booking_management=app.booking_management,
        figures=app.figures,
        gate=app.gate,
        health=app.health,
        payments=app.payments,
        refund_questions=app.refund_questions,
        refund_views=app.refund_views,
        refunds=app.refunds,
        saved_views=app.saved_views,
        search=app.search,
        sessions=app.sessions,
        waiting=app.waiting,
    )


_services: Services | None = None


def use(services: Services) -> None:
    """Set the services; the wiring does this once."""
    global _services
    _services = services


def services() -> Services:
    """The services that the pages use.

    Raises:
        RuntimeError: before the wiring has set them.
    """
    if _services is None:
        raise RuntimeError("The pages are not wired: call payment_app.web.services.use first.")
    return _services
