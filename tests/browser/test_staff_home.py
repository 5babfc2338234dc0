"""Home, waiting, activity and settings in a real browser: live, on a phone, by role."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.server import Server, fresh_phone, msisdn

SERIOUS = ("serious", "critical")
PAGES = ("", "/waiting", "/activity", "/settings")


def sign_in(server: Server, context: BrowserContext, role: str = "admin") -> Page:
    """A page of a demo member with this role."""
    password = (server.log.parent / "data" / "demo_password").read_text(encoding="utf-8")
    answer = context.request.post(
        f"{server.url}/api/staff/session",
        data={"email": f"{role}@demo.local", "password": password.strip()},
    )
    assert answer.ok, answer.text()
    return context.new_page()


def paid(server: Server, amount: int) -> None:
    """A booking that its customer pays."""
    phone = fresh_phone()
    server.api.post(
        "/api/mpesa/stkpush",
        json={
            "booking_id": server.booking(amount)["booking_id"],
            "phone_number": msisdn(phone),
            "amount": amount,
        },
    ).raise_for_status()
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})


def open_page(server: Server, page: Page, path: str) -> None:
    page.goto(f"{server.url}/staff{path}")
    expect(page.locator("#content section, #content form, #content p").first).to_be_visible()


def stat(page: Page, key: str) -> str:
    return page.locator(f"[data-stat={key}] a").inner_text()


def test_home_follows_payments_by_itself(server: Server, context: BrowserContext) -> None:
    page = sign_in(server, context)
    open_page(server, page, "")
    expect(page.locator("[data-stat=today] a")).to_contain_text("KSh")
    before = int(stat(page, "today").removeprefix("KSh ").replace(",", ""))
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    for amount in (2_500, 40):
        paid(server, amount)
        before += amount
        expect(page.locator("[data-stat=today] a")).to_have_text(f"KSh {before:,}")
    assert sockets == [], "the one socket from the first load is enough"
    expect(page.locator("[data-chart] tbody tr")).to_have_count(30)
    expect(page.locator("[data-chart] tbody tr").last).to_contain_text(f"KSh {before:,}")
    assert page.locator("#content svg g").count() == 30
    page.locator("#content svg g").last.hover()
    expect(
        page.get_by_text(re.compile(rf"^\w{{3}} \d+ \w+: KSh {before:,}, \d+ payment"))
    ).to_be_visible()


def test_trouble_is_said_in_one_sentence_and_clears_itself(
    server: Server, context: BrowserContext
) -> None:
    page = sign_in(server, context)
    open_page(server, page, "")
    said = page.get_by_text("M-Pesa does not answer")
    expect(said).to_have_count(0)
    server.control(fault={"operation": "stk_push", "kind": "http_503", "count": 3})
    for _ in range(3):
        booking = server.booking()
        server.api.post(
            "/api/mpesa/stkpush",
            json={
                "booking_id": booking["booking_id"],
                "phone_number": msisdn(fresh_phone()),
                "amount": 2_500,
            },
        )
    expect(said).to_be_visible()
    expect(said).to_have_count(0, timeout=45_000)  # the breaker's first pause is 15 seconds


def test_each_number_leads_to_its_list(server: Server, context: BrowserContext) -> None:
    page = sign_in(server, context)
    open_page(server, page, "")
    page.locator("[data-stat=today] a").click()
    expect(page).to_have_url(re.compile(r"/staff/payments\?tab=paid&date=today$"))


def test_a_contradiction_waits_for_a_person(server: Server, context: BrowserContext) -> None:
    page = sign_in(server, context)
    open_page(server, page, "/waiting")
    group = page.locator("[data-group=person]")
    before = group.locator("tbody tr").count()
    server.control(callback={"mode": "mismatched_amount"})
    paid(server, 777)
    expect(group.locator("tbody tr")).to_have_count(before + 1)
    line = group.locator("tbody tr").last
    expect(line).to_contain_text("another amount")
    expect(line).to_contain_text("KSh 777")
    badge = page.get_by_role("button", name="Menu")
    expect(badge).to_contain_text(str(before + 1))
    line.get_by_role("link", name=re.compile("^Payment")).click()
    expect(page).to_have_url(re.compile(r"/staff/payments/\d+$"))


def test_activity_is_for_administrators(server: Server, browser: Browser) -> None:
    admin, viewer = browser.new_context(), browser.new_context()
    page = sign_in(server, admin)
    open_page(server, page, "/activity")
    expect(page.locator("tbody tr").first).to_contain_text("Signed in")
    page.get_by_label("Who").fill("viewer@")
    page.get_by_role("search", name="activity").get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("member=viewer"))
    other = sign_in(server, viewer, "viewer")
    other.goto(f"{server.url}/staff/activity")
    expect(other.get_by_text("Your role (Viewer) does not allow this").first).to_be_visible()
    assert other.locator("tbody tr").count() == 0
    assert "demo.local" not in other.locator("#content").inner_text()
    admin.close()
    viewer.close()


def test_a_member_is_made_with_a_password_shown_once(
    server: Server, context: BrowserContext
) -> None:
    page = sign_in(server, context)
    open_page(server, page, "/settings")
    page.get_by_role("button", name="New member").click()
    dialog = page.get_by_role("dialog", name="New member")
    dialog.get_by_label("Name").fill("Otieno Okello")
    dialog.get_by_label("Email").fill("otieno@example.co.ke")
    dialog.get_by_label("Role").select_option("cashier")
    dialog.get_by_role("button", name="Add member").click()
    shown = page.get_by_text("Temporary password for Otieno Okello")
    expect(shown).to_be_visible()
    line = page.locator("#staff tbody tr").filter(has_text="otieno@example.co.ke")
    expect(line).to_contain_text("Cashier")
    page.get_by_role("button", name="Manage Otieno Okello").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(line).to_contain_text("Disabled")
    page.reload()
    expect(line).to_contain_text("Disabled")
    expect(shown).to_have_count(0)


def test_others_see_how_it_is_and_no_staff(server: Server, context: BrowserContext) -> None:
    page = sign_in(server, context, "viewer")
    open_page(server, page, "/settings")
    expect(page.locator("[data-link=database]")).to_contain_text("OK")
    expect(page.get_by_text("no money moves")).to_be_visible()
    assert page.locator("#staff").count() == 0
    assert "demo.local" not in page.locator("#content").inner_text()


@pytest.fixture(params=[(360, "light"), (360, "dark"), (1440, "light")], ids=str)
def any_page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone in both colour schemes, and a desk."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 740}, color_scheme=scheme, locale="en-KE"
    )
    yield sign_in(server, context)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_it(server: Server, any_page: Page, path: str) -> None:
    trouble: list[str] = []
    any_page.on("pageerror", lambda error: trouble.append(str(error)))
    any_page.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
    open_page(server, any_page, path)
    result = Axe().run(any_page)
    assert [v["id"] for v in result.response["violations"] if v["impact"] in SERIOUS] == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert trouble == []


def test_home_by_keyboard(server: Server, context: BrowserContext) -> None:
    page = sign_in(server, context)
    open_page(server, page, "")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile("/staff/waiting$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting")
