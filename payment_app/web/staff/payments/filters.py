"""What narrows the payments list: one form, so that one address holds all of it."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, SMALL_LOUD, TEXT_LINK, submit
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import LABEL, hidden
from payment_app.web.staff.components.search import (
    ON_PHONES_BELOW,
    filter_choice,
    filter_text,
    search_box,
    search_form,
)
from payment_app.web.staff.components.staff_kit import AddressCheck
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import COLUMNS, DATES, LIST, OPTIONAL, SORTS
from payment_app.web.staff.payments.view import HERE, ChipLink
from payment_app.web.staff.texts import CHANNELS, STATUSES

listing = PaymentsState.listing
form = listing.form


def search() -> rx.Component:
    """The search box, and the filters behind their button."""
    return search_form(
        HERE,
        LIST["search"],
        hidden("tab", form.tab),
        search_box("q", LIST["search"], form.q, LIST["query"], basis="basis-60 max-sm:basis-auto"),
        submit(LIST["apply"], f"{SMALL_LOUD} max-sm:hidden"),
        _filters(),
        class_name=ON_PHONES_BELOW,
    )


def _filters() -> rx.Component:
    """The filters that are needed less often."""
    statuses = {"": LIST["any_status"]} | {key: word for key, (word, _) in STATUSES.items()}
    return dialog(
        "filters",
        LIST["filters"],
        rx.el.div(
            filter_choice("date", LIST["date"], form.date, DATES),
            filter_choice("status", LIST["status"], form.status, statuses),
            filter_choice("channel", LIST["channel"], form.channel, CHANNELS),
            filter_text("amount", LIST["amount"], form.amount),
            filter_text("code", LIST["code"], form.code),
            filter_text("booking", LIST["booking"], form.booking),
            filter_text("from", LIST["from"], form.since, kind="date"),
            filter_text("to", LIST["to"], form.until, kind="date"),
            filter_choice("sort", LIST["sort"], form.sort, {"": SORTS["newest"]} | SORTS),
            class_name="grid grid-cols-1 gap-3 sm:grid-cols-2",
        ),
        _columns(),
        rx.el.div(
            page_link(LIST["clear"], HERE, SMALL_BUTTON),
            submit(LIST["apply"], SMALL_LOUD),
            class_name="mt-4 flex justify-end gap-2",
        ),
    )


def _columns() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(LIST["columns"], class_name=LABEL),
        *(
            rx.el.label(
                AddressCheck.create(name="cols", value=name, checked=listing.columns[name]),
                COLUMNS[name],
                class_name="mr-4 inline-flex items-center gap-2 text-sm",
            )
            for name in OPTIONAL
        ),
        class_name="mt-3",
    )


def chips() -> rx.Component:
    """The active filters, each with a way to the list without it."""
    return rx.cond(
        listing.chips,
        rx.el.ul(
            rx.foreach(listing.chips, _chip),
            rx.el.li(page_link(LIST["clear"], HERE, f"text-sm {TEXT_LINK}")),
            class_name="flex flex-wrap items-center gap-2",
        ),
    )


def _chip(chip: ChipLink) -> rx.Component:
    return rx.el.li(
        rx.el.span(chip.text),
        page_link(
            LIST["remove_sign"], chip.href, "px-1 font-semibold", **{"aria-label": chip.remove}
        ),
        class_name="inline-flex items-center gap-1 rounded-full bg-(--calm-soft) px-3 text-sm",
    )
