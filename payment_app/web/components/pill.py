"""A status in a word, tinted by tone."""

from __future__ import annotations

import reflex as rx

_SHAPE = "inline-flex items-center rounded-full px-2 text-sm font-medium whitespace-nowrap "


def pill(word: str, tone: str) -> rx.Component:
    """The word says it all; the tint only helps the eye."""
    look = rx.match(
        tone,
        ("good", _SHAPE + "bg-(--good-soft) text-(--accent)"),
        ("warn", _SHAPE + "bg-(--warn-soft) text-(--warn)"),
        ("bad", _SHAPE + "bg-(--bad-soft) text-(--bad)"),
        _SHAPE + "bg-(--calm-soft) text-(--ink)",
    )
    return rx.el.span(word, class_name=look)
