"""The list of bookings, a form for a new one, and the import from a file."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.pill import pill
from payment_app.web.components.staff_kit import (
    AddressField,
    AddressForm,
    AddressSelect,
    DialogButton,
    FileText,
)
from payment_app.web.components.surface import SURFACE, surface
from payment_app.web.components.table import cell, head, page_link, row, table
from payment_app.web.staff.bookings.form import booking_fields
from payment_app.web.staff.bookings.state import BookingsState
from payment_app.web.staff.bookings.texts import BOOKINGS, COLUMNS, FORM, STATUSES
from payment_app.web.staff.bookings.view import BookingLine, FormFields, ImportLine
from payment_app.web.staff.frame import (
    DIALOG,
    FIELD,
    LABEL,
    SMALL_BUTTON,
    SMALL_LOUD,
    problem_line,
    staff_page,
)
from payment_app.web.staff.frame_texts import FRAME
from payment_app.web.staff.state import StaffState

listing = BookingsState.listing
preview = BookingsState.preview


def bookings_page() -> rx.Component:
    """`/staff/bookings`."""
    return staff_page(
        "bookings",
        BOOKINGS["title"],
        rx.el.div(
            _search(),
            rx.cond(StaffState.viewer.may_book, rx.fragment(_new(), _import())),
            class_name="flex flex-wrap items-start gap-2",
        ),
        problem_line(listing.problem),
        rx.cond(preview.summary != "", _preview()),
        rx.cond(listing.lines, _rows(), rx.cond(listing.problem == "", _empty())),
        _pages(),
        state=BookingsState,
        own_search=True,
    )


def _search() -> rx.Component:
    words = {"": BOOKINGS["any_status"]} | {key: word for key, (word, _) in STATUSES.items()}
    return AddressForm.create(
        rx.el.label(BOOKINGS["search"], html_for="q", class_name="sr-only"),
        AddressField.create(
            id="q",
            name="q",
            type="search",
            value=listing.q,
            placeholder=BOOKINGS["query"],
            class_name=f"{FIELD} min-w-0 flex-1 basis-48",
            custom_attrs={"data-search": "", "autoComplete": "off", "maxLength": "80"},
        ),
        rx.el.label(BOOKINGS["status"], html_for="status", class_name="sr-only"),
        rx.el.div(
            AddressSelect.create(
                *(rx.el.option(word, value=key) for key, word in words.items()),
                id="status",
                name="status",
                value=listing.status,
                class_name=FIELD,
            )
        ),
        rx.el.button(BOOKINGS["show"], type="submit", class_name=SMALL_LOUD),
        action="/staff/bookings",
        class_name="flex min-w-0 flex-1 flex-wrap items-center gap-2",
        custom_attrs={"role": "search", "aria-label": BOOKINGS["search"]},
    )


def _new() -> rx.Component:
    return DialogButton.create(
        rx.el.form(
            booking_fields("new", FormFields(), fresh=True),
            rx.el.button(FORM["make"], type="submit", class_name=f"{SMALL_LOUD} mt-4"),
            on_submit=BookingsState.create,
        ),
        label=BOOKINGS["new"],
        title=BOOKINGS["new"],
        name="new",
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
    )


def _import() -> rx.Component:
    return DialogButton.create(
        rx.el.form(
            rx.el.p(BOOKINGS["import_text"], class_name="text-sm text-(--muted)"),
            rx.el.div(
                rx.el.label(BOOKINGS["import_file"], html_for="import-file", class_name=LABEL),
                FileText.create(
                    id="import-file",
                    accept=".csv,text/csv",
                    target="import-csv",
                    class_name="text-sm",
                ),
            ),
            rx.el.div(
                rx.el.label(BOOKINGS["import_paste"], html_for="import-csv", class_name=LABEL),
                rx.el.textarea(
                    id="import-csv",
                    name="csv",
                    rows="6",
                    required=True,
                    class_name=f"{FIELD} py-2 font-mono",
                ),
            ),
            rx.el.button(
                BOOKINGS["import_look"], type="submit", class_name=f"{SMALL_LOUD} self-start"
            ),
            on_submit=BookingsState.look_at_file,
            class_name="flex flex-col gap-3",
        ),
        label=BOOKINGS["import"],
        title=BOOKINGS["import"],
        name="import",
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
    )


def _preview() -> rx.Component:
    heads = [
        head(BOOKINGS["line"]),
        head(COLUMNS["reference"]),
        head(COLUMNS["title"]),
        head(COLUMNS["amount"], number=True),
        head(COLUMNS["customer"]),
        head(BOOKINGS["problem"]),
    ]
    return surface(
        rx.el.div(
            rx.el.p(preview.summary, role="status", class_name="font-medium"),
            rx.cond(preview.more != "", rx.el.p(preview.more, class_name="text-(--muted)")),
            rx.cond(
                preview.commit != "",
                rx.el.button(
                    preview.commit,
                    type="button",
                    on_click=BookingsState.commit_file,
                    class_name=f"{SMALL_LOUD} mt-2",
                ),
            ),
            class_name="p-4 text-sm",
        ),
        table(BOOKINGS["import"], heads, rx.foreach(preview.lines, _import_row)),
        class_name="overflow-x-auto",
    )


def _import_row(line: ImportLine) -> rx.Component:
    return row(
        cell(BOOKINGS["line"], line.line),
        cell(COLUMNS["reference"], line.reference),
        cell(COLUMNS["title"], line.title),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["customer"], line.customer),
        cell(BOOKINGS["problem"], rx.el.span(line.problem, class_name="text-(--bad)")),
        key=line.line,
    )


def _rows() -> rx.Component:
    numbers = ("amount", "due")
    heads = [head(word, number=key in numbers) for key, word in COLUMNS.items()]
    return rx.el.div(
        table(BOOKINGS["caption"], heads, rx.foreach(listing.lines, _row)),
        class_name=f"{SURFACE} overflow-x-auto",
    )


def _row(line: BookingLine) -> rx.Component:
    return row(
        cell(
            COLUMNS["reference"],
            page_link(line.reference, line.href, f"font-semibold {TEXT_LINK}"),
            more="half",
        ),
        cell(COLUMNS["title"], rx.el.span(line.title, class_name="break-words")),
        cell(
            COLUMNS["customer"],
            rx.el.div(
                rx.el.span(line.customer, class_name="block break-words"),
                rx.el.span(line.phone, class_name="block text-xs text-(--muted)"),
            ),
        ),
        cell(COLUMNS["amount"], line.amount, number=True),
        cell(COLUMNS["due"], line.due, number=True),
        cell(COLUMNS["status"], pill(line.word, line.tone)),
        cell(COLUMNS["made"], line.made),
        key=line.key,
    )


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.p(listing.empty, class_name="font-medium"),
        rx.cond(
            listing.empty == BOOKINGS["none_found"],
            page_link(BOOKINGS["clear"], "/staff/bookings", TEXT_LINK),
        ),
        class_name=f"{SURFACE} p-6 text-sm",
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.cond(
            listing.first_href != "",
            page_link(BOOKINGS["newest"], listing.first_href, SMALL_BUTTON),
        ),
        rx.cond(
            listing.next_href != "", page_link(BOOKINGS["older"], listing.next_href, SMALL_BUTTON)
        ),
        class_name="flex justify-between gap-2",
        custom_attrs={"aria-label": BOOKINGS["caption"]},
    )
