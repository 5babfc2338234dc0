"""A short value, such as a receipt number, with a button that copies it."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.icon import icon
from payment_app.web.components.kit import CopyButton


def copyable(value: str, copy_label: str, done_label: str) -> rx.Component:
    """The value stays selectable; the button stands behind it."""
    return rx.el.span(
        rx.el.span(value, class_name="font-semibold [overflow-wrap:anywhere]"),
        CopyButton.create(
            rx.el.span(copy_label, class_name="sr-only"),
            icon("copy", "size-4"),
            value=value,
            done_label=done_label,
            class_name="-mr-2 inline-flex min-h-8 min-w-8 items-center justify-center gap-1 "
            "rounded text-(--muted) cursor-pointer print:hidden",
        ),
        class_name="inline-flex items-center gap-1",
    )
