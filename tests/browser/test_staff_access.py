"""Every handler of the console × every role over a real socket; strangers get nothing at all.

The pages hide what a role may not do. Here nobody is so polite: each handler is called by its full
name, as anybody with a socket can.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import Any

import httpx
import pytest

from payment_app.domain.staff import Role, may
from payment_app.web.staff.texts import FRAME, ROLES
from tests.reliability.wire import Page
from tests.security.handlers import Handler, console_handlers
from tests.server import Server

KEPT = (
    "staff",
    "staff_recovery_code",
    "saved_view",
    "booking",
    "user_account",
    "payment_note",
    "payment_case",
    "audit_log",
)


ASK_FOR_THE_PASSWORD = {
    "AccountState.begin_totp",
    "AccountState.change_password",
    "AccountState.new_codes",
}
"""Without it they count as failed sign-ins, of which an address has few."""


def contents(server: Server) -> dict[str, list[Any]]:
    """What no denied call may change."""
    with sqlite3.connect(server.folder / "data" / "payment_app.db") as database:
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in KEPT}


def denied_to(role: Role) -> list[Handler]:
    return [
        handler
        for handler in console_handlers()
        if handler.policy and handler.policy.permission
        if not may(role, handler.policy.permission)
    ]


def test_there_is_something_to_deny() -> None:
    assert len(console_handlers()) > 25
    numbers = [len(denied_to(role)) for role in Role]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > 10
    assert numbers[-1] == 0


@pytest.mark.parametrize("cookie", ["", "staff_session=nonsense", "staff_session=" + "a" * 43])
async def test_a_stranger_is_sent_to_sign_in_by_every_handler(server: Server, cookie: str) -> None:
    before = contents(server)
    for handler in console_handlers():
        page = Page(f"{server.url}/staff/payments", cookie=cookie)
        await page.open()
        await page.call(handler.full_name, handler.payload)
        await page.until(lambda state: str(state.get("leave_to")).startswith("/staff/login"))
        assert page.state["viewer"]["name"] == ""
        assert "Wanjiku" not in json.dumps(page.state), handler.name
        await page.close()
    assert contents(server) == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER, Role.FINANCE])
async def test_what_a_role_may_not_do_is_refused_without_effect(server: Server, role: Role) -> None:
    cookie = server.sign_in(role.value)
    before = contents(server)
    page = Page(f"{server.url}/staff/payments", cookie=cookie)
    await page.open()
    await page.until(lambda state: state.get("viewer", {}).get("name"))
    words = FRAME["not_allowed"].format(role=ROLES[role.value])
    for handler in denied_to(role):
        number = page.state["notice"]["number"]
        await page.call(handler.full_name, handler.payload)
        await page.until(lambda state, number=number: state["notice"]["number"] > number)
        assert page.state["notice"]["text"] == words, handler.name
    await page.close()
    assert contents(server) == before


@pytest.mark.parametrize("role", Role)
async def test_what_a_role_may_do_is_not_refused_for_its_role(server: Server, role: Role) -> None:
    cookie = server.sign_in(role.value)
    words = FRAME["not_allowed"].format(role=ROLES[role.value])
    denied = {handler.name for handler in denied_to(role)}
    page = Page(f"{server.url}/staff/payments", cookie=cookie)
    await page.open()
    await page.until(lambda state: state.get("viewer", {}).get("name"))
    said: set[str] = set()
    for handler in console_handlers():
        if handler.name not in denied | ASK_FOR_THE_PASSWORD:
            await page.call(handler.full_name, handler.payload)
            await asyncio.sleep(0.05)
            said.add(page.state["notice"]["text"])
    await asyncio.sleep(1)
    said.add(page.state["notice"]["text"])
    await page.close()
    assert words not in said


async def test_signing_out_ends_the_rights_of_a_socket_that_is_open(server: Server) -> None:
    cookie = server.sign_in("admin")
    page = Page(f"{server.url}/staff/payments", cookie=cookie)
    await page.open()
    await page.until(lambda state: state.get("viewer", {}).get("name") == "Amina Admin")
    async with httpx.AsyncClient(base_url=server.url) as browser:
        answer = await browser.delete("/api/staff/session", headers={"Cookie": cookie})
        assert answer.status_code == 204
    look = next(h for h in console_handlers() if h.name == "PaymentsState.look_again")
    await page.call(look.full_name, {})
    await page.until(lambda state: str(state.get("leave_to")).startswith("/staff/login"))
    assert page.state["lines"] == []
    await page.close()


@pytest.mark.parametrize("path", ["/staff", "/staff/payments", "/staff/payments/1", "/staff/x"])
def test_a_page_of_the_console_leads_a_stranger_to_sign_in(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff/login?next={path}"
    assert httpx.get(f"{server.url}/staff/login").status_code == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/staffx", "/staff/login", "javascript:1"]
)
def test_sign_in_leads_to_pages_of_the_console_only(server: Server, wanted: str) -> None:
    cookie = {"Cookie": server.sign_in("viewer")}
    answer = httpx.get(f"{server.url}/staff/login", params={"next": wanted}, headers=cookie)
    assert answer.headers["location"] == "/staff"
