"""An M-Pesa statement beside the payments: what only one side has, and what differs."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, TEXT_LINK, submit
from payment_app.web.components.surface import SURFACE
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.staff_kit import StatementForm
from payment_app.web.staff.components.table import CELL, HEAD, NUMBER
from payment_app.web.staff.reconcile.state import ReconcileState
from payment_app.web.staff.reconcile.texts import ANSWERS, KINDS, RECONCILE
from payment_app.web.staff.screen import Door, Screen

_LOOKS = {
    "box": f"{SURFACE} p-4 flex flex-col gap-2 text-sm",
    "head": HEAD,
    "cell": CELL,
    "number": NUMBER,
    "link": TEXT_LINK,
}


def reconcile_page() -> rx.Component:
    """A file to choose, and what its comparison found."""
    return StatementForm.create(
        section(
            RECONCILE["section"],
            rx.el.p(RECONCILE["text"], class_name="max-w-prose text-(--muted)"),
            rx.el.label(
                rx.el.span(RECONCILE["file"], class_name="font-medium"),
                rx.el.input(
                    type="file",
                    name="file",
                    required=True,
                    accept=".csv,.xls,.xlsx",
                    class_name="block w-full text-sm",
                ),
                class_name="flex flex-col gap-1",
            ),
            submit(RECONCILE["compare"], f"{SMALL_LOUD} self-start"),
        ),
        words=ANSWERS,
        kinds=KINDS,
        looks=_LOOKS,
        class_name="flex flex-col gap-4",
    )


SCREEN = Screen(
    path="/staff/reconcile",
    title=RECONCILE["page_title"],
    heading=RECONCILE["title"],
    contents=reconcile_page,
    state=ReconcileState,
    on_load=ReconcileState.open_page,
    door=Door(RECONCILE["title"], key="c"),
)
