"""Form fields: a visible label, a hint, and the error beside the field it belongs to."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.kit import PhoneInput

INPUT = (
    "mt-1 block w-full min-h-12 rounded-lg border border-(--field) bg-(--card) px-3 py-2 text-lg "
    "text-(--ink) aria-invalid:border-(--bad) aria-invalid:border-2"
)


def phone_field(
    key: str, label: str, hint: str, error: str, *, remember: bool = True
) -> rx.Component:
    """The M-Pesa number."""
    control = PhoneInput.create(
        id=f"{key}-phone",
        name="phone",
        remember=remember,
        invalid=error != "",
        class_name=INPUT,
        custom_attrs={"aria-describedby": f"{key}-phone-hint"},
    )
    return _field(f"{key}-phone", label, control, hint, error)


def amount_field(key: str, label: str, hint: str, error: str, due: str) -> rx.Component:
    """How much to pay now, where instalments are allowed."""
    control = rx.el.input(
        id=f"{key}-amount",
        name="amount",
        type="text",
        input_mode="numeric",
        auto_complete="off",
        default_value=due,
        class_name=INPUT,
        custom_attrs={
            "aria-describedby": f"{key}-amount-hint",
            "aria-invalid": rx.cond(error != "", "true", "false"),
        },
    )
    return _field(f"{key}-amount", label, control, hint, error)


def _field(field_id: str, label: str, control: rx.Component, hint: str, error: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=field_id, class_name="block text-sm font-medium"),
        control,
        rx.el.p(
            rx.cond(
                error != "",
                rx.el.span(error, role="alert", class_name="font-medium text-(--bad)"),
                rx.el.span(hint, class_name="text-(--muted)"),
            ),
            id=f"{field_id}-hint",
            class_name="mt-1 text-sm",
        ),
    )
