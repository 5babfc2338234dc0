"""From Daraja's callback to the open page, measured in the page; printed, never judged.

    pytest tests/benchmarks -s

Both moments are read on this machine's clock: just before the callback is posted, and in the page
when the card's attribute has changed.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.foreign_daraja import (
    ForeignDaraja,
    foreign_daraja,
    sandbox_environment,
    success_body,
)
from tests.server import Server, free_port, fresh_phone, run_app

PAYMENTS = 50

WATCH = """
() => {
  const card = document.querySelector('[data-payment-status]');
  window.turned = null;
  new MutationObserver(() => {
    if (card.dataset.paymentStatus === 'completed' && window.turned === null)
      window.turned = performance.timeOrigin + performance.now();
  }).observe(card, {attributes: true});
}
"""


@pytest.fixture(scope="module")
def rail() -> Iterator[ForeignDaraja]:
    with foreign_daraja() as daraja:
        yield daraja


@pytest.fixture(scope="module")
def sandbox_app(rail: ForeignDaraja, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = sandbox_environment(rail.url, free_port())
    with run_app(tmp_path_factory.mktemp("sandbox"), **environment) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def wait_for_prompt(server: Server, page: Page) -> None:
    """A fresh booking whose page waits for its customer."""
    page.goto(server.booking()["pay_url"])
    page.get_by_label("M-Pesa phone number", exact=True).fill(fresh_phone())
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.locator("[data-payment-status=pending]").wait_for()


def one_payment(
    server: Server, rail: ForeignDaraja, page: Page, number: int
) -> tuple[float, float]:
    """Milliseconds from the callback's POST to the page, and to its own 200."""
    wait_for_prompt(server, page)
    push = rail.pushes[-1]
    body = success_body(push, f"BNCH{number:06d}")
    page.evaluate(WATCH)
    page.wait_for_timeout(50)
    sent = time.time() * 1000
    answer = server.api.post(urlsplit(push["CallBackURL"]).path, content=body)
    answered = time.time() * 1000
    assert answer.status_code == 200
    page.locator("[data-payment-status=completed]").wait_for()
    return page.evaluate("window.turned") - sent, answered - sent


def describe(name: str, values: list[float]) -> str:
    """One line of a distribution."""
    values = sorted(values)
    p95 = values[max(0, round(len(values) * 0.95) - 1)]
    return (
        f"{name}: n={len(values)} p50={statistics.median(values):.1f} ms "
        f"p95={p95:.1f} ms max={values[-1]:.1f} ms"
    )


def test_callback_to_page(
    sandbox_app: Server, rail: ForeignDaraja, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    """50 payments, one open page each."""
    rows = [one_payment(sandbox_app, rail, page, number) for number in range(PAYMENTS)]
    with capsys.disabled():
        print("\n" + describe("callback → page", [row[0] for row in rows]))
        print(describe("callback → 200 ", [row[1] for row in rows]))
    assert len(rows) == PAYMENTS
