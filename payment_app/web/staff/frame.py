"""The frame of every staff page: where one is, search, who one is, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import reflex as rx

from payment_app.domain.staff import Permission
from payment_app.web.components.button import SMALL_BUTTON, TEXT_LINK
from payment_app.web.components.icon import icon
from payment_app.web.components.kit import LiveLine
from payment_app.web.components.skeleton import bar
from payment_app.web.route import Route
from payment_app.web.staff.components.callout import warning
from payment_app.web.staff.components.dialog import dialog
from payment_app.web.staff.components.search import search_box, search_form
from payment_app.web.staff.components.staff_kit import (
    Downloads,
    Leave,
    MenuButton,
    NoticeLine,
    Shortcuts,
    SignOutButton,
)
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.quick.palette import palette
from payment_app.web.staff.screen import Door, Screen, doors
from payment_app.web.staff.state import StaffState, staff_loaded
from payment_app.web.staff.texts import DOWNLOADS, FRAME, KEYS

_TAG = "rounded-full px-2 text-xs font-semibold "


def staff_route(screen: Screen, screens: Sequence[Screen]) -> Route:
    """The page of `screen`, in a frame whose menu leads to all `screens` that have a door."""
    return Route(
        screen.path, lambda: staff_page(screen, screens), screen.title, on_load=screen.on_load
    )


def staff_page(screen: Screen, screens: Sequence[Screen]) -> rx.Component:
    """A page of the console, from the link that skips the menu to the keyboard."""
    return rx.el.div(
        rx.el.a(FRAME["skip"], href="#content", class_name="skip"),
        _top(screens, search=not screen.own_search),
        rx.el.div(
            _navigation(screen, screens),
            _main(screen),
            class_name="flex flex-col lg:flex-row",
        ),
        _notice(),
        Downloads.create(
            words=DOWNLOADS,
            button_class="underline cursor-pointer",
            class_name="fixed right-4 bottom-4 z-10 flex w-[min(24rem,calc(100vw-2rem))] "
            "flex-col gap-2 rounded-lg border border-(--line) bg-(--card) px-4 py-3 text-sm "
            "shadow-(--shadow)",
        ),
        palette(screens),
        _live_line(screen),
        Shortcuts.create(places={door.key: one.path for one, door in doors(screens) if door.key}),
        Leave.create(to=StaffState.leave_to),
        class_name="min-h-dvh",
    )


def _main(screen: Screen) -> rx.Component:
    return rx.el.main(
        rx.el.h1(screen.heading, class_name="text-xl font-semibold"),
        rx.cond(StaffState.trouble != "", warning(StaffState.trouble)),
        rx.cond(staff_loaded(), screen.contents(), _outline()),
        id="content",
        tab_index=-1,
        class_name="flex min-w-0 flex-1 flex-col gap-4 p-4 lg:p-6",
    )


def _live_line(screen: Screen) -> rx.Component:
    return LiveLine.create(
        text=FRAME["reconnecting"],
        lang="en",
        looked=StaffState.looked,
        patience=5_000,  # a list may take a while to read
        on_return=screen.state.look_again,
        class_name="pointer-events-none fixed inset-x-0 bottom-0 p-3 text-center text-sm "
        "font-medium text-(--warn) [&>p]:inline-block [&>p]:rounded-lg "
        "[&>p]:bg-(--warn-soft) [&>p]:px-4 [&>p]:py-2 [&>p]:shadow-(--shadow)",
    )


def _top(screens: Sequence[Screen], *, search: bool) -> rx.Component:
    return rx.el.header(
        page_link(FRAME["console"], "/staff", "font-semibold shrink-0"),
        _environment(),
        MenuButton.create(
            icon("menu", "size-4"),
            FRAME["menu"],
            rx.cond(StaffState.waiting > 0, _badge(StaffState.waiting)),
            class_name=f"{SMALL_BUTTON} ml-auto sm:hidden",
            custom_attrs={"aria-controls": "menu"},
        ),
        *([_search()] if search else []),
        rx.el.div(
            _keys(screens),
            page_link(
                StaffState.viewer.name,
                "/staff/account",
                f"text-sm {TEXT_LINK}",
                title=FRAME["account"],
            ),
            rx.el.span(StaffState.viewer.role, class_name="text-xs text-(--muted)"),
            SignOutButton.create(
                FRAME["sign_out"],
                class_name=f"{SMALL_BUTTON} max-sm:ml-auto",
                custom_attrs={"data-key": "leave"},
            ),
            class_name="in-menu flex items-center gap-3 max-sm:order-last max-sm:w-full sm:ml-auto",
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-(--line) "
        "bg-(--card) px-4 py-2",
    )


def _search() -> rx.Component:
    return search_form(
        "/staff/payments",
        FRAME["search"],
        search_box("search", FRAME["search"], "", FRAME["search_hint"], basis=""),
        class_name="order-last w-full min-w-0 sm:order-none sm:w-auto sm:max-w-md sm:flex-1",
    )


def _environment() -> rx.Component:
    test = rx.el.span(
        FRAME["test"],
        title=FRAME["test_title"],
        class_name=_TAG + "bg-(--warn-soft) text-(--warn)",
    )
    live = rx.el.span(
        FRAME["live"],
        title=FRAME["live_title"],
        class_name=_TAG + "bg-(--good-soft) text-(--accent)",
    )
    return rx.cond(StaffState.viewer.name == "", None, rx.cond(StaffState.viewer.test, test, live))


def _navigation(here: Screen, screens: Sequence[Screen]) -> rx.Component:
    return rx.el.nav(
        *(
            _door(screen, door, here=screen.leads_to(here), needs=screen.needs)
            for screen, door in doors(screens)
        ),
        id="menu",
        class_name="in-menu flex shrink-0 gap-1 border-b border-(--line) px-2 py-1 "
        "max-sm:grid max-sm:grid-cols-2 max-sm:bg-(--card) sm:overflow-x-auto "
        "lg:w-44 lg:flex-col lg:border-b-0 lg:px-3 lg:py-6",
        custom_attrs={"aria-label": FRAME["menu"]},
    )


def _door(screen: Screen, door: Door, *, here: bool, needs: Permission) -> rx.Component:
    look = (
        "flex min-h-9 items-center justify-between gap-2 rounded-lg px-3 text-sm whitespace-nowrap "
        "hover:bg-(--calm-soft) aria-[current=page]:bg-(--calm-soft) "
        "aria-[current=page]:font-semibold"
    )
    words: rx.Component | str = door.words
    if door.badge is not None:
        words = rx.fragment(door.words, rx.cond(door.badge > 0, _badge(door.badge)))
    link = page_link(words, screen.path, look, **({"aria-current": "page"} if here else {}))
    if needs is Permission.READ:
        return link
    return rx.cond(getattr(StaffState.viewer, f"may_{needs.value}"), link)


def _badge(number: Any) -> rx.Component:
    return rx.el.span(
        number,
        class_name="rounded-full bg-(--warn-soft) px-2 text-xs font-semibold text-(--warn)",
    )


def _keys(screens: Sequence[Screen]) -> rx.Component:
    places = [
        (f"g {door.key}", FRAME["go_to"].format(place=door.words.lower()))
        for _, door in doors(screens)
        if door.key
    ]
    return dialog(
        "keys",
        FRAME["keys_short"],
        rx.el.dl(*(_key(keys, words) for keys, words in [*KEYS, *places])),
        title=FRAME["keys_title"],
        spoken=FRAME["keys_title"],
        look=f"{SMALL_BUTTON} max-sm:hidden",
    )


def _key(keys: str, words: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(rx.el.kbd(keys, class_name="font-mono font-semibold")),
        rx.el.dd(words),
        class_name="flex justify-between gap-4 py-1 text-sm",
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
        tone=notice.tone,
        field=notice.field,
        at=notice.at,
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
