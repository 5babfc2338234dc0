"""The home page of the console."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.icon import icon
from payment_app.web.components.surface import SURFACE
from payment_app.web.staff.components.section import HEADING, wide_section
from payment_app.web.staff.components.table import cell, head, page_link, row, table
from payment_app.web.staff.home.chart import bar_chart
from payment_app.web.staff.home.setup import Step
from payment_app.web.staff.home.state import StaffHomeState
from payment_app.web.staff.home.texts import HOME, SETUP
from payment_app.web.staff.home.view import ReasonLine, Stat
from payment_app.web.staff.screen import Door, Screen
from payment_app.web.staff.state import StaffState

home = StaffHomeState.home


def staff_home_page() -> rx.Component:
    """Figures, a chart, and why prompts were not paid."""
    return rx.fragment(
        rx.cond(
            StaffState.trouble != "",
            page_link(HOME["trouble_link"], "/staff/settings#health", f"text-sm {TEXT_LINK}"),
        ),
        rx.cond(home.setup, _setup()),
        _stats(),
        _chart(),
        _reasons(),
    )


def _setup() -> rx.Component:
    """Steps until the first live payment, each with its tick."""
    return wide_section(
        SETUP["title"],
        rx.el.ol(rx.foreach(home.setup, _step), class_name="flex flex-col gap-2 px-4 pb-4 text-sm"),
        name="setup",
    )


def _step(step: Step) -> rx.Component:
    words = rx.cond(step.href != "", page_link(step.words, step.href, TEXT_LINK), step.words)
    return rx.el.li(
        rx.cond(
            step.done,
            icon("good", "size-4 text-(--accent)"),
            icon("dot", "size-4 text-(--muted)"),
        ),
        rx.el.span(words, class_name=rx.cond(step.done, "text-(--muted)", "")),
        rx.el.span(rx.cond(step.done, SETUP["done"], SETUP["open"]), class_name="sr-only"),
        key=step.words,
        class_name="flex items-center gap-2",
    )


def _stats() -> rx.Component:
    return rx.el.section(
        rx.el.h2(HOME["figures"], class_name="sr-only"),
        rx.el.ul(
            rx.foreach(home.stats, _stat),
            class_name="flex flex-col gap-2 min-[420px]:flex-row min-[420px]:flex-wrap "
            "min-[420px]:gap-3 min-[420px]:[&>li]:grow min-[420px]:[&>li]:basis-52",
        ),
    )


def _stat(stat: Stat) -> rx.Component:
    tone = rx.cond(stat.tone == "warn", "text-(--warn)", "text-(--ink)")
    return rx.el.li(
        rx.el.p(stat.label, class_name="text-sm text-(--muted)"),
        page_link(
            rx.el.span(stat.value, class_name=tone),
            stat.href,
            "block text-xl font-semibold break-words underline-offset-4 hover:underline "
            "min-[420px]:text-2xl",
            **{"aria-label": stat.label + ": " + stat.value},
        ),
        rx.el.p(stat.note, class_name="text-sm text-(--muted) min-[420px]:min-h-5"),
        key=stat.key,
        class_name=f"{SURFACE} max-[420px]:grid grid-cols-[1fr_auto] items-baseline gap-x-3 p-3 "
        "min-[420px]:p-4",
        custom_attrs={"data-stat": stat.key},
    )


def _chart() -> rx.Component:
    return rx.el.section(
        rx.el.h2(HOME["chart"], class_name=HEADING),
        rx.el.p(home.best, class_name="mb-2 text-sm text-(--muted)"),
        bar_chart(
            home.bars, home.scale, HOME["chart"], (HOME["day"], HOME["amount"], HOME["number"])
        ),
        class_name=f"{SURFACE} p-4",
    )


def _reasons() -> rx.Component:
    heads = [head(HOME["reason"]), head(HOME["code"]), head(HOME["times"], number=True)]
    return wide_section(
        HOME["reasons"],
        rx.cond(
            home.reasons,
            table(HOME["reasons"], heads, rx.foreach(home.reasons, _reason)),
            rx.el.p(HOME["no_reasons"], class_name="px-4 pb-3 text-sm text-(--muted)"),
        ),
    )


def _reason(reason: ReasonLine) -> rx.Component:
    return row(
        cell(HOME["reason"], reason.words),
        cell(HOME["code"], rx.cond(reason.code != "", reason.code, HOME["none_ended"])),
        cell(
            HOME["times"],
            page_link(
                reason.times,
                reason.href,
                f"font-semibold {TEXT_LINK}",
                **{"aria-label": reason.words + " " + reason.times},
            ),
            number=True,
        ),
        key=reason.key,
    )


SCREEN = Screen(
    path="/staff",
    title=HOME["page_title"],
    heading=HOME["title"],
    contents=staff_home_page,
    state=StaffHomeState,
    on_load=StaffHomeState.watch,
    door=Door(HOME["title"], key="h"),
)
