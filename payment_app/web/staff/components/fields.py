"""Form fields of the console: a visible label above its control."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import submit

FIELD = (
    "block w-full min-h-9 rounded-lg border border-(--field) bg-(--card) px-3 text-base "
    "text-(--ink) sm:text-sm aria-invalid:border-2 aria-invalid:border-(--bad)"
)
"""16 px on a phone: less, and its browser zooms in on a field that somebody types into."""
LABEL = "block text-sm font-medium"


def labelled(
    field_id: str | rx.Var[str],
    label: str,
    control: rx.Component,
    *,
    hidden: bool = False,
    class_name: str | None = None,
) -> rx.Component:
    """A control below its label; `hidden` keeps the label for screen readers only."""
    return rx.el.div(
        rx.el.label(label, html_for=field_id, class_name="sr-only" if hidden else LABEL),
        control,
        class_name=class_name,
    )


def text_field(
    field_id: str | rx.Var[str], name: str, label: str, *, most: int, **more: Any
) -> rx.Component:
    """One line of text.

    Args:
        most: characters.
        more: further properties of the input.
    """
    control = rx.el.input(
        id=field_id,
        name=name,
        max_length=most,
        class_name=FIELD,
        **{"type": "text", "auto_complete": "off"} | more,
    )
    return labelled(field_id, label, control)


def text_area(
    field_id: str, name: str, label: str, *, look: str = "", span: str | None = None, **more: Any
) -> rx.Component:
    """Several lines of text; `look` and `span` are classes of the control and of its place."""
    control = rx.el.textarea(
        id=field_id,
        name=name,
        class_name=f"{FIELD} py-2 {look}".rstrip(),
        **{"rows": "3"} | more,
    )
    return labelled(field_id, label, control, class_name=span)


def tick(name: str, label: str | rx.Var[str], *, span: str = "", **more: Any) -> rx.Component:
    """A tick with its label behind it."""
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, **more),
        label,
        class_name=f"inline-flex items-center gap-2 text-sm {span}".rstrip(),
    )


def hidden(name: str, value: str | rx.Var[str]) -> rx.Component:
    """What the form says about itself."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def order(subject: rx.Component, handler: Any, words: str, *above: rx.Component) -> rx.Component:
    """A form that does one thing to one row: a part of a dialog, with its own button.

    Args:
        subject: a hidden field that names the row.
        words: of the button.
        above: what stands above the button: fields, or what will happen.
    """
    return rx.el.form(
        subject,
        *above,
        submit(words),
        on_submit=handler,
        class_name="flex flex-col gap-2 border-t border-(--line) py-3",
    )
