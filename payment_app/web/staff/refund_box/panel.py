"""The box on a payment's page: what went back, and the dialog that gives money back."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import SMALL_LOUD, TEXT_LINK, submit
from payment_app.web.components.pill import pill
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.fields import FIELD, hidden, labelled, text_field, tick
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.refund_box.texts import PANEL
from payment_app.web.staff.refund_box.view import Back
from payment_app.web.staff.state import StaffState

viewer = StaffState.viewer


def refund_button(state: Any) -> rx.Component:
    """Opens the dialog, for those who may and while there is something to give back.

    Args:
        state: a state with `RefundActions`.
    """
    return rx.cond(viewer.may_refund & state.back.can_ask, _ask(state))


def refund_panel(state: Any) -> rx.Component:
    """Every refund of the payment, newest first; `state` as above."""
    lines = state.back.lines
    return section(
        PANEL["title"],
        rx.cond(
            lines,
            rx.el.ul(
                rx.foreach(lines, lambda back: _line(state, back)), class_name="flex flex-col gap-4"
            ),
            rx.el.p(PANEL["none"], class_name="text-(--muted)"),
        ),
        page_link(PANEL["list"], "/staff/refunds", TEXT_LINK),
    )


def _ask(state: Any) -> rx.Component:
    box = state.back
    return dialog(
        "refund",
        PANEL["ask"],
        rx.el.form(
            rx.el.p(box.left, class_name="text-sm font-medium"),
            rx.el.p(PANEL["ways"], class_name="text-sm text-(--muted)"),
            rx.el.p(box.limit, class_name="text-sm text-(--muted)"),
            labelled("refund-how", PANEL["how"], _how(box)),
            text_field("refund-amount", "amount", PANEL["amount"], most=9, input_mode="numeric"),
            text_field("refund-reason", "reason", PANEL["reason"], most=200, required=True),
            tick("close", PANEL["close"]),
            tick("external", PANEL["external"]),
            text_field(
                "refund-confirm",
                "confirm",
                PANEL["confirm"],
                most=9,
                required=True,
                input_mode="numeric",
            ),
            submit(PANEL["send"], f"{SMALL_LOUD} self-start"),
            on_submit=state.ask_refund,
            class_name="flex flex-col gap-3",
        ),
        title=PANEL["ask_title"],
    )


def _how(box: Any) -> rx.Component:
    return rx.el.select(
        rx.el.option(box.all_words, value="all"),
        rx.cond(box.over_words != "", rx.el.option(box.over_words, value="over")),
        rx.el.option(PANEL["part"], value="part"),
        id="refund-how",
        name="how",
        class_name=FIELD,
    )


def _line(state: Any, back: Back) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(back.line, class_name="font-medium"),
            pill(back.word, back.tone),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(back.asked, class_name="break-words text-(--muted)"),
        rx.cond(back.decided != "", rx.el.p(back.decided, class_name="text-(--muted)")),
        rx.cond(back.receipt != "", rx.el.p(back.receipt)),
        rx.cond(back.means != "", _three_lines(back)),
        rx.cond(viewer.may_refund & back.can_send_again, _again(state, back)),
        rx.cond(viewer.may_check & back.can_check, _check(state, back)),
        class_name="flex flex-col gap-1",
        key=back.key,
        custom_attrs={"data-refund": back.key},
    )


def _three_lines(back: Back) -> rx.Component:
    return rx.el.dl(
        _said(PANEL["said"], back.said),
        _said(PANEL["means"], back.means),
        _said(PANEL["now"], back.do_now),
        class_name="flex flex-col gap-1",
    )


def _said(label: str, words: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-(--muted)"), rx.el.dd(words, class_name="break-words")
    )


def _again(state: Any, back: Back) -> rx.Component:
    return dialog(
        "again-" + back.key,
        PANEL["again"],
        rx.el.form(
            hidden("refund_id", back.key),
            rx.el.p(back.again_text, class_name="text-sm"),
            submit(PANEL["again"], f"{SMALL_LOUD} mt-4"),
            on_submit=state.send_refund_again,
        ),
        title=PANEL["again_title"],
    )


def _check(state: Any, back: Back) -> rx.Component:
    return rx.el.form(
        hidden("refund_id", back.key),
        submit(PANEL["check"]),
        on_submit=state.check_refund,
    )
