"""The gate page: scan or type a code, see at once whether to let in."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import LOUD, QUIET
from payment_app.web.components.facts import facts
from payment_app.web.components.surface import SURFACE
from payment_app.web.staff.components.fields import LABEL
from payment_app.web.staff.gate.state import GateState
from payment_app.web.staff.gate.texts import GATE
from payment_app.web.staff.screen import Door, Screen

INPUT = (
    "block w-full min-h-12 rounded-lg border border-(--field) bg-(--card) px-3 text-base "
    "text-(--ink)"
)
shown = GateState.shown


class GateScanner(rx.Component):
    """The field of a code; a camera, where there is one that reads QR codes, fills and sends it."""

    library = "$/public/gate_kit.js"
    tag = "GateScanner"

    label: rx.Var[str]
    check: rx.Var[str]
    scan: rx.Var[str]
    stop: rx.Var[str]
    no_camera: rx.Var[str]
    label_class: rx.Var[str]
    input_class: rx.Var[str]
    button_class: rx.Var[str]
    scan_class: rx.Var[str]
    looked: rx.Var[int]


def gate_page() -> rx.Component:
    """One column, for a phone in one hand."""
    return rx.el.div(
        rx.el.form(
            rx.el.p(GATE["lead"], class_name="text-sm text-(--muted)"),
            GateScanner.create(
                label=GATE["code"],
                check=GATE["check"],
                scan=GATE["scan"],
                stop=GATE["stop"],
                no_camera=GATE["no_camera"],
                label_class=LABEL,
                input_class=INPUT,
                button_class=QUIET,
                scan_class=LOUD,
                looked=GateState.looked,
            ),
            on_submit=GateState.look,
            class_name=f"{SURFACE} flex flex-col gap-3 p-4",
        ),
        rx.el.div(
            rx.cond(shown.result != "", _result()),
            role="status",
            custom_attrs={"aria-live": "assertive"},
        ),
        class_name="mx-auto flex w-full max-w-[480px] flex-col gap-4",
    )


def _result() -> rx.Component:
    return rx.el.section(
        rx.el.h2(shown.headline, class_name="text-2xl font-semibold text-balance"),
        rx.el.p(shown.reason),
        rx.cond(shown.facts, rx.el.div(facts(shown.facts), class_name="text-(--ink)")),
        rx.cond(
            shown.may_let_in,
            rx.el.button(GATE["let_in"], type="button", on_click=GateState.let_in, class_name=LOUD),
        ),
        class_name=rx.match(
            shown.tone,
            ("good", f"{_FRAME} border-(--accent) bg-(--good-soft)"),
            ("bad", f"{_FRAME} border-(--bad) bg-(--bad-soft)"),
            f"{_FRAME} border-(--warn) bg-(--warn-soft)",
        ),
        custom_attrs={"data-result": shown.result, "aria-label": GATE["result"]},
    )


_FRAME = "flex flex-col gap-3 rounded-lg border-2 p-4"

SCREEN = Screen(
    path="/staff/gate",
    title=GATE["page_title"],
    heading=GATE["title"],
    contents=gate_page,
    state=GateState,
    on_load=GateState.open_page,
    door=Door(GATE["title"], key="t"),
)
