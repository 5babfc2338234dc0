"""The rows of the payments list, and what can be done with those that are selected."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, TEXT_LINK, action
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.staff.components.section import table_box
from payment_app.web.staff.components.table import (
    cell,
    head,
    page_link,
    row,
    table,
    two_lines,
)
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import COLUMNS, LIST, OPTIONAL
from payment_app.web.staff.payments.view import Line
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.texts import FRAME

columns = PaymentsState.listing.columns


def rows() -> rx.Component:
    """The table, and what can be done with the rows that were selected."""
    always = [name for name in COLUMNS if name not in OPTIONAL]
    heads = [
        head(rx.el.span(LIST["columns"], class_name="sr-only")),
        *(head(COLUMNS[name], number=name == "amount") for name in always),
        *(rx.cond(columns[name], head(COLUMNS[name])) for name in OPTIONAL),
    ]
    check = action(LIST["selected_check"], PaymentsState.check_selected, f"{SMALL_LOUD} m-3")
    return table_box(
        table(LIST["caption"], heads, rx.foreach(PaymentsState.lines, _row)),
        rx.cond(StaffState.viewer.may_check & PaymentsState.any_selected, check),
    )


def _row(line: Line) -> rx.Component:
    return row(
        _selected(line),
        cell(COLUMNS["status"], _status(line), more="half"),
        cell(
            COLUMNS["amount"],
            page_link(line.amount, line.href, f"font-semibold {TEXT_LINK}"),
            number=True,
            more="half",
        ),
        cell(COLUMNS["customer"], two_lines(line.customer, line.phone)),
        cell(COLUMNS["booking"], page_link(line.booking, line.booking_href, TEXT_LINK)),
        cell(COLUMNS["receipt"], _receipt(line)),
        cell(COLUMNS["time"], rx.el.span(line.time, title=line.time_full)),
        rx.cond(columns["channel"], cell(COLUMNS["channel"], line.channel)),
        rx.cond(columns["attempt"], cell(COLUMNS["attempt"], line.attempt)),
        rx.cond(columns["code"], cell(COLUMNS["code"], line.code)),
        key=line.key,
        tint=line.tint,
    )


def _selected(line: Line) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        checked=line.chosen,
        on_change=PaymentsState.select(line.payment_id),
        custom_attrs={"aria-label": line.select_label},
    )
    return cell("", box, more="wide-only")


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
