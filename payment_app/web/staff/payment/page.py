"""One payment: why somebody may be here, what happened, and what can be done."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.copyable import copyable
from payment_app.web.components.disclosure import disclosure
from payment_app.web.components.kit import CopyButton
from payment_app.web.components.pill import pill
from payment_app.web.components.staff_kit import DialogButton
from payment_app.web.components.surface import surface
from payment_app.web.components.table import page_link
from payment_app.web.staff.frame import (
    DIALOG,
    FIELD,
    LABEL,
    SMALL_BUTTON,
    SMALL_LOUD,
    staff_page,
)
from payment_app.web.staff.frame_texts import FRAME
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.payment.texts import PAYMENT
from payment_app.web.staff.payment.view import AttemptLine, Fact, Happened, NoteLine, Raw, Witness
from payment_app.web.staff.state import StaffState

detail = PaymentState.detail
viewer = StaffState.viewer
_H2 = "text-sm font-semibold"


def payment_page() -> rx.Component:
    """`/staff/payments/[payment_id]`."""
    return staff_page(
        "payments",
        detail.heading,
        page_link(PAYMENT["back"], "/staff/payments", f"text-sm {TEXT_LINK}"),
        rx.cond(detail.missing, _missing(), _payment()),
        state=PaymentState,
    )


def _missing() -> rx.Component:
    return surface(rx.el.p(PAYMENT["missing"]))


def _payment() -> rx.Component:
    return rx.el.div(
        _head(),
        _banner(),
        _error(),
        rx.el.div(
            rx.el.div(_timeline(), _raw(), class_name="flex min-w-0 flex-col gap-4 lg:col-span-2"),
            rx.el.div(
                _facts(PAYMENT["money"], detail.money),
                _attempts(),
                _witnesses(),
                _facts(PAYMENT["facts"], detail.facts),
                _notes(),
                class_name="flex min-w-0 flex-col gap-4",
            ),
            class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-3",
        ),
        class_name="flex flex-col gap-4",
    )


def _head() -> rx.Component:
    return surface(
        rx.el.div(
            rx.el.p(detail.amount, class_name="text-2xl font-semibold tracking-tight"),
            rx.el.span(
                pill(detail.word, detail.tone),
                custom_attrs={"data-payment-status": detail.status},
            ),
            rx.cond(detail.receipt != "", copyable(detail.receipt, FRAME["copy"], FRAME["copied"])),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.p(
            rx.el.span(detail.customer, class_name="font-medium break-words"),
            rx.el.span(rx.cond(PaymentState.phone != "", PaymentState.phone, detail.phone)),
            rx.cond(
                viewer.may_reveal & (PaymentState.phone == ""),
                rx.el.button(
                    PAYMENT["reveal"],
                    type="button",
                    on_click=PaymentState.reveal_phone,
                    class_name=f"cursor-pointer {TEXT_LINK}",
                ),
            ),
            class_name="mt-2 flex flex-wrap gap-x-3 text-sm",
        ),
        rx.el.p(
            page_link(detail.booking, detail.booking_href, TEXT_LINK),
            rx.el.span(detail.booking_title, class_name="text-(--muted) break-words"),
            class_name="flex flex-wrap gap-x-3 text-sm",
        ),
        _actions(),
    )


def _actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            viewer.may_check & detail.can_check,
            rx.el.button(
                PAYMENT["check"],
                type="button",
                on_click=PaymentState.check,
                class_name=SMALL_LOUD,
                custom_attrs={"data-key": "check"},
            ),
        ),
        rx.cond(viewer.may_book & detail.can_send, _send()),
        rx.cond(detail.pay_url != "", _link()),
        class_name="mt-4 flex flex-wrap gap-2",
    )


def _link() -> rx.Component:
    return rx.fragment(
        CopyButton.create(
            PAYMENT["copy_link"],
            value=detail.pay_url,
            done_label=PAYMENT["copied"],
            class_name=SMALL_BUTTON,
        ),
        rx.el.a(
            PAYMENT["open_link"],
            href=detail.pay_url,
            target="_blank",
            rel="noreferrer",
            class_name=SMALL_BUTTON,
        ),
    )


def _send() -> rx.Component:
    return DialogButton.create(
        rx.el.form(
            rx.el.p(
                PAYMENT["send_confirm"].split("{due}")[0],
                rx.el.strong(detail.due),
                PAYMENT["send_confirm"].split("{due}")[1].split("{phone}")[0],
                rx.el.strong(detail.phone),
                PAYMENT["send_confirm"].split("{phone}")[1],
                class_name="text-sm",
            ),
            rx.el.button(PAYMENT["send_again"], type="submit", class_name=f"{SMALL_LOUD} mt-4"),
            on_submit=PaymentState.send_again,
        ),
        label=PAYMENT["send_again"],
        title=PAYMENT["send_title"],
        name="send",
        close_label=FRAME["dismiss"],
        button_class=SMALL_BUTTON,
        dialog_class=DIALOG,
    )


def _banner() -> rx.Component:
    shape = "rounded-lg px-4 py-3 text-sm "
    return rx.cond(
        detail.why != "",
        rx.el.div(
            rx.el.p(detail.why, class_name="font-semibold"),
            rx.el.p(detail.what_now),
            role="status",
            class_name=rx.cond(
                detail.why_tone == "warn",
                shape + "bg-(--warn-soft) text-(--warn)",
                shape + "bg-(--calm-soft)",
            ),
        ),
    )


def _error() -> rx.Component:
    return rx.cond(
        detail.said != "",
        surface(
            rx.el.dl(
                _line(PAYMENT["safaricom_said"], detail.said),
                _line(PAYMENT["it_means"], detail.means),
                _line(PAYMENT["do_now"], detail.do_now),
                class_name="flex flex-col gap-2 text-sm",
            )
        ),
    )


def _line(label: str, value: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-(--muted) sm:w-40 sm:shrink-0"),
        rx.el.dd(value, class_name="min-w-0 break-words"),
        class_name="sm:flex sm:gap-4",
    )


def _section(title: str, *children: rx.Component) -> rx.Component:
    return surface(
        rx.el.section(rx.el.h2(title, class_name=f"{_H2} mb-3"), *children), class_name="p-4"
    )


def _timeline() -> rx.Component:
    return _section(
        PAYMENT["timeline"],
        rx.el.ol(rx.foreach(detail.timeline, _happened), class_name="flex flex-col gap-4 text-sm"),
    )


def _happened(line: Happened) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(line.words, class_name="font-medium"),
            rx.cond(line.change != "", rx.el.span(line.change, class_name="text-(--muted)")),
            class_name="flex flex-wrap gap-x-3",
        ),
        rx.cond(line.detail != "", rx.el.p(line.detail, class_name="break-words")),
        rx.el.p(
            rx.el.span(line.actor),
            rx.el.span(line.source),
            rx.el.span(line.at),
            rx.el.span(line.gap, class_name="font-medium"),
            class_name="flex flex-wrap gap-x-3 text-xs text-(--muted)",
        ),
        class_name="border-l-2 border-(--line) pl-3",
    )


def _raw() -> rx.Component:
    return surface(
        disclosure(
            PAYMENT["raw"],
            rx.cond(
                PaymentState.raw_shown,
                rx.cond(
                    PaymentState.raw,
                    rx.el.ul(rx.foreach(PaymentState.raw, _payload)),
                    rx.el.p(PAYMENT["raw_none"], class_name="text-sm"),
                ),
                rx.el.button(
                    PAYMENT["raw"],
                    type="button",
                    on_click=PaymentState.show_raw,
                    class_name=f"{SMALL_BUTTON} mt-2",
                ),
            ),
            rx.cond(
                viewer.may_reveal,
                rx.el.button(
                    PAYMENT["raw_reveal"],
                    type="button",
                    on_click=PaymentState.reveal_raw,
                    class_name=f"{SMALL_BUTTON} mt-2",
                ),
            ),
        ),
        class_name="p-4",
    )


def _payload(raw: Raw) -> rx.Component:
    return rx.el.li(
        rx.el.p(raw.at, " · ", raw.said, class_name="text-xs text-(--muted)"),
        rx.el.pre(
            raw.body,
            tab_index=0,
            class_name="overflow-x-auto rounded-lg bg-(--calm-soft) p-3 text-xs",
        ),
        class_name="mt-3",
    )


def _facts(title: str, facts: list[Fact]) -> rx.Component:
    return _section(title, rx.el.dl(rx.foreach(facts, _fact), class_name="text-sm"))


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.label, class_name="text-(--muted)"),
        rx.el.dd(fact.value, class_name="text-right break-all"),
        class_name="flex justify-between gap-4 py-1",
    )


def _attempts() -> rx.Component:
    return _section(
        PAYMENT["attempts"],
        rx.el.ol(rx.foreach(detail.attempts, _attempt), class_name="flex flex-col gap-2 text-sm"),
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


def _witnesses() -> rx.Component:
    return _section(
        PAYMENT["evidence"],
        rx.el.dl(rx.foreach(detail.witnesses, _witness), class_name="flex flex-col gap-2 text-sm"),
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


def _notes() -> rx.Component:
    return _section(
        PAYMENT["notes"],
        rx.cond(
            detail.notes,
            rx.el.ul(rx.foreach(detail.notes, _note), class_name="flex flex-col gap-3 text-sm"),
            rx.el.p(PAYMENT["no_notes"], class_name="text-sm text-(--muted)"),
        ),
        rx.cond(
            viewer.may_note,
            rx.el.form(
                rx.el.label(PAYMENT["note_label"], html_for="note", class_name=LABEL),
                rx.el.textarea(
                    id="note",
                    name="note",
                    rows="3",
                    max_length=4_000,
                    required=True,
                    class_name=f"{FIELD} py-2",
                    custom_attrs={"data-key": "note"},
                ),
                rx.el.button(PAYMENT["note_add"], type="submit", class_name=f"{SMALL_BUTTON} mt-2"),
                on_submit=PaymentState.add_note,
                reset_on_submit=True,
                class_name="mt-4",
            ),
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
