"""Ways to the pages beside this one."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON
from payment_app.web.staff.components.table import page_link


def pager(label: str, *ways: tuple[str, str]) -> rx.Component:
    """A link for each way that there is.

    Args:
        label: what a screen reader calls them.
        ways: (words, address); an empty address leads nowhere and is left out.
    """
    return rx.el.nav(
        *(rx.cond(to != "", page_link(words, to, SMALL_BUTTON)) for words, to in ways),
        class_name="flex justify-between gap-2",
        custom_attrs={"aria-label": label},
    )
