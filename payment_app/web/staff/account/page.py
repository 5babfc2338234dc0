"""A member's own account."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, SMALL_LOUD, action, submit
from payment_app.web.components.kit import CopyButton, PrintButton
from payment_app.web.components.sentence import sentence
from payment_app.web.staff.account.state import AccountState
from payment_app.web.staff.account.texts import ACCOUNT
from payment_app.web.staff.account.view import SessionLine
from payment_app.web.staff.components.callout import warning
from payment_app.web.staff.components.fields import text_field
from payment_app.web.staff.components.section import section
from payment_app.web.staff.components.staff_kit import SignOutButton
from payment_app.web.staff.screen import Screen
from payment_app.web.staff.texts import FRAME

_FORM = "flex max-w-sm flex-col gap-3 [&>button]:self-start"
"""Fields of one width, and the button below them."""


def account_page() -> rx.Component:
    """Authenticator app, password and sessions."""
    return rx.fragment(
        rx.cond(
            AccountState.must_change,
            warning(ACCOUNT["change_first"]),
            rx.cond(AccountState.must_enrol, warning(ACCOUNT["enrol_first"])),
        ),
        rx.el.div(
            rx.cond(AccountState.must_change, None, _app()),
            _password(),
            rx.cond(AccountState.must_change, None, _sessions()),
            class_name="grid grid-cols-1 items-start gap-4 lg:grid-cols-2",
        ),
    )


def _input(name: str, label: str, *, kind: str = "text", complete: str = "off") -> rx.Component:
    return text_field(
        f"account-{name}",
        name,
        label,
        most=200,
        type=kind,
        auto_complete=complete,
        required=True,
    )


def _app() -> rx.Component:
    return section(
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
        rx.el.form(
            _input(
                "password", ACCOUNT["app_password"], kind="password", complete="current-password"
            ),
            submit(ACCOUNT["app_start"], SMALL_LOUD),
            on_submit=AccountState.begin_totp,
            reset_on_submit=True,
            class_name=_FORM,
        ),
    )


def _enrolment() -> rx.Component:
    return rx.fragment(
        rx.el.p(ACCOUNT["app_scan"]),
        rx.el.img(
            src=AccountState.qr, alt=ACCOUNT["qr"], class_name="size-48 self-center rounded-lg"
        ),
        sentence(ACCOUNT["app_key"], "break-all", key=rx.el.code(AccountState.key)),
        rx.el.form(
            _input("code", ACCOUNT["app_code"], complete="one-time-code"),
            submit(ACCOUNT["app_confirm"], SMALL_LOUD),
            on_submit=AccountState.confirm_totp,
            class_name=_FORM,
        ),
    )


def _codes() -> rx.Component:
    codes = AccountState.codes_text
    return rx.el.div(
        rx.el.h3(ACCOUNT["codes"], class_name="font-semibold"),
        rx.el.p(ACCOUNT["codes_text"]),
        rx.el.ul(
            rx.foreach(AccountState.codes, lambda code: rx.el.li(rx.el.code(code))),
            class_name="mt-2 grid grid-cols-2 gap-1",
        ),
        rx.el.div(
            CopyButton.create(
                FRAME["copy"],
                value=codes,
                done_label=FRAME["copied"],
                class_name=SMALL_BUTTON,
            ),
            rx.el.a(
                ACCOUNT["codes_save"],
                href="data:text/plain;charset=utf-8," + codes.replace("\n", "%0A"),
                download="recovery-codes.txt",
                class_name=SMALL_BUTTON,
            ),
            PrintButton.create(ACCOUNT["codes_print"], class_name=SMALL_BUTTON),
            class_name="no-print mt-3 flex flex-wrap gap-2",
        ),
        role="status",
        class_name="print-alone rounded-lg bg-(--calm-soft) p-3",
    )


def _codes_again() -> rx.Component:
    return rx.el.form(
        _input("password", ACCOUNT["codes_password"], kind="password", complete="current-password"),
        submit(ACCOUNT["codes_new"], SMALL_BUTTON),
        on_submit=AccountState.new_codes,
        reset_on_submit=True,
        class_name=_FORM,
    )


def _password() -> rx.Component:
    return section(
        ACCOUNT["password"],
        rx.el.form(
            _input("old", ACCOUNT["password_old"], kind="password", complete="current-password"),
            _input("new", ACCOUNT["password_new"], kind="password", complete="new-password"),
            _input("again", ACCOUNT["password_again"], kind="password", complete="new-password"),
            submit(ACCOUNT["password_change"], SMALL_BUTTON),
            on_submit=AccountState.change_password,
            reset_on_submit=True,
            class_name=_FORM,
        ),
    )


def _sessions() -> rx.Component:
    return section(
        ACCOUNT["sessions"],
        rx.el.ul(rx.foreach(AccountState.sessions, _session), class_name="flex flex-col gap-3"),
        SignOutButton.create(ACCOUNT["everywhere"], everywhere=True, class_name=SMALL_BUTTON),
    )


def _session(line: SessionLine) -> rx.Component:
    return rx.el.li(
        rx.el.p(line.device, title=line.browser, class_name="font-medium"),
        rx.el.p(
            rx.el.span(line.address),
            rx.el.span(line.times),
            class_name="flex flex-wrap gap-x-3 text-xs text-(--muted)",
        ),
        rx.cond(
            line.here,
            rx.el.span(ACCOUNT["session_here"], class_name="text-xs font-medium"),
            action(
                ACCOUNT["session_end"],
                AccountState.end_session(line.session_id),
                "cursor-pointer text-xs underline",
            ),
        ),
    )


SCREEN = Screen(
    path="/staff/account",
    title=ACCOUNT["page_title"],
    heading=ACCOUNT["title"],
    contents=account_page,
    state=AccountState,
    on_load=AccountState.open_page,
)
