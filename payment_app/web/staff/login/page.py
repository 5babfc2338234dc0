"""The sign-in page: static, so that it needs no socket; the form posts to the session route."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import LOUD
from payment_app.web.components.disclosure import disclosure
from payment_app.web.components.icon import icon
from payment_app.web.components.sentence import sentence
from payment_app.web.components.surface import surface
from payment_app.web.route import Route
from payment_app.web.staff.components.staff_kit import SignInForm
from payment_app.web.staff.login.texts import LOGIN, LOGIN_FORM

_INPUT = (
    "mt-1 block w-full min-h-12 rounded-lg border border-(--field) bg-(--card) px-3 py-2 text-lg "
    "text-(--ink)"
)


def login_page() -> rx.Component:
    """`/staff/login`."""
    return _page()


def demo_login_page() -> rx.Component:
    """The same in the simulator, with the way to its logins."""
    hint = sentence(
        LOGIN["demo"],
        "rounded-lg bg-(--warn-soft) px-4 py-3 text-sm text-(--warn)",
        start=rx.el.a(LOGIN["demo_link"], href="/", class_name="underline"),
    )
    return _page(hint)


def _page(*above: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.header(
                rx.el.span(
                    icon("lock", "size-5"),
                    class_name="flex size-10 items-center justify-center rounded-lg bg-(--accent) "
                    "text-(--on-accent)",
                ),
                rx.el.div(
                    rx.el.h1(LOGIN["heading"], class_name="text-xl leading-tight font-semibold"),
                    rx.el.p(LOGIN["brand"], class_name="text-sm text-(--muted)"),
                ),
                class_name="flex items-center gap-3",
            ),
            *above,
            surface(
                SignInForm.create(
                    words=LOGIN_FORM,
                    input_class=_INPUT,
                    label_class="block text-sm font-medium",
                    button_class=LOUD,
                    error_class="text-sm font-medium text-(--bad)",
                    class_name="flex flex-col gap-4",
                )
            ),
            disclosure(
                LOGIN["forgot"],
                rx.el.p(LOGIN["forgot_text"], class_name="mt-1 text-sm text-(--muted)"),
            ),
            class_name="mx-auto flex w-full max-w-[420px] flex-col gap-4",
        ),
        class_name="min-h-dvh px-4 py-6 sm:py-16",
    )


ROUTE = Route("/staff/login", login_page, LOGIN["title"], in_simulator=demo_login_page)
