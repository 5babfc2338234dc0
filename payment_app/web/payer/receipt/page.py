"""The receipt: plain, and good on paper."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import QUIET, link_button
from payment_app.web.components.copyable import copyable
from payment_app.web.components.facts import fact, facts
from payment_app.web.components.kit import PrintButton, ShareButton
from payment_app.web.components.shell import shell
from payment_app.web.components.skeleton import bar
from payment_app.web.components.surface import surface
from payment_app.web.payer.language import LanguageState, is_loaded
from payment_app.web.payer.link_page import tab_title
from payment_app.web.payer.receipt.state import ReceiptState
from payment_app.web.payer.receipt.view import Receipt
from payment_app.web.route import Route

AMOUNT = "text-[clamp(1.25rem,8vw,1.875rem)] font-semibold tracking-tight"
CHECK = "flex items-center gap-4 rounded text-sm text-(--muted)"
WHOLE_ROW = "col-span-2"
BESIDE = "flex flex-col gap-3"
CODE = "size-28 shrink-0 rounded-lg bg-white"
KEEP = "no-print grid grid-cols-2 gap-3"
SMALL_PRINT = "text-sm text-(--muted)"
ui = LanguageState.ui


def receipt_page() -> rx.Component:
    """`/receipt/[token]`."""
    receipt = ReceiptState.receipt
    return shell(
        rx.cond(
            is_loaded(),
            rx.cond(ReceiptState.found, _receipt(receipt), _missing()),
            _placeholder(),
        ),
        state=ReceiptState,
        width="pair",
    )


def _receipt(receipt: Receipt) -> rx.Component:
    return rx.fragment(
        receipt_paper(receipt),
        rx.el.div(
            _keep(receipt),
            link_button(ui["back_to_payment"], receipt.pay_path, loud=False),
            class_name=BESIDE,
        ),
    )


def receipt_paper(receipt: Receipt) -> rx.Component:
    """What is printed."""
    return surface(
        rx.el.p(receipt.merchant, class_name="font-semibold"),
        rx.el.h1(ui["receipt"], class_name="text-sm text-(--muted)"),
        rx.el.p(ui["amount_paid"], class_name="mt-5 text-sm text-(--muted)"),
        rx.el.p(receipt.amount, class_name=AMOUNT),
        rx.cond(receipt.notice != "", _notice(receipt)),
        rx.cond(
            receipt.refunded != "",
            rx.el.dl(fact(ui["refunded"], receipt.refunded), class_name="mt-2"),
        ),
        _section(rx.el.dl(fact(ui["receipt_number"], _number(receipt))), facts(receipt.payment)),
        _section(rx.el.p(receipt.title, class_name="font-medium"), facts(receipt.booking)),
        rx.cond(receipt.qr != "", _check(receipt)),
        _section(rx.el.p(ui["not_tax"], class_name=SMALL_PRINT)),
    )


def _check(receipt: Receipt) -> rx.Component:
    """The code that anybody can check the receipt by."""
    return _section(
        rx.el.a(
            rx.el.img(src=receipt.qr, alt=ui["check_alt"], class_name=CODE),
            rx.el.span(ui["check_hint"]),
            href=receipt.check_url,
            class_name=CHECK,
        )
    )


def _keep(receipt: Receipt) -> rx.Component:
    """Ways to keep the receipt, and to hand it on."""
    return rx.el.div(
        rx.el.a(ui["pdf"], href=receipt.pdf_href, class_name=QUIET),
        PrintButton.create(ui["print"], class_name=QUIET),
        rx.el.a(ui["whatsapp"], href=receipt.whatsapp_href, class_name=QUIET),
        rx.el.a(ui["sms"], href=receipt.sms_href, class_name=QUIET),
        rx.cond(
            receipt.calendar_href != "",
            rx.el.a(ui["calendar"], href=receipt.calendar_href, class_name=f"{QUIET} {WHOLE_ROW}"),
        ),
        ShareButton.create(
            ui["share"],
            text=receipt.share_text,
            url=receipt.share_url,
            class_name=f"{QUIET} {WHOLE_ROW}",
        ),
        class_name=KEEP,
    )


def _notice(receipt: Receipt) -> rx.Component:
    return rx.el.div(
        rx.el.p(receipt.notice, class_name="font-semibold text-(--warn)"),
        rx.el.p(receipt.notice_reason, class_name="mt-1"),
        role="note",
        class_name="mt-4",
    )


def _number(receipt: Receipt) -> rx.Component:
    return rx.cond(
        receipt.receipt_number != "",
        copyable(receipt.receipt_number, ui["copy"], ui["copied"]),
        rx.el.span(ui["receipt_coming"]),
    )


def _section(*children: rx.Component) -> rx.Component:
    return rx.el.section(*children, class_name="mt-4 border-t border-(--line) pt-3")


def _missing() -> rx.Component:
    return surface(
        rx.el.h1(ui["no_receipt"], class_name="text-xl font-semibold"),
        rx.el.p(ui["no_receipt_reason"], class_name="mt-1 text-(--muted)"),
    )


def _placeholder() -> rx.Component:
    return surface(
        bar("h-6 w-1/2"),
        bar("mt-6 h-9 w-40"),
        bar("mt-6 h-24 w-full"),
        bar("mt-6 h-32 w-full"),
        rx.el.span(ui["loading"], class_name="sr-only"),
    )


ROUTE = Route("/receipt/[token]", receipt_page, tab_title(ReceiptState.title), ReceiptState.watch)
