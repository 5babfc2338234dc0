"""What a stranger does: run the README's command, open the pay link, pay on the test phone.

    python -m tests.smoke 'python3 -m venv .venv && … reflex run --env prod'

Prints how long it took; exits 0 when the page turned to paid.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.chromium import chromium
from tests.server import end, free_port

PATIENCE = 300
PAY_LINK = re.compile(r"Pay link\s+(http://localhost:\d+/pay/\S+)")
PHONE_LINK = re.compile(r"Test phone\s+(http://localhost:\d+/simulator)")


def wait_for_links(log: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """The pay link and the test phone's address, as the terminal prints them."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        pay, phone = PAY_LINK.search(text), PHONE_LINK.search(text)
        if pay and phone:
            return pay.group(1), phone.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit(f"The app did not come up:\n{log.read_text(errors='replace')[-4000:]}")


def pay(context: BrowserContext, pay_link: str, phone_link: str) -> str:
    """Pay the demo booking by hand; the page's words at the end."""
    page = context.new_page()
    page.goto(pay_link)
    page.get_by_label("M-Pesa phone number", exact=True).fill("0712 345 678")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    card = page.locator("[data-payment-status]")
    expect(card).to_have_attribute("data-payment-status", "pending", timeout=20_000)
    handset = context.new_page()
    handset.goto(phone_link)
    handset.get_by_label("M-PESA PIN").fill("1234")
    handset.get_by_role("button", name="Send", exact=True).click()
    expect(card).to_have_attribute("data-payment-status", "completed", timeout=20_000)
    return page.get_by_role("status").first.inner_text()


def main(command: str) -> None:
    """Run, pay, stop."""
    started = time.monotonic()
    log = Path("smoke.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-c", command],
            env=os.environ | {"PORT": str(free_port())},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        links = wait_for_links(log, process)
        with chromium() as browser:
            words = pay(browser.new_context(), *links)
        print(f"Paid {time.monotonic() - started:.0f} s after the command was given: {words!r}")
    finally:
        end(process)


if __name__ == "__main__":
    main(sys.argv[1])
