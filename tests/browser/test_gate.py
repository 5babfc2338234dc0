"""The gate in a real browser: typed, scanned by a pretended camera, a copy, a forgery."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.browser.test_staff_home import sign_in
from tests.server import Server, fresh_phone, msisdn

CAMERA = """
  Object.defineProperty(navigator, 'mediaDevices', {value: {
    getUserMedia: async () => document.createElement('canvas').captureStream(),
  }});
  window.BarcodeDetector = class {
    async detect() { return window.shown ? [{rawValue: window.shown}] : []; }
  };
"""


def receipt_code(server: Server) -> str:
    """Of a fresh payment, as it stands on its receipt."""
    booking, phone = server.booking(), fresh_phone()
    body = {"booking_id": booking["booking_id"], "phone_number": phone, "amount": 2_500}
    assert server.api.post("/api/mpesa/stkpush", json=body).status_code == 200
    server.control(answer={"msisdn": msisdn(phone), "with": "pin"})
    for _ in range(50):
        page = server.api.get(re.sub("^https?://[^/]+", "", booking["pay_url"])).text
        if found := re.search(r'href="(/receipt/[^"]+)"', page):
            receipt = server.api.get(found.group(1)).text
            code = re.search(r'href="([^"]+/check/[^"]+)"', receipt)
            assert code
            return code.group(1)
    raise AssertionError("it was never paid")


def test_scanned_let_in_and_refused_the_second_time(
    server: Server, context: BrowserContext
) -> None:
    code = receipt_code(server)
    context.add_init_script(CAMERA)
    page = sign_in(server, context, "viewer")
    page.goto(f"{server.url}/staff/gate")
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("video")).to_be_visible()
    page.evaluate("code => { window.shown = code; }", code)
    expect(page.locator("[data-result]")).to_have_attribute("data-result", "genuine")
    expect(page.locator("video")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Let in").click()
    expect(page.locator("[data-result]")).to_have_attribute("data-result", "entered")

    field = page.get_by_label("Code of the receipt")
    field.fill(code)
    field.press("Enter")
    expect(page.locator("[data-result]")).to_have_attribute("data-result", "already")
    expect(page.get_by_role("heading", name=re.compile("Already let in at"))).to_be_visible()
    expect(page.get_by_role("button", name="Let in")).to_have_count(0)
    field.fill(code.replace(".2500.", ".9500."))
    field.press("Enter")
    expect(page.locator("[data-result]")).to_have_attribute("data-result", "forged")
