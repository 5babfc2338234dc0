"""Inline icons, drawn with strokes in the colour of the text; they never carry meaning alone."""

from __future__ import annotations

import reflex as rx

PATHS = {
    "good": "M5 12.5l4.5 4.5L19 7.5",
    "bad": "M7 7l10 10M17 7L7 17",
    "warn": "M12 6.5v7M12 17.2v.3",
    "wait": "M12 4a8 8 0 1 1-8 8",
    "plain": "M8 3.5h8a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1zM11 17.5h2",
    "copy": "M9 9h10v10H9zM5 15V5h10",
    "open": "M7 10l5 5 5-5",
    "dot": "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "lock": "M7 11h10v8H7zM9 11V8a3 3 0 0 1 6 0v3",
}


def icon(name: str, class_name: str = "size-5") -> rx.Component:
    """One of our icons, hidden from screen readers.

    Its strokes are in the style sheet: as properties, Reflex would turn them into a style element,
    which our Content-Security-Policy forbids.
    """
    return rx.el.svg(
        rx.el.path(d=PATHS[name]),
        view_box="0 0 24 24",
        class_name=f"icon shrink-0 {class_name}",
        custom_attrs={"aria-hidden": "true"},
    )
