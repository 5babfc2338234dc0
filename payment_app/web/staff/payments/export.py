"""The export of exactly what the list is filtered to; the links are the export route's."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.table import download_link
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import LIST
from payment_app.web.staff.state import StaffState


def export() -> rx.Component:
    """The dialog with the files, for those who may export."""
    return rx.cond(
        StaffState.viewer.may_export,
        dialog(
            "export",
            LIST["export"],
            rx.el.p(LIST["export_text"], class_name="text-sm text-(--muted)"),
            _files("mt-4", reveal=False),
            rx.el.div(
                rx.el.p(LIST["export_reveal"], class_name="mt-4 text-sm font-medium"),
                _files("mt-2", reveal=True),
            ),
        ),
    )


def _files(space: str, *, reveal: bool) -> rx.Component:
    return rx.el.div(
        _download(LIST["export_csv"], "csv", reveal=reveal),
        _download(LIST["export_xlsx"], "xlsx", reveal=reveal),
        class_name=f"{space} flex flex-wrap gap-2",
    )


def _download(word: str, kind: str, *, reveal: bool) -> rx.Component:
    more = "&reveal=1" if reveal else ""
    return download_link(
        word,
        f"/api/staff/payments/export?format={kind}{more}&" + PaymentsState.listing.query_string,
        SMALL_BUTTON,
    )
