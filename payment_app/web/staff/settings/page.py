"""The settings page: staff, saved views, how everything is, and what it runs with."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.components.staff_kit import AddressSelect, DialogButton
from payment_app.web.components.surface import SURFACE
from payment_app.web.components.table import cell, head, page_link, row, table
from payment_app.web.staff.frame import (
    DIALOG,
    FIELD,
    LABEL,
    SMALL_BUTTON,
    SMALL_LOUD,
    staff_page,
)
from payment_app.web.staff.frame_texts import FRAME
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import (
    ENVIRONMENT,
    HEALTH,
    LIMITS,
    ROLE_WORDS,
    SETTINGS,
    STAFF,
    VIEWS,
)
from payment_app.web.staff.settings.view import Fact, HealthLine, StaffLine, ViewLine
from payment_app.web.staff.state import StaffState

shown = SettingsState.shown
members = SettingsState.members
_HEADING = "text-base font-semibold"
_QUIET = "text-sm text-(--muted)"
_BLOCK = "flex flex-col gap-2 border-t border-(--line) py-3"


def settings_page() -> rx.Component:
    """`/staff/settings`."""
    return staff_page(
        "settings",
        SETTINGS["title"],
        rx.cond(SettingsState.temporary.password != "", _temporary()),
        rx.cond(StaffState.viewer.may_administer, _staff()),
        _views(),
        _health(),
        _facts("environment", ENVIRONMENT["heading"], shown.environment, ENVIRONMENT["note"]),
        _facts("limits", LIMITS["heading"], shown.limits, LIMITS["note"]),
        state=SettingsState,
    )


def _section(name: str, heading: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(heading, class_name=f"{_HEADING} px-4 pt-4 pb-2"),
        *children,
        id=name,
        class_name=f"{SURFACE} overflow-x-auto",
    )


def _temporary() -> rx.Component:
    temporary = SettingsState.temporary
    return rx.el.div(
        rx.el.p(temporary.title, class_name="font-medium"),
        copyable(temporary.password, STAFF["copy"], STAFF["copied"]),
        rx.el.p(STAFF["temporary_hint"], class_name="text-sm"),
        rx.el.button(
            STAFF["hide"], type="button", on_click=SettingsState.hide, class_name=SMALL_BUTTON
        ),
        role="status",
        class_name="flex flex-col items-start gap-2 rounded-lg bg-(--warn-soft) p-4 text-(--warn)",
    )


# staff


def _staff() -> rx.Component:
    heads = [
        head(SETTINGS["name"]),
        head(SETTINGS["role"]),
        head(STAFF["status"]),
        head(STAFF["authenticator"]),
        head(STAFF["manage"]),
    ]
    return _section(
        "staff",
        STAFF["heading"],
        table(STAFF["caption"], heads, rx.foreach(members, _member)),
        rx.el.div(_new_member(), class_name="p-4"),
    )


def _member(member: StaffLine) -> rx.Component:
    return row(
        cell(
            SETTINGS["name"],
            rx.el.span(
                rx.el.span(member.name, class_name="block break-words font-medium"),
                rx.el.span(member.email, class_name="block text-xs break-all text-(--muted)"),
            ),
        ),
        cell(SETTINGS["role"], member.role),
        cell(STAFF["status"], pill(member.status, member.tone)),
        cell(STAFF["authenticator"], member.authenticator),
        cell(STAFF["manage"], rx.cond(member.me, STAFF["me"], _manage(member))),
        key=member.key,
    )


def _manage(member: StaffLine) -> rx.Component:
    return DialogButton.create(
        rx.el.p(member.email, class_name=f"{_QUIET} break-all"),
        _order(
            member,
            SettingsState.change_role,
            _role("role-" + member.key, member.role_key),
            rx.el.button(STAFF["save_role"], type="submit", class_name=SMALL_BUTTON),
        ),
        _order(
            member,
            SettingsState.reset_password,
            rx.el.p(STAFF["reset_password_hint"], class_name=_QUIET),
            rx.el.button(STAFF["reset_password"], type="submit", class_name=SMALL_BUTTON),
        ),
        _order(
            member,
            SettingsState.reset_authenticator,
            rx.el.p(STAFF["reset_authenticator_hint"], class_name=_QUIET),
            rx.el.button(STAFF["reset_authenticator"], type="submit", class_name=SMALL_BUTTON),
        ),
        rx.cond(
            member.disabled,
            _order(
                member,
                SettingsState.enable,
                rx.el.button(STAFF["enable"], type="submit", class_name=SMALL_BUTTON),
            ),
            _order(
                member,
                SettingsState.disable,
                rx.el.p(STAFF["disable_hint"], class_name=_QUIET),
                rx.el.button(STAFF["disable"], type="submit", class_name=SMALL_BUTTON),
            ),
        ),
        label=STAFF["manage"],
        title=member.manage,
        name="manage-" + member.key,
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
        custom_attrs={"aria-label": member.manage},
    )


def _order(member: StaffLine, handler: Any, *children: rx.Component) -> rx.Component:
    """A form that does one thing to one member."""
    return rx.el.form(
        rx.el.input(type="hidden", name="staff_id", value=member.key, read_only=True),
        *children,
        on_submit=handler,
        class_name=_BLOCK,
    )


def _role(field_id: str | rx.Var[str], value: str | rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.label(SETTINGS["role"], html_for=field_id, class_name=LABEL),
        AddressSelect.create(
            *(rx.el.option(words, value=role) for role, words in ROLE_WORDS.items()),
            id=field_id,
            name="role",
            value=value,
            class_name=FIELD,
        ),
    )


def _new_member() -> rx.Component:
    return DialogButton.create(
        rx.el.form(
            rx.el.p(STAFF["new_hint"], class_name=_QUIET),
            _input("new-name", "name", SETTINGS["name"], kind="text", most=120),
            _input("new-email", "email", SETTINGS["email"], kind="email", most=254),
            _role("new-role", "viewer"),
            rx.el.button(STAFF["add"], type="submit", class_name=SMALL_LOUD),
            on_submit=SettingsState.add_member,
            reset_on_submit=True,
            class_name="flex flex-col items-stretch gap-3",
        ),
        label=STAFF["new"],
        title=STAFF["new"],
        name="new-member",
        close_label=FRAME["dismiss"],
        button_class=SMALL_LOUD,
        dialog_class=DIALOG,
    )


def _input(
    field_id: str | rx.Var[str],
    name: str,
    label: str,
    *,
    kind: str,
    most: int,
    value: str | rx.Var[str] = "",
) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=field_id, class_name=LABEL),
        rx.el.input(
            id=field_id,
            name=name,
            type=kind,
            required=True,
            max_length=most,
            default_value=value,
            auto_complete="off",
            class_name=FIELD,
        ),
    )


# saved views


def _views() -> rx.Component:
    heads = [head(VIEWS["name"]), head(VIEWS["whose"]), head(VIEWS["manage"])]
    return _section(
        "views",
        VIEWS["heading"],
        rx.cond(
            shown.views,
            table(VIEWS["caption"], heads, rx.foreach(shown.views, _view)),
            rx.el.p(VIEWS["none"], class_name=f"{_QUIET} px-4 pb-4"),
        ),
    )


def _view(view: ViewLine) -> rx.Component:
    return row(
        cell(VIEWS["name"], page_link(view.name, view.href, f"{TEXT_LINK} break-words")),
        cell(VIEWS["whose"], view.whose),
        cell(VIEWS["manage"], rx.cond(view.may_delete, _change_view(view))),
        key=view.key,
    )


def _change_view(view: ViewLine) -> rx.Component:
    number = view.key
    hidden = rx.el.input(type="hidden", name="view_id", value=number, read_only=True)
    return DialogButton.create(
        rx.cond(
            view.may_rename,
            rx.el.form(
                hidden,
                _input(
                    "view-" + number, "name", VIEWS["name"], kind="text", most=60, value=view.name
                ),
                rx.el.button(VIEWS["rename"], type="submit", class_name=SMALL_BUTTON),
                on_submit=SettingsState.rename_view,
                class_name=_BLOCK,
            ),
        ),
        rx.el.form(
            hidden,
            rx.el.button(VIEWS["delete"], type="submit", class_name=SMALL_BUTTON),
            on_submit=SettingsState.delete_view,
            class_name=_BLOCK,
        ),
        label=VIEWS["manage"],
        title=view.manage,
        name="view-" + number,
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
        custom_attrs={"aria-label": view.manage},
    )


# how it is


def _health() -> rx.Component:
    return _section(
        "health",
        HEALTH["heading"],
        rx.el.dl(rx.foreach(shown.health, _link), class_name="px-4 pb-4"),
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
        class_name="flex flex-col gap-x-4 border-t border-(--line) py-2 text-sm sm:flex-row",
        custom_attrs={"data-link": link.key},
    )


def _facts(name: str, heading: str, facts: list[Fact], note: str) -> rx.Component:
    return _section(
        name,
        heading,
        rx.el.dl(rx.foreach(facts, _fact), class_name="px-4"),
        rx.el.p(note, class_name=f"{_QUIET} px-4 py-3"),
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label, class_name="shrink-0 text-(--muted) sm:w-72"),
        rx.el.dd(fact.value, class_name="min-w-0 break-words"),
        key=fact.label,
        class_name="flex flex-col gap-x-4 border-t border-(--line) py-2 text-sm sm:flex-row",
    )
