"""What stands in the HTML itself, before any script has run: the pay page's outline."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.skeleton import bill_outline, card_outline
from payment_app.web.components.surface import surface


def opening() -> rx.Component:
    """A calm outline in the place of the pay page; it needs neither words nor state."""
    return rx.el.div(
        rx.el.div(
            bill_outline(),
            surface(card_outline()),
            class_name="mx-auto flex w-full max-w-[420px] flex-col gap-4",
        ),
        class_name="min-h-dvh px-4 py-6 sm:py-10",
        custom_attrs={"aria-busy": "true"},
    )
