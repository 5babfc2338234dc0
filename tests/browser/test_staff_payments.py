"""The console in real browsers: signing in, the payments list, one payment, bookings, the account.

One test module for what a member does from page to page; who may call what is in
test_staff_access.py, home, waiting, settings and activity in test_staff_home.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.server import Server, fresh_phone, msisdn

SERIOUS = ("serious", "critical")
SIZES = [(360, 740, "light"), (360, 740, "dark"), (1440, 900, "light"), (1440, 900, "dark")]

OpenAs = Callable[..., Page]


def is_trouble(message: ConsoleMessage) -> bool:
    """An error of the page; that a form was refused, which the browser also notes, is none."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def open_as(server: Server, browser: Browser) -> Iterator[OpenAs]:
    """A page of a member; must not log an error."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_page(role: str, width: int = 1440, height: int = 900, scheme: Any = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-KE"
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        for cookie in server.sign_in(role).split("; "):  # of the session, and of the device
            name, _, value = cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda m: trouble.append(m.text) if is_trouble(m) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def payment_by_api(server: Server, *, amount: int = 700) -> tuple[int, dict[str, Any], str]:
    """A prompt that waits: (payment id, booking, phone as M-Pesa writes it)."""
    booking = server.booking(amount)
    phone = fresh_phone()
    body = {"booking_id": booking["booking_id"], "phone_number": phone, "amount": amount}
    answer = server.api.post("/api/mpesa/stkpush", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["payment_id"], booking, msisdn(phone)


def row(page: Page, payment_id: int) -> Any:
    return page.locator(f"[data-row='{payment_id}']")


def status_of(page: Page, payment_id: int) -> Any:
    return row(page, payment_id).locator("[data-payment-status]")


def expect_sound(page: Page) -> None:
    """No serious axe finding, and nothing to scroll sideways."""
    result = Axe().run(page)
    found = [v["id"] for v in result.response["violations"] if v["impact"] in SERIOUS]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def focus_by_key(page: Page) -> None:
    """Press `/` until the search box has the focus: a page that just opened may be drawn anew."""
    for _ in range(20):
        page.keyboard.press("/")
        if page.evaluate("document.activeElement.matches('[data-search]')"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the search box does not take the focus")


def test_signing_in_leads_to_the_page_that_was_asked_for(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff/payments?tab=paid")
    expect(page).to_have_url(re.compile("/staff/login"))
    page.get_by_label("Email").fill("cashier@demo.local")
    page.get_by_label("Password").fill(server.demo_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Payments")).to_be_visible()
    assert page.url == f"{server.url}/staff/payments?tab=paid"
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{server.url}/staff/login")
    page.goto(f"{server.url}/staff/payments")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_payment_appears_in_another_browser_and_turns_paid_there(
    server: Server, open_as: OpenAs
) -> None:
    watcher = open_as("viewer")
    watcher.goto(f"{server.url}/staff/payments")
    expect(watcher.locator("[data-row]").first).to_be_visible()
    watcher.evaluate("window.stayed = true")
    payment_id, booking, phone = payment_by_api(server)
    watcher.get_by_role("button", name=re.compile(r"new payment")).click()
    expect(status_of(watcher, payment_id)).to_have_attribute("data-payment-status", "pending")
    expect(row(watcher, payment_id)).to_contain_text(booking["reference"])
    _pay(server, phone)
    expect(status_of(watcher, payment_id)).to_have_attribute("data-payment-status", "completed")
    assert watcher.evaluate("window.stayed"), "without a reload"


def _pay(server: Server, phone: str) -> None:
    """The customer types the PIN on the test phone."""
    server.control(answer={"msisdn": phone, "with": "pin"})


def test_finding_a_payment_by_whatever_the_customer_has(server: Server, open_as: OpenAs) -> None:
    payment_id, booking, phone = payment_by_api(server, amount=1_234)
    page = open_as("finance")  # a cashier is shown, and so finds by, the last digits only
    for words in (f"0{phone[3:]}", f"phone:{phone[-6:]}", booking["reference"], "amount:1234"):
        page.goto(f"{server.url}/staff/payments")
        box = page.locator("#q")
        expect(box).to_be_visible()
        focus_by_key(page)
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"\?(q|booking|amount)="))
        expect(page.get_by_role("link", name=re.compile("^Remove "))).to_have_count(1)
        expect(row(page, payment_id)).to_be_visible()
    page.get_by_role("link", name=re.compile("^Remove ")).first.click()
    expect(page).to_have_url(f"{server.url}/staff/payments")
    page.goto(f"{server.url}/staff/payments?q=amount:many")
    expect(page.get_by_role("alert")).to_contain_text("whole shillings")


def test_the_list_by_keyboard_alone(server: Server, open_as: OpenAs) -> None:
    payment_by_api(server)
    payment_by_api(server)
    page = open_as("cashier")
    page.goto(f"{server.url}/staff/payments")
    expect(page.locator("[data-row]").nth(1)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = page.evaluate("document.activeElement.closest('[data-row]').dataset.row")
    page.keyboard.press("x")
    expect(row(page, int(focused)).get_by_role("checkbox")).to_be_checked()
    row(page, int(focused)).locator("a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/staff/payments/{focused}$"))
    expect(page.get_by_role("heading", name=f"Payment {focused}")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile("/staff/bookings$"))
    expect(page.get_by_role("heading", name="Bookings")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("go to payments")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_view_is_saved_shared_and_deleted(server: Server, open_as: OpenAs) -> None:
    cashier, viewer = open_as("cashier"), open_as("viewer")
    cashier.goto(f"{server.url}/staff/payments?q=amount:%3E5000&cols=code")
    expect(cashier.get_by_role("link", name="Clear all").first).to_be_visible()
    cashier.get_by_role("button", name="Saved views").click()
    cashier.get_by_label("Name of this view").fill("Big ones")
    cashier.get_by_label("Share with all staff").check()
    cashier.get_by_role("button", name="Save this view").click()
    expect(cashier.get_by_text("The view “Big ones” was saved.")).to_be_visible()
    viewer.goto(f"{server.url}/staff/payments")
    viewer.get_by_role("button", name="Saved views").click()
    expect(viewer.get_by_role("button", name="Delete")).to_have_count(0)
    viewer.get_by_role("link", name="Big ones").click()
    expect(viewer).to_have_url(re.compile(r"q=amount.*cols=code"))
    cashier.get_by_role("button", name="Saved views").click()
    cashier.get_by_role("button", name="Delete").click()
    expect(cashier.get_by_text("The view was deleted.")).to_be_visible()


def test_only_those_who_may_export_are_offered_it(server: Server, open_as: OpenAs) -> None:
    cashier = open_as("cashier")
    cashier.goto(f"{server.url}/staff/payments")
    expect(cashier.get_by_role("button", name="Filters")).to_be_visible()
    expect(cashier.get_by_role("button", name="Export")).to_have_count(0)
    finance = open_as("finance")
    finance.goto(f"{server.url}/staff/payments?tab=paid")
    expect(finance.locator("[data-row]").first).to_be_visible()
    finance.get_by_role("button", name="Export", exact=True).click()
    with finance.expect_download() as download:
        finance.get_by_role("link", name="Download CSV").first.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "completed" in text
    assert "•••" in text
    assert not re.search(r"2547\d{8}", text)
    expect(finance.get_by_role("heading", name="Payments")).to_be_visible()


def test_one_payment_from_prompt_to_paid_with_everything_staff_do(
    server: Server, open_as: OpenAs
) -> None:
    payment_id, _, phone = payment_by_api(server)
    page = open_as("finance")
    page.goto(f"{server.url}/staff/payments/{payment_id}")
    expect(page.get_by_text("The prompt is on the phone")).to_be_visible()
    page.get_by_role("button", name="Check with Safaricom").click()
    expect(page.get_by_text("Safaricom is still working on it")).to_be_visible()
    assert phone[3:] not in re.sub(r"\s", "", page.locator("main").inner_text())
    page.get_by_role("button", name="Show full number").click()
    expect(page.locator("main")).to_contain_text(f"0{phone[3:6]} {phone[6:9]} {phone[9:]}")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Write a note")).to_be_visible()
    page.keyboard.type("Called her")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("Called her", exact=True)).to_be_visible()
    _pay(server, phone)
    expect(page.locator("[data-payment-status=completed]")).to_be_visible()
    expect(page.get_by_text("Callback from M-Pesa")).to_be_visible()
    page.get_by_text("Raw callbacks").first.click()
    page.get_by_role("button", name="Raw callbacks").click()
    expect(page.locator("pre")).to_contain_text("CheckoutRequestID")
    assert phone not in page.locator("pre").inner_text()


def test_a_viewer_sees_no_button_that_would_be_refused(server: Server, open_as: OpenAs) -> None:
    payment_id, _, _ = payment_by_api(server)
    page = open_as("viewer")
    page.goto(f"{server.url}/staff/payments/{payment_id}")
    expect(page.locator("#content [data-payment-status]")).to_be_visible()
    refused = ("Check with Safaricom", "Show full number", "Write a note", "Send a new prompt")
    for name in (*refused, "Copy pay link"):  # whoever has the link can send a prompt
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_a_booking_is_made_changed_cancelled_and_its_pay_page_follows(
    server: Server, open_as: OpenAs, page: Page
) -> None:
    staff = open_as("cashier")
    staff.goto(f"{server.url}/staff/bookings")
    staff.get_by_role("button", name="New booking").click()
    staff.get_by_label("What for").fill("Locker 12")
    staff.get_by_label("Amount in whole shillings").fill("900")
    staff.get_by_label("Customer’s name").fill("Otieno Ouma")
    staff.get_by_label("Customer’s phone").fill("0722 000 111")
    staff.get_by_role("button", name="Make booking").click()
    expect(staff).to_have_url(re.compile(r"/staff/bookings/\d+$"))
    expect(staff.get_by_alt_text("QR code of the pay link")).to_be_visible()
    open_pay_page = staff.get_by_role("link", name="Open pay page")
    expect(open_pay_page).to_have_attribute("href", re.compile("/pay/"))
    link = open_pay_page.get_attribute("href")
    assert link
    page.goto(link)
    expect(page.get_by_role("button", name="Pay KSh 900")).to_be_visible()
    staff.get_by_role("button", name="Change").click()
    staff.get_by_label("Amount in whole shillings").fill("950")
    staff.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Pay KSh 950")).to_be_visible()
    staff.get_by_role("button", name="Cancel booking").click()
    staff.get_by_label("Why").fill("Customer left")
    staff.get_by_role("dialog").get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_role("heading", name="This booking is closed")).to_be_visible()


def test_bookings_from_a_file(server: Server, open_as: OpenAs) -> None:
    staff = open_as("cashier")
    staff.goto(f"{server.url}/staff/bookings")
    head = "reference,title,amount,customer_name,phone_number\n"
    bad = f"{head}FILE1,Unit 1,1000,Jane,0711000001\nFILE2,Unit 2,x,Jane,0711000002\n"
    good = f"{head}FILE1,Unit 1,1000,Jane,0711000001\n"
    staff.get_by_role("button", name="Import").click()
    staff.get_by_label("Or paste its lines here").fill("title\n")
    staff.get_by_role("button", name="Look at it").click()
    expect(staff.get_by_role("alert").filter(has_text="Nothing was made.")).to_be_visible()
    for text, words in ((bad, "1 lines have errors"), (good, "All 1 lines can be made")):
        file = {"name": "b.csv", "mimeType": "text/csv", "buffer": text.encode()}
        staff.set_input_files("#import-file", files=[file])
        expect(staff.locator("#import-csv")).to_have_value(text)
        staff.get_by_role("button", name="Look at it").click()
        expect(staff.get_by_text(words)).to_be_visible()
        expect_sound(staff)
    staff.get_by_role("button", name="Make these 1 bookings").click()
    expect(staff.get_by_text("The bookings of the file were made.")).to_be_visible()
    expect(staff.get_by_role("link", name="FILE1")).to_be_visible()


def test_a_statement_is_compared(server: Server, open_as: OpenAs) -> None:
    staff = open_as("finance")
    staff.goto(f"{server.url}/staff/reconcile")
    head = "Receipt No,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance\n"
    lines = (
        "UK20ZZZZ02,20/11/2026 10:00:00,Pay Bill Charge,Completed,0.00,-13.75,1486.25\n"
        "UK20ZZZZ02,20/11/2026 10:00:00,Pay Bill from 2547****111 Acc. X,Completed,1500,0,1500\n"
        "UK20ZZZZ01,20/11/2026 09:00:00,Pay Bill from 2547****222 Acc. Y,Failed,700,0,0\n"
    )
    for text, words in (
        ("no,statement\n", "This is no M-Pesa statement"),
        (head + lines, "0 payments agree and 1 differs, 20 Nov 2026"),
    ):
        file = {"name": "s.csv", "mimeType": "text/csv", "buffer": text.encode()}
        staff.set_input_files("input[type=file]", files=[file])
        staff.get_by_role("button", name="Compare").click()
        expect(staff.get_by_text(words)).to_be_visible()
    expect(staff.get_by_text("M-Pesa received KSh 1,500 at 20 Nov 2026 10:00")).to_be_visible()
    expect(staff.get_by_role("row", name="Charges 1 -13.75")).to_be_visible()
    expect_sound(staff)


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
@pytest.mark.parametrize(
    "path", ["payments", "payments/1", "bookings", "bookings/1", "account", "payments?q=nosuch"]
)
def test_every_page_is_sound_at_every_size(
    server: Server, open_as: OpenAs, path: str, width: int, height: int, scheme: str
) -> None:
    page = open_as("admin", width, height, scheme)
    page.goto(f"{server.url}/staff/{path}")
    expect(page.locator("main h1")).not_to_be_empty()
    expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    expect_sound(page)


def test_the_sign_in_page_is_sound(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    expect_sound(page)
