"""What stands where the page will be, in the same size, until it is read."""

from __future__ import annotations

import reflex as rx


def bar(class_name: str) -> rx.Component:
    """A grey line of text to come."""
    return rx.el.div(class_name=f"rounded bg-(--calm-soft) {class_name}")


def bill_outline() -> rx.Component:
    """In the place of business, title and amount."""
    return rx.el.div(
        rx.el.div(bar("size-10"), bar("h-8 w-1/2"), class_name="flex items-center gap-3"),
        rx.el.div(bar("h-4 w-16"), bar("mt-2 h-9 w-40")),
        class_name="flex flex-col gap-4 px-1",
    )


def card_outline() -> rx.Component:
    """As tall as the card that asks for a phone number."""
    return rx.el.div(
        bar("h-14 w-3/4"),
        bar("h-11 w-full"),
        bar("h-24 w-full"),
        bar("h-12 w-full"),
        bar("h-5 w-1/2"),
        class_name="flex flex-col gap-4",
    )
