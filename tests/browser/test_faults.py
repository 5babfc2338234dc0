"""The pay page when the line, the server or the clock fails: right again at once, never wrong."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from payment_app.web.components.tab_icon import TAB_ICONS
from tests.reliability.proxy import Proxy, proxy
from tests.server import Server, free_port, fresh_phone, msisdn, run_app, start_again

STATE_LIVES = 3
"""Seconds that the server keeps the state of an idle page; an hour in production."""
SOON = 2_000
"""Milliseconds within which the page must be right after a reconnect."""
RECONNECTING = "Reconnecting, your payment is safe"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Proxy]]:
    """An app that browsers reach through a bad network only."""
    port, outside = free_port(), free_port()
    with (
        proxy(outside, port) as line,
        run_app(
            tmp_path_factory.mktemp("faults"),
            PORT=str(port),
            # Not `localhost`: there the socket's client does not listen to "offline".
            PUBLIC_URL=f"http://127.0.0.1:{outside}",
            SIMULATOR_AUTO_COMPLETE_SECONDS="0",
            REFLEX_REDIS_TOKEN_EXPIRATION=str(STATE_LIVES),
        ) as server,
    ):
        yield server, line


@pytest.fixture
def server(app: tuple[Server, Proxy]) -> Server:
    return app[0]


@pytest.fixture
def line(app: tuple[Server, Proxy]) -> Iterator[Proxy]:
    yield app[1]
    app[1].mend()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may log what a cut line makes a browser log."""
    context: BrowserContext = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def card(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("[data-payment-status]")


def expect_status(page: Page, status: str, within: float = 15_000) -> None:
    expect(card(page)).to_have_attribute("data-payment-status", status, timeout=within)


def waiting(page: Page, server: Server, line: Proxy) -> str:
    """A page that waits for its customer's PIN, over the bad network; the phone."""
    booking, phone = server.booking(), fresh_phone()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(booking["pay_url"])
    page.get_by_label("M-Pesa phone number", exact=True).fill(phone)
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect_status(page, "pending")
    assert all(f":{line.port}/" in url for url in sockets), "its socket goes through the proxy"
    return phone


def pay(server: Server, phone: str) -> None:
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})


def expect_cut_off(page: Page, *, off: bool = True) -> None:
    words = page.get_by_text(RECONNECTING)
    expect(words).to_have_count(1 if off else 0, timeout=30_000)


def test_the_line_is_cut_while_the_result_comes(server: Server, line: Proxy, page: Page) -> None:
    phone = waiting(page, server, line)
    line.cut()
    expect_cut_off(page)
    pay(server, phone)
    expect_status(page, "pending")
    line.mend()
    expect_cut_off(page, off=False)
    expect_status(page, "completed", SOON)


def test_while_cut_off_no_button_sends(server: Server, line: Proxy, page: Page) -> None:
    page.goto(server.booking()["pay_url"])
    button = page.get_by_role("button", name=re.compile("^Pay"))
    expect(page.locator("#plain")).to_have_count(0)  # the live page has taken over
    expect(button).to_be_enabled()
    line.cut()
    expect_cut_off(page)
    expect(button).to_be_disabled()
    line.mend()
    expect_cut_off(page, off=False)
    expect(button).to_be_enabled()


def test_a_silent_line_is_found_when_the_customer_comes_back(
    server: Server, line: Proxy, page: Page
) -> None:
    phone = waiting(page, server, line)
    line.go_silent()
    pay(server, phone)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_status(page, "completed", SOON)
    expect(page).to_have_title(re.compile("^✓ Paid"))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", TAB_ICONS["good"])


def test_the_back_button_shows_what_is_true_now(server: Server, line: Proxy, page: Page) -> None:
    phone = waiting(page, server, line)
    page.goto("about:blank")
    pay(server, phone)
    page.go_back()
    expect_status(page, "completed", SOON)


def test_the_link_opened_elsewhere_and_a_duplicated_tab(
    server: Server, line: Proxy, page: Page
) -> None:
    phone = waiting(page, server, line)
    other = page.context.new_page()
    other.goto(page.url)
    expect_status(other, "pending", SOON)
    pay(server, phone)
    for tab in (page, other):
        expect_status(tab, "completed", SOON)


def test_a_silent_line_is_found_by_itself(server: Server, line: Proxy, page: Page) -> None:
    """Nobody touches the page: the heartbeat of the socket (10 + 10 s) finds out."""
    phone = waiting(page, server, line)
    line.go_silent()
    pay(server, phone)
    expect_status(page, "completed", 30_000)


def test_a_tab_that_slept_past_its_states_life(server: Server, line: Proxy, page: Page) -> None:
    phone = waiting(page, server, line)
    time.sleep(STATE_LIVES + 1.5)  # the life of a state is what passes here
    pay(server, phone)
    expect_status(page, "completed", SOON)
    expect(page.get_by_role("status").first).to_contain_text("Paid")


def test_a_click_after_the_state_has_died(server: Server, line: Proxy, page: Page) -> None:
    page.goto(server.booking()["pay_url"])
    field = page.get_by_label("M-Pesa phone number", exact=True)
    field.fill(fresh_phone())
    time.sleep(STATE_LIVES + 1.5)
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect_status(page, "pending")


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_moves_no_countdown(
    server: Server, line: Proxy, page: Page, hours: int
) -> None:
    page.add_init_script(
        "const real = Date.now; window.jump = 0; Date.now = () => real() + window.jump;"
    )
    phone = waiting(page, server, line)
    server.control(answer={"msisdn": msisdn(phone), "with": "unreachable"})
    expect_status(page, "expired")
    before = int(card(page).get_attribute("data-resend-in") or 0)
    assert before > 20
    page.evaluate(f"window.jump = {hours * 3_600_000}")
    expect(card(page)).not_to_have_attribute("data-resend-in", str(before))
    after = int(card(page).get_attribute("data-resend-in") or 0)
    assert before - 5 <= after < before


def test_the_server_is_killed_and_started_again(server: Server, line: Proxy, page: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    page.goto(booking["pay_url"])
    expect_status(page, "none")
    os.killpg(server.process.pid, signal.SIGKILL)
    expect_cut_off(page)
    expect_status(page, "none")
    start_again(server)
    expect_cut_off(page, off=False)
    answer = server.api.post(
        "/api/mpesa/stkpush",
        json={"booking_id": booking["booking_id"], "phone_number": phone, "amount": 2_500},
    )
    assert answer.status_code == 200, answer.text
    expect_status(page, "pending", SOON)
    pay(server, phone)
    expect_status(page, "completed", SOON)
