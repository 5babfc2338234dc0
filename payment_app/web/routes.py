"""Every page and its address; the wiring registers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from payment_app.web.gallery.page import gallery_page
from payment_app.web.gallery.state import GalleryState
from payment_app.web.payer.pay.page import pay_page
from payment_app.web.payer.pay.state import PayState
from payment_app.web.payer.receipt.page import receipt_page
from payment_app.web.payer.receipt.state import ReceiptState
from payment_app.web.payer.start.page import home_page
from payment_app.web.payer.start.state import HomeState
from payment_app.web.staff.account.page import account_page
from payment_app.web.staff.account.state import AccountState
from payment_app.web.staff.account.texts import ACCOUNT
from payment_app.web.staff.activity.page import activity_page
from payment_app.web.staff.activity.state import ActivityState
from payment_app.web.staff.activity.texts import ACTIVITY
from payment_app.web.staff.booking.page import booking_page
from payment_app.web.staff.bookings.page import bookings_page
from payment_app.web.staff.bookings.state import BookingsState, BookingState
from payment_app.web.staff.bookings.texts import BOOKINGS
from payment_app.web.staff.home.page import staff_home_page
from payment_app.web.staff.home.state import StaffHomeState
from payment_app.web.staff.home.texts import HOME
from payment_app.web.staff.login.page import login_page
from payment_app.web.staff.login.texts import LOGIN
from payment_app.web.staff.payment.page import payment_page
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payments.page import payments_page
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import LIST
from payment_app.web.staff.settings.page import settings_page
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import SETTINGS
from payment_app.web.staff.waiting.page import waiting_page
from payment_app.web.staff.waiting.state import WaitingState
from payment_app.web.staff.waiting.texts import WAITING


@dataclass(frozen=True)
class Route:
    """One page.

    Attributes:
        path: as Reflex writes it, `[token]` for the part that varies.
        component: makes the page.
        title: of the browser's tab.
        on_load: the event that fills it, if any.
        simulator_only: the page exists only while payments are pretended.
    """

    path: str
    component: Callable[[], rx.Component]
    title: str | rx.Var[str]
    on_load: Any = None
    simulator_only: bool = False


ROUTES: list[Route] = [
    Route("/pay/[token]", pay_page, PayState.title, PayState.watch),
    Route("/receipt/[token]", receipt_page, ReceiptState.title, ReceiptState.watch),
    Route("/", home_page, HomeState.home["title"], HomeState.open_page, simulator_only=True),
    Route(
        "/gallery",
        gallery_page,
        HomeState.home["gallery_title"],
        GalleryState.open_page,
        simulator_only=True,
    ),
    Route("/staff/login", login_page, LOGIN["title"]),
    Route("/staff/account", account_page, ACCOUNT["page_title"], AccountState.open_page),
    Route("/staff", staff_home_page, HOME["page_title"], StaffHomeState.watch),
    Route("/staff/bookings", bookings_page, BOOKINGS["page_title"], BookingsState.open_page),
    Route(
        "/staff/bookings/[booking_id]",
        booking_page,
        BookingState.detail.title,
        BookingState.watch,
    ),
    Route("/staff/waiting", waiting_page, WAITING["page_title"], WaitingState.watch),
    Route("/staff/activity", activity_page, ACTIVITY["page_title"], ActivityState.open_page),
    Route("/staff/settings", settings_page, SETTINGS["page_title"], SettingsState.open_page),
    Route("/staff/payments", payments_page, LIST["page_title"], PaymentsState.watch),
    Route(
        "/staff/payments/[payment_id]",
        payment_page,
        PaymentState.detail.title,
        PaymentState.watch,
    ),
]
