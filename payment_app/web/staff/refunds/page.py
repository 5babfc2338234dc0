"""The page of refunds: who has to agree, what is under way, and how it ended."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, TEXT_LINK, action, submit
from payment_app.web.components.pill import pill
from payment_app.web.components.surface import SURFACE
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import hidden, text_field
from payment_app.web.staff.components.section import HEADING
from payment_app.web.staff.components.table import cell, head, page_link, row, table, two_lines
from payment_app.web.staff.refunds.state import RefundsState
from payment_app.web.staff.refunds.texts import COLUMNS, PAGE
from payment_app.web.staff.refunds.view import Row
from payment_app.web.staff.screen import Door, Screen

lists = RefundsState.lists


def refunds_page() -> rx.Component:
    """The groups that hold something, or a word when there is nothing at all."""
    return rx.fragment(
        rx.cond(lists.down != "", _down()),
        _account(),
        rx.cond(
            lists.empty,
            rx.el.p(PAGE["nothing"], class_name=f"{SURFACE} p-6 text-sm"),
            rx.fragment(
                _group("waiting", lists.waiting, lists.waiting_hint, decide=True),
                _group("gave_up", lists.gave_up, PAGE["gave_up_hint"]),
                _group("agreed", lists.agreed, PAGE["agreed_hint"]),
                _group("under_way", lists.under_way, PAGE["under_way_hint"]),
                _group("ended", lists.ended, PAGE["ended_hint"]),
            ),
        ),
    )


def _down() -> rx.Component:
    return rx.el.p(
        lists.down,
        role="alert",
        class_name="rounded-lg bg-(--warn-soft) px-4 py-3 text-sm text-(--warn)",
    )


def _account() -> rx.Component:
    return rx.el.div(
        rx.el.p(lists.balance),
        action(PAGE["balance_ask"], RefundsState.ask_balance),
        class_name=f"{SURFACE} flex flex-wrap items-center justify-between gap-3 p-4 text-sm",
    )


def _group(name: str, rows: list[Row], hint: str, *, decide: bool = False) -> rx.Component:
    columns = [key for key in COLUMNS if decide or key != "act"]
    heads = [head(COLUMNS[key], number=key == "amount") for key in columns]
    body = rx.foreach(rows, _waiting_row if decide else _plain_row)
    return rx.cond(
        rows,
        rx.el.section(
            rx.el.div(
                rx.el.h2(PAGE[name], class_name=HEADING),
                rx.el.p(hint, class_name="text-sm text-(--muted)"),
                class_name="p-4",
            ),
            rx.el.div(table(PAGE[name], heads, body), class_name="overflow-x-auto"),
            class_name=SURFACE,
            custom_attrs={"data-group": name},
        ),
    )


def _waiting_row(line: Row) -> rx.Component:
    decide = rx.el.div(_agree(line), _reject(line), class_name="flex flex-wrap gap-2")
    return row(*_cells(line), cell(COLUMNS["act"], decide), key=line.key)


def _plain_row(line: Row) -> rx.Component:
    return row(*_cells(line), key=line.key)


def _cells(line: Row) -> tuple[rx.Component, ...]:
    status = rx.el.div(
        pill(line.word, line.tone),
        rx.el.span(line.way, class_name="block text-xs text-(--muted)"),
        rx.cond(line.means != "", rx.el.span(line.means, class_name="block text-xs")),
    )
    return (
        cell(COLUMNS["age"], rx.el.span(line.age, class_name="whitespace-nowrap")),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["status"], status),
        cell(COLUMNS["customer"], two_lines(line.customer, line.phone)),
        cell(COLUMNS["reason"], rx.el.span(line.reason, class_name="break-words")),
        cell(COLUMNS["asked"], rx.el.span(line.asked, class_name="break-words")),
        cell(COLUMNS["open"], page_link(line.open, line.href, f"{TEXT_LINK} whitespace-nowrap")),
    )


def _agree(line: Row) -> rx.Component:
    password = text_field(
        "password-" + line.key,
        "password",
        PAGE["password"],
        most=200,
        required=True,
        type="password",
        auto_complete="current-password",
    )
    return dialog(
        "agree-" + line.key,
        PAGE["agree"],
        rx.el.form(
            hidden("refund_id", line.key),
            rx.el.p(line.agree_text, class_name="text-sm font-medium"),
            rx.el.p(line.reason, class_name="text-sm break-words"),
            password,
            submit(PAGE["agree"], f"{SMALL_LOUD} self-start"),
            on_submit=RefundsState.agree,
            class_name="flex flex-col gap-3",
        ),
        title=PAGE["agree_title"],
    )


def _reject(line: Row) -> rx.Component:
    return dialog(
        "reject-" + line.key,
        PAGE["reject"],
        rx.el.form(
            hidden("refund_id", line.key),
            text_field("why-" + line.key, "why", PAGE["why"], most=200, required=True),
            submit(PAGE["reject"], f"{SMALL_LOUD} self-start"),
            on_submit=RefundsState.reject,
            class_name="flex flex-col gap-3",
        ),
        title=PAGE["reject_title"],
    )


SCREEN = Screen(
    path="/staff/refunds",
    title=PAGE["page_title"],
    heading=PAGE["title"],
    contents=refunds_page,
    state=RefundsState,
    on_load=RefundsState.watch,
    door=Door(PAGE["title"], key="r"),
)
