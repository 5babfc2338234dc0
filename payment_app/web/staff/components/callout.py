"""A sentence that must not be missed."""

from __future__ import annotations

import reflex as rx

_SHAPE = "rounded-lg px-4 py-2 text-sm "


def warning(sentence: str) -> rx.Component:
    """Something that somebody should know; screen readers say it when it comes."""
    return rx.el.p(sentence, role="status", class_name=_SHAPE + "bg-(--warn-soft) text-(--warn)")


def problem_line(sentence: str) -> rx.Component:
    """Why the page's address cannot be read, when it cannot."""
    return rx.cond(
        sentence != "",
        rx.el.p(sentence, role="alert", class_name=_SHAPE + "bg-(--bad-soft) text-(--bad)"),
    )
