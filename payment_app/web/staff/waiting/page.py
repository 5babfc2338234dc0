"""The page of what waits: its groups, oldest first."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.surface import SURFACE
from payment_app.web.staff.components.section import HEADING
from payment_app.web.staff.components.table import cell, head, page_link, row, table, two_lines
from payment_app.web.staff.screen import Door, Screen
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.waiting.state import WaitingState
from payment_app.web.staff.waiting.texts import COLUMNS, WAITING
from payment_app.web.staff.waiting.view import WaitingGroup, WaitingLine

lists = WaitingState.lists


def waiting_page() -> rx.Component:
    """The groups, or one word when all are empty."""
    nothing = (lists.person.number == "") & (lists.answer.number == "")
    return rx.cond(
        nothing & (lists.receipt.number == "") & (lists.second.number == ""),
        rx.el.p(WAITING["nothing"], class_name=f"{SURFACE} p-6 text-sm font-medium"),
        rx.fragment(
            _group("person", lists.person),
            _group("second", lists.second),
            _group("answer", lists.answer),
            _group("receipt", lists.receipt),
        ),
    )


def _group(name: str, group: WaitingGroup) -> rx.Component:
    heads = [head(words, number=key == "amount") for key, words in COLUMNS.items()]
    return rx.el.section(
        _title(name, group),
        rx.cond(
            group.lines,
            rx.el.div(
                table(WAITING[name], heads, rx.foreach(group.lines, _line)),
                class_name="overflow-x-auto",
            ),
        ),
        rx.cond(group.more != "", rx.el.p(group.more, class_name="p-4 text-sm text-(--muted)")),
        class_name=SURFACE,
        custom_attrs={"data-group": name},
    )


def _title(name: str, group: WaitingGroup) -> rx.Component:
    number = rx.el.span(group.number, class_name="ml-2 text-sm text-(--muted)")
    return rx.el.div(
        rx.el.h2(
            rx.el.span(WAITING[name]),
            rx.cond(group.number != "", number),
            class_name=HEADING,
        ),
        rx.el.p(
            rx.cond(group.number == "", WAITING[f"{name}_none"], WAITING[f"{name}_hint"]),
            class_name="text-sm text-(--muted)",
        ),
        class_name="p-4",
    )


def _line(line: WaitingLine) -> rx.Component:
    return row(
        cell(COLUMNS["age"], rx.el.span(line.age, title=line.since, class_name="font-semibold")),
        cell(COLUMNS["what"], line.what),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["booking"], page_link(line.booking, line.booking_href, TEXT_LINK)),
        cell(COLUMNS["customer"], two_lines(line.customer, line.phone)),
        cell(COLUMNS["open"], page_link(line.open, line.href, TEXT_LINK, **{"data-main": ""})),
        key=line.key,
    )


SCREEN = Screen(
    path="/staff/waiting",
    title=WAITING["page_title"],
    heading=WAITING["title"],
    contents=waiting_page,
    state=WaitingState,
    on_load=WaitingState.watch,
    door=Door(WAITING["title"], key="w", badge=StaffState.waiting),
)
