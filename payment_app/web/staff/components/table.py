"""Tables of the console: real tables that become cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from payment_app.web.staff.components.staff_kit import DownloadLink, LinkRow

HEAD = "px-3 py-2 text-left text-xs font-medium text-(--muted) whitespace-nowrap"
CELL = "px-3 py-2 align-top text-sm"
NUMBER = "text-right whitespace-nowrap"


def table(
    caption: str | rx.Var[str],
    heads: Sequence[rx.Component],
    body: rx.Component,
    *,
    look: Literal["cards", "lines"] = "cards",
) -> rx.Component:
    """A table with header cells; `body` is the rows.

    On narrow screens the style sheet shows each row as a card, whose cells name themselves by
    their `data-label`; or, with `lines`, as two lines of the four cells that say where they stand.
    """
    return rx.el.table(
        rx.el.caption(caption, class_name="sr-only"),
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(body),
        class_name=f"{look} w-full border-collapse",
    )


def head(text: str | rx.Var[str] | rx.Component, *, number: bool = False) -> rx.Component:
    """A header cell."""
    return rx.el.th(text, scope="col", class_name=f"{HEAD} {NUMBER if number else ''}")


def cell(
    label: str, *children: rx.Component | rx.Var[str] | str, number: bool = False, more: str = ""
) -> rx.Component:
    """A cell; `label` is its column's name, shown on narrow screens.

    `more` may be `half` (two such cells share a line of the card, without labels) or `wide-only`;
    in a table of `lines` it is `line-a` and `line-b` (first line, left and right), `line-c` and
    `line-d` (second line), and every other cell is left out.
    """
    look = f"{CELL} {NUMBER if number else ''} {more}".strip()
    return rx.el.td(*children, class_name=look, custom_attrs={"data-label": label})


def two_lines(first: str, second: str, look: str = "break-words") -> rx.Component:
    """What a cell says, and quieter below it what belongs to it."""
    return rx.el.div(
        rx.el.span(first, class_name=f"block {look}"),
        rx.el.span(second, class_name="block text-xs text-(--muted)"),
    )


def row(*cells: rx.Component, key: rx.Var[str] | str, tint: rx.Var[str] | str = "") -> rx.Component:
    """A row that the keyboard can walk to, and that leads where its first link leads.

    `tint` names the animation after a change.
    """
    return LinkRow.create(
        *cells,
        key=key,
        class_name="border-t border-(--line) hover:bg-(--calm-soft)",
        custom_attrs={"data-row": key, "data-tint": tint},
    )


def page_link(
    text: rx.Component | rx.Var[str] | str, to: rx.Var[str] | str, class_name: str = "", **more: str
) -> rx.Component:
    """A link inside the console: no full page load."""
    return ReactRouterLink.create(text, to=to, class_name=class_name, custom_attrs=more)


def download_link(text: str, to: rx.Var[str] | str, class_name: str = "") -> rx.Component:
    """A link to a file; the page and its socket stay as they are, and may be left meanwhile."""
    return DownloadLink.create(text, href=to, class_name=class_name)
