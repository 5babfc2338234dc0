"""Every page and its address; the wiring registers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from payment_app.web.pages.gallery import gallery_page
from payment_app.web.pages.home import home_page
from payment_app.web.pages.pay import pay_page
from payment_app.web.pages.receipt import receipt_page
from payment_app.web.pages.staff.account import account_page
from payment_app.web.pages.staff.activity import activity_page
from payment_app.web.pages.staff.booking import booking_page
from payment_app.web.pages.staff.bookings import bookings_page
from payment_app.web.pages.staff.home import staff_home_page
from payment_app.web.pages.staff.login import login_page
from payment_app.web.pages.staff.payment import payment_page
from payment_app.web.pages.staff.payments import payments_page
from payment_app.web.pages.staff.settings import settings_page
from payment_app.web.pages.staff.waiting import waiting_page
from payment_app.web.states.gallery import GalleryState
from payment_app.web.states.home import HomeState
from payment_app.web.states.pay import PayState
from payment_app.web.states.receipt import ReceiptState
from payment_app.web.states.staff_account import AccountState
from payment_app.web.states.staff_activity import ActivityState
from payment_app.web.states.staff_bookings import BookingsState, BookingState
from payment_app.web.states.staff_home import StaffHomeState
from payment_app.web.states.staff_payment import PaymentState
from payment_app.web.states.staff_payments import PaymentsState
from payment_app.web.states.staff_settings import SettingsState
from payment_app.web.states.staff_waiting import WaitingState
from payment_app.web.texts.staff.account import ACCOUNT
from payment_app.web.texts.staff.activity import ACTIVITY
from payment_app.web.texts.staff.bookings import BOOKINGS
from payment_app.web.texts.staff.home import HOME
from payment_app.web.texts.staff.login import LOGIN
from payment_app.web.texts.staff.payments import LIST
from payment_app.web.texts.staff.settings import SETTINGS
from payment_app.web.texts.staff.waiting import WAITING


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
