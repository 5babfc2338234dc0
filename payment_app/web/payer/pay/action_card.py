"""The action card: what happens with the payment now, and the one thing to do about it."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import LOUD, QUIET, TEXT_LINK, link_button
from payment_app.web.components.copyable import copyable
from payment_app.web.components.disclosure import disclosure
from payment_app.web.components.facts import fact
from payment_app.web.components.field import amount_field, phone_field
from payment_app.web.components.icon import icon
from payment_app.web.components.kit import ActionCard, Headline, SubmitButton, WaitNote
from payment_app.web.components.shell import CARD_PLACE
from payment_app.web.components.skeleton import card_outline
from payment_app.web.components.surface import SURFACE
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import Card

BADGE = "flex size-12 items-center justify-center rounded-full "
WAIT_NOTE = "flex flex-col items-start gap-1 text-sm text-(--muted)"
WAIT_BUTTON = f"min-h-8 cursor-pointer font-medium {TEXT_LINK}"
BADGES = {
    "good": "tick bg-(--good-soft) text-(--accent)",
    "bad": "bg-(--bad-soft) text-(--bad)",
    "warn": "bg-(--warn-soft) text-(--warn)",
    "wait": "bg-(--calm-soft) text-(--accent)",
}
"""The colours of each tone; one that is not here has no picture."""
ui = LanguageState.ui


def action_card(
    card: Card,
    problem: Problem,
    *,
    loaded: bool,
    looked: int,
    on_submit: Any = None,
) -> rx.Component:
    """The card in the state that `card` says; without `on_submit` it is only to look at."""
    return ActionCard.create(
        rx.cond(loaded, _contents(card, problem, on_submit), _placeholder()),
        status=rx.cond(loaded, card.payment_status, "none"),
        screen=rx.cond(loaded, card.screen, "loading"),
        resend_in=rx.cond(loaded, card.resend_in, 0),
        wait_phone=card.wait_phone,
        looked=looked,
        class_name=f"{SURFACE} {CARD_PLACE} p-5",
    )


def _contents(card: Card, problem: Problem, on_submit: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(_badge(card), _announcement(card), class_name="flex flex-col gap-3"),
        rx.cond(card.steps, _steps(card)),
        rx.cond(card.has_receipt, _receipt(card)),
        rx.cond(card.paid_share >= 0, _progress(card)),
        rx.cond(problem.notice != "", _notice(problem.notice)),
        rx.cond(card.manual, rx.cond(card.manual_folded, rx.fragment(), _manual(card))),
        rx.cond(card.has_form, _form(card, problem, on_submit)),
        rx.cond(card.manual, rx.cond(card.manual_folded, _instead(card))),
        rx.cond(card.pin_note, _pin_note()),
        rx.cond(card.questions, _questions(card)),
        class_name="flex flex-col gap-4",
    )


def _announcement(card: Card) -> rx.Component:
    """The live region: the headline and the reason, and nothing else."""
    return rx.el.div(
        Headline.create(
            card.headline,
            moment=card.screen,
            cheer=card.tone == "good",
            class_name="text-xl font-semibold text-balance",
        ),
        rx.el.p(card.reason, class_name="mt-1 text-(--muted)"),
        role="status",
        custom_attrs={"aria-live": "polite", "aria-atomic": "true"},
    )


def _badge(card: Card) -> rx.Component:
    """A round picture of the tone; the form's own screens go without."""
    return rx.match(
        card.tone,
        ("good", _round("good")),
        ("bad", _round("bad")),
        ("warn", _round("warn")),
        ("wait", _round("wait", "spin size-6")),
        rx.fragment(),
    )


def _round(tone: str, size: str = "size-6") -> rx.Component:
    return rx.el.div(icon(tone, size), class_name=BADGE + BADGES[tone])


def _steps(card: Card) -> rx.Component:
    return rx.el.ol(
        rx.foreach(
            card.steps,
            lambda step, index: rx.el.li(
                rx.el.span(
                    index + 1,
                    class_name="flex size-6 shrink-0 items-center justify-center rounded-full "
                    "bg-(--calm-soft) text-sm font-semibold",
                    custom_attrs={"aria-hidden": "true"},
                ),
                rx.el.span(step),
                class_name="flex gap-3",
            ),
        ),
        class_name="flex flex-col gap-3",
        custom_attrs={"aria-label": ui["steps_label"]},
    )


def _progress(card: Card) -> rx.Component:
    return rx.el.div(
        rx.el.progress(
            value=card.paid_share,
            max=100,
            class_name="h-2 w-full overflow-hidden rounded-full",
            custom_attrs={"aria-label": card.paid_share_label},
        ),
        rx.el.p(card.paid_share_label, class_name="text-sm text-(--muted)"),
    )


def _notice(text: str) -> rx.Component:
    return rx.el.p(
        text, role="alert", class_name="rounded-lg bg-(--warn-soft) p-3 text-sm text-(--warn)"
    )


def _manual(card: Card) -> rx.Component:
    """The way to pay without a prompt: each value with its own copy button."""
    return rx.el.div(
        rx.el.p(card.manual_menu, class_name="font-semibold"),
        rx.el.dl(
            rx.foreach(
                card.manual,
                lambda item: fact(item.label, copyable(item.value, ui["copy"], ui["copied"])),
            ),
            class_name="border-y border-(--line) py-2",
        ),
        rx.el.p(card.manual_note, class_name="text-sm text-(--muted)"),
        class_name="flex flex-col gap-3",
    )


def _instead(card: Card) -> rx.Component:
    """The same below a button that works too, so it opens at a tap."""
    return rx.el.div(
        disclosure(ui["menu_instead"], rx.el.div(_manual(card), class_name="pt-2")),
        class_name="border-t border-(--line) pt-3",
    )


def _form(card: Card, problem: Problem, on_submit: Any) -> rx.Component:
    """Phone, amount where it may be chosen, and the button. Their order is the reading order."""
    live = on_submit is not None
    handler = {"on_submit": on_submit} if live else {}
    return rx.el.form(
        phone_field(card.key, ui["phone_label"], ui["phone_hint"], problem.phone, remember=live),
        rx.cond(
            card.has_amount,
            amount_field(
                card.key, ui["amount_label"], card.amount_hint, problem.amount, card.amount_typed
            ),
        ),
        rx.el.input(type="hidden", name="attempt", value=card.attempt),
        SubmitButton.create(
            label=card.button,
            wait_label=card.button_wait,
            busy_label=ui["sending"],
            class_name=rx.cond(card.loud, LOUD, QUIET),
        ),
        WaitNote.create(
            reason=card.wait_reason,
            label=ui["another_number"],
            free=ui["another_free"],
            button_class=WAIT_BUTTON,
            class_name=WAIT_NOTE,
        ),
        class_name="flex flex-col gap-4",
        no_validate=True,
        **handler,
    )


def _receipt(card: Card) -> rx.Component:
    return rx.el.div(
        rx.el.dl(
            fact(
                ui["receipt_number"],
                rx.cond(
                    card.receipt_number != "",
                    copyable(card.receipt_number, ui["copy"], ui["copied"]),
                    rx.el.span(ui["receipt_coming"]),
                ),
            ),
            rx.cond(card.paid_at != "", fact(ui["paid_at"], card.paid_at)),
            class_name="border-y border-(--line) py-2",
        ),
        link_button(ui["view_receipt"], card.receipt_path, loud=False),
        class_name="flex flex-col gap-4",
    )


def _pin_note() -> rx.Component:
    return rx.el.p(
        icon("lock", "size-4"),
        ui["pin_note"],
        class_name="flex items-center gap-2 text-sm text-(--muted)",
    )


def _questions(card: Card) -> rx.Component:
    return rx.el.div(
        rx.foreach(
            card.questions,
            lambda item: disclosure(
                item.question,
                rx.el.p(item.answer, class_name="pt-1 pb-2 text-sm text-(--muted)"),
            ),
        ),
        class_name="border-t border-(--line) pt-3",
    )


def _placeholder() -> rx.Component:
    return rx.el.div(card_outline(), rx.el.span(ui["loading"], class_name="sr-only"))
