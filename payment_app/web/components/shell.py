"""The frame of every public page: one calm column, a language switch, the line to the server."""

from __future__ import annotations

from typing import Any, Literal

import reflex as rx

from payment_app.web.components.kit import LanguageLink, LiveLine, TakeOver
from payment_app.web.payer.language import LanguageState, is_loaded
from payment_app.web.texts import LANGUAGES

FOOTER = "no-print flex justify-center lg:col-span-2"
LINE = (
    "no-print pointer-events-none fixed inset-x-0 bottom-0 p-3 text-center text-sm font-medium "
    "text-(--warn) [&>p]:inline-block [&>p]:rounded-lg [&>p]:bg-(--warn-soft) [&>p]:px-4 "
    "[&>p]:py-2 [&>p]:shadow-(--shadow)"
)
"""A sentence about the line to the server, above the page: it moves nothing."""
LANGUAGE_LINK = (
    "rounded px-3 py-2 text-sm text-(--muted) underline-offset-4 hover:underline "
    "aria-[current=true]:font-semibold aria-[current=true]:text-(--ink)"
)
PATIENCE_MS = 1_200
"""A page that was woken is right within 2 s: one that gets no answer so long opens a new line."""
NARROW = "max-w-[420px]"
PAIR = (
    f"{NARROW} lg:grid lg:max-w-[920px] lg:grid-cols-[minmax(0,1fr)_420px] lg:grid-rows-[auto_1fr] "
    "lg:items-start lg:gap-x-14 lg:pt-10"
)
"""One column on a phone; on a wide screen the card stands beside what it is for."""
CARD_PLACE = "lg:col-start-2 lg:row-start-1 lg:row-span-2"
_WIDTHS = {"narrow": NARROW, "pair": PAIR, "wide": "max-w-5xl"}


def shell(
    *children: rx.Component,
    state: Any,
    screen: str = "",
    width: Literal["narrow", "pair", "wide"] = "narrow",
) -> rx.Component:
    """A page; `state` brings `looked`, `look_again` and `set_language`.

    `screen` is the state that its card is in, for a page that may take over from a plain one.
    """
    return rx.el.div(
        TakeOver.create(
            rx.el.main(
                *children,
                rx.el.footer(language_switch(state), class_name=FOOTER),
                class_name=f"mx-auto flex w-full flex-col gap-4 {_WIDTHS[width]}",
            ),
            loaded=is_loaded(),
            screen=screen,
            looked=state.looked,
        ),
        LiveLine.create(
            text=LanguageState.ui["reconnecting"],
            lang=LanguageState.lang,
            looked=state.looked,
            patience=PATIENCE_MS,
            on_return=state.look_again,
            class_name=LINE,
        ),
        class_name="min-h-dvh px-4 py-6 sm:py-10",
    )


def language_switch(state: Any) -> rx.Component:
    """`EN | SW`, the present one marked."""
    return rx.el.nav(
        *(
            LanguageLink.create(
                code.upper(),
                rx.el.span(f" {texts['name']}", class_name="sr-only"),
                code=code,
                on_pick=state.set_language,
                class_name=LANGUAGE_LINK,
                custom_attrs={"aria-current": rx.cond(LanguageState.lang == code, "true", "false")},
            )
            for code, texts in LANGUAGES.items()
        ),
        class_name="flex divide-x divide-(--line)",
        custom_attrs={"aria-label": LanguageState.ui["language"]},
    )
