"""The gallery: the action card in every state, and the rest of the kit, side by side."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.pill import pill
from payment_app.web.components.shell import shell
from payment_app.web.gallery.state import GalleryState
from payment_app.web.payer.language import is_loaded
from payment_app.web.payer.pay.action_card import action_card
from payment_app.web.payer.pay.page import below_card, bill_header
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import Card
from payment_app.web.payer.receipt.page import receipt_paper
from payment_app.web.route import Route

home = GalleryState.home
GRID = "grid items-start gap-6 sm:grid-cols-2 lg:grid-cols-3"
ELSEWHERE = (
    ("/receipt/none", home["gallery_no_receipt"]),
    ("/nothing", home["gallery_no_page"]),
    ("/check/forged", home["gallery_forged"]),
)
"""What a payer may meet that stands on a page of its own."""


def gallery_page() -> rx.Component:
    """`/gallery`, in simulator mode only."""
    return shell(
        rx.el.header(
            rx.el.h1(home["gallery_title"], class_name="text-2xl font-semibold"),
            rx.el.p(home["gallery_lead"], class_name="text-(--muted)"),
        ),
        rx.cond(
            is_loaded(),
            rx.el.div(
                _part(home["gallery_pages"], rx.el.ul(*map(_elsewhere, ELSEWHERE))),
                _part(home["gallery_states"], _cards()),
                _part(home["gallery_receipts"], _receipts()),
                class_name="flex flex-col gap-8",
            ),
        ),
        state=GalleryState,
        width="wide",
    )


def _part(title: str, contents: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="text-xl font-semibold"),
        contents,
        class_name="flex flex-col gap-4",
    )


def _elsewhere(page: tuple[str, str]) -> rx.Component:
    address, words = page
    return rx.el.li(rx.el.a(words, href=address, class_name=TEXT_LINK), class_name="py-1")


def _cards() -> rx.Component:
    return rx.el.div(
        _framed("Kit", bill_header(GalleryState.bill), below_card(GalleryState.bill)),
        _framed("Pills", _pills()),
        _framed("Refusals", _example(GalleryState.cards[1], GalleryState.problem)),
        rx.foreach(GalleryState.cards, _state),
        class_name=GRID,
    )


def _receipts() -> rx.Component:
    names = (home["gallery_paid"], home["gallery_late"], home["gallery_refunded"])
    return rx.el.div(
        *(
            _framed(name, receipt_paper(GalleryState.receipts[number]))
            for number, name in enumerate(names)
        ),
        class_name=GRID,
    )


def _state(card: Card, index: int) -> rx.Component:
    return _framed(GalleryState.names[index], _example(card, Problem()))


def _example(card: Card, problem: Problem) -> rx.Component:
    return action_card(card, problem, loaded=True, looked=GalleryState.looked)


def _framed(name: str | rx.Var[str], *children: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h3(name, class_name="text-sm font-medium text-(--muted)"),
        *children,
        class_name="flex flex-col gap-2",
    )


def _pills() -> rx.Component:
    return rx.el.div(
        pill(home["open"], "plain"),
        pill(home["paid"], "good"),
        pill(home["closed"], "warn"),
        class_name="flex gap-2",
    )


ROUTE = Route(
    "/gallery", gallery_page, home["gallery_title"], GalleryState.open_page, simulator_only=True
)
