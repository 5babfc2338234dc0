"""Buttons and links that look like buttons: loud for the next step, quiet for everything else."""

from __future__ import annotations

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
TEXT_LINK = "rounded text-(--accent) underline underline-offset-2 hover:no-underline"


def link_button(text: str, href: str, *, loud: bool) -> rx.Component:
    """A link with the weight of a button; a full page load."""
    return rx.el.a(text, href=href, class_name=LOUD if loud else QUIET)
