"""The page that the server sends: enough to pay with, and the live page takes over unnoticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.test_paying import RECEIPT, expect_status, expect_words
from tests.server import Server, fresh_phone, msisdn

SCRIPTS = re.compile(r"/assets/.*\.js")
SOCKET = re.compile(r"/_event")
NO_LIVE_LINE = re.compile("blocks this page’s live line|kinazuia mawasiliano")

SHIFTS = """
  window.shifted = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries())
      window.shifted.push([
        shift.value, ...shift.sources.map(({node}) => node?.outerHTML?.slice(0, 80)),
      ]);
  }).observe({type: 'layout-shift', buffered: true});
"""

PLACES = """
() => {
  const said = (element) => element.matches('[type=submit]') ? '' :  // it counts down
    [...element.childNodes].map((node) => node.nodeType === 3 ? node.data.trim() : '').join('');
  return [...document.querySelectorAll('main *')]
    .filter((element) => element.checkVisibility() && !element.closest('.sr-only, noscript'))
    .filter((element) =>
      element.matches('input, button, section, progress, .icon') || said(element))
    .map((element) => {
      const {x, y, width, height} = element.getBoundingClientRect();
      return [said(element), ...[x, y, width, height].map(Math.round)].join(' ');
    });
}
"""


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A customer's phone that runs no scripts."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-KE", java_script_enabled=False
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


class Held:
    """The live page's scripts, kept from a page until they are let go."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.route(SCRIPTS, self._hold)
        page.on("framenavigated", lambda _: self._routes.clear())

    def _hold(self, route: Route) -> None:
        self._routes.append(route)

    def let_go(self) -> None:
        self._page.unroute_all(behavior="ignoreErrors")


@pytest.fixture
def hold(context: BrowserContext) -> Callable[[], tuple[Page, Held]]:
    """Makes a page whose live part waits for a word."""

    def make() -> tuple[Page, Held]:
        page = context.new_page()
        return page, Held(page)

    return make


def phone_field(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_label("M-Pesa phone number", exact=True)


def press_pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay")).click()


def expect_live(page: Page) -> None:
    expect(page.locator("#plain")).to_have_count(0)


def test_from_link_to_receipt_without_scripts(server: Server, bare: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    bare.goto(booking["pay_url"])
    expect(bare.get_by_text("Storage unit B12, December")).to_be_visible()
    expect(bare.locator("noscript p")).to_be_visible()  # Playwright reads no text in there
    phone_field(bare).fill(phone)
    press_pay(bare)
    expect(bare).to_have_url(booking["pay_url"])
    expect_status(bare, "pending")
    expect_words(bare, "Check your phone")
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(bare, "completed")  # by itself
    expect(bare).to_have_title(re.compile("^✓ Paid"))
    paid = server.api.get(f"/api/bookings/{booking['booking_id']}").json()
    number = paid["payments"][0]["mpesa_receipt_number"]
    expect(bare.get_by_text(number)).to_be_visible()
    bare.get_by_role("link", name="View receipt").click()
    expect(bare).to_have_url(re.compile("/receipt/"))
    expect(bare.get_by_text(number)).to_be_visible()
    expect(bare.get_by_text(booking["reference"])).to_be_visible()
    bare.get_by_role("link", name="Back to the booking").click()
    expect_status(bare, "completed")


def test_a_refusal_without_scripts(server: Server, bare: Page) -> None:
    booking = server.booking()
    bare.goto(booking["pay_url"] + "?lang=sw")
    bare.get_by_role("textbox").fill("020 1234567")
    bare.get_by_role("button").click()
    expect(bare.get_by_role("alert")).to_contain_text("07")
    expect(bare.get_by_role("textbox")).to_have_value("020 1234567")
    expect(bare.locator("html")).to_have_attribute("lang", "sw")
    assert server.api.get(f"/api/bookings/{booking['booking_id']}").json()["payments"] == []


@pytest.mark.parametrize("lang", ["en", "sw"])
def test_a_blocked_socket_is_said_and_the_form_goes_on(
    server: Server, context: BrowserContext, lang: str
) -> None:
    booking, phone = server.booking(), fresh_phone()
    page = context.new_page()
    page.route_web_socket(SOCKET, lambda socket: socket.close())
    page.goto(f"{booking['pay_url']}?lang={lang}")
    expect(page.get_by_text(NO_LIVE_LINE)).to_be_visible()
    page.get_by_role("textbox").fill(phone)
    page.locator("button[type=submit]").click()
    expect_status(page, "pending")
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(page, "completed")  # it reads itself anew
    expect(page.get_by_text(RECEIPT).first).to_be_visible()
    expect(page.get_by_text(NO_LIVE_LINE)).to_have_count(0)


def test_scripts_that_never_come(server: Server, context: BrowserContext) -> None:
    booking, phone = server.booking(), fresh_phone()
    page = context.new_page()
    page.route(SCRIPTS, lambda route: route.abort())
    page.goto(booking["pay_url"])
    phone_field(page).fill(phone)
    press_pay(page)
    expect_status(page, "pending")
    server.control(answer={"msisdn": msisdn(phone), "with": "cancel"})
    expect_status(page, "cancelled")


def test_no_typed_digit_is_lost(
    server: Server, hold: Callable[[], tuple[Page, Held]], context: BrowserContext
) -> None:
    page, held = hold()
    booking, phone = server.booking(), fresh_phone()
    page.goto(booking["pay_url"], wait_until="commit")
    phone_field(page).press_sequentially(phone[:4])
    held.let_go()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_000)
    expect(page.locator("#plain")).to_have_count(1)  # the payer is typing
    phone_field(page).press_sequentially(phone[4:])
    press_pay(page)
    expect_live(page)
    expect_status(page, "pending")
    expect_words(page, "Check your phone")
    assert len(server.api.get(f"/api/bookings/{booking['booking_id']}").json()["payments"]) == 1


def test_what_was_typed_focused_and_opened_stays_so(
    server: Server, hold: Callable[[], tuple[Page, Held]]
) -> None:
    page, held = hold()
    page.goto(server.booking(allow_instalments=True)["pay_url"], wait_until="commit")
    phone_field(page).fill("0712000111")
    page.get_by_label("Amount in shillings").fill("700")
    page.get_by_text("Details", exact=True).click()
    page.get_by_role("button", name=re.compile("^Pay")).focus()
    held.let_go()
    expect_live(page)
    expect(phone_field(page)).to_have_value(re.compile("0712 ?000 ?111"))
    expect(page.get_by_label("Amount in shillings")).to_have_value("700")
    expect(page.get_by_text("1–31 December 2026")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_be_focused()


def test_a_refusal_stays_until_it_is_mended(
    server: Server, hold: Callable[[], tuple[Page, Held]]
) -> None:
    page, held = hold()
    booking, phone = server.booking(), fresh_phone()
    page.goto(booking["pay_url"], wait_until="commit")
    phone_field(page).fill("020 1234567")
    press_pay(page)
    expect(page.get_by_role("alert")).to_contain_text("07")
    held.let_go()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_000)
    expect(page.get_by_role("alert")).to_contain_text("07")
    phone_field(page).fill(phone)
    press_pay(page)
    expect_live(page)
    expect_status(page, "pending")


def state_of(name: str, server: Server) -> dict[str, Any]:
    """A booking whose pay page is in a state."""
    booking, phone = server.booking(allow_instalments=name == "part_paid"), fresh_phone()
    if name == "ready":
        return booking
    amount = 1_000 if name == "part_paid" else 2_500
    body = {"booking_id": booking["booking_id"], "phone_number": phone, "amount": amount}
    assert server.api.post("/api/mpesa/stkpush", json=body).status_code == 200
    if name == "prompt_sent":
        return booking
    server.control(
        answer={"msisdn": msisdn(phone), "with": "cancel" if name == "cancelled" else "pin"}
    )
    return booking


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["ready", "prompt_sent", "cancelled", "part_paid", "paid"])
def test_the_live_page_stands_exactly_where_the_plain_one_stood(
    server: Server, hold: Callable[[], tuple[Page, Held]], name: str, width: int
) -> None:
    page, held = hold()
    page.set_viewport_size({"width": width, "height": 740})
    page.emulate_media(reduced_motion="reduce")
    booking = state_of(name, server)
    page.goto(booking["pay_url"], wait_until="commit")
    expected = {"cancelled": "cancelled", "prompt_sent": "pending", "ready": "none"}
    expect_settled(page, expected.get(name, "completed"))
    wide = "420px" if width == 360 else "920px"
    expect(page.locator("main")).to_have_css("max-width", wide)  # its style sheet is there
    before = page.evaluate(PLACES)
    held.let_go()
    expect_live(page)
    assert page.evaluate(PLACES) == before
    assert len(before) > 8


def expect_settled(page: Page, status: str) -> None:
    """The plain page does not change by itself before its patience ends: load it until it shows."""
    for _ in range(50):
        marked = page.locator("[data-payment-status]")
        if marked.get_attribute("data-payment-status") == status:
            return
        page.wait_for_timeout(100)
        page.reload(wait_until="commit")
    raise AssertionError(f"the page never showed {status}")


@pytest.mark.parametrize("name", ["ready", "prompt_sent", "paid"])
def test_nothing_moves_on_a_slow_line(server: Server, context: BrowserContext, name: str) -> None:
    page = context.new_page()
    page.add_init_script(SHIFTS)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"latency": 150, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
    line.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(state_of(name, server)["pay_url"], wait_until="commit")
    expect(page.locator("#plain h2")).to_be_visible()
    expect_live(page)
    page.wait_for_timeout(1_000)
    assert page.evaluate("window.shifted") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, server: Server, scheme: Any) -> None:
    """axe needs scripts: the plain page before the live one takes over."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme=scheme, locale="en-KE"
    )
    page = context.new_page()
    page.route(SCRIPTS, lambda route: route.abort())
    for name in ("ready", "prompt_sent", "cancelled", "paid"):
        page.goto(state_of(name, server)["pay_url"])
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
