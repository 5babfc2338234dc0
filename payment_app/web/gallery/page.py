"""The gallery: the action card in every state, and the rest of the kit, side by side."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.pill import pill
from payment_app.web.components.shell import shell
from payment_app.web.gallery.state import GalleryState
from payment_app.web.payer.language import is_loaded
from payment_app.web.payer.pay.action_card import action_card
from payment_app.web.payer.pay.page import below_card, bill_header
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import Card
from payment_app.web.payer.start.state import HomeState
from payment_app.web.route import Route

home = HomeState.home


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
                _framed("kit", bill_header(GalleryState.bill), below_card(GalleryState.bill)),
                _framed("pills", _pills()),
                _framed("problems", _example(GalleryState.cards[1], GalleryState.problem)),
                rx.foreach(GalleryState.cards, _state),
                class_name="grid items-start gap-6 sm:grid-cols-2 lg:grid-cols-3",
            ),
        ),
        state=GalleryState,
        width="wide",
    )


def _state(card: Card) -> rx.Component:
    return _framed(card.screen, _example(card, Problem()))


def _example(card: Card, problem: Problem) -> rx.Component:
    return action_card(card, problem, loaded=True, looked=GalleryState.looked)


def _framed(name: str, *children: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.p(name, class_name="font-mono text-xs text-(--muted)"),
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
