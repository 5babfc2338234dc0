"""Buttons and links that look like buttons: loud for the next step, quiet for everything else."""

from __future__ import annotations

from typing import Any

import reflex as rx

_SHAPE = (
    "flex w-full min-h-12 items-center justify-center gap-2 rounded-lg px-4 py-3 text-center "
    "text-base font-semibold cursor-pointer disabled:cursor-default print:hidden "
)
LOUD = (
    _SHAPE + "bg-(--accent) text-(--on-accent) hover:bg-(--accent-strong) "
    "disabled:bg-(--calm-soft) disabled:text-(--muted)"
)
QUIET = (
    _SHAPE + "border border-(--field) text-(--ink) hover:bg-(--calm-soft) disabled:text-(--muted)"
)
SMALL_BUTTON = (
    "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg border border-(--field) "
    "px-3 text-sm font-medium cursor-pointer hover:bg-(--calm-soft)"
)
SMALL_LOUD = (
    "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3 text-sm font-semibold "
    "cursor-pointer bg-(--accent) text-(--on-accent) hover:bg-(--accent-strong)"
)
TEXT_LINK = "rounded text-(--accent) underline underline-offset-2 hover:no-underline"


def link_button(text: str, href: str, *, loud: bool) -> rx.Component:
    """A link with the weight of a button; a full page load."""
    return rx.el.a(text, href=href, class_name=LOUD if loud else QUIET)


def action(
    words: Any, handler: Any, class_name: str | rx.Var[str] = SMALL_BUTTON, **marks: str
) -> rx.Component:
    """A button that calls `handler`; `marks` become attributes that scripts find it by."""
    return rx.el.button(
        words, type="button", on_click=handler, class_name=class_name, custom_attrs=marks
    )


def submit(words: str, class_name: str = SMALL_BUTTON) -> rx.Component:
    """The button that sends the form it stands in."""
    return rx.el.button(words, type="submit", class_name=class_name)
