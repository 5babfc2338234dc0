"""A part of a page under a heading of its own."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.surface import SURFACE, surface

HEADING = "text-base font-semibold"


def section(title: str, *children: rx.Component) -> rx.Component:
    """A box with a heading, its contents one under the other."""
    return surface(
        rx.el.section(
            rx.el.h2(title, class_name="font-semibold"),
            *children,
            class_name="flex flex-col gap-3 text-sm",
        ),
        class_name="p-4",
    )


def wide_section(title: str, *children: rx.Component, name: str = "") -> rx.Component:
    """A box whose contents reach its edges, as tables do; `name` is its anchor."""
    return rx.el.section(
        rx.el.h2(title, class_name=f"{HEADING} px-4 pt-4 pb-2"),
        *children,
        class_name=f"{SURFACE} overflow-x-auto",
        **({"id": name} if name else {}),
    )


def table_box(*children: rx.Component) -> rx.Component:
    """A box around a table that may be wider than the screen."""
    return rx.el.div(*children, class_name=f"{SURFACE} overflow-x-auto")


def empty_box(*children: rx.Component) -> rx.Component:
    """What stands in the place of rows when there are none."""
    return rx.el.div(*children, class_name=f"{SURFACE} p-6 text-sm")
