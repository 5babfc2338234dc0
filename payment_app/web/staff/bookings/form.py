"""The fields of a booking, for making one and for changing one."""

from __future__ import annotations

import reflex as rx

from payment_app.web.staff.bookings.texts import FORM
from payment_app.web.staff.bookings.view import FormFields
from payment_app.web.staff.frame import FIELD, LABEL


def booking_fields(key: str, form: FormFields, *, fresh: bool) -> rx.Component:
    """The fields, filled with `form`; `key` tells two forms on one page apart.

    Args:
        fresh: for a new booking: it has a reference, and needs a phone.
    """
    return rx.el.div(
        *([_text(key, "reference", "", most=12)] if fresh else []),
        _text(key, "title", form.title, needed=True),
        _text(key, "amount", form.amount, needed=True, mode="numeric", most=12),
        _text(key, "customer_name", form.customer_name, needed=True),
        _text(key, "phone_number", "", needed=fresh, mode="tel", most=40),
        _text(key, "email", form.email, most=254),
        _text(key, "expires_on", form.expires_on, kind="date"),
        rx.el.div(
            rx.el.label(FORM["details"], html_for=f"{key}-details", class_name=LABEL),
            rx.el.textarea(
                default_value=form.details,
                id=f"{key}-details",
                name="details",
                rows="3",
                max_length=4_000,
                class_name=f"{FIELD} py-2",
            ),
            class_name="sm:col-span-2",
        ),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name="allow_instalments",
                default_checked=form.allow_instalments,
            ),
            FORM["allow_instalments"],
            class_name="inline-flex items-center gap-2 text-sm sm:col-span-2",
        ),
        class_name="grid grid-cols-1 gap-3 sm:grid-cols-2",
    )


def _text(
    key: str,
    name: str,
    value: str,
    *,
    needed: bool = False,
    kind: str = "text",
    mode: str = "text",
    most: int = 120,
) -> rx.Component:
    return rx.el.div(
        rx.el.label(FORM[name], html_for=f"{key}-{name}", class_name=LABEL),
        rx.el.input(
            id=f"{key}-{name}",
            name=name,
            type=kind,
            input_mode=mode,
            default_value=value,
            required=needed,
            max_length=most,
            auto_complete="off",
            class_name=FIELD,
        ),
    )
