"""Notes on one payment, and the form for one more."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, submit
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import text_area
from payment_app.web.staff.components.section import section
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.payment.view import NoteLine

detail = PaymentState.detail


def notes() -> rx.Component:
    """What staff wrote."""
    return section(
        PAYMENT["notes"],
        rx.cond(
            detail.notes,
            rx.el.ul(rx.foreach(detail.notes, _note), class_name="flex flex-col gap-3"),
            rx.el.p(PAYMENT["no_notes"], class_name="text-(--muted)"),
        ),
    )


def write_note() -> rx.Component:
    """The form for one more note."""
    return dialog(
        "note",
        PAYMENT["note_new"],
        rx.el.form(
            text_area(
                "note",
                "note",
                PAYMENT["note_label"],
                max_length=4_000,
                required=True,
            ),
            submit(PAYMENT["note_add"], f"{SMALL_LOUD} mt-4"),
            on_submit=PaymentState.add_note,
            reset_on_submit=True,
        ),
    )


def _note(note: NoteLine) -> rx.Component:
    return rx.el.li(
        rx.el.p(note.text, class_name="break-words whitespace-pre-wrap"),
        rx.el.p(
            rx.el.span(note.author),
            rx.el.span(note.at),
            class_name="flex flex-wrap gap-x-3 text-xs text-(--muted)",
        ),
    )
