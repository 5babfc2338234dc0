"""The list of bookings, a form for a new one, and the import from a file."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, TEXT_LINK, submit
from payment_app.web.components.pill import pill
from payment_app.web.staff.booking_form.fields import booking_fields
from payment_app.web.staff.booking_form.texts import FORM
from payment_app.web.staff.booking_form.view import FormFields
from payment_app.web.staff.bookings.file_import import import_button
from payment_app.web.staff.bookings.state import BookingsState
from payment_app.web.staff.bookings.texts import BOOKINGS, COLUMNS
from payment_app.web.staff.bookings.view import HERE, BookingLine
from payment_app.web.staff.components.callout import problem_line
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.pager import pager
from payment_app.web.staff.components.search import (
    ON_PHONES_BELOW,
    filter_choice,
    search_box,
    search_form,
)
from payment_app.web.staff.components.section import empty_box, table_box
from payment_app.web.staff.components.table import (
    cell,
    head,
    page_link,
    row,
    table,
    two_lines,
)
from payment_app.web.staff.screen import Door, Screen
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.texts import BOOKING_STATUSES

listing = BookingsState.listing


def bookings_page() -> rx.Component:
    """The list that the address asks for, and ways to make more."""
    return rx.fragment(
        rx.el.div(
            _search(),
            rx.cond(StaffState.viewer.may_book, rx.fragment(_new(), import_button())),
            class_name="flex flex-wrap items-start gap-2 max-sm:[&>button]:flex-1",
        ),
        problem_line(listing.problem),
        rx.cond(listing.lines, _rows(), rx.cond(listing.problem == "", _empty())),
        pager(
            BOOKINGS["caption"],
            (BOOKINGS["newest"], listing.first_href),
            (BOOKINGS["older"], listing.next_href),
        ),
    )


def _search() -> rx.Component:
    statuses = {key: word for key, (word, _) in BOOKING_STATUSES.items()}
    return search_form(
        HERE,
        BOOKINGS["search"],
        search_box("q", BOOKINGS["search"], listing.q, BOOKINGS["query"], most=80),
        filter_choice(
            "status",
            BOOKINGS["status"],
            listing.status,
            {"": BOOKINGS["any_status"]} | statuses,
            hidden=True,
        ),
        submit(BOOKINGS["show"], f"{SMALL_LOUD} max-sm:hidden"),
        class_name=ON_PHONES_BELOW,
    )


def _new() -> rx.Component:
    return dialog(
        "new",
        BOOKINGS["new"],
        rx.el.form(
            booking_fields("new", FormFields(), fresh=True),
            submit(FORM["make"], f"{SMALL_LOUD} mt-4"),
            on_submit=BookingsState.create,
        ),
    )


def _rows() -> rx.Component:
    numbers = ("amount", "due")
    heads = [head(word, number=key in numbers) for key, word in COLUMNS.items()]
    return table_box(
        table(BOOKINGS["caption"], heads, rx.foreach(listing.lines, _row), look="lines")
    )


def _row(line: BookingLine) -> rx.Component:
    return row(
        cell(
            COLUMNS["reference"],
            page_link(line.reference, line.href, f"font-semibold {TEXT_LINK}"),
            more="line-d",
        ),
        cell(
            COLUMNS["title"],
            rx.el.span(line.title, class_name="block break-words max-sm:truncate"),
            rx.el.span(line.customer, class_name="block truncate text-xs sm:hidden"),
            more="line-a",
        ),
        cell(COLUMNS["customer"], two_lines(line.customer, line.phone)),
        cell(COLUMNS["amount"], line.amount, number=True, more="line-b"),
        cell(COLUMNS["due"], line.due, number=True),
        cell(COLUMNS["status"], pill(line.word, line.tone), more="line-c"),
        cell(COLUMNS["made"], line.made),
        key=line.key,
    )


def _empty() -> rx.Component:
    return empty_box(
        rx.el.p(listing.empty, class_name="font-medium"),
        rx.cond(
            listing.empty == BOOKINGS["none_found"],
            page_link(BOOKINGS["clear"], HERE, TEXT_LINK),
        ),
    )


SCREEN = Screen(
    path=HERE,
    title=BOOKINGS["page_title"],
    heading=BOOKINGS["title"],
    contents=bookings_page,
    state=BookingsState,
    on_load=BookingsState.open_page,
    door=Door(BOOKINGS["title"], key="b"),
    own_search=True,
)
