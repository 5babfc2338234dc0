"""Lists of the console in real browsers: finding while typing, ticks, rows, forms, phones."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_staff_payments import OpenAs, expect_sound, open_as, payment_by_api, row
from tests.server import Server

__all__ = ["open_as"]  # the fixture


def opened(page: Page, server: Server, path: str) -> Page:
    page.goto(f"{server.url}/staff/{path}")
    expect(page.locator("main h1")).not_to_be_empty()
    expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    return page


def offers(page: Page) -> Locator:
    """What the open list of suggestions holds."""
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def open_palette(page: Page) -> None:
    """Press Ctrl-K until the palette is open: a page that just opened may be drawn anew."""
    palette = page.get_by_role("dialog", name="Find or do")
    for _ in range(20):
        page.keyboard.press("Control+k")
        if palette.is_visible():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the palette does not open")


def test_suggestions_while_typing_lead_to_the_payment(server: Server, open_as: OpenAs) -> None:
    payment_id, booking, _ = payment_by_api(server)
    page = opened(open_as("cashier"), server, "waiting")
    box = page.get_by_role("combobox", name="Search payments")
    box.press_sequentially(booking["reference"])
    offered = offers(page)
    expect(offered).to_have_count(2)
    expect(offered.first).to_contain_text(f"Payment {payment_id}")
    expect(offered.last).to_contain_text("Booking · Open")
    expect_sound(page)
    box.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page).to_have_url(f"{server.url}/staff/payments/{payment_id}")


def test_the_palette_finds_pages_commands_and_bookings(server: Server, open_as: OpenAs) -> None:
    _, booking, _ = payment_by_api(server)
    page = opened(open_as("cashier"), server, "payments")
    for typed, url in (("bookin", "/staff/bookings"), ("waiting", "/staff/waiting")):
        open_palette(page)
        page.keyboard.type(typed)
        expect(offers(page).first).to_contain_text("Page")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{server.url}{url}")
        expect(page.locator("main h1")).not_to_be_empty()
    open_palette(page)
    page.keyboard.type("activity")
    expect(offers(page)).to_have_count(0)  # a cashier has no such page
    page.keyboard.press("Control+a")
    page.keyboard.type(booking["reference"])
    offers(page).filter(has_text="Booking").click()
    expect(page).to_have_url(f"{server.url}/staff/bookings/{booking['booking_id']}")
    open_palette(page)
    page.keyboard.type("keyboard")
    offers(page).filter(has_text="Command").click()
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_ticks_are_at_once_and_their_bar_acts(server: Server, open_as: OpenAs) -> None:
    ids = [payment_by_api(server)[0] for _ in range(2)]
    page = opened(open_as("finance"), server, "payments")
    expect(row(page, ids[1])).to_be_visible()
    page.evaluate("() => { window.WebSocket.prototype.send = () => {}; }")  # nothing is asked
    for payment_id in ids:
        row(page, payment_id).get_by_role("checkbox").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export these").click()
    assert re.fullmatch(r"payments-\d{4}-\d\d-\d\d-\d{6}\.csv", download.value.suggested_filename)
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert {int(line.split(",")[0]) for line in lines[1:]} == set(ids)
    expect(page.get_by_text(re.compile(r"payments-.*\.csv: \d+ kB, saved"))).to_be_visible()
    page.get_by_role("checkbox", name="Select all payments of this page").check()
    expect(page.get_by_text(f"{page.locator('[data-row]').count()} selected")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("selected", exact=False)).to_have_count(0)


def test_a_row_leads_to_its_payment_as_a_whole(server: Server, open_as: OpenAs) -> None:
    payment_id, booking, _ = payment_by_api(server)
    page = opened(open_as("cashier"), server, "payments")
    row(page, payment_id).get_by_role("link", name=booking["reference"]).click()
    expect(page).to_have_url(f"{server.url}/staff/bookings/{booking['booking_id']}")
    opened(page, server, "payments")
    row(page, payment_id).get_by_text("Wanjiku Kamau").click()
    expect(page).to_have_url(f"{server.url}/staff/payments/{payment_id}")


def test_old_filters_and_misspelt_names_are_said(server: Server, open_as: OpenAs) -> None:
    payment_by_api(server)
    page = opened(open_as("cashier"), server, "payments?q=wanjku&tab=refunded")
    page.get_by_role("link", name=re.compile("Did you mean “wanjiku”")).click()
    expect(page.locator("[data-row]").first).to_contain_text("Wanjiku")
    opened(page, server, "payments?q=wanjiku&tab=refunded&amount=%3E90000")
    expect(page.get_by_text("Amount over 90,000")).to_be_visible()
    page.get_by_role("link", name=re.compile("None with these filters")).click()
    expect(page).to_have_url(f"{server.url}/staff/payments?q=wanjiku")
    opened(page, server, "payments?q=wanjiku%20statuss:paid")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean status:?")
    expect(page.locator("[data-row]").first).to_contain_text("Wanjiku")
    expect(page.locator("#q")).to_have_value("wanjiku statuss:paid")


def test_a_refused_booking_keeps_its_dialog(server: Server, open_as: OpenAs) -> None:
    page = opened(open_as("cashier"), server, "bookings")
    page.get_by_role("button", name="New booking").click()
    page.get_by_label("What for").fill("Locker 12")
    page.get_by_label("Amount in whole shillings").fill("900")
    page.get_by_label("Customer’s name").fill("Otieno Ouma")
    phone = page.get_by_label("Customer’s phone")
    phone.fill("020 123")
    page.get_by_role("button", name="Make booking").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("M-Pesa numbers start with 07 or 01")
    expect(phone).to_be_focused()
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("What for")).to_have_value("Locker 12")
    phone.fill("0722 000 113")
    page.get_by_role("button", name="Make booking").click()
    expect(page.get_by_text("The booking was made.")).to_be_visible()
    page.get_by_role("link", name="All bookings").click()
    expect(page.locator("[data-row]").first).to_be_visible()
    expect(page.get_by_text("The booking was made.")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_five_payments_and_reaches_every_page(
    server: Server, open_as: OpenAs, scheme: str
) -> None:
    for _ in range(5):
        payment_by_api(server)
    page = opened(open_as("admin", 360, 740, scheme), server, "payments")
    expect(page.locator("[data-row]").nth(4)).to_be_in_viewport(ratio=1)
    sizes = "[...document.querySelectorAll('input:not([type=checkbox]), select, textarea')].map("
    assert (
        page.evaluate(f"{sizes}e => getComputedStyle(e).fontSize)")
        == ["16px"] * page.locator("input:not([type=checkbox]), select, textarea").count()
    )
    expect(page.get_by_role("link", name="Activity")).to_have_count(0)
    page.get_by_role("button", name="Menu").click()
    expect_sound(page)
    page.get_by_role("link", name="Activity").click()
    expect(page).to_have_url(f"{server.url}/staff/activity")
    expect(page.get_by_role("link", name="Home")).to_have_count(0)
