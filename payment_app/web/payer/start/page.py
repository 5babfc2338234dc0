"""The simulator's start page: what this is, and where to begin."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import TEXT_LINK
from payment_app.web.components.copyable import copyable
from payment_app.web.components.pill import pill
from payment_app.web.components.shell import shell
from payment_app.web.components.surface import SURFACE
from payment_app.web.payer.language import LanguageState, is_loaded
from payment_app.web.payer.start.state import HomeState
from payment_app.web.payer.start.view import DemoCard
from payment_app.web.route import Route

home = HomeState.home
_GRID = "grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3"


def home_page() -> rx.Component:
    """`/` in simulator mode."""
    return shell(
        rx.el.header(
            rx.el.p(
                LanguageState.ui["simulated"],
                class_name="mb-3 inline-block rounded-full bg-(--warn-soft) px-3 py-1 text-sm "
                "font-medium text-(--warn)",
            ),
            rx.el.h1(home["title"], class_name="text-2xl font-semibold"),
            rx.el.p(home["lead"], class_name="mt-1 max-w-xl text-(--muted)"),
        ),
        _section(home["steps"], _steps()),
        _section(home["bookings"], _bookings()),
        rx.cond(HomeState.own, _section(home["own"], _list(HomeState.own))),
        _section(
            home["pages_title"],
            rx.el.ul(
                _door(home["api_title"], home["api_text"], "/api/docs"),
                _door(home["gallery_title"], home["gallery_text"], "/gallery"),
                class_name=_GRID,
            ),
        ),
        state=HomeState,
        width="wide",
    )


def _section(title: str, body: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="mb-3 text-lg font-semibold"), body, class_name="mt-4"
    )


def _steps() -> rx.Component:
    """From a pay link to the staff's view of it, in the order in which to try them."""
    first = rx.cond(HomeState.first_path != "", HomeState.first_path, "#bookings")
    return rx.el.ol(
        _step("1", home["pay_title"], home["pay_text"], first),
        _step("2", home["phone_title"], home["phone_text"], "/simulator"),
        _step("3", home["staff_title"], home["staff_text"], "/staff", _logins()),
        class_name=_GRID,
    )


def _step(
    number: str, title: str, text: str, href: str | rx.Var[str], *more: rx.Component
) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            number,
            class_name="flex size-7 shrink-0 items-center justify-center rounded-full "
            "bg-(--good-soft) text-sm font-semibold text-(--accent)",
            custom_attrs={"aria-hidden": "true"},
        ),
        rx.el.div(
            rx.el.a(title, href=href, class_name=f"inline-block py-1 font-medium {TEXT_LINK}"),
            rx.el.p(text, class_name="text-sm text-(--muted)"),
            *more,
            class_name="min-w-0",
        ),
        class_name=f"{SURFACE} flex items-start gap-3 p-5",
    )


def _logins() -> rx.Component:
    """The demo members; their password where the visitor sits at the machine itself."""
    return rx.el.dl(
        rx.el.dt(home["staff_emails"], class_name="text-(--muted)"),
        rx.foreach(HomeState.emails, lambda email: rx.el.dd(email, class_name="break-all")),
        rx.el.dt(home["staff_password"], class_name="mt-1 text-(--muted)"),
        rx.el.dd(
            rx.cond(
                HomeState.password != "",
                copyable(HomeState.password, home["copy"], home["copied"]),
                home["staff_terminal"],
            )
        ),
        class_name="mt-2 text-sm",
    )


def _bookings() -> rx.Component:
    return rx.cond(
        HomeState.bookings,
        _list(HomeState.bookings),
        rx.cond(
            is_loaded(),
            rx.el.p(home["none"], class_name="text-(--muted)"),
            rx.el.div(class_name="min-h-40"),
        ),
    )


def _list(cards: list[DemoCard]) -> rx.Component:
    return rx.el.ul(rx.foreach(cards, _booking), class_name=_GRID)


def _booking(item: DemoCard) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-medium break-words"),
            pill(item.status, item.tone),
            class_name="flex flex-wrap items-start justify-between gap-x-3",
        ),
        rx.el.p(item.reference, class_name="text-sm text-(--muted)"),
        rx.el.p(item.amount, class_name="mt-3 text-xl font-semibold"),
        rx.cond(item.progress != "", rx.el.p(item.progress, class_name="text-sm text-(--muted)")),
        rx.el.a(
            home["open_link"],
            rx.el.span(": ", item.title, class_name="sr-only"),
            href=item.pay_path,
            class_name=f"mt-3 inline-block py-1 {TEXT_LINK}",
        ),
        class_name=f"{SURFACE} p-5",
    )


def _door(title: str, text: str, href: str) -> rx.Component:
    """A plain link with a full page load: not every door leads to a page of ours."""
    return rx.el.li(
        rx.el.a(title, href=href, class_name=f"inline-block py-1 font-medium {TEXT_LINK}"),
        rx.el.p(text, class_name="text-sm text-(--muted)"),
        class_name=f"{SURFACE} p-5",
    )


ROUTE = Route("/", home_page, home["title"], HomeState.open_page, simulator_only=True)
