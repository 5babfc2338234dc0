"""Saved views of the payments list, and a form that saves the present one."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK, action, submit
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import text_field, tick
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import LIST
from payment_app.web.staff.payments.view import ViewLink
from payment_app.web.staff.state import StaffState


def saved_views() -> rx.Component:
    """The dialog; it stands outside the search form, since a form cannot hold another."""
    return dialog(
        "views",
        LIST["views"],
        rx.cond(
            PaymentsState.views,
            rx.el.ul(rx.foreach(PaymentsState.views, _view), class_name="flex flex-col gap-1"),
            rx.el.p(LIST["no_views"], class_name="text-sm text-(--muted)"),
        ),
        rx.el.form(
            text_field("view-name", "name", LIST["view_name"], most=60, required=True),
            rx.cond(StaffState.viewer.may_note, tick("shared", LIST["view_shared"])),
            submit(LIST["view_save"]),
            on_submit=PaymentsState.save_view,
            reset_on_submit=True,
            class_name="mt-4 flex flex-col gap-2 border-t border-(--line) pt-4",
        ),
    )


def _view(view: ViewLink) -> rx.Component:
    return rx.el.li(
        page_link(view.name, view.href, TEXT_LINK),
        rx.el.span(view.by, class_name="text-xs text-(--muted)"),
        rx.cond(
            view.own,
            action(
                LIST["view_forget"],
                PaymentsState.delete_view(view.view_id),
                "ml-auto cursor-pointer text-sm underline",
            ),
        ),
        class_name="flex items-center gap-3 text-sm",
    )
