"""In sandbox mode, against a Daraja-compatible host that is not our simulator."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.test_paying import expect_status, expect_words, send_prompt
from tests.foreign_daraja import (
    ForeignDaraja,
    foreign_daraja,
    sandbox_environment,
    success_body,
)
from tests.server import Server, free_port, fresh_phone, run_app


@pytest.fixture(scope="module")
def rail() -> Iterator[ForeignDaraja]:
    with foreign_daraja() as daraja:
        yield daraja


@pytest.fixture(scope="module")
def sandbox_app(rail: ForeignDaraja, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = sandbox_environment(rail.url, free_port())
    with run_app(tmp_path_factory.mktemp("sandbox"), **environment) as server:
        yield server


def test_a_foreign_rail_is_paid_the_same_way(
    sandbox_app: Server, rail: ForeignDaraja, page: Page
) -> None:
    booking = sandbox_app.booking()
    send_prompt(page, booking["pay_url"], fresh_phone())
    push = rail.pushes[-1]
    assert push["AccountReference"] == booking["reference"]
    assert str(push["Amount"]) == "2500"
    path = urlsplit(push["CallBackURL"]).path
    assert path.startswith("/api/mpesa/callback/")
    assert sandbox_app.api.post(path, content=success_body(push, "FRGN000001")).status_code == 200
    expect_status(page, "completed")
    expect_words(page, "Paid")


def test_a_lost_callback_is_found_by_query(
    sandbox_app: Server, rail: ForeignDaraja, page: Page
) -> None:
    send_prompt(page, sandbox_app.booking()["pay_url"], fresh_phone())
    checkout_id = rail.pushes[-1]["CheckoutRequestID"]
    rail.results[checkout_id] = ("1032", "Request cancelled by user")
    page.locator("[data-payment-status=cancelled]").wait_for(timeout=40_000)
    expect_words(page, "You cancelled")


@pytest.mark.parametrize("path", ["/simulator", "/simulator/control", "/", "/gallery"])
def test_nothing_of_the_simulator_is_there(sandbox_app: Server, path: str) -> None:
    answer = sandbox_app.api.get(path)
    assert answer.status_code == 404 or "simulat" not in answer.text.lower()


def test_metrics_need_a_key(sandbox_app: Server) -> None:
    assert sandbox_app.api.get("/metrics").status_code == 200
    stranger = sandbox_app.api.get("/metrics", headers={"Authorization": ""})
    assert stranger.status_code == 401
