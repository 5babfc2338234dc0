"""What staff may change of a booking: its fields, and whether it can be paid."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, submit
from payment_app.web.components.sentence import sentence
from payment_app.web.staff.booking.state import BookingState
from payment_app.web.staff.booking.texts import BOOKING
from payment_app.web.staff.booking_form.fields import booking_fields
from payment_app.web.staff.booking_form.texts import FORM
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import text_field, tick

detail = BookingState.detail


def edit_button() -> rx.Component:
    """Changes the fields; an empty phone field keeps the number."""
    kept = sentence(
        BOOKING["phone_kept"],
        "mt-3 text-sm text-(--muted)",
        phone=rx.el.span(detail.form.phone_masked),
    )
    return dialog(
        "edit",
        BOOKING["edit"],
        rx.el.form(
            booking_fields("edit", detail.form, fresh=False),
            kept,
            submit(FORM["save"], f"{SMALL_LOUD} mt-4"),
            on_submit=BookingState.edit,
            key=detail.form.key,
        ),
    )


def cancel_button() -> rx.Component:
    """Closes the booking; whoever closes one that has money says that they know."""
    return dialog(
        "cancel",
        BOOKING["cancel"],
        rx.el.form(
            rx.el.p(BOOKING["cancel_text"], class_name="text-sm"),
            _reason("cancel"),
            rx.cond(detail.has_money, tick("although_paid", detail.although)),
            submit(BOOKING["cancel"], f"{SMALL_LOUD} self-start"),
            on_submit=BookingState.cancel,
            class_name="flex flex-col gap-3",
        ),
    )


def reopen_button() -> rx.Component:
    """Opens a closed booking again."""
    return dialog(
        "reopen",
        BOOKING["reopen"],
        rx.el.form(
            _reason("reopen"),
            submit(BOOKING["reopen"], f"{SMALL_LOUD} self-start"),
            on_submit=BookingState.reopen,
            class_name="flex flex-col gap-3",
        ),
    )


def _reason(key: str) -> rx.Component:
    return text_field(f"{key}-reason", "reason", BOOKING["reason"], most=400, required=True)
