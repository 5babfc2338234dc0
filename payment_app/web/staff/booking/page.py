"""One booking: its money, its payments, its link, and what staff may change."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.facts import facts
from payment_app.web.components.pill import pill
from payment_app.web.components.surface import surface
from payment_app.web.staff.booking.changes import cancel_button, edit_button, reopen_button
from payment_app.web.staff.booking.state import BookingState
from payment_app.web.staff.booking.texts import BOOKING
from payment_app.web.staff.booking.view import PaymentLine
from payment_app.web.staff.components.pay_link import copy_link, open_link, outside_link
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.screen import Screen
from payment_app.web.staff.state import StaffState

detail = BookingState.detail


def booking_page() -> rx.Component:
    """The booking, or a word that there is none."""
    return rx.fragment(
        page_link(BOOKING["back"], "/staff/bookings", f"text-sm {TEXT_LINK}"),
        rx.cond(detail.missing, surface(rx.el.p(BOOKING["missing"])), _booking()),
    )


def _booking() -> rx.Component:
    return rx.el.div(
        rx.el.div(_head(), _payments(), class_name="flex min-w-0 flex-col gap-4 lg:col-span-2"),
        rx.el.div(
            rx.cond(detail.pay_url != "", section(BOOKING["link"], _link())),
            section(BOOKING["facts"], facts(detail.facts)),
            class_name="flex min-w-0 flex-col gap-4",
        ),
        class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-3",
    )


def _head() -> rx.Component:
    changes = rx.cond(detail.closed, reopen_button(), rx.fragment(edit_button(), cancel_button()))
    return surface(
        rx.el.p(
            rx.el.span(detail.what, class_name="text-lg font-medium break-words"),
            pill(detail.word, detail.tone),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.cond(
            detail.closed,
            rx.el.p(BOOKING["closed"], class_name="mt-1 text-sm text-(--warn)"),
        ),
        facts(detail.money, "mt-3 max-w-xs"),
        rx.cond(
            StaffState.viewer.may_book,
            rx.el.div(changes, class_name="mt-4 flex flex-wrap gap-2"),
        ),
    )


def _payments() -> rx.Component:
    return section(
        BOOKING["payments"],
        rx.cond(
            detail.payments,
            rx.el.ul(rx.foreach(detail.payments, _payment), class_name="flex flex-col gap-2"),
            rx.el.p(BOOKING["no_payments"], class_name="text-(--muted)"),
        ),
    )


def _payment(line: PaymentLine) -> rx.Component:
    return rx.el.li(
        page_link(line.amount, line.href, f"font-semibold {TEXT_LINK}"),
        pill(line.word, line.tone),
        rx.el.span(line.receipt),
        rx.el.span(line.at, class_name="text-xs text-(--muted)"),
        class_name="flex flex-wrap items-center gap-x-3",
    )


def _link() -> rx.Component:
    return rx.fragment(
        rx.el.p(BOOKING["link_text"], class_name="text-(--muted)"),
        rx.el.p(detail.pay_url, class_name="break-all"),
        rx.el.div(
            copy_link(detail.pay_url),
            open_link(detail.pay_url),
            outside_link(BOOKING["whatsapp"], detail.whatsapp),
            outside_link(BOOKING["sms"], detail.sms),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.img(src=detail.qr, alt=BOOKING["qr"], class_name="size-40 rounded-lg"),
    )


SCREEN = Screen(
    path="/staff/bookings/[booking_id]",
    title=detail.title,
    heading=detail.heading,
    contents=booking_page,
    state=BookingState,
    on_load=BookingState.watch,
)
