"""Bookings from a file: first a look at what it would do, then the doing. Both over HTTP."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, submit
from payment_app.web.staff.bookings.state import BookingsState
from payment_app.web.staff.bookings.texts import BOOKINGS, IMPORT, IMPORT_COLUMNS
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import labelled, text_area
from payment_app.web.staff.components.staff_kit import FileForm, FileText
from payment_app.web.staff.components.table import CELL, HEAD, NUMBER

_LOOKS = {"head": HEAD, "cell": CELL, "number": NUMBER, "button": f"{SMALL_LOUD} mt-2"}


def import_button() -> rx.Component:
    """Takes a file, or its lines."""
    file = FileText.create(
        id="import-file", accept=".csv,text/csv", target="import-csv", class_name="text-sm"
    )
    return dialog(
        "import",
        BOOKINGS["import"],
        FileForm.create(
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
            to="/api/staff/bookings/import",
            words=IMPORT,
            columns=IMPORT_COLUMNS,
            looks=_LOOKS,
            on_made=BookingsState.imported,
            class_name="flex flex-col gap-3",
        ),
    )
