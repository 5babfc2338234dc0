"""Saved views of the payments list: renamed and deleted here."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import hidden, order, text_field
from payment_app.web.staff.components.section import wide_section
from payment_app.web.staff.components.table import cell, head, page_link, row, table
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import VIEWS
from payment_app.web.staff.settings.view import ViewLine

views = SettingsState.view.views


def saved_views() -> rx.Component:
    """The table, or where views come from when there are none."""
    heads = [head(VIEWS["name"]), head(VIEWS["whose"]), head(VIEWS["manage"])]
    return wide_section(
        VIEWS["heading"],
        rx.cond(
            views,
            table(VIEWS["caption"], heads, rx.foreach(views, _view)),
            rx.el.p(VIEWS["none"], class_name="px-4 pb-4 text-sm text-(--muted)"),
        ),
        name="views",
    )


def _view(view: ViewLine) -> rx.Component:
    return row(
        cell(VIEWS["name"], page_link(view.name, view.href, f"{TEXT_LINK} break-words")),
        cell(VIEWS["whose"], view.whose),
        cell(VIEWS["manage"], rx.cond(view.may_delete, _change(view))),
        key=view.key,
    )


def _change(view: ViewLine) -> rx.Component:
    subject = hidden("view_id", view.key)
    name = text_field(
        "view-" + view.key,
        "name",
        VIEWS["name"],
        most=60,
        default_value=view.name,
        required=True,
    )
    return dialog(
        "view-" + view.key,
        VIEWS["manage"],
        rx.cond(view.may_rename, order(subject, SettingsState.rename_view, VIEWS["rename"], name)),
        order(subject, SettingsState.delete_view, VIEWS["delete"]),
        title=view.manage,
        spoken=view.manage,
    )
