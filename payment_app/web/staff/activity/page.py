"""The activity log."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.staff_kit import AddressField, AddressForm, AddressSelect
from payment_app.web.components.surface import SURFACE
from payment_app.web.components.table import cell, head, page_link, row, table
from payment_app.web.staff.activity.state import ActivityState
from payment_app.web.staff.activity.texts import ACTIVITY, COLUMNS
from payment_app.web.staff.activity.view import ActivityLine
from payment_app.web.staff.frame import (
    FIELD,
    LABEL,
    SMALL_BUTTON,
    SMALL_LOUD,
    problem_line,
    staff_page,
)

log = ActivityState.log


def activity_page() -> rx.Component:
    """`/staff/activity`."""
    return staff_page(
        "activity",
        ACTIVITY["title"],
        _search(),
        problem_line(log.problem),
        rx.cond(
            log.lines,
            rx.el.div(
                table(
                    ACTIVITY["caption"],
                    [head(words) for words in COLUMNS.values()],
                    rx.foreach(log.lines, _line),
                ),
                class_name=f"{SURFACE} overflow-x-auto",
            ),
            rx.cond(
                log.problem == "", rx.el.p(ACTIVITY["none"], class_name=f"{SURFACE} p-6 text-sm")
            ),
        ),
        _pages(),
        state=ActivityState,
    )


def _search() -> rx.Component:
    form = log.form
    return AddressForm.create(
        _field("member", form.member, hint=ACTIVITY["member_hint"]),
        _action(),
        _field("subject", form.subject, hint=ACTIVITY["subject_hint"]),
        _field("from", form.since, kind="date"),
        _field("to", form.until, kind="date"),
        rx.el.div(
            rx.el.button(ACTIVITY["apply"], type="submit", class_name=SMALL_LOUD),
            page_link(ACTIVITY["clear"], "/staff/activity", SMALL_BUTTON),
            class_name="flex gap-2",
        ),
        action="/staff/activity",
        class_name="grid grid-cols-1 items-end gap-3 sm:grid-cols-3 xl:grid-cols-6",
        custom_attrs={"role": "search", "aria-label": ACTIVITY["search"]},
    )


def _field(
    name: str, value: str | rx.Var[str], *, hint: str = "", kind: str = "text"
) -> rx.Component:
    return rx.el.div(
        rx.el.label(ACTIVITY[name], html_for=f"activity-{name}", class_name=LABEL),
        AddressField.create(
            id=f"activity-{name}",
            name=name,
            type=kind,
            value=value,
            placeholder=hint,
            class_name=FIELD,
            custom_attrs={"autoComplete": "off", "maxLength": "254"},
        ),
    )


def _action() -> rx.Component:
    return rx.el.div(
        rx.el.label(ACTIVITY["action"], html_for="activity-action", class_name=LABEL),
        AddressSelect.create(
            rx.el.option(ACTIVITY["any_action"], value=""),
            rx.foreach(
                log.actions,
                lambda choice: rx.el.option(choice.word, value=choice.value, key=choice.value),
            ),
            id="activity-action",
            name="action",
            value=log.form.action,
            class_name=FIELD,
        ),
    )


def _line(line: ActivityLine) -> rx.Component:
    return row(
        cell(COLUMNS["time"], rx.el.span(line.time, title=line.time_full)),
        cell(COLUMNS["who"], rx.el.span(line.who, class_name="break-all")),
        cell(COLUMNS["action"], line.action),
        cell(
            COLUMNS["subject"],
            rx.cond(line.href != "", page_link(line.subject, line.href, TEXT_LINK), line.subject),
        ),
        cell(
            COLUMNS["change"],
            rx.el.ul(
                rx.foreach(line.change, lambda words: rx.el.li(words, class_name="break-words")),
                class_name="max-w-xl min-w-0",
            ),
        ),
        cell(COLUMNS["address"], line.address),
        key=line.key,
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.cond(log.newer_href != "", page_link(ACTIVITY["newer"], log.newer_href, SMALL_BUTTON)),
        rx.cond(log.older_href != "", page_link(ACTIVITY["older"], log.older_href, SMALL_BUTTON)),
        class_name="flex justify-between gap-2",
        custom_attrs={"aria-label": ACTIVITY["pages"]},
    )
