"""What happened to one payment: its timeline, its evidence, and the attempts beside it."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, TEXT_LINK, action
from payment_app.web.components.disclosure import disclosure
from payment_app.web.components.icon import icon
from payment_app.web.components.pill import pill
from payment_app.web.components.sentence import sentence
from payment_app.web.components.surface import surface
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payment.story import Happened
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.payment.view import AttemptLine, Raw, Witness
from payment_app.web.staff.state import StaffState

detail = PaymentState.detail
_MARK = "mt-0.5 flex size-6 shrink-0 items-center justify-center rounded-full "
_BESIDE = "min-w-0 flex-1"
_SMALL_PRINT = "flex flex-wrap gap-x-3 text-xs text-(--muted)"


def timeline() -> rx.Component:
    """Every event, newest first."""
    return section(
        PAYMENT["timeline"],
        rx.el.ol(rx.foreach(detail.timeline, _happened), class_name="flex flex-col gap-4"),
    )


def _happened(line: Happened) -> rx.Component:
    """An icon, and beside it what happened; the line that says paid stands out."""
    mark = rx.match(
        line.tone,
        ("good", _MARK + "bg-(--accent) text-(--on-accent)"),
        ("bad", _MARK + "bg-(--bad-soft) text-(--bad)"),
        ("warn", _MARK + "bg-(--warn-soft) text-(--warn)"),
        _MARK + "bg-(--calm-soft) text-(--muted)",
    )
    signs = [(name, icon(name, "size-4")) for name in ("good", "bad", "warn")]
    return rx.el.li(
        rx.el.span(rx.match(line.sign, *signs, icon("dot", "size-4")), class_name=mark),
        rx.el.div(
            rx.el.p(
                rx.el.span(line.words, class_name="font-medium"),
                rx.cond(line.change != "", rx.el.span(line.change, class_name="text-(--muted)")),
                class_name="flex flex-wrap gap-x-3",
            ),
            rx.cond(
                line.detail != "",
                rx.el.p(line.detail, class_name="break-words text-xs text-(--muted)"),
            ),
            rx.el.p(
                rx.el.span(line.who),
                rx.el.span(line.at, title=line.at_full),
                rx.el.span(line.gap, class_name="font-medium"),
                rx.cond(line.repeats != "", rx.el.span(line.repeats, class_name="font-medium")),
                class_name=_SMALL_PRINT,
            ),
            class_name=rx.cond(
                line.tone == "good", "min-w-0 flex-1 rounded-lg bg-(--good-soft) px-3 py-2", _BESIDE
            ),
        ),
        class_name="flex items-start gap-3",
        custom_attrs={"data-tone": line.tone},
    )


def raw_callbacks() -> rx.Component:
    """What M-Pesa sent, word for word; phones are masked unless somebody asks for them."""
    look = f"{SMALL_BUTTON} mt-2"
    bodies = rx.cond(
        PaymentState.raw,
        rx.el.ul(rx.foreach(PaymentState.raw, _payload)),
        rx.el.p(PAYMENT["raw_none"], class_name="text-sm"),
    )
    return surface(
        disclosure(
            PAYMENT["raw"],
            rx.cond(
                PaymentState.raw_shown, bodies, action(PAYMENT["raw"], PaymentState.show_raw, look)
            ),
            rx.cond(
                StaffState.viewer.may_reveal,
                action(PAYMENT["raw_reveal"], PaymentState.reveal_raw, look),
            ),
        ),
        class_name="p-4",
    )


def _payload(raw: Raw) -> rx.Component:
    return rx.el.li(
        sentence(PAYMENT["raw_line"], "text-xs text-(--muted)", at=raw.at, said=raw.said),
        rx.el.pre(
            raw.body,
            tab_index=0,
            class_name="overflow-x-auto rounded-lg bg-(--calm-soft) p-3 text-xs",
        ),
        class_name="mt-3",
    )


def attempts() -> rx.Component:
    """All attempts of the booking, this one marked."""
    return section(
        PAYMENT["attempts"],
        rx.el.ol(rx.foreach(detail.attempts, _attempt), class_name="flex flex-col gap-2"),
    )


def _attempt(line: AttemptLine) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.number, class_name="text-(--muted)"),
        page_link(
            line.amount,
            line.href,
            TEXT_LINK,
            **{"aria-current": rx.cond(line.here, "page", "false")},
        ),
        pill(line.word, line.tone),
        rx.el.span(line.at, class_name="text-xs text-(--muted)"),
        rx.cond(line.here, rx.el.span(PAYMENT["this_one"], class_name="text-xs text-(--muted)")),
        class_name="flex flex-wrap items-center gap-x-3",
    )


def witnesses() -> rx.Component:
    """What each source said last."""
    return section(
        PAYMENT["evidence"],
        rx.el.dl(rx.foreach(detail.witnesses, _witness), class_name="flex flex-col gap-2"),
    )


def _witness(witness: Witness) -> rx.Component:
    return rx.el.div(
        rx.el.dt(witness.name, class_name="text-(--muted)"),
        rx.el.dd(
            witness.said,
            rx.el.span(witness.at, class_name="block text-xs text-(--muted)"),
            class_name="break-words",
        ),
    )
