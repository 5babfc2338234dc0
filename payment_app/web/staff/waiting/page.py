"""The page of what waits: three groups, oldest first."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.surface import SURFACE
from payment_app.web.components.table import cell, head, page_link, row, table
from payment_app.web.staff.frame import staff_page
from payment_app.web.staff.waiting.state import WaitingState
from payment_app.web.staff.waiting.texts import COLUMNS, WAITING
from payment_app.web.staff.waiting.view import WaitingGroup, WaitingLine

lists = WaitingState.lists


def waiting_page() -> rx.Component:
    """`/staff/waiting`."""
    nothing = (lists.person.number == "") & (lists.answer.number == "")
    return staff_page(
        "waiting",
        WAITING["title"],
        rx.cond(
            nothing & (lists.receipt.number == ""),
            rx.el.p(WAITING["nothing"], class_name=f"{SURFACE} p-6 text-sm font-medium"),
            rx.fragment(
                _group("person", lists.person),
                _group("answer", lists.answer),
                _group("receipt", lists.receipt),
            ),
        ),
        state=WaitingState,
    )


def _group(name: str, group: WaitingGroup) -> rx.Component:
    heads = [head(words, number=key == "amount") for key, words in COLUMNS.items()]
    return rx.el.section(
        rx.el.div(
            rx.el.h2(
                rx.el.span(WAITING[name]),
                rx.cond(
                    group.number != "",
                    rx.el.span(group.number, class_name="ml-2 text-sm text-(--muted)"),
                ),
                class_name="text-base font-semibold",
            ),
            rx.cond(
                group.number == "",
                rx.el.p(WAITING[f"{name}_none"], class_name="text-sm text-(--muted)"),
                rx.el.p(WAITING[f"{name}_hint"], class_name="text-sm text-(--muted)"),
            ),
            class_name="p-4",
        ),
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


def _line(line: WaitingLine) -> rx.Component:
    return row(
        cell(COLUMNS["age"], rx.el.span(line.age, title=line.since, class_name="font-semibold")),
        cell(COLUMNS["what"], line.what),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["booking"], page_link(line.booking, line.booking_href, TEXT_LINK)),
        cell(
            COLUMNS["customer"],
            rx.el.span(
                rx.el.span(line.customer, class_name="block break-words"),
                rx.el.span(line.phone, class_name="block text-xs text-(--muted)"),
            ),
        ),
        cell(COLUMNS["open"], page_link(line.open, line.href, TEXT_LINK)),
        key=line.key,
    )
