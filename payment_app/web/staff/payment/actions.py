"""What can be done about one payment."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, SMALL_LOUD, action, submit
from payment_app.web.components.sentence import sentence
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.pay_link import copy_link, open_link
from payment_app.web.staff.payment.notes import write_note
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.state import StaffState

detail = PaymentState.detail
viewer = StaffState.viewer
_FIRST = f"{SMALL_LOUD} order-first"


def actions(*more: rx.Component) -> rx.Component:
    """The buttons that this member may press now; the loud one is what the page says to do."""
    look = rx.cond(detail.loud == "check", _FIRST, SMALL_BUTTON)
    check = action(PAYMENT["check"], PaymentState.check, look, **{"data-key": "check"})
    return rx.el.div(
        rx.cond(viewer.may_check & detail.can_check, check),
        rx.cond(viewer.may_book & detail.can_send, _send()),
        rx.cond(viewer.may_note, write_note()),
        rx.cond(
            detail.pay_url != "", rx.fragment(copy_link(detail.pay_url), open_link(detail.pay_url))
        ),
        *more,
        class_name="flex flex-wrap gap-2",
    )


def _send() -> rx.Component:
    """A new prompt rings on somebody's phone: the dialog says whose, and for how much."""
    question = sentence(
        PAYMENT["send_confirm"],
        "text-sm",
        due=rx.el.strong(detail.due),
        phone=rx.el.strong(detail.phone),
    )
    return dialog(
        "send",
        PAYMENT["send_again"],
        rx.el.form(
            question,
            submit(PAYMENT["send_again"], f"{SMALL_LOUD} mt-4"),
            on_submit=PaymentState.send_again,
        ),
        title=PAYMENT["send_title"],
        look=rx.cond(detail.loud == "send", _FIRST, SMALL_BUTTON),
    )
