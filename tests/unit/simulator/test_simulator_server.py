"""The simulator on its own: one server, the rail at the root, the phone below /simulator."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright
from simulator_kit import OTHER_PHONE, PHONE, PUSH_PATH, TOKEN_PATH, Receiver, World

from payment_app.simulator import SimulatorConfig, create_standalone, main
from payment_app.simulator.mpesa.wire import NAIROBI

SCRIPT = Path(__file__).with_name("standalone_script.py")
CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://alone")


async def test_rail_at_the_root_and_phone_below() -> None:
    app = create_standalone(SimulatorConfig(), Receiver())
    async with client_of(app) as client:
        assert (await client.get(TOKEN_PATH, auth=("any", "thing"))).status_code == 200
        for path in ("/simulator", "/simulator/"):
            page = await client.get(path)
            assert 'data-root="/simulator"' in page.text
        assert (await client.get("/simulator/ledger")).json()["total"] == 0
        assert (await client.get("/simulatorx")).json()["errorCode"] == "404.001.01"


async def test_lifespan_stops_the_simulator() -> None:
    app = create_standalone(SimulatorConfig(), Receiver())
    said: list[str] = []
    incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    for phase in ("startup", "shutdown"):
        incoming.put_nowait({"type": f"lifespan.{phase}"})

    async def send(message: Any) -> None:
        said.append(message["type"])

    await app({"type": "lifespan"}, incoming.get, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_parts_agree_to_a_lifespan_too(world: World) -> None:
    for app in (world.simulator.rail_app, world.simulator.phone_app):
        said: list[str] = []
        incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        for phase in ("startup", "shutdown"):
            incoming.put_nowait({"type": f"lifespan.{phase}"})

        async def send(message: Any, said: list[str] = said) -> None:
            said.append(message["type"])

        await app({"type": "lifespan"}, incoming.get, send)
        assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


class TestArguments:
    @pytest.mark.parametrize(
        "argv", [["--port", "0"], ["--port", "x"], ["--seed", "x"], ["--colour"], ["--port"]]
    )
    def test_bad_ones_exit_with_2(
        self, argv: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(argv, deliver_factory=Receiver) == 2
        assert "usage" in capsys.readouterr().err

    def test_help_exits_with_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--help"], deliver_factory=Receiver) == 0
        assert "--any-clock" in capsys.readouterr().out

    @pytest.mark.parametrize("value", ["soon", "-1", "nan", "100000"])
    def test_a_bad_environment_exits_with_2(
        self, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SIMULATOR_AUTO_COMPLETE_SECONDS", value)
        assert main([], deliver_factory=Receiver) == 2
        assert capsys.readouterr().err == (
            "SIMULATOR_AUTO_COMPLETE_SECONDS must be 0 (never) to 86400 seconds.\n"
        )

    def test_a_taken_port_exits_with_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert main(["--port", port], deliver_factory=Receiver) == 1
        assert f"Cannot serve at 127.0.0.1:{port}" in capsys.readouterr().err


class Hook(http.server.BaseHTTPRequestHandler):
    """A merchant's callback address on a real socket."""

    got: list[dict[str, Any]]

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.got.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("OwnHook", (Hook,), {"got": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks/stk/token", handler.got
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def alone() -> Iterator[str]:
    """The address of a standalone simulator in its own process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "SIMULATOR_AUTO_COMPLETE_SECONDS": "0"}
    command = [sys.executable, str(SCRIPT), "--port", str(port), "--any-clock", "--seed", "5"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: is_up(address))
    yield address
    process.terminate()
    printed, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert f"Test phone at {address}/simulator" in printed
    assert printed.endswith("deliver closed\n")


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/simulator/ledger", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 seconds"
        time.sleep(0.02)


def push(address: str, callback_url: str, **changes: Any) -> httpx.Response:
    with httpx.Client(base_url=address, trust_env=False) as client:
        token = client.get(TOKEN_PATH, auth=("any", "thing")).json()["access_token"]
        body = World().push_body(CallBackURL=callback_url, **changes)
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(PUSH_PATH, json=body, headers=headers)


def test_pay_over_a_real_socket(alone: str, hook: tuple[str, list[dict[str, Any]]]) -> None:
    url, got = hook
    assert push(alone, url).json()["ResponseCode"] == "0"
    order = {"answer": {"msisdn": PHONE, "with": "pin"}}
    control = httpx.post(f"{alone}/simulator/control", json=order, trust_env=False)
    assert control.status_code == 200
    wait_for(lambda: got)
    assert got[0]["Body"]["stkCallback"]["ResultCode"] == 0
    ledger = httpx.get(f"{alone}/simulator/ledger", trust_env=False).json()
    assert ledger["total"] == 2500


@pytest.mark.parametrize("kind", ["reset", "refused"])
def test_broken_connections_over_a_real_socket(alone: str, kind: str) -> None:
    order = {"fault": {"operation": "stk_push", "kind": kind}}
    httpx.post(f"{alone}/simulator/control", json=order, trust_env=False)
    with pytest.raises(httpx.TransportError):
        push(alone, "http://127.0.0.1:9/x")


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_pay_on_the_phone_page(alone: str, hook: tuple[str, list[dict[str, Any]]]) -> None:
    url, got = hook
    trouble: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(f"{alone}/simulator")
        push(alone, url)
        page.get_by_label("M-PESA PIN").fill("9999")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_text("Tries left: 2.").wait_for()
        push(alone, url)
        page.get_by_text("Do you want to pay KSh 2500 to Smart Storage?").first.wait_for()
        page.get_by_label("M-PESA PIN").fill("1234")
        page.get_by_label("M-PESA PIN").press("Enter")
        page.get_by_text("Ksh2,500.00 sent to Smart Storage for account BK7F2QX9").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        browser.close()
    wait_for(lambda: len(got) == 2)
    codes = [body["Body"]["stkCallback"]["ResultCode"] for body in got]
    assert codes == [2001, 0]
    assert trouble == []


@pytest.fixture
def pocket() -> Iterator[Page]:
    """A browser page as small as a cheap phone; it must report no trouble."""
    trouble: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        yield page
        browser.close()
    assert trouble == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_the_phone_comes_first_and_has_a_keypad_and_a_clock(
    alone: str, hook: tuple[str, list[dict[str, Any]]], pocket: Page
) -> None:
    url, got = hook
    push(alone, url)
    pocket.goto(f"{alone}/simulator")
    assert pocket.locator("details.card[open]").count() == 0
    send = pocket.get_by_role("button", name="Send", exact=True)
    box = send.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 740
    clock = pocket.locator("[data-clock]").inner_text()
    now = datetime.now(NAIROBI)
    assert clock in {f"{moment:%H:%M}" for moment in (now, now - timedelta(minutes=1))}
    for digit in "1299":
        pocket.get_by_role("button", name=digit, exact=True).click()
    for _ in "99":
        pocket.get_by_role("button", name="Delete the last digit").click()
    for digit in "345":
        pocket.get_by_role("button", name=digit, exact=True).click()
    assert pocket.get_by_label("M-PESA PIN").input_value() == "1234"
    send.click()
    pocket.get_by_text("Ksh2,500.00 sent to Smart Storage for account BK7F2QX9").wait_for()
    wait_for(lambda: got)


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_an_idle_phone_gives_way_to_the_one_that_is_asked(
    alone: str, hook: tuple[str, list[dict[str, Any]]], pocket: Page
) -> None:
    url, _ = hook
    httpx.post(
        f"{alone}/simulator/control", json={"handset": {"msisdn": OTHER_PHONE}}, trust_env=False
    )
    pocket.goto(f"{alone}/simulator/?phone={OTHER_PHONE}")
    pocket.get_by_text("M-PESA balance").wait_for()
    push(alone, url)
    pocket.get_by_label("M-PESA PIN").wait_for()
    assert pocket.url.endswith(f"?phone={PHONE}")
    # Whoever goes back on purpose stays, with a link to the prompt.
    pocket.goto(f"{alone}/simulator/?phone={OTHER_PHONE}")
    pocket.get_by_role("link", name="0712 345 678 is asked to pay. Show that phone").wait_for()
    pocket.wait_for_timeout(300)
    assert pocket.url.endswith(f"?phone={OTHER_PHONE}")
