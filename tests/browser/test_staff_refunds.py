"""Money back in real browsers: asked for, agreed to by a second person, seen by the payer."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_staff_payments import (
    OpenAs,
    expect_sound,
    open_as,  # noqa: F401 - a fixture
    payment_by_api,
)
from tests.server import Server

LARGE = 20_000


def paid(server: Server, amount: int) -> tuple[int, dict[str, Any]]:
    """A payment that its customer paid."""
    payment_id, booking, msisdn = payment_by_api(server, amount=amount)
    server.control(answer={"msisdn": msisdn, "with": "pin"})
    return payment_id, booking


def ask(page: Page, how: str, confirm: str, amount: str = "") -> None:
    """Fill in the dialog on a payment's page."""
    page.get_by_role("button", name="Refund", exact=True).click()
    page.get_by_label("How much").select_option(how)
    if amount:
        page.get_by_label("Amount in shillings").fill(amount)
    page.get_by_label("Why").fill("The event was cancelled")
    page.get_by_label("Type the amount once more").fill(confirm)
    page.get_by_role("button", name="Give back").click()


def test_a_second_person_agrees_and_the_payers_open_page_shows_it(
    server: Server,
    open_as: OpenAs,  # noqa: F811
    page: Page,
) -> None:
    payment_id, booking = paid(server, LARGE)
    page.goto(booking["pay_url"])
    expect(page.locator("[data-payment-status='completed']")).to_be_visible()

    finance = open_as("finance")
    finance.goto(f"{server.url}/staff/payments/{payment_id}")
    ask(finance, "all", str(LARGE))
    expect(finance.get_by_text("Somebody else has to agree on the Refunds page")).to_be_visible()
    expect(finance.get_by_text("Waits for a second person")).to_be_visible()
    finance.goto(f"{server.url}/staff/refunds")
    finance.get_by_role("button", name="Agree").first.click()
    finance.get_by_label("Your password").first.fill(server.demo_password)
    finance.locator("dialog[open]").get_by_role("button", name="Agree").click()
    expect(finance.get_by_text("Somebody else has to agree to your refund")).to_be_visible()

    admin = open_as("admin", 360, 740)
    admin.goto(f"{server.url}/staff/refunds")
    waiting = admin.locator("[data-group='waiting']")
    expect(waiting.get_by_text("The event was cancelled").first).to_be_visible()
    expect_sound(admin)
    waiting.get_by_role("button", name="Agree").first.click()
    expect(admin.get_by_text("goes back to").first).to_be_visible()
    admin.get_by_label("Your password").first.fill(server.demo_password)
    admin.locator("dialog[open]").get_by_role("button", name="Agree").click()
    ended = admin.locator("[data-group='ended']")
    expect(ended.get_by_text("Refunded", exact=True).first).to_be_visible()

    expect(page.get_by_text("Refunded KSh 20,000")).to_be_visible()
    finance.goto(f"{server.url}/staff/payments/{payment_id}")
    expect(finance.locator("[data-payment-status='refunded']")).to_be_visible()
    expect(finance.get_by_text(re.compile("M-Pesa number [A-Z0-9]{10}"))).to_be_visible()
    expect_sound(finance)


def test_a_refused_refund_says_why_and_goes_out_another_way(
    server: Server,
    open_as: OpenAs,  # noqa: F811
) -> None:
    payment_id, _ = paid(server, 900)
    finance = open_as("finance")
    finance.goto(f"{server.url}/staff/payments/{payment_id}")
    ask(finance, "part", "400", "500")
    expect(finance.get_by_text("The two amounts differ")).to_be_visible()
    finance.reload()
    server.control(order_result="R000002")
    ask(finance, "all", "900")
    expect(finance.get_by_text("Safaricom said")).to_be_visible()
    expect(finance.get_by_text("M-Pesa does not find the payment")).to_be_visible()
    finance.get_by_role("button", name="Send again").first.click()
    finance.locator("dialog[open]").get_by_role("button", name="Send again").click()
    expect(finance.locator("[data-payment-status='refunded']")).to_be_visible()
