"""What the pay page costs a cheap phone on a slow line, and whether everybody can use it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from payment_app.web.gallery.examples import example_views
from payment_app.web.gallery.texts import NAMES
from payment_app.web.payer.pay.view import show_card
from payment_app.web.texts import LANGUAGES, words
from tests.browser.test_paying import expect_status, send_prompt
from tests.server import Server, fresh_phone, msisdn

KIB = 1024
MOST_JS = 160 * KIB
MOST_CSS = 8 * KIB
SERIOUS = ("serious", "critical")


def transferred(context: BrowserContext, url: str) -> dict[str, int]:
    """Bytes over the wire by kind of file, headers included, at the first visit."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    total: dict[str, int] = {}

    def received(event: dict[str, object]) -> None:
        kinds[str(event["requestId"])] = str(event["type"])

    def finished(event: dict[str, float]) -> None:
        kind = kinds.get(str(event["requestId"]), "Other")
        total[kind] = total.get(kind, 0) + int(event["encodedDataLength"])

    session.on("Network.responseReceived", received)
    session.on("Network.loadingFinished", finished)
    page.goto(url)
    expect(page.get_by_label("M-Pesa phone number", exact=True)).to_be_visible()
    page.wait_for_timeout(500)
    page.close()
    return total


def test_first_load_of_the_pay_page(
    server: Server, context: BrowserContext, capsys: pytest.CaptureFixture[str]
) -> None:
    total = transferred(context, server.booking()["pay_url"])
    with capsys.disabled():
        shown = ", ".join(f"{kind} {size / KIB:.1f} KiB" for kind, size in sorted(total.items()))
        print(f"\nfirst load of the pay page: {shown}")
    assert 0 < total["Script"] <= MOST_JS
    assert 0 < total["Stylesheet"] <= MOST_CSS
    assert "Font" not in total


@pytest.fixture(params=["light", "dark"])
def phone_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """360 px wide, in both colour schemes."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme=request.param, locale="en-KE"
    )
    yield context.new_page()
    context.close()


def expect_sound(page: Page) -> None:
    """No serious axe finding, and nothing to scroll sideways."""
    result = Axe().run(page)
    found = [v["id"] for v in result.response["violations"] if v["impact"] in SERIOUS]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_start_page(server: Server, phone_page: Page) -> None:
    phone_page.goto(server.url)
    expect(phone_page.get_by_text("BK7F2QX9")).to_be_visible()
    expect_sound(phone_page)


def test_the_pay_page_from_ready_to_receipt(server: Server, phone_page: Page) -> None:
    booking, phone = server.booking(), fresh_phone()
    phone_page.goto(booking["pay_url"])
    expect(phone_page.get_by_label("M-Pesa phone number", exact=True)).to_be_visible()
    expect_sound(phone_page)
    send_prompt(phone_page, booking["pay_url"], phone)
    expect_sound(phone_page)
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    expect_status(phone_page, "completed")
    expect_sound(phone_page)
    phone_page.get_by_role("link", name="View receipt").click()
    expect(phone_page).to_have_url(re.compile("/receipt/"))
    expect(phone_page.get_by_text(booking["reference"]).first).to_be_visible()
    expect_sound(phone_page)


def test_every_state_that_a_payer_can_meet_in_both_languages(
    server: Server, phone_page: Page
) -> None:
    """One walk: each state is there under its plain name, says its words, and axe finds nothing."""
    views = example_views()
    for lang in LANGUAGES:
        texts = words(lang)
        phone_page.goto(f"{server.url}/gallery?lang={lang}")
        expect(phone_page.locator("[data-payment-status]")).to_have_count(len(views) + 2)
        for words_of_it in (NAMES[lang]["ready"], texts["home"]["gallery_paid"]):
            expect(phone_page.get_by_text(words_of_it, exact=True)).to_be_visible()
        said = phone_page.locator("main").inner_text()
        for name, view in views.items():
            assert NAMES[lang][name] in said
            assert show_card(view, texts).headline in said.replace("\n", " ")
        for name in ("gallery_paid", "gallery_late", "gallery_refunded", "gallery_forged"):
            assert texts["home"][name] in said  # type: ignore[literal-required]
        expect_sound(phone_page)


def test_the_test_phone(server: Server, phone_page: Page) -> None:
    phone_page.goto(f"{server.url}/simulator")
    expect(phone_page.get_by_role("heading", name="Test phone")).to_be_visible()
    expect_sound(phone_page)


def test_paying_by_keyboard_alone(server: Server, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(server.booking()["pay_url"])
    field = page.get_by_label("M-Pesa phone number", exact=True)
    expect(field).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.type(fresh_phone())
    page.keyboard.press("Enter")
    expect_status(page, "pending")
