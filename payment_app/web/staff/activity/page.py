"""The activity log: what staff did, for administrators."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, SMALL_LOUD, TEXT_LINK, submit
from payment_app.web.staff.activity.state import ActivityState
from payment_app.web.staff.activity.texts import ACTIVITY, COLUMNS
from payment_app.web.staff.activity.view import ActivityLine
from payment_app.web.staff.components.callout import problem_line
from payment_app.web.staff.components.pager import pager
from payment_app.web.staff.components.search import filter_options, filter_text, search_form
from payment_app.web.staff.components.section import empty_box, table_box
from payment_app.web.staff.components.table import cell, head, page_link, row, table, two_lines
from payment_app.web.staff.screen import Door, Screen

log = ActivityState.log


def activity_page() -> rx.Component:
    """A search, the lines that it found, and ways to older and newer ones."""
    heads = [head(words) for words in COLUMNS.values()]
    return rx.fragment(
        _search(),
        problem_line(log.problem),
        rx.cond(
            log.lines,
            table_box(table(ACTIVITY["caption"], heads, rx.foreach(log.lines, _line))),
            rx.cond(log.problem == "", empty_box(rx.el.p(ACTIVITY["none"]))),
        ),
        pager(
            ACTIVITY["pages"],
            (ACTIVITY["newer"], log.newer_href),
            (ACTIVITY["older"], log.older_href),
        ),
    )


def _search() -> rx.Component:
    form, most = log.form, 254
    return search_form(
        "/staff/activity",
        ACTIVITY["search"],
        filter_text(
            "member", ACTIVITY["member"], form.member, hint=ACTIVITY["member_hint"], most=most
        ),
        _action(),
        filter_text(
            "subject", ACTIVITY["subject"], form.subject, hint=ACTIVITY["subject_hint"], most=most
        ),
        filter_text("from", ACTIVITY["from"], form.since, kind="date"),
        filter_text("to", ACTIVITY["to"], form.until, kind="date"),
        rx.el.div(
            submit(ACTIVITY["apply"], SMALL_LOUD),
            page_link(ACTIVITY["clear"], "/staff/activity", SMALL_BUTTON),
            class_name="flex gap-2",
        ),
        class_name="grid grid-cols-1 items-end gap-3 sm:grid-cols-3 xl:grid-cols-6",
    )


def _action() -> rx.Component:
    return filter_options(
        "action",
        ACTIVITY["action"],
        log.form.action,
        rx.el.option(ACTIVITY["any_action"], value=""),
        rx.foreach(
            log.actions,
            lambda choice: rx.el.option(choice.word, value=choice.value, key=choice.value),
        ),
    )


def _line(line: ActivityLine) -> rx.Component:
    return row(
        cell(COLUMNS["time"], rx.el.span(line.time, title=line.time_full)),
        cell(COLUMNS["who"], two_lines(line.who, line.email, "break-all")),
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


SCREEN = Screen(
    path="/staff/activity",
    title=ACTIVITY["page_title"],
    heading=ACTIVITY["title"],
    contents=activity_page,
    state=ActivityState,
    on_load=ActivityState.open_page,
    door=Door(ACTIVITY["title"]),
)
