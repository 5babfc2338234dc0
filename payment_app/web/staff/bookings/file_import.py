"""Bookings from a file: first a look at what it would do, then the doing."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, action, submit
from payment_app.web.components.surface import surface
from payment_app.web.staff.bookings.state import BookingsState
from payment_app.web.staff.bookings.texts import BOOKINGS, COLUMNS
from payment_app.web.staff.bookings.view import ImportLine
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import labelled, text_area
from payment_app.web.staff.components.staff_kit import FileText
from payment_app.web.staff.components.table import cell, head, row, table

found = BookingsState.preview


def import_button() -> rx.Component:
    """Takes a file, or its lines."""
    file = FileText.create(
        id="import-file", accept=".csv,text/csv", target="import-csv", class_name="text-sm"
    )
    return dialog(
        "import",
        BOOKINGS["import"],
        rx.el.form(
            rx.el.p(BOOKINGS["import_text"], class_name="text-sm text-(--muted)"),
            labelled("import-file", BOOKINGS["import_file"], file),
            text_area(
                "import-csv",
                "csv",
                BOOKINGS["import_paste"],
                look="font-mono",
                rows="6",
                required=True,
            ),
            submit(BOOKINGS["import_look"], f"{SMALL_LOUD} self-start"),
            on_submit=BookingsState.look_at_file,
            class_name="flex flex-col gap-3",
        ),
    )


def preview() -> rx.Component:
    """What the file would do, line by line, once one was read."""
    heads = [
        head(BOOKINGS["line"]),
        head(COLUMNS["reference"]),
        head(COLUMNS["title"]),
        head(COLUMNS["amount"], number=True),
        head(COLUMNS["customer"]),
        head(BOOKINGS["problem"]),
    ]
    return rx.cond(
        found.summary != "",
        surface(
            _summary(),
            table(BOOKINGS["import"], heads, rx.foreach(found.lines, _line)),
            class_name="overflow-x-auto",
        ),
    )


def _summary() -> rx.Component:
    commit = action(found.commit, BookingsState.commit_file, f"{SMALL_LOUD} mt-2")
    return rx.el.div(
        rx.el.p(found.summary, role="status", class_name="font-medium"),
        rx.cond(found.more != "", rx.el.p(found.more, class_name="text-(--muted)")),
        rx.cond(found.commit != "", commit),
        class_name="p-4 text-sm",
    )


def _line(line: ImportLine) -> rx.Component:
    return row(
        cell(BOOKINGS["line"], line.line),
        cell(COLUMNS["reference"], line.reference),
        cell(COLUMNS["title"], line.title),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["customer"], line.customer),
        cell(BOOKINGS["problem"], rx.el.span(line.problem, class_name="text-(--bad)")),
        key=line.line,
    )
