"""A question whose answer opens below it, without any script."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.icon import icon


def disclosure(question: str, *answer: rx.Component) -> rx.Component:
    """`<details>` with our chevron."""
    return rx.el.details(
        rx.el.summary(
            rx.el.span(question),
            icon("open", "size-4 group-open:rotate-180"),
            class_name="flex min-h-8 cursor-pointer items-center justify-between gap-2 rounded "
            "text-sm font-medium",
        ),
        *answer,
        class_name="group",
    )
