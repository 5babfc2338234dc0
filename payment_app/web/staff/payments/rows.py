"""The rows of the payments list, and what can be done with those that are selected."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, SMALL_LOUD, TEXT_LINK
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.staff.components.section import table_box
from payment_app.web.staff.components.staff_kit import AllTick, RowTick, TickBar
from payment_app.web.staff.components.table import (
    cell,
    head,
    page_link,
    row,
    table,
)
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import COLUMNS, LIST, OPTIONAL, TICKED
from payment_app.web.staff.payments.view import Line
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.texts import FRAME

listing = PaymentsState.listing
columns = listing.columns


def rows() -> rx.Component:
    """The table, and what can be done with the rows that were ticked."""
    always = [name for name in COLUMNS if name not in OPTIONAL]
    heads = [
        head(AllTick.create(rows=listing.rows, label=LIST["tick_all"])),
        *(head(COLUMNS[name], number=name == "amount") for name in always),
        *(rx.cond(columns[name], head(COLUMNS[name])) for name in OPTIONAL),
    ]
    return rx.fragment(
        table_box(
            table(LIST["caption"], heads, rx.foreach(PaymentsState.lines, _row), look="lines")
        ),
        _ticked(),
    )


def _ticked() -> rx.Component:
    return TickBar.create(
        rows=listing.rows,
        words=TICKED,
        export_href="/api/staff/payments/export?format=csv&ids=",
        may_check=StaffState.viewer.may_check,
        may_export=StaffState.viewer.may_export,
        on_check=PaymentsState.check_ticked,
        button_class=SMALL_BUTTON,
        loud_class=SMALL_LOUD,
        class_name="sticky bottom-4 z-10 mx-auto flex flex-wrap items-center gap-3 rounded-lg "
        "border border-(--line) bg-(--card) px-4 py-2 text-sm shadow-(--shadow)",
    )


def _row(line: Line) -> rx.Component:
    return row(
        cell("", RowTick.create(row=line.key, label=line.select_label), more="wide-only"),
        cell(COLUMNS["status"], _status(line), more="line-c"),
        cell(
            COLUMNS["amount"],
            page_link(line.amount, line.href, f"font-semibold {TEXT_LINK}"),
            number=True,
            more="line-b",
        ),
        cell(COLUMNS["customer"], _customer(line), more="line-a"),
        cell(COLUMNS["booking"], page_link(line.booking, line.booking_href, TEXT_LINK)),
        cell(COLUMNS["receipt"], _receipt(line)),
        cell(COLUMNS["time"], _time(line), more="line-d"),
        rx.cond(columns["channel"], cell(COLUMNS["channel"], line.channel)),
        rx.cond(columns["attempt"], cell(COLUMNS["attempt"], line.attempt)),
        rx.cond(columns["code"], cell(COLUMNS["code"], line.code)),
        key=line.key,
        tint=line.tint,
    )


def _customer(line: Line) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.customer, class_name="block break-words max-sm:truncate"),
        rx.el.span(line.phone, class_name="block text-xs text-(--muted) max-sm:hidden"),
    )


def _time(line: Line) -> rx.Component:
    """On a phone also whose it is, since that has no column of its own there."""
    return rx.el.span(
        rx.el.span(line.phone, class_name="mr-2 sm:hidden"),
        rx.el.span(line.time, title=line.time_full),
        class_name="whitespace-nowrap max-sm:text-xs max-sm:text-(--muted)",
    )


def _receipt(line: Line) -> rx.Component:
    return rx.cond(
        line.receipt != "",
        copyable(line.receipt, FRAME["copy"], FRAME["copied"]),
        LIST["no_receipt"],
    )


def _status(line: Line) -> rx.Component:
    return rx.el.span(
        pill(line.word, line.tone),
        rx.cond(
            line.flagged,
            rx.el.span(LIST["flagged"], class_name="ml-2 text-xs font-medium text-(--warn)"),
        ),
        custom_attrs={"data-payment-status": line.status},
    )
