"""The frame of every staff page: where one is, search, who one is, what went wrong."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.kit import LiveLine
from payment_app.web.components.skeleton import bar
from payment_app.web.components.staff_kit import (
    AddressField,
    AddressForm,
    DialogButton,
    Leave,
    NoticeLine,
    Shortcuts,
    SignOutButton,
)
from payment_app.web.components.table import page_link
from payment_app.web.staff.frame_texts import FRAME, KEYS, NAVIGATION
from payment_app.web.staff.state import StaffState, staff_loaded

DIALOG = "dialog"
SMALL_BUTTON = (
    "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg border border-(--field) "
    "px-3 text-sm font-medium cursor-pointer hover:bg-(--calm-soft)"
)
SMALL_LOUD = (
    "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3 text-sm font-semibold "
    "cursor-pointer bg-(--accent) text-(--on-accent) hover:bg-(--accent-strong)"
)
FIELD = (
    "block w-full min-h-9 rounded-lg border border-(--field) bg-(--card) px-3 text-sm text-(--ink)"
)
LABEL = "block text-sm font-medium"


def problem_line(sentence: Any) -> rx.Component:
    """Why the page's address cannot be read, when it cannot."""
    return rx.cond(
        sentence != "",
        rx.el.p(
            sentence,
            role="alert",
            class_name="rounded-lg bg-(--bad-soft) px-4 py-2 text-sm text-(--bad)",
        ),
    )


def staff_page(
    here: str,
    title: str | rx.Var[str],
    *children: rx.Component,
    state: Any,
    own_search: bool = False,
) -> rx.Component:
    """A page of the console.

    Args:
        here: its key in the navigation.
        title: its first-level heading.
        children: shown once the state holds this page's contents.
        state: brings `look_again`, for pages that were in the background.
        own_search: the page has a search box itself.
    """
    return rx.el.div(
        rx.el.a(FRAME["skip"], href="#content", class_name="skip"),
        _top(search=not own_search),
        rx.el.div(
            _navigation(here),
            rx.el.main(
                rx.el.h1(title, class_name="text-xl font-semibold"),
                _trouble(),
                rx.cond(staff_loaded(), rx.fragment(*children), _outline()),
                id="content",
                tab_index=-1,
                class_name="flex min-w-0 flex-1 flex-col gap-4 p-4 lg:p-6",
            ),
            class_name="flex flex-col lg:flex-row",
        ),
        _notice(),
        LiveLine.create(
            text=FRAME["reconnecting"],
            lang="en",
            looked=StaffState.looked,
            on_return=state.look_again,
            class_name="pointer-events-none fixed inset-x-0 bottom-0 p-3 text-center text-sm "
            "font-medium text-(--warn) [&>p]:inline-block [&>p]:rounded-lg "
            "[&>p]:bg-(--warn-soft) [&>p]:px-4 [&>p]:py-2 [&>p]:shadow-(--shadow)",
        ),
        Shortcuts.create(),
        Leave.create(to=StaffState.leave_to),
        class_name="min-h-dvh",
    )


def _top(*, search: bool) -> rx.Component:
    return rx.el.header(
        page_link(FRAME["console"], "/staff", "font-semibold shrink-0"),
        _environment(),
        *([_search()] if search else []),
        rx.el.div(
            _keys(),
            page_link(
                StaffState.viewer.name,
                "/staff/account",
                f"text-sm {TEXT_LINK}",
                title=FRAME["account"],
            ),
            rx.el.span(StaffState.viewer.role, class_name="text-xs text-(--muted) max-sm:hidden"),
            SignOutButton.create(FRAME["sign_out"], class_name=SMALL_BUTTON),
            class_name="ml-auto flex items-center gap-3",
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-(--line) "
        "bg-(--card) px-4 py-2",
    )


def _search() -> rx.Component:
    return AddressForm.create(
        rx.el.label(FRAME["search"], html_for="search", class_name="sr-only"),
        AddressField.create(
            id="search",
            name="q",
            type="search",
            value="",
            placeholder=FRAME["search_hint"],
            class_name=FIELD,
            custom_attrs={"data-search": "", "autoComplete": "off", "maxLength": "200"},
        ),
        action="/staff/payments",
        class_name="order-last w-full min-w-0 sm:order-none sm:w-auto sm:max-w-md sm:flex-1",
        custom_attrs={"role": "search"},
    )


def _environment() -> rx.Component:
    look = "rounded-full px-2 text-xs font-semibold "
    test = rx.el.span(
        FRAME["test"],
        title=FRAME["test_title"],
        class_name=look + "bg-(--warn-soft) text-(--warn)",
    )
    live = rx.el.span(
        FRAME["live"],
        title=FRAME["live_title"],
        class_name=look + "bg-(--good-soft) text-(--accent)",
    )
    return rx.cond(StaffState.viewer.name == "", None, rx.cond(StaffState.viewer.test, test, live))


def _navigation(here: str) -> rx.Component:
    return rx.el.nav(
        *(_door(key, word, to, here) for key, word, to in NAVIGATION),
        class_name="flex shrink-0 gap-1 overflow-x-auto border-b border-(--line) px-2 py-1 "
        "lg:w-44 lg:flex-col lg:border-b-0 lg:px-3 lg:py-6",
        custom_attrs={"aria-label": FRAME["menu"]},
    )


def _door(key: str, word: str, to: str, here: str) -> rx.Component:
    look = (
        "flex min-h-9 items-center justify-between gap-2 rounded-lg px-3 text-sm whitespace-nowrap "
        "hover:bg-(--calm-soft) aria-[current=page]:bg-(--calm-soft) "
        "aria-[current=page]:font-semibold"
    )
    marks = {"aria-current": "page"} if key == here else {}
    words: rx.Component | str = word
    if key == "waiting":
        words = rx.fragment(word, rx.cond(StaffState.waiting > 0, _badge()))
    door = page_link(words, to, look, **marks)
    return rx.cond(StaffState.viewer.may_administer, door) if key == "activity" else door


def _badge() -> rx.Component:
    return rx.el.span(
        StaffState.waiting,
        class_name="rounded-full bg-(--warn-soft) px-2 text-xs font-semibold text-(--warn)",
    )


def _keys() -> rx.Component:
    return DialogButton.create(
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(rx.el.kbd(keys, class_name="font-mono font-semibold")),
                    rx.el.dd(words),
                    class_name="flex justify-between gap-4 py-1 text-sm",
                )
                for keys, words in KEYS
            )
        ),
        label="?",
        title=FRAME["keys_title"],
        name="keys",
        close_label=FRAME["dismiss"],
        button_class=f"{SMALL_BUTTON} max-sm:hidden",
        dialog_class=DIALOG,
        custom_attrs={"aria-label": FRAME["keys_title"]},
    )


def _trouble() -> rx.Component:
    return rx.cond(
        StaffState.trouble != "",
        rx.el.p(
            StaffState.trouble,
            role="status",
            class_name="rounded-lg bg-(--warn-soft) px-4 py-2 text-sm text-(--warn)",
        ),
    )


def _notice() -> rx.Component:
    notice = StaffState.notice
    shape = (
        "fixed inset-x-4 bottom-4 z-10 mx-auto flex max-w-xl items-center justify-between gap-4 "
        "rounded-lg px-4 py-3 text-sm font-medium shadow-(--shadow) "
    )
    return NoticeLine.create(
        text=notice.text,
        number=notice.number,
        dismiss=FRAME["dismiss"],
        button_class="underline cursor-pointer",
        class_name=rx.cond(
            notice.tone == "bad",
            shape + "bg-(--bad-soft) text-(--bad)",
            shape + "bg-(--good-soft) text-(--accent)",
        ),
    )


def _outline() -> rx.Component:
    return rx.el.div(
        bar("h-9 w-full"),
        bar("mt-4 h-64 w-full"),
        rx.el.span(FRAME["loading"], class_name="sr-only"),
    )
