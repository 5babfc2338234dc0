"""Every page; the wiring registers them. A screen says the rest about itself in its own folder."""

from __future__ import annotations

from payment_app.web.gallery.page import ROUTE as GALLERY
from payment_app.web.payer.pay.page import ROUTE as PAY
from payment_app.web.payer.receipt.page import ROUTE as RECEIPT
from payment_app.web.payer.start.page import ROUTE as START
from payment_app.web.route import Route
from payment_app.web.staff.account.page import SCREEN as ACCOUNT
from payment_app.web.staff.activity.page import SCREEN as ACTIVITY
from payment_app.web.staff.booking.page import SCREEN as BOOKING
from payment_app.web.staff.bookings.page import SCREEN as BOOKINGS
from payment_app.web.staff.frame import staff_route
from payment_app.web.staff.gate.page import SCREEN as GATE
from payment_app.web.staff.home.page import SCREEN as HOME
from payment_app.web.staff.login.page import ROUTE as LOGIN
from payment_app.web.staff.payment.page import SCREEN as PAYMENT
from payment_app.web.staff.payments.page import SCREEN as PAYMENTS
from payment_app.web.staff.reconcile.page import SCREEN as RECONCILE
from payment_app.web.staff.refunds.page import SCREEN as REFUNDS
from payment_app.web.staff.settings.page import SCREEN as SETTINGS
from payment_app.web.staff.waiting.page import SCREEN as WAITING

SCREENS = (
    HOME,
    PAYMENTS,
    PAYMENT,
    WAITING,
    RECONCILE,
    GATE,
    REFUNDS,
    BOOKINGS,
    BOOKING,
    SETTINGS,
    ACTIVITY,
    ACCOUNT,
)
"""The pages of the console, in the order of its menu."""

ROUTES: list[Route] = [
    PAY,
    RECEIPT,
    START,
    GALLERY,
    LOGIN,
    *(staff_route(screen, SCREENS) for screen in SCREENS),
]
