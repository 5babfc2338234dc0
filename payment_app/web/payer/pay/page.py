"""The pay page: who asks for how much, what for, and the action card."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.disclosure import disclosure
from payment_app.web.components.facts import facts
from payment_app.web.components.kit import TabIcon
from payment_app.web.components.money import big_amount
from payment_app.web.components.shell import shell
from payment_app.web.components.skeleton import bill_outline
from payment_app.web.components.surface import surface
from payment_app.web.components.tab_icon import TAB_ICONS
from payment_app.web.payer.language import LanguageState, is_loaded
from payment_app.web.payer.link_page import tab_title
from payment_app.web.payer.pay.action_card import action_card
from payment_app.web.payer.pay.bill import Bill
from payment_app.web.payer.pay.state import PayState
from payment_app.web.route import Route

ui = LanguageState.ui


def pay_page() -> rx.Component:
    """`/pay/[token]`: one column, the main action without scrolling on a small phone."""
    bill = PayState.bill
    known = bill.merchant != ""
    return shell(
        rx.cond(
            is_loaded(),
            rx.cond(known, bill_header(bill)),
            bill_outline(),
        ),
        action_card(
            PayState.card,
            PayState.problem,
            loaded=is_loaded(),
            looked=PayState.looked,
            on_submit=PayState.pay,
        ),
        rx.cond(known, below_card(bill)),
        TabIcon.create(tone=PayState.card.tone, icons=TAB_ICONS),
        state=PayState,
        width="pair",
        screen=PayState.card.screen,
    )


def bill_header(bill: Bill) -> rx.Component:
    """Business, what for, and the amount."""
    return rx.el.header(
        rx.el.div(
            rx.el.span(
                bill.initial,
                class_name="flex size-10 shrink-0 items-center justify-center rounded-lg "
                "bg-(--accent) font-semibold text-(--on-accent)",
                custom_attrs={"aria-hidden": "true"},
            ),
            rx.el.div(
                rx.el.p(bill.merchant, class_name="font-semibold break-words"),
                rx.el.h1(bill.title, class_name="text-sm text-(--muted) break-words"),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.div(
            rx.el.p(bill.amount_label, class_name="text-sm text-(--muted)"),
            big_amount(bill.amount, bill.amount_plain, ui["copy_amount"], ui["copied"]),
        ),
        rx.cond(bill.back != "", _went_back(bill)),
        class_name="flex flex-col gap-4 px-1",
    )


def _went_back(bill: Bill) -> rx.Component:
    """Said as soon as it is known: the payer's page is open, or looked at again later."""
    return rx.el.p(
        bill.back,
        role="status",
        class_name="rounded-lg bg-(--good-soft) px-4 py-3 text-sm font-medium text-(--accent)",
    )


def below_card(bill: Bill) -> rx.Component:
    """The help line and details."""
    return rx.el.div(
        rx.cond(bill.call_href != "", _help(bill)),
        surface(
            disclosure(
                ui["details"],
                rx.el.div(facts(bill.about), facts(bill.rows), class_name="pt-2"),
            ),
            class_name="px-5 py-3",
        ),
        class_name="flex flex-col gap-4",
    )


def _help(bill: Bill) -> rx.Component:
    return rx.el.p(
        rx.el.span(ui["help"], class_name="text-(--muted)"),
        rx.el.a(ui["call"], href=bill.call_href, class_name=TEXT_LINK),
        rx.cond(
            bill.whatsapp_href != "",
            rx.el.a(ui["whatsapp"], href=bill.whatsapp_href, class_name=TEXT_LINK),
        ),
        class_name="flex flex-wrap justify-center gap-x-4 gap-y-2 text-sm",
    )


ROUTE = Route("/pay/[token]", pay_page, tab_title(PayState.title), PayState.watch)
