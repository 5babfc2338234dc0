"""Labels and values, one under the other."""

from __future__ import annotations

import reflex as rx

from payment_app.web.fact import Fact


def facts(items: list[Fact], class_name: str | None = None) -> rx.Component:
    """A description list."""
    return rx.el.dl(
        rx.foreach(items, lambda item: fact(item.label, item.value)), class_name=class_name
    )


def fact(label: str, value: str | rx.Component) -> rx.Component:
    """One label and its value, at the two ends of a line."""
    return rx.el.div(
        rx.el.dt(label, class_name="text-(--muted)"),
        rx.el.dd(value, class_name="min-w-0 text-right break-words"),
        class_name="flex items-baseline justify-between gap-4 py-1 text-sm",
    )
