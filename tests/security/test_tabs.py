"""Whoever knows a tab's name gets nothing for it, and what runs for a tab ends with its socket."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

from payment_app.web.staff.account.texts import ACCOUNT
from tests.reliability.wire import BOOT
from tests.security.handlers import console_handlers, handlers
from tests.security.tabs import FRAMEWORK, Tab, hang_up, open_pages, within
from tests.server import Server, run_app

PAGES = {
    "/staff": "",
    "/staff/payments": "",
    "/staff/payments/1": "PaymentState.reveal_phone",
    "/staff/bookings": "",
    "/staff/bookings/1": "",
    "/staff/waiting": "",
    "/staff/activity": "",
    "/staff/settings": "SettingsState.reset_password",
    "/staff/account": "AccountState.begin_totp",
}
"""Every page of the console, and what makes it show something that it shows to nobody else."""
CALLS = int(os.environ.get("WATCH_CALLS", "80"))
"""Calls of `watch` on one socket; 300 were 302 open pages ninety minutes later."""
_EMPTY = {"", "en"}
_NO_DATUM = re.compile(r"[0-9]{1,3}|[A-Za-z0-9+/_-]{20,24}=*")
"""Small numbers, and names of sockets."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_app(tmp_path_factory.mktemp("tabs"), pages=False) as running:
        booking = running.booking()
        answer = running.api.post(
            "/api/mpesa/stkpush",
            json={
                "booking_id": booking["booking_id"],
                "phone_number": "0712345678",
                "amount": 2_500,
            },
        )
        assert answer.status_code < 300, answer.text
        yield running


@pytest_asyncio.fixture(autouse=True)
async def _no_line_stays_open() -> AsyncIterator[None]:
    yield
    await hang_up()


def full_name(name: str) -> str:
    return next(handler.full_name for handler in handlers() if handler.name == name)


def run_sql(server: Server, statement: str, *rows: tuple[object, ...]) -> None:
    with sqlite3.connect(server.folder / "data" / "payment_app.db", timeout=10) as database:
        database.executemany(statement, rows or [()])
    database.close()


def rows_of(server: Server, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(server.folder / "data" / "payment_app.db", timeout=10) as database:
        return database.execute(statement).fetchall()


async def _sign_out(server: Server, cookie: str) -> None:
    async with httpx.AsyncClient() as http:
        await http.delete(f"{server.url}/api/staff/session", headers={"Cookie": cookie})


async def _expire(server: Server, cookie: str) -> None:
    run_sql(server, "UPDATE staff_session SET expires_at = '2020-01-01 00:00:00.000000'")


async def _idle(server: Server, cookie: str) -> None:
    run_sql(server, "UPDATE staff_session SET seen_at = '2020-01-01 00:00:00.000000'")


async def _disable(server: Server, cookie: str) -> None:
    run_sql(server, "UPDATE staff SET disabled_at = '2026-01-01 00:00:00.000000'")


async def _change_password(server: Server, cookie: str) -> None:
    """The member does it in another browser, on the page for it."""
    run_sql(server, "UPDATE staff SET demo = 0")  # these may not change theirs
    tab = Tab(f"{server.url}/staff/account", cookie=server.sign_in("admin"))
    await tab.open()
    await tab.until(lambda state: state.get("looked"))
    new = "a quite different sentence 1"
    form = {"old": server.demo_password, "new": new, "again": new}
    await tab.call(full_name("AccountState.change_password"), {"form": form})
    await tab.until(lambda state: ACCOUNT["password_done"] in str(state.get("notice")))
    await tab.close()


ENDINGS: dict[str, Callable[[Server, str], Awaitable[None]]] = {
    "sign-out": _sign_out,
    "expiry": _expire,
    "idleness": _idle,
    "disabling": _disable,
    "another password": _change_password,
}


@dataclass
class Opened:
    """Every page of the console, open for one member.

    Attributes:
        secrets: what these pages were sent, and a stranger's page is not.
    """

    tabs: list[Tab]
    cookie: str
    secrets: set[str]


async def open_all(server: Server) -> Opened:
    """Open every page, and let each show what it can."""
    cookie = server.sign_in("admin")
    nobodys = await asyncio.gather(*(seen_by_nobody(server, path) for path in PAGES))
    tabs = await asyncio.gather(*(open_one(server, cookie, path) for path in PAGES))
    await asyncio.sleep(0.7)
    told = set().union(*(tab.texts for tab in tabs))
    known = _EMPTY.union(*nobodys)
    return Opened(tabs, cookie, {text for text in told - known if len(text) > 2})


async def seen_by_nobody(server: Server, path: str) -> set[str]:
    """What a page sends to whom it shows nothing."""
    nobody = Tab(f"{server.url}{path}")
    await nobody.open()
    await nobody.until(lambda state: state.get("leave_to"))
    await nobody.close()
    return nobody.texts


async def open_one(server: Server, cookie: str, path: str) -> Tab:
    """A page of the console that shows what it can."""
    tab = Tab(f"{server.url}{path}", cookie=cookie)
    await tab.open()
    await tab.until(lambda state: state.get("looked"))
    if more := PAGES[path]:
        await tab.call(full_name(more), {"form": {"staff_id": "3"}} if "reset" in more else {})
    return tab


async def answered(tab: Tab) -> None:
    """The server has said what it has to say to a tab that asked for everything."""
    await tab.until(lambda _: tab.frames, 20)
    await asyncio.sleep(0.2)


async def ask_as(opened: Opened, stranger: Tab) -> None:
    """Somebody names an old tab as theirs and asks for everything: nothing of it comes."""
    await stranger.open()
    await stranger.ask_for_everything()
    await answered(stranger)
    assert stranger.frames, "the socket is open"
    assert_nothing_leaks(opened, stranger)
    await stranger.close()


def assert_nothing_leaks(opened: Opened, tab: Tab) -> None:
    leaked = opened.secrets & tab.texts - {tab.token}
    # What only says which socket this is, or counts, is no datum of anybody's.
    assert {text for text in leaked if not _NO_DATUM.fullmatch(text)} == set()


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_old_tab_without_its_session_shows_nothing(server: Server, ending: str) -> None:
    opened = await open_all(server)
    assert any("demo.local" in text for text in opened.secrets)
    assert len(opened.secrets) > 60, "the pages show something to be kept"
    members = rows_of(server, "SELECT password_hash, demo, staff_id FROM staff")
    await ENDINGS[ending](server, opened.cookie)
    try:
        for tab in opened.tabs:
            await tab.until(lambda state: state.get("leave_to"), 6)
            tab.frames.clear()
            await tab.ask_for_everything()
        await asyncio.sleep(0.5)
        for tab in opened.tabs:
            assert_nothing_leaks(opened, tab)
            await tab.close()
        for cookie in ("", opened.cookie):
            await asyncio.gather(*(ask_as(opened, tab.stranger(cookie)) for tab in opened.tabs))
    finally:
        run_sql(
            server,
            "UPDATE staff SET disabled_at = NULL, password_hash = ?, demo = ? WHERE staff_id = ?",
            *members,
        )


async def test_a_tab_is_empty_as_soon_as_its_socket_is_gone(server: Server) -> None:
    """Even for the same member: what was shown is read again, or not shown."""
    opened = await open_all(server)
    for tab in opened.tabs:
        await tab.close()
    await asyncio.gather(*(ask_as(opened, tab.stranger()) for tab in opened.tabs))
    settings = next(tab for tab in opened.tabs if tab.url.endswith("/settings"))
    password = settings.state["temporary"]["password"]
    assert password
    again = settings.stranger(opened.cookie)
    await again.open()
    await again.until(lambda state: state.get("members"))
    assert password not in again.texts
    await again.close()


async def test_a_stranger_who_says_nothing_at_first_gets_nothing_either(server: Server) -> None:
    """The sample: a socket with the old name, no cookie and no first event, then `hydrate`."""
    opened = await open_all(server)
    await _sign_out(server, opened.cookie)
    for tab in opened.tabs:
        await tab.close()
        stranger = tab.stranger()
        await stranger.open(boot=False)
        for name in FRAMEWORK:
            await stranger.call(name, {})
        await answered(stranger)
        assert_nothing_leaks(opened, stranger)
        await stranger.close()


async def test_another_visitor_of_a_tab_does_not_see_what_a_link_showed(server: Server) -> None:
    booking = server.booking(title="A secret title of a booking", reference="SECRETREF1")
    tab = Tab(f"{server.url}{booking['pay_url'].removeprefix(server.url)}")
    await tab.open()
    await tab.until(lambda state: state.get("loaded_path"))
    assert any("A secret title" in text for text in tab.texts)
    await tab.close()
    other = server.booking(title="Another title of a booking")
    paths = ("/pay/" + "x" * 43, "/receipt/" + "x" * 43, "/staff", "/gallery",
             other["pay_url"].removeprefix(server.url))  # fmt: skip
    for path in paths:
        stranger = tab.stranger(path=path)
        await stranger.open()
        await stranger.ask_for_everything()
        await answered(stranger)
        seen = "\n".join(stranger.texts)
        assert "A secret title" not in seen
        assert "SECRETREF1" not in seen
        await stranger.close()
        await tab.open()
        await tab.until(lambda state: "A secret title" in str(state.get("bill")))
        await tab.close()


async def test_many_watchers_are_one_and_end_with_the_socket(server: Server) -> None:
    before = open_pages(server)
    cookie = server.sign_in("admin")
    watchers = [handler.full_name for handler in handlers() if handler.name.endswith(".watch")]
    booking = server.booking()

    async def watch_often(url: str) -> Tab:
        tab = Tab(url, cookie=cookie)
        await tab.open()
        await asyncio.sleep(0.3)
        for number in range(CALLS):
            await tab.call(watchers[number % len(watchers)], {})
            await asyncio.sleep(0.055)  # as fast as a socket may
        return tab

    tabs = await asyncio.gather(
        *(watch_often(url) for url in (f"{server.url}/staff/payments", booking["pay_url"]))
    )
    await asyncio.sleep(0.5)
    for left, tab in zip((2, 1), tabs, strict=True):
        assert open_pages(server) <= before + left, "one for each tab"
        await tab.close()
        await within(5, lambda most=left - 1: open_pages(server) <= before + most)


async def test_every_handler_ends_with_its_socket(server: Server) -> None:
    """Whatever was called, and often, nothing is open and nothing is kept afterwards."""
    before = open_pages(server)
    cookie = server.sign_in("viewer")
    every = [*handlers(), *console_handlers()]
    for batch in range(0, len(every), 40):
        tab = Tab(f"{server.url}/staff/payments/1", cookie=cookie)
        await tab.open()
        for handler in every[batch : batch + 40]:
            await tab.call(handler.full_name, handler.payload)
        await asyncio.sleep(0.2)
        await tab.close()
    await within(5, lambda: open_pages(server) <= before)


@pytest.mark.parametrize(
    "name", ["", "x", "a b c d e f g h", "../../etc/passwd", "x" * 65, "%00" * 8]
)
async def test_a_socket_without_a_proper_tab_is_refused(server: Server, name: str) -> None:
    tab = Tab(f"{server.url}/staff", token=name)
    await tab.open()
    await asyncio.sleep(0.5)
    assert not tab.frames
    await tab.close()


async def test_what_is_no_event_is_dropped_and_the_socket_lives(server: Server) -> None:
    tab = Tab(server.booking()["pay_url"])
    await tab.open()
    await tab.until(lambda state: state.get("loaded_path"))
    for packet in (
        '["event"]',
        '["event",null]',
        '["event","text"]',
        '["event",[1]]',
        '["event",{}]',
        '["event",{"name":1}]',
        '["event",{"name":"x","payload":[]}]',
        '["event",{"name":"x","router_data":[]}]',
        '["event",{"name":"x","router_data":{"pathname":[],"asPath":1}}]',
        '["event",{"name":"x","router_data":{"query":[]}}]',
        '["nothing",{}]',
        '["client_error",{"error_type":"x","message":"0712345678"}]',
    ):
        await tab._send(f"42/_event,{packet}")
    heard = tab.heard
    await tab.fire("look_again", {})
    await tab.until(lambda _: tab.heard > heard)
    await tab.close()


async def test_one_line_carries_one_page(server: Server) -> None:
    """Each further CONNECT on it would be a tab of its own, past every limit."""
    before = open_pages(server)
    tab = Tab(server.booking()["pay_url"])
    await tab.open()
    await tab.until(lambda state: state.get("loaded_path"))
    for _ in range(20):
        await tab._send("40/_event,{}")
    await asyncio.sleep(0.5)
    assert open_pages(server) <= before + 1
    heard = tab.heard
    await tab.fire("look_again", {})
    await tab.until(lambda _: tab.heard > heard)
    await tab.close()


async def test_nobody_invents_a_handshake(server: Server) -> None:
    """An event named `connect` was a handshake: with any address, for any tab."""
    before = open_pages(server)
    tab = Tab(server.booking()["pay_url"])
    await tab.open()
    await tab.until(lambda state: state.get("loaded_path"))
    for number in range(5):
        forged = {
            "QUERY_STRING": f"token=a-tab-of-mine-{number}",
            "asgi.scope": {"client": ["6.6.6.6", 1], "headers": []},
        }
        await tab._send('42/_event,["disconnect"]')
        await tab._send(f"42/_event,{json.dumps(['connect', forged])}")
        await tab.call(BOOT, {})
    await asyncio.sleep(0.3)
    assert open_pages(server) <= before + 1
    assert "6.6.6.6" not in json.dumps(tab.frames)
    assert "a-tab-of-mine" not in json.dumps(tab.frames)
    await tab.close()


async def test_packets_that_no_page_sends_leave_nothing_in_the_log(server: Server) -> None:
    """Each was a page of traceback, twenty times a second."""
    tab = Tab(server.booking()["pay_url"])
    await tab.open()
    await tab.until(lambda state: state.get("loaded_path"))
    before = server.log.stat().st_size
    for packet in ("42/_event,[]", "42/_event,[1]", "47", "44/_event,1", "42/_event,[[[", "b!!!"):
        await tab._send(packet)
    for payload in ({"self": 1}, {"form": 1}, {"form": {FORM_DATA_ENTRIES_KEY: 1}}, {}):
        await tab.fire("pay", payload)
        await tab.fire("set_language", payload)
    heard = tab.heard
    await tab.fire("look_again", {})
    await tab.until(lambda _: tab.heard > heard)
    log = server.log.read_text(encoding="utf-8")[before:]
    assert log.count("\n") <= 1, log  # one line says that such events are refused
    assert "Traceback" not in log
    await tab.close()


async def test_whoever_sends_too_much_is_cut_off(server: Server) -> None:
    tab = Tab(server.booking()["pay_url"])
    await tab.open()
    with suppress(OSError, EOFError):
        for _ in range(200):
            await tab.fire("look_again", {})
    await within(2, lambda: not tab.connected)
    await tab.close()


async def test_a_message_may_be_as_long_as_a_page_needs_and_no_longer(server: Server) -> None:
    """The longest form, all of it escaped, arrives; what only a file would need is the end."""
    tab = Tab(f"{server.url}/staff/bookings", cookie=server.sign_in("cashier"))
    await tab.open()
    await tab.until(lambda state: state.get("looked"))
    longest = {"details": '"' * 4_000, "title": '"' * 120, "reference": '"' * 40, "amount": "x"}
    await tab.call(full_name("BookingsState.create"), {"form": longest})
    await tab.until(lambda state: "amount" in str(state.get("notice")).lower())
    await tab.call(full_name("BookingsState.create"), {"form": {"details": "x" * 33_000}})
    await within(2, lambda: not tab.connected)
    await tab.close()


async def test_nothing_secret_stands_in_the_log_of_all_this(server: Server) -> None:
    booking = server.booking()
    token = booking["pay_url"].rpartition("/")[2]
    tab = Tab(booking["pay_url"], cookie="staff_session=a-session-that-is-secret")
    await tab.open()
    for name in ("no.such.handler", "reflex___state____state.nothing"):
        await tab.call(name, {"phone": "0712345678", "password": "a password that is secret"})
    await tab.fire("pay", {"form": {"phone": ["0712345678"], "amount": {"x": "0712345678"}}})
    await tab.call(FRAMEWORK[-1], {"info": "secret 0712345678", "component_stack": token})
    await asyncio.sleep(0.5)
    await tab.close()
    log = server.log.read_text(encoding="utf-8")
    for secret in ("0712345678", "712345678", "a-session-that-is-secret", "a password that", token):
        assert secret not in log.partition("API         ")[2]


async def test_one_address_has_so_many_sockets(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cap")
    limits = {"SOCKETS_PER_ADDRESS": "5", "TRUSTED_PROXIES": "127.0.0.1,::1"}
    with run_app(folder, pages=False, **limits) as server:
        url = server.booking()["pay_url"]

        def page(address: str) -> Tab:
            return Tab(url, cookie=f"a=b\r\nX-Forwarded-For: {address}")

        here = [page("196.201.214.200") for _ in range(5)]
        for one in here:
            await one.open()
        one_too_many = page("196.201.214.200")
        with pytest.raises((OSError, EOFError)):
            await one_too_many.open()
        await one_too_many.close()
        elsewhere = page("196.201.214.201")
        await elsewhere.open()
        async with httpx.AsyncClient() as http:
            told = await http.get(
                f"{server.url}/staff", headers={"X-Forwarded-For": "196.201.214.200"}
            )
        assert told.status_code == 429
        assert "Too many pages are open" in told.text
        assert told.headers["retry-after"] == "60"
        await here[0].close()
        await asyncio.sleep(0.3)
        again = page("196.201.214.200")
        await again.open()
        for one in (*here, elsewhere, again):
            await one.close()
