"""One booking: its money, its payments, its link, and what staff may change."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.kit import CopyButton
from payment_app.web.components.pill import pill
from payment_app.web.components.staff_kit import DialogButton
from payment_app.web.components.surface import surface
from payment_app.web.components.table import page_link
from payment_app.web.staff.bookings.form import booking_fields
from payment_app.web.staff.bookings.state import BookingState
from payment_app.web.staff.bookings.texts import BOOKING, FORM
from payment_app.web.staff.bookings.view import Fact, PaymentLine
from payment_app.web.staff.frame import (
    DIALOG,
    FIELD,
    LABEL,
    SMALL_BUTTON,
    SMALL_LOUD,
    staff_page,
)
from payment_app.web.staff.frame_texts import FRAME
from payment_app.web.staff.state import StaffState

detail = BookingState.detail


def booking_page() -> rx.Component:
    """`/staff/bookings/[booking_id]`."""
    return staff_page(
        "bookings",
        detail.heading,
        page_link(BOOKING["back"], "/staff/bookings", f"text-sm {TEXT_LINK}"),
        rx.cond(detail.missing, surface(rx.el.p(BOOKING["missing"])), _booking()),
        state=BookingState,
    )


def _booking() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _head(),
            _section(
                BOOKING["payments"],
                rx.cond(
                    detail.payments,
                    rx.el.ul(
                        rx.foreach(detail.payments, _payment), class_name="flex flex-col gap-2"
                    ),
                    rx.el.p(BOOKING["no_payments"], class_name="text-(--muted)"),
                ),
            ),
            class_name="flex min-w-0 flex-col gap-4 lg:col-span-2",
        ),
        rx.el.div(
            rx.cond(detail.pay_url != "", _section(BOOKING["link"], _link())),
            _section(BOOKING["facts"], rx.el.dl(rx.foreach(detail.facts, _fact))),
            class_name="flex min-w-0 flex-col gap-4",
        ),
        class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-3",
    )


def _section(title: str, *children: rx.Component) -> rx.Component:
    return surface(
        rx.el.section(
            rx.el.h2(title, class_name="font-semibold"),
            *children,
            class_name="flex flex-col gap-3 text-sm",
        ),
        class_name="p-4",
    )


def _head() -> rx.Component:
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
        rx.el.dl(rx.foreach(detail.money, _fact), class_name="mt-3 max-w-xs text-sm"),
        rx.cond(
            StaffState.viewer.may_book,
            rx.el.div(
                rx.cond(detail.closed, _reopen(), rx.fragment(_edit(), _cancel())),
                class_name="mt-4 flex flex-wrap gap-2",
            ),
        ),
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label, class_name="text-(--muted)"),
        rx.el.dd(fact.value, class_name="text-right break-words"),
        class_name="flex justify-between gap-4 py-1",
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
            CopyButton.create(
                BOOKING["copy"],
                value=detail.pay_url,
                done_label=BOOKING["copied"],
                class_name=SMALL_BUTTON,
            ),
            _outside(BOOKING["open"], detail.pay_url),
            _outside(BOOKING["whatsapp"], detail.whatsapp),
            _outside(BOOKING["sms"], detail.sms),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.img(src=detail.qr, alt=BOOKING["qr"], class_name="size-40 rounded-lg"),
    )


def _outside(word: str, href: str) -> rx.Component:
    return rx.el.a(word, href=href, target="_blank", rel="noreferrer", class_name=SMALL_BUTTON)


def _dialog(name: str, *children: rx.Component) -> rx.Component:
    return DialogButton.create(
        *children,
        label=BOOKING[name],
        title=BOOKING[name],
        name=name,
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
    )


def _edit() -> rx.Component:
    return _dialog(
        "edit",
        rx.el.form(
            booking_fields("edit", detail.form, fresh=False),
            rx.el.p(
                BOOKING["phone_kept"].split("{phone}")[0],
                detail.form.phone_masked,
                BOOKING["phone_kept"].split("{phone}")[1],
                class_name="mt-3 text-sm text-(--muted)",
            ),
            rx.el.button(FORM["save"], type="submit", class_name=f"{SMALL_LOUD} mt-4"),
            on_submit=BookingState.edit,
            key=detail.form.key,
        ),
    )


def _cancel() -> rx.Component:
    return _dialog(
        "cancel",
        rx.el.form(
            rx.el.p(BOOKING["cancel_text"], class_name="text-sm"),
            _reason("cancel"),
            rx.cond(
                detail.has_money,
                rx.el.label(
                    rx.el.input(type="checkbox", name="although_paid"),
                    detail.although,
                    class_name="inline-flex items-center gap-2 text-sm",
                ),
            ),
            rx.el.button(BOOKING["cancel"], type="submit", class_name=f"{SMALL_LOUD} self-start"),
            on_submit=BookingState.cancel,
            class_name="flex flex-col gap-3",
        ),
    )


def _reopen() -> rx.Component:
    return _dialog(
        "reopen",
        rx.el.form(
            _reason("reopen"),
            rx.el.button(BOOKING["reopen"], type="submit", class_name=f"{SMALL_LOUD} self-start"),
            on_submit=BookingState.reopen,
            class_name="flex flex-col gap-3",
        ),
    )


def _reason(key: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(BOOKING["reason"], html_for=f"{key}-reason", class_name=LABEL),
        rx.el.input(
            id=f"{key}-reason", name="reason", required=True, max_length=400, class_name=FIELD
        ),
    )
