"""One payment: why somebody may be here, what happened, and what can be done."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK, action
from payment_app.web.components.copyable import copyable
from payment_app.web.components.facts import facts
from payment_app.web.components.pill import pill
from payment_app.web.components.surface import surface
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.payment.actions import actions
from payment_app.web.staff.payment.history import attempts, raw_callbacks, timeline, witnesses
from payment_app.web.staff.payment.notes import notes
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.refund_box.panel import refund_button, refund_panel
from payment_app.web.staff.screen import Screen
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.texts import FRAME

detail = PaymentState.detail


def payment_page() -> rx.Component:
    """The payment, or a word that there is none."""
    return rx.fragment(
        page_link(PAYMENT["back"], "/staff/payments", f"text-sm {TEXT_LINK}"),
        rx.cond(detail.missing, surface(rx.el.p(PAYMENT["missing"])), _payment()),
    )


def _payment() -> rx.Component:
    return rx.el.div(
        _head(),
        rx.el.div(
            rx.el.div(
                timeline(), raw_callbacks(), class_name="flex min-w-0 flex-col gap-4 lg:col-span-2"
            ),
            rx.el.div(
                section(PAYMENT["money"], facts(detail.money)),
                refund_panel(PaymentState),
                attempts(),
                witnesses(),
                section(PAYMENT["facts"], facts(detail.facts)),
                notes(),
                class_name="flex min-w-0 flex-col gap-4",
            ),
            class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-3",
        ),
        class_name="flex flex-col gap-4",
    )


def _head() -> rx.Component:
    return surface(
        rx.el.div(
            rx.el.p(detail.amount, class_name="text-2xl font-semibold tracking-tight"),
            rx.el.span(
                pill(detail.word, detail.tone),
                custom_attrs={"data-payment-status": detail.status},
            ),
            rx.cond(detail.receipt != "", copyable(detail.receipt, FRAME["copy"], FRAME["copied"])),
            class_name="flex flex-wrap items-center gap-3",
        ),
        _customer(),
        rx.el.p(
            page_link(detail.booking, detail.booking_href, TEXT_LINK),
            rx.el.span(detail.booking_title, class_name="text-(--muted) break-words"),
            class_name="flex flex-wrap gap-x-3 text-sm",
        ),
        rx.el.div(
            _banner(),
            _error(),
            actions(refund_button(PaymentState)),
            class_name="mt-4 flex flex-col gap-4",
        ),
    )


def _customer() -> rx.Component:
    """Name and phone; the full number only for those who may see it, and after they asked."""
    full = PaymentState.phone
    reveal = action(PAYMENT["reveal"], PaymentState.reveal_phone, f"cursor-pointer {TEXT_LINK}")
    return rx.el.p(
        rx.el.span(detail.customer, class_name="font-medium break-words"),
        rx.el.span(rx.cond(full != "", full, detail.phone)),
        rx.cond(StaffState.viewer.may_reveal & (full == ""), reveal),
        class_name="mt-2 flex flex-wrap gap-x-3 text-sm",
    )


def _banner() -> rx.Component:
    shape = "rounded-lg px-4 py-3 text-sm "
    return rx.cond(
        detail.why != "",
        rx.el.div(
            rx.el.p(detail.why, class_name="font-semibold"),
            rx.el.p(detail.what_now),
            role="status",
            class_name=rx.cond(
                detail.why_tone == "warn",
                shape + "bg-(--warn-soft) text-(--warn)",
                shape + "bg-(--calm-soft)",
            ),
        ),
    )


def _error() -> rx.Component:
    return rx.cond(
        detail.said != "",
        rx.el.dl(
            _line(PAYMENT["safaricom_said"], detail.said),
            _line(PAYMENT["it_means"], detail.means),
            _line(PAYMENT["do_now"], rx.el.strong(detail.do_now)),
            class_name="flex flex-col gap-2 text-sm",
        ),
    )


def _line(label: str, value: str | rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-(--muted) sm:w-40 sm:shrink-0"),
        rx.el.dd(value, class_name="min-w-0 break-words"),
        class_name="sm:flex sm:gap-4",
    )


SCREEN = Screen(
    path="/staff/payments/[payment_id]",
    title=detail.title,
    heading=detail.heading,
    contents=payment_page,
    state=PaymentState,
    on_load=PaymentState.watch,
)
