"""The one kind of box that pages are made of."""

from __future__ import annotations

import reflex as rx

SURFACE = (
    "block rounded-lg border border-(--line) bg-(--card) shadow-(--shadow) print:border-0 print:p-0"
)


def surface(*children: rx.Component, class_name: str = "p-5") -> rx.Component:
    """A white box with our radius and shadow."""
    return rx.el.div(*children, class_name=f"{SURFACE} {class_name}")
