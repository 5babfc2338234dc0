"""A status in a word with its sign, tinted by tone."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.icon import icon

_SHAPE = (
    "inline-flex items-center gap-1 rounded-full pr-2 pl-1.5 text-sm font-medium whitespace-nowrap "
)
_SIGN = "size-3.5"


def pill(word: str, tone: str) -> rx.Component:
    """The word says it all; sign and tint only help the eye."""
    look = rx.match(
        tone,
        ("good", _SHAPE + "bg-(--good-soft) text-(--accent)"),
        ("warn", _SHAPE + "bg-(--warn-soft) text-(--warn)"),
        ("bad", _SHAPE + "bg-(--bad-soft) text-(--bad)"),
        _SHAPE + "bg-(--calm-soft) text-(--ink)",
    )
    sign = rx.match(
        tone,
        *((name, icon(name, _SIGN)) for name in ("good", "warn", "bad", "wait")),
        icon("dot", _SIGN),
    )
    return rx.el.span(sign, word, class_name=look)
