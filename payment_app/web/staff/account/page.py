"""A member's own account."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.staff_kit import SignOutButton
from payment_app.web.components.surface import surface
from payment_app.web.staff.account.state import AccountState, SessionLine
from payment_app.web.staff.account.texts import ACCOUNT
from payment_app.web.staff.frame import FIELD, LABEL, SMALL_BUTTON, SMALL_LOUD, staff_page


def account_page() -> rx.Component:
    """`/staff/account`."""
    return staff_page(
        "account",
        ACCOUNT["title"],
        rx.cond(
            AccountState.must_enrol,
            rx.el.p(
                ACCOUNT["enrol_first"],
                role="status",
                class_name="rounded-lg bg-(--warn-soft) px-4 py-2 text-sm text-(--warn)",
            ),
        ),
        rx.el.div(
            _app(),
            _password(),
            _sessions(),
            class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-2",
        ),
        state=AccountState,
    )


def _section(title: str, *children: rx.Component) -> rx.Component:
    return surface(
        rx.el.section(
            rx.el.h2(title, class_name="font-semibold"),
            *children,
            class_name="flex flex-col gap-3 text-sm",
        )
    )


def _input(name: str, label: str, *, kind: str = "text", complete: str = "off") -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"account-{name}", class_name=LABEL),
        rx.el.input(
            id=f"account-{name}",
            name=name,
            type=kind,
            required=True,
            auto_complete=complete,
            max_length=200,
            class_name=FIELD,
        ),
    )


def _app() -> rx.Component:
    return _section(
        ACCOUNT["app"],
        rx.cond(
            AccountState.enrolled,
            rx.fragment(rx.el.p(ACCOUNT["app_on"]), _codes_again()),
            rx.cond(AccountState.qr != "", _enrolment(), _start()),
        ),
        rx.cond(AccountState.codes, _codes()),
    )


def _start() -> rx.Component:
    return rx.fragment(
        rx.el.p(ACCOUNT["app_off"]),
        rx.el.button(
            ACCOUNT["app_start"],
            type="button",
            on_click=AccountState.begin_totp,
            class_name=f"{SMALL_LOUD} self-start",
        ),
    )


def _enrolment() -> rx.Component:
    return rx.fragment(
        rx.el.p(ACCOUNT["app_scan"]),
        rx.el.img(
            src=AccountState.qr, alt=ACCOUNT["qr"], class_name="size-48 self-center rounded-lg"
        ),
        rx.el.p(
            ACCOUNT["app_key"],
            ": ",
            rx.el.code(AccountState.key),
            class_name="break-all",
        ),
        rx.el.form(
            _input("code", ACCOUNT["app_code"], complete="one-time-code"),
            rx.el.button(ACCOUNT["app_confirm"], type="submit", class_name=SMALL_LOUD),
            on_submit=AccountState.confirm_totp,
            class_name="flex flex-col items-start gap-3",
        ),
    )


def _codes() -> rx.Component:
    return rx.el.div(
        rx.el.h3(ACCOUNT["codes"], class_name="font-semibold"),
        rx.el.p(ACCOUNT["codes_text"]),
        rx.el.ul(
            rx.foreach(AccountState.codes, lambda code: rx.el.li(rx.el.code(code))),
            class_name="mt-2 grid grid-cols-2 gap-1",
        ),
        role="status",
        class_name="rounded-lg bg-(--calm-soft) p-3",
    )


def _codes_again() -> rx.Component:
    return rx.el.form(
        _input("password", ACCOUNT["codes_password"], kind="password", complete="current-password"),
        rx.el.button(ACCOUNT["codes_new"], type="submit", class_name=SMALL_BUTTON),
        on_submit=AccountState.new_codes,
        reset_on_submit=True,
        class_name="flex flex-col items-start gap-3",
    )


def _password() -> rx.Component:
    return _section(
        ACCOUNT["password"],
        rx.el.form(
            _input("old", ACCOUNT["password_old"], kind="password", complete="current-password"),
            _input("new", ACCOUNT["password_new"], kind="password", complete="new-password"),
            _input("again", ACCOUNT["password_again"], kind="password", complete="new-password"),
            rx.el.button(ACCOUNT["password_change"], type="submit", class_name=SMALL_BUTTON),
            on_submit=AccountState.change_password,
            reset_on_submit=True,
            class_name="flex flex-col items-start gap-3",
        ),
    )


def _sessions() -> rx.Component:
    return _section(
        ACCOUNT["sessions"],
        rx.el.ul(rx.foreach(AccountState.sessions, _session), class_name="flex flex-col gap-3"),
        SignOutButton.create(ACCOUNT["everywhere"], everywhere=True, class_name=SMALL_BUTTON),
    )


def _session(line: SessionLine) -> rx.Component:
    return rx.el.li(
        rx.el.p(line.browser, class_name="break-words"),
        rx.el.p(
            rx.el.span(line.address),
            rx.el.span(line.times),
            class_name="flex flex-wrap gap-x-3 text-xs text-(--muted)",
        ),
        rx.cond(
            line.here,
            rx.el.span(ACCOUNT["session_here"], class_name="text-xs font-medium"),
            rx.el.button(
                ACCOUNT["session_end"],
                type="button",
                on_click=AccountState.end_session(line.session_id),
                class_name="cursor-pointer text-xs underline",
            ),
        ),
    )
