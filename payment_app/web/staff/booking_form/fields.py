"""The fields of a booking, for making one and for changing one."""

from __future__ import annotations

import reflex as rx

from payment_app.web.staff.booking_form.texts import FORM
from payment_app.web.staff.booking_form.view import FormFields
from payment_app.web.staff.components.fields import text_area, text_field, tick


def booking_fields(key: str, form: FormFields, *, fresh: bool) -> rx.Component:
    """The fields, filled with `form`; `key` tells two forms on one page apart.

    Args:
        fresh: for a new booking: it has a reference, and needs a phone.
    """
    wide = "sm:col-span-2"
    return rx.el.div(
        *([_text(key, "reference", "", most=12)] if fresh else []),
        _text(key, "title", form.title, needed=True),
        _text(key, "amount", form.amount, needed=True, mode="numeric", most=12),
        _text(key, "customer_name", form.customer_name, needed=True),
        _text(key, "phone_number", "", needed=fresh, mode="tel", most=40),
        _text(key, "email", form.email, most=254),
        _text(key, "expires_on", form.expires_on, kind="date"),
        text_area(
            f"{key}-details",
            "details",
            FORM["details"],
            span=wide,
            default_value=form.details,
            max_length=4_000,
        ),
        tick(
            "allow_instalments",
            FORM["allow_instalments"],
            span=wide,
            default_checked=form.allow_instalments,
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
    return text_field(
        f"{key}-{name}",
        name,
        FORM[name],
        most=most,
        type=kind,
        input_mode=mode,
        default_value=value,
        required=needed,
    )
