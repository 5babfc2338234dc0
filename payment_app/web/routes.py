"""Every public page and its address; the wiring registers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from payment_app.web.pages.gallery import gallery_page
from payment_app.web.pages.home import home_page
from payment_app.web.pages.pay import pay_page
from payment_app.web.pages.receipt import receipt_page
from payment_app.web.states.gallery import GalleryState
from payment_app.web.states.home import HomeState
from payment_app.web.states.pay import PayState
from payment_app.web.states.receipt import ReceiptState


@dataclass(frozen=True)
class Route:
    """One page.

    Attributes:
        path: as Reflex writes it, `[token]` for the part that varies.
        component: makes the page.
        title: of the browser's tab.
        on_load: the event that fills it.
        simulator_only: the page exists only while payments are pretended.
    """

    path: str
    component: Callable[[], rx.Component]
    title: str | rx.Var[str]
    on_load: Any
    simulator_only: bool = False


ROUTES: list[Route] = [
    Route("/pay/[token]", pay_page, PayState.title, PayState.watch),
    Route("/receipt/[token]", receipt_page, ReceiptState.title, ReceiptState.watch),
    Route("/", home_page, HomeState.home["title"], HomeState.open_page, simulator_only=True),
    Route(
        "/gallery",
        gallery_page,
        HomeState.home["gallery_title"],
        GalleryState.open_page,
        simulator_only=True,
    ),
]
