"""The main job in a real browser: from the pay link to paid, pushed, without a reload."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.server import Server, fresh_phone, msisdn

RECEIPT = re.compile(r"\b[A-Z0-9]{10}\b")


def expect_status(page: Page, status: str) -> None:
    expect(page.locator("[data-payment-status]")).to_have_attribute("data-payment-status", status)


def expect_words(page: Page, words: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(words)


def send_prompt(page: Page, url: str, phone: str) -> None:
    page.goto(url)
    page.get_by_label("M-Pesa phone number", exact=True).fill(phone)
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect_status(page, "pending")
    expect_words(page, "Check your phone")


def test_pay_through_the_test_phone(server: Server, context: BrowserContext, page: Page) -> None:
    """Ready → Prompt sent → Paid, in two tabs, without a reload or a repeated request."""
    booking, phone = server.booking(), fresh_phone()
    second = context.new_page()
    second.goto(booking["pay_url"])
    expect_status(second, "none")
    send_prompt(page, booking["pay_url"], phone)
    expect_status(second, "pending")

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))

    handset = context.new_page()
    handset.goto(f"{server.url}/simulator")
    expect(handset.get_by_text("Do you want to pay").first).to_be_visible()
    handset.get_by_label("M-PESA PIN").fill("1234")
    handset.get_by_role("button", name="Send", exact=True).click()

    expect_status(page, "completed")
    expect_words(page, "Paid")
    expect(page.get_by_text(RECEIPT).first).to_be_visible()
    expect(page).to_have_title(re.compile("^✓ Paid"))
    expect_status(second, "completed")
    assert requests == [], "nothing is asked for: the change is pushed"
    assert sockets == [], "the one socket from the first load is enough"

    paid = server.api.get(f"/api/bookings/{booking['booking_id']}").json()
    assert paid["status"] == "paid"
    receipt = paid["payments"][0]["mpesa_receipt_number"]
    expect(page.get_by_text(receipt).first).to_be_visible()


def test_a_reload_while_waiting_comes_back_to_the_same_state(server: Server, page: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    send_prompt(page, booking["pay_url"], phone)
    page.reload()
    expect_status(page, "pending")
    expect_words(page, "Check your phone")
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(page, "completed")
    page.reload()
    expect_words(page, "Paid")


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("cancel", "cancelled", "You cancelled"),
        ("wrong_pin", "failed", "PIN"),
        ("no_balance", "failed", "Not enough"),
        ("unreachable", "expired", "could not reach your phone"),
    ],
)
def test_each_failure_has_its_own_words_and_a_way_on(
    server: Server, page: Page, answer: str, status: str, words: str
) -> None:
    booking, phone = server.booking(), fresh_phone()
    send_prompt(page, booking["pay_url"], phone)
    server.control(answer={"msisdn": msisdn(phone), "with": answer})
    expect_status(page, status)
    expect_words(page, words)
    again = page.get_by_role("button", name=re.compile("^(Send again|Try again)"))
    expect(again).to_be_visible()
    wait = int(page.locator("[data-resend-in]").get_attribute("data-resend-in") or "")
    if answer in ("cancel", "wrong_pin"):
        assert wait == 0, "this M-Pesa has never refused that"
    else:
        assert 0 < wait <= 120, "the rail's 2-minute rule, as a countdown"
        # Another phone need not wait.
        page.get_by_label("M-Pesa phone number", exact=True).fill(fresh_phone())
    expect(again).to_be_enabled()
    again.click()
    expect_status(page, "pending")


@pytest.mark.parametrize(
    ("lang", "why", "another", "free"),
    [
        ("en", "M-Pesa wants a pause", "Use another number", "Another number need not wait"),
        ("sw", "M-Pesa inataka muda", "Tumia nambari nyingine", "Nambari nyingine haisubiri"),
    ],
)
def test_a_pause_says_why_and_another_number_lifts_it(
    server: Server, page: Page, lang: str, why: str, another: str, free: str
) -> None:
    booking, phone = server.booking(), fresh_phone()
    page.goto(f"{booking['pay_url']}?lang={lang}")
    field = page.locator("input[name=phone]")
    send = page.locator("form button[type=submit]")
    field.fill(phone)
    send.click()
    expect_status(page, "pending")
    server.control(answer={"msisdn": msisdn(phone), "with": "unreachable"})
    expect_status(page, "expired")
    expect(send).to_be_disabled()
    expect(page.get_by_text(why)).to_be_visible()
    page.locator("form ~ div summary").first.click()
    expect(page.get_by_text(booking["reference"]).first).to_be_visible()

    page.get_by_role("button", name=another).click()
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(page.get_by_text(free)).to_be_visible()
    expect(send).to_be_enabled()
    field.fill(phone)
    expect(send).to_be_disabled()
    expect(page.get_by_text(why)).to_be_visible()
    field.fill(fresh_phone())
    send.click()
    expect_status(page, "pending")


@pytest.mark.parametrize(
    ("lang", "sent", "received", "rest", "view"),
    [
        ("en", "the prompt for KSh 1,000", "KSh 1,000 received", "Pay the rest", "View receipt"),
        ("sw", "ombi la KSh 1,000", "KSh 1,000 imepokelewa", "Lipa iliyobaki", "Ona risiti"),
    ],
)
def test_a_part_is_named_on_its_way_and_its_receipt_comes_before_the_rest(
    server: Server, page: Page, lang: str, sent: str, received: str, rest: str, view: str
) -> None:
    booking, phone = server.booking(6_000, allow_instalments=True), fresh_phone()
    page.goto(f"{booking['pay_url']}?lang={lang}")
    page.locator("input[name=phone]").fill(phone)
    page.locator("input[name=amount]").fill("1000")
    page.locator("form button[type=submit]").click()
    expect_status(page, "pending")
    expect_words(page, sent)
    expect(page.locator("header")).to_contain_text("1,000")

    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(page, "completed")
    expect_words(page, received)
    receipt = page.get_by_role("link", name=view)
    again = page.get_by_role("button", name=rest)
    assert (receipt.bounding_box() or {})["y"] < (again.bounding_box() or {})["y"]
    expect(page.locator("input[name=amount]")).to_have_value("5000")


def test_a_bad_number_is_explained_and_sends_nothing(server: Server, page: Page) -> None:
    booking = server.booking()
    page.goto(booking["pay_url"])
    page.get_by_label("M-Pesa phone number", exact=True).fill("020 1234567")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("alert").first).to_contain_text("07")
    expect_status(page, "none")
    assert server.api.get(f"/api/bookings/{booking['booking_id']}").json()["payments"] == []


def test_two_quick_clicks_send_one_prompt(server: Server, page: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    page.goto(booking["pay_url"])
    page.get_by_label("M-Pesa phone number", exact=True).fill(phone)
    page.get_by_role("button", name=re.compile("^Pay")).dblclick()
    expect_status(page, "pending")
    payments = server.api.get(f"/api/bookings/{booking['booking_id']}").json()["payments"]
    assert len(payments) == 1


def test_the_rail_refuses(server: Server, page: Page) -> None:
    booking = server.booking()
    server.control(fault={"operation": "stk_push", "kind": "http_429", "count": 1})
    page.goto(booking["pay_url"])
    page.get_by_label("M-Pesa phone number", exact=True).fill(fresh_phone())
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect_status(page, "rejected")
    expect(page.get_by_role("button", name=re.compile("^(Send again|Try again)"))).to_be_enabled()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/pay/not-a-link", "This payment link does not work"),
        ("/receipt/not-a-link", "There is no receipt behind this link"),
        ("/nothing/here", "There is nothing at this address"),
    ],
)
def test_whoever_gets_no_page_is_told_what_to_do(
    server: Server, context: BrowserContext, path: str, said: str
) -> None:
    page = context.new_page()
    answer = page.goto(server.url + path)
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text(said)
    expect(page.locator("main")).to_have_css("max-width", "420px")  # in our clothes
    expect(page.get_by_text("money was taken")).to_have_count(0)
    page.get_by_role("link", name="Kiswahili").click()
    expect(page.locator("html")).to_have_attribute("lang", "sw")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_swahili_by_address(server: Server, page: Page) -> None:
    page.goto(server.booking()["pay_url"] + "?lang=sw")
    expect(page.get_by_text("M-Pesa").first).to_be_visible()
    expect(page.locator("[lang=sw]").first).to_be_attached()


def test_the_receipt_page(server: Server, page: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    send_prompt(page, booking["pay_url"], phone)
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(page, "completed")
    page.get_by_role("link", name="View receipt").click()
    expect(page).to_have_url(re.compile("/receipt/"))
    expect(page.get_by_text(RECEIPT).first).to_be_visible()
    expect(page.get_by_text(booking["reference"]).first).to_be_visible()
