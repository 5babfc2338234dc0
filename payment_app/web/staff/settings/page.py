"""The settings page: staff, saved views, how everything is, and what it runs with."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import action
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.fact import Fact
from payment_app.web.staff.components.section import wide_section
from payment_app.web.staff.screen import Door, Screen
from payment_app.web.staff.settings.members import members
from payment_app.web.staff.settings.saved import saved_views
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import ENVIRONMENT, HEALTH, LIMITS, SETTINGS, STAFF
from payment_app.web.staff.settings.view import HealthLine
from payment_app.web.staff.state import StaffState

view = SettingsState.view
_LINE = "flex flex-col gap-x-4 border-t border-(--line) py-2 text-sm sm:flex-row"


def settings_page() -> rx.Component:
    """Everything that this member may see, one part under the other."""
    return rx.fragment(
        rx.cond(SettingsState.temporary.password != "", _temporary()),
        rx.cond(StaffState.viewer.may_administer, members()),
        saved_views(),
        _health(),
        _facts("environment", ENVIRONMENT["heading"], view.environment, ENVIRONMENT["note"]),
        _facts("limits", LIMITS["heading"], view.limits, LIMITS["note"]),
    )


def _temporary() -> rx.Component:
    """A password that is shown once."""
    temporary = SettingsState.temporary
    return rx.el.div(
        rx.el.p(temporary.title, class_name="font-medium"),
        copyable(temporary.password, STAFF["copy"], STAFF["copied"]),
        rx.el.p(STAFF["temporary_hint"], class_name="text-sm"),
        action(STAFF["hide"], SettingsState.hide),
        role="status",
        class_name="flex flex-col items-start gap-2 rounded-lg bg-(--warn-soft) p-4 text-(--warn)",
    )


def _health() -> rx.Component:
    return wide_section(
        HEALTH["heading"],
        rx.el.dl(rx.foreach(view.health, _link), class_name="px-4 pb-4"),
        name="health",
    )


def _link(link: HealthLine) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            rx.el.span(link.name, class_name="font-medium"),
            pill(link.word, link.tone),
            class_name="flex w-48 shrink-0 items-baseline justify-between gap-2",
        ),
        rx.el.dd(
            link.sentence,
            rx.cond(link.time != "", rx.el.span(f" ({link.time})")),
            class_name="min-w-0 text-(--muted)",
        ),
        key=link.key,
        class_name=_LINE,
        custom_attrs={"data-link": link.key},
    )


def _facts(name: str, heading: str, facts: list[Fact], note: str) -> rx.Component:
    return wide_section(
        heading,
        rx.el.dl(rx.foreach(facts, _fact), class_name="px-4"),
        rx.el.p(note, class_name="px-4 py-3 text-sm text-(--muted)"),
        name=name,
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label, class_name="shrink-0 text-(--muted) sm:w-72"),
        rx.el.dd(fact.value, class_name="min-w-0 break-words"),
        key=fact.label,
        class_name=_LINE,
    )


SCREEN = Screen(
    path="/staff/settings",
    title=SETTINGS["page_title"],
    heading=SETTINGS["title"],
    contents=settings_page,
    state=SettingsState,
    on_load=SettingsState.open_page,
    door=Door(SETTINGS["title"]),
)
