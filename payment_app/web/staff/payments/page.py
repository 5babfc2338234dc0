"""The payments list."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.components.staff_kit import (
    AddressCheck,
    AddressField,
    AddressForm,
    AddressSelect,
    DialogButton,
)
from payment_app.web.components.surface import SURFACE
from payment_app.web.components.table import cell, download_link, head, page_link, row, table
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
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import (
    CHANNELS,
    COLUMNS,
    DATES,
    LIST,
    OPTIONAL,
    SORTS,
    STATUSES,
)
from payment_app.web.staff.payments.view import ChipLink, Line, TabLink, ViewLink
from payment_app.web.staff.state import StaffState

listing = PaymentsState.listing
form = listing.form


def payments_page() -> rx.Component:
    """`/staff/payments`."""
    return staff_page(
        "payments",
        LIST["title"],
        _tabs(),
        rx.el.div(_search(), _views(), class_name="flex flex-wrap items-start gap-2"),
        _chips(),
        problem_line(listing.problem),
        _new(),
        rx.cond(PaymentsState.lines, _rows(), rx.cond(listing.problem == "", _empty())),
        _pages(),
        state=PaymentsState,
        own_search=True,
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        rx.foreach(listing.tabs, _tab),
        class_name="flex gap-1 overflow-x-auto border-b border-(--line)",
        custom_attrs={"aria-label": LIST["tabs"]},
    )


def _tab(tab: TabLink) -> rx.Component:
    return page_link(
        rx.fragment(tab.word, rx.el.span(tab.number, class_name="text-xs text-(--muted)")),
        tab.href,
        "flex items-baseline gap-2 border-b-2 border-transparent px-3 py-2 text-sm "
        "whitespace-nowrap aria-[current=page]:border-(--accent) "
        "aria-[current=page]:font-semibold",
        **{"aria-current": rx.cond(tab.here, "page", "false")},
    )


def _search() -> rx.Component:
    return AddressForm.create(
        _hidden("tab", form.tab),
        rx.el.div(
            rx.el.label(LIST["search"], html_for="q", class_name="sr-only"),
            AddressField.create(
                id="q",
                name="q",
                type="search",
                value=form.q,
                placeholder=LIST["query"],
                class_name=FIELD,
                custom_attrs={"data-search": "", "autoComplete": "off", "maxLength": "200"},
            ),
            class_name="min-w-0 flex-1 basis-60",
        ),
        _select("date", LIST["date"], form.date, DATES, hidden_label=True),
        rx.el.button(LIST["apply"], type="submit", class_name=SMALL_LOUD),
        _filters(),
        _export(),
        action="/staff/payments",
        class_name="flex min-w-0 flex-1 flex-wrap items-center gap-2",
        custom_attrs={"role": "search", "aria-label": LIST["search"]},
    )


def _filters() -> rx.Component:
    """The rest of the filters; inside the same form, so that one address holds them all."""
    statuses = {"": LIST["any_status"]} | {key: word for key, (word, _) in STATUSES.items()}
    return DialogButton.create(
        rx.el.div(
            _select("status", LIST["status"], form.status, statuses),
            _select("channel", LIST["channel"], form.channel, CHANNELS),
            _field("amount", LIST["amount"], form.amount),
            _field("code", LIST["code"], form.code),
            _field("booking", LIST["booking"], form.booking),
            _field("from", LIST["from"], form.since, kind="date"),
            _field("to", LIST["to"], form.until, kind="date"),
            _select("sort", LIST["sort"], form.sort, {"": SORTS["newest"]} | SORTS),
            class_name="grid grid-cols-1 gap-3 sm:grid-cols-2",
        ),
        _columns(),
        rx.el.div(
            page_link(LIST["clear"], "/staff/payments", SMALL_BUTTON),
            rx.el.button(LIST["apply"], type="submit", class_name=SMALL_LOUD),
            class_name="mt-4 flex justify-end gap-2",
        ),
        label=LIST["filters"],
        title=LIST["filters"],
        name="filters",
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
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


def _export() -> rx.Component:
    """Plain links: the browser downloads what the export route streams."""
    return rx.cond(
        StaffState.viewer.may_export,
        DialogButton.create(
            rx.el.p(LIST["export_text"], class_name="text-sm text-(--muted)"),
            rx.el.div(
                _download(LIST["export_csv"], "csv"),
                _download(LIST["export_xlsx"], "xlsx"),
                class_name="mt-4 flex flex-wrap gap-2",
            ),
            rx.el.div(
                rx.el.p(LIST["export_reveal"], class_name="mt-4 text-sm font-medium"),
                rx.el.div(
                    _download(LIST["export_csv"], "csv", reveal=True),
                    _download(LIST["export_xlsx"], "xlsx", reveal=True),
                    class_name="mt-2 flex flex-wrap gap-2",
                ),
            ),
            label=LIST["export"],
            title=LIST["export"],
            name="export",
            close_label=FRAME["dismiss"],
            button_class=SMALL_BUTTON,
            dialog_class=DIALOG,
        ),
    )


def _views() -> rx.Component:
    """Saved views, and a form that saves this one; outside the search form."""
    return DialogButton.create(
        rx.cond(
            PaymentsState.views,
            rx.el.ul(rx.foreach(PaymentsState.views, _view), class_name="flex flex-col gap-1"),
            rx.el.p(LIST["no_views"], class_name="text-sm text-(--muted)"),
        ),
        rx.el.form(
            rx.el.label(LIST["view_name"], html_for="view-name", class_name=LABEL),
            rx.el.input(
                id="view-name", name="name", max_length=60, required=True, class_name=FIELD
            ),
            rx.cond(
                StaffState.viewer.may_note,
                rx.el.label(
                    rx.el.input(type="checkbox", name="shared"),
                    LIST["view_shared"],
                    class_name="inline-flex items-center gap-2 text-sm",
                ),
            ),
            rx.el.button(LIST["view_save"], type="submit", class_name=SMALL_BUTTON),
            on_submit=PaymentsState.save_view,
            reset_on_submit=True,
            class_name="mt-4 flex flex-col gap-2 border-t border-(--line) pt-4",
        ),
        label=LIST["views"],
        title=LIST["views"],
        name="views",
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
    )


def _view(view: ViewLink) -> rx.Component:
    return rx.el.li(
        page_link(view.name, view.href, TEXT_LINK),
        rx.el.span(view.by, class_name="text-xs text-(--muted)"),
        rx.cond(
            view.own,
            rx.el.button(
                LIST["view_forget"],
                type="button",
                on_click=PaymentsState.delete_view(view.view_id),
                class_name="ml-auto cursor-pointer text-sm underline",
            ),
        ),
        class_name="flex items-center gap-3 text-sm",
    )


def _download(word: str, kind: str, *, reveal: bool = False) -> rx.Component:
    more = "&reveal=1" if reveal else ""
    return download_link(
        word,
        f"/api/staff/payments/export?format={kind}{more}&" + listing.query_string,
        SMALL_BUTTON,
    )


def _hidden(name: str, value: str) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def _field(name: str, label: str, value: str, *, kind: str = "text") -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"filter-{name}", class_name=LABEL),
        AddressField.create(
            id=f"filter-{name}",
            name=name,
            type=kind,
            value=value,
            class_name=FIELD,
            custom_attrs={"autoComplete": "off", "maxLength": "80"},
        ),
    )


def _select(
    name: str,
    label: str,
    value: str,
    choices: dict[str, str],
    *,
    hidden_label: bool = False,
) -> rx.Component:
    return rx.el.div(
        rx.el.label(
            label, html_for=f"filter-{name}", class_name="sr-only" if hidden_label else LABEL
        ),
        AddressSelect.create(
            *(rx.el.option(word, value=key) for key, word in choices.items()),
            id=f"filter-{name}",
            name=name,
            value=value,
            class_name=FIELD,
        ),
    )


def _chips() -> rx.Component:
    return rx.cond(
        listing.chips,
        rx.el.ul(
            rx.foreach(listing.chips, _chip),
            rx.el.li(page_link(LIST["clear"], "/staff/payments", f"text-sm {TEXT_LINK}")),
            class_name="flex flex-wrap items-center gap-2",
        ),
    )


def _chip(chip: ChipLink) -> rx.Component:
    return rx.el.li(
        rx.el.span(chip.text),
        page_link("✕", chip.href, "px-1 font-semibold", **{"aria-label": chip.remove}),
        class_name="inline-flex items-center gap-1 rounded-full bg-(--calm-soft) px-3 text-sm",
    )


def _new() -> rx.Component:
    return rx.el.div(
        rx.cond(
            PaymentsState.new != "",
            rx.el.button(
                PaymentsState.new,
                type="button",
                on_click=PaymentsState.show_new,
                class_name=f"{SMALL_BUTTON} w-full bg-(--good-soft) text-(--accent)",
            ),
        ),
        role="status",
    )


def _rows() -> rx.Component:
    columns = [name for name in COLUMNS if name not in OPTIONAL]
    heads = [
        head(rx.el.span(LIST["columns"], class_name="sr-only")),
        *(head(COLUMNS[name], number=name == "amount") for name in columns),
        *(rx.cond(listing.columns[name], head(COLUMNS[name])) for name in OPTIONAL),
    ]
    return rx.el.div(
        table(LIST["caption"], heads, rx.foreach(PaymentsState.lines, _row)),
        rx.cond(
            StaffState.viewer.may_check & PaymentsState.any_selected,
            rx.el.button(
                LIST["selected_check"],
                type="button",
                on_click=PaymentsState.check_selected,
                class_name=f"{SMALL_LOUD} m-3",
            ),
        ),
        class_name=f"{SURFACE} overflow-x-auto",
    )


def _row(line: Line) -> rx.Component:
    return row(
        cell(
            "",
            rx.el.input(
                type="checkbox",
                checked=line.chosen,
                on_change=PaymentsState.select(line.payment_id),
                custom_attrs={"aria-label": line.select_label},
            ),
            more="wide-only",
        ),
        cell(COLUMNS["status"], _status(line), more="half"),
        cell(
            COLUMNS["amount"],
            page_link(line.amount, line.href, f"font-semibold {TEXT_LINK}"),
            number=True,
            more="half",
        ),
        cell(
            COLUMNS["customer"],
            rx.el.div(
                rx.el.span(line.customer, class_name="block break-words"),
                rx.el.span(line.phone, class_name="block text-xs text-(--muted)"),
            ),
        ),
        cell(COLUMNS["booking"], page_link(line.booking, line.booking_href, TEXT_LINK)),
        cell(
            COLUMNS["receipt"],
            rx.cond(
                line.receipt != "", copyable(line.receipt, FRAME["copy"], FRAME["copied"]), "–"
            ),
        ),
        cell(COLUMNS["time"], rx.el.span(line.time, title=line.time_full)),
        rx.cond(listing.columns["channel"], cell(COLUMNS["channel"], line.channel)),
        rx.cond(listing.columns["attempt"], cell(COLUMNS["attempt"], line.attempt)),
        rx.cond(listing.columns["code"], cell(COLUMNS["code"], line.code)),
        key=line.key,
        tint=line.tint,
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


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.p(listing.empty, class_name="font-medium"),
        rx.cond(
            listing.empty == LIST["none_at_all"],
            rx.cond(
                StaffState.viewer.test,
                rx.el.a(LIST["make_one"], href="/", class_name=TEXT_LINK),
            ),
            rx.el.p(
                page_link(LIST["none_found_clear"], "/staff/payments", TEXT_LINK),
                rx.cond(
                    listing.wider_href != "",
                    page_link(LIST["none_found_wider"], listing.wider_href, TEXT_LINK),
                ),
                class_name="flex gap-4",
            ),
        ),
        class_name=f"{SURFACE} p-6 text-sm",
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.cond(
            listing.previous_href != "",
            page_link(listing.previous_word, listing.previous_href, SMALL_BUTTON),
        ),
        rx.cond(
            listing.next_href != "", page_link(listing.next_word, listing.next_href, SMALL_BUTTON)
        ),
        class_name="flex justify-between gap-2",
        custom_attrs={"aria-label": LIST["caption"]},
    )
