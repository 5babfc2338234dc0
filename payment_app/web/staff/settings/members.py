"""Members of staff, and what an administrator may do with each."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, submit
from payment_app.web.components.pill import pill
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import FIELD, hidden, labelled, order, text_field
from payment_app.web.staff.components.section import wide_section
from payment_app.web.staff.components.staff_kit import AddressSelect
from payment_app.web.staff.components.table import cell, head, row, table, two_lines
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import ROLE_WORDS, SETTINGS, STAFF
from payment_app.web.staff.settings.view import StaffLine

_QUIET = "text-sm text-(--muted)"


def members() -> rx.Component:
    """The table, and a form for a new member."""
    heads = [
        head(SETTINGS["name"]),
        head(SETTINGS["role"]),
        head(STAFF["status"]),
        head(STAFF["authenticator"]),
        head(STAFF["manage"]),
    ]
    return wide_section(
        STAFF["heading"],
        table(STAFF["caption"], heads, rx.foreach(SettingsState.members, _member)),
        rx.el.div(_new_member(), class_name="p-4"),
        name="staff",
    )


def _member(member: StaffLine) -> rx.Component:
    return row(
        cell(SETTINGS["name"], two_lines(member.name, member.email, "break-all font-medium")),
        cell(SETTINGS["role"], member.role),
        cell(STAFF["status"], pill(member.status, member.tone)),
        cell(STAFF["authenticator"], member.authenticator),
        cell(STAFF["manage"], rx.cond(member.me, STAFF["me"], _manage(member))),
        key=member.key,
    )


def _manage(member: StaffLine) -> rx.Component:
    """What can be done, each with a button of its own."""
    subject = hidden("staff_id", member.key)
    return dialog(
        "manage-" + member.key,
        STAFF["manage"],
        rx.el.p(member.email, class_name=f"{_QUIET} break-all"),
        order(
            subject,
            SettingsState.change_role,
            STAFF["save_role"],
            _role("role-" + member.key, member.role_key),
        ),
        _hinted(subject, SettingsState.reset_password, "reset_password"),
        _hinted(subject, SettingsState.reset_authenticator, "reset_authenticator"),
        rx.cond(
            member.disabled,
            order(subject, SettingsState.enable, STAFF["enable"]),
            _hinted(subject, SettingsState.disable, "disable"),
        ),
        title=member.manage,
        spoken=member.manage,
    )


def _hinted(subject: rx.Component, handler: Any, name: str) -> rx.Component:
    """An order whose consequence is said above its button."""
    hint = rx.el.p(STAFF[f"{name}_hint"], class_name=_QUIET)
    return order(subject, handler, STAFF[name], hint)


def _role(field_id: str | rx.Var[str], value: str | rx.Var[str]) -> rx.Component:
    choice = AddressSelect.create(
        *(rx.el.option(words, value=role) for role, words in ROLE_WORDS.items()),
        id=field_id,
        name="role",
        value=value,
        class_name=FIELD,
    )
    return labelled(field_id, SETTINGS["role"], choice)


def _new_member() -> rx.Component:
    return dialog(
        "new-member",
        STAFF["new"],
        rx.el.form(
            rx.el.p(STAFF["new_hint"], class_name=_QUIET),
            text_field("new-name", "name", SETTINGS["name"], most=120, required=True),
            text_field(
                "new-email", "email", SETTINGS["email"], most=254, type="email", required=True
            ),
            _role("new-role", "viewer"),
            submit(STAFF["add"], SMALL_LOUD),
            on_submit=SettingsState.add_member,
            reset_on_submit=True,
            class_name="flex flex-col items-stretch gap-3",
        ),
        look=SMALL_LOUD,
    )
