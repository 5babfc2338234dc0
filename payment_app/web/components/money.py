"""The big amount; a tap copies its digits."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.icon import icon
from payment_app.web.components.kit import CopyButton

BIG_AMOUNT = "text-[clamp(1.5rem,10vw,2.25rem)] leading-tight font-semibold tracking-tight"


def big_amount(amount: str, digits: str, copy_label: str, done_label: str) -> rx.Component:
    """`KSh 2,500` as the largest thing on the page."""
    return CopyButton.create(
        rx.el.span(amount, class_name=BIG_AMOUNT),
        rx.el.span(copy_label, class_name="sr-only"),
        icon("copy", "size-4 text-(--muted) print:hidden"),
        value=digits,
        done_label=done_label,
        class_name="inline-flex max-w-full flex-wrap items-center gap-2 rounded cursor-pointer",
    )
