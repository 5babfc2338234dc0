"""The phone page without a browser: what it shows, its forms, its feed, its headers."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from simulator_kit import OTHER_PHONE, PHONE, World, settle
from starlette.applications import Starlette
from starlette.routing import Mount

from payment_app.simulator.phone.view import View
from payment_app.simulator.watch import MOST_WATCHERS

OWN = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin", "Origin": "http://phone"}


async def test_the_page_before_any_prompt(world: World) -> None:
    answer = await world.phone.get("/")
    assert answer.status_code == 200
    assert "No phone yet." in answer.text
    assert "Everything behaves." in answer.text


async def test_the_page_shows_the_prompt(world: World) -> None:
    await world.push()
    page = (await world.phone.get("/")).text
    assert (
        "Do you want to pay KSh 2500 to Smart Storage? Account no. BK7F2QX9. Enter M-PESA PIN:"
        in page
    )
    assert '<label for="pin">M-PESA PIN</label>' in page
    assert re.search(r"<button[^>]*>Send</button>", page)
    assert re.search(r"<button[^>]*>Cancel</button>", page)


async def test_the_newest_prompt_comes_first(world: World) -> None:
    await world.push()
    await world.push(PhoneNumber=OTHER_PHONE, AccountReference="NEWEST")
    page = (await world.phone.get("/")).text
    assert "Account no. NEWEST" in page
    assert page.index("0110 123 456") < page.index("0712 345 678")
    chosen = (await world.phone.get(f"/?phone={PHONE}")).text
    assert "Account no. BK7F2QX9" in chosen
    assert "Follow the newest prompt" in chosen


async def test_the_page_stays_with_the_phone_whose_pin_is_being_typed(world: World) -> None:
    await world.push()
    await world.phone.post("/act/typing", data={"msisdn": PHONE}, headers=OWN)
    await world.push(PhoneNumber=OTHER_PHONE, AccountReference="NEWEST")
    assert "Account no. BK7F2QX9" in (await world.phone.get("/")).text
    world.simulator.enter_pin(PHONE, "1234")
    assert "Account no. NEWEST" in (await world.phone.get("/")).text


async def test_phones_that_cannot_answer_say_so(world: World) -> None:
    world.simulator.switch_off(PHONE)
    page = (await world.phone.get("/")).text
    assert "This phone is off." in page
    assert "Turn on" in page
    world.simulator.switch_on(PHONE)
    world.simulator.handset(PHONE).locked = True
    page = (await world.phone.get("/")).text
    assert "M-PESA PIN locked" in page
    assert "Unlock the PIN" in page


async def test_a_push_that_nobody_answers_shows_that_it_is_under_way(world: World) -> None:
    await world.push(PhoneNumber="254199901032")
    assert "M-Pesa is working on a push to this phone." in (await world.phone.get("/")).text
    await world.time.advance(1)
    assert "Cancelled (1032)" in (await world.phone.get("/")).text


@pytest.mark.parametrize("phone", ["", "x", '"><script>', "254712345679"])
async def test_reading_a_page_makes_no_phone(world: World, phone: str) -> None:
    answer = await world.phone.get("/", params={"phone": phone})
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert len(world.simulator.exchange.handsets) == 0


async def test_what_a_merchant_says_is_escaped(world: World) -> None:
    await world.push(AccountReference="<b>\"'&</b>"[:12])
    page = (await world.phone.get("/")).text
    assert "<b>&#34;" not in page
    assert "&lt;b&gt;&#34;&#39;&amp;" in page


async def test_headers(world: World) -> None:
    for path in ("/", "/control", "/ledger", "/assets/phone.js", "/nowhere"):
        answer = await world.phone.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    page = (await world.phone.get("/")).text
    assert " style=" not in page
    assert " onclick=" not in page
    assert not re.search(r"(?:src|href)=\"https?:", page)


async def test_assets(world: World) -> None:
    for name, kind in (("phone.css", "text/css"), ("phone.js", "text/javascript")):
        answer = await world.phone.get(f"/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
    for name in ("../page.py", "other.js", ""):
        assert (await world.phone.get(f"/assets/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/", 405),
        ("POST", "/ledger", 405),
        ("GET", "/act/pin", 405),
        ("DELETE", "/control", 405),
    ],
)
async def test_other_paths_and_methods(world: World, method: str, path: str, status: int) -> None:
    answer = await world.phone.request(method, path)
    assert answer.status_code == status
    assert "error" in answer.json()


class TestForms:
    async def act(self, world: World, action: str, **fields: str) -> httpx.Response:
        return await world.phone.post(f"/act/{action}", data=fields, headers=OWN)

    async def test_paying(self, world: World) -> None:
        await world.push()
        answer = await self.act(world, "pin", msisdn=PHONE, pin="1234")
        assert answer.json() == {"ok": True, "msisdn": PHONE}
        await settle()
        assert world.receiver.codes == [0]
        page = (await world.phone.get("/")).text
        assert "Confirmed. Ksh2,500.00 sent to Smart Storage for account BK7F2QX9" in page
        assert "Paid KSh 2,500" in page

    @pytest.mark.parametrize(
        ("action", "code"),
        [
            ("cancel", 1032),
            ("wrong_pin", 2001),
            ("no_balance", 1),
            ("unreachable", 1037),
            ("expired", 1019),
        ],
    )
    async def test_not_paying(self, world: World, action: str, code: int) -> None:
        await world.push()
        assert (await self.act(world, action, msisdn=PHONE)).status_code == 200
        await settle()
        assert world.receiver.codes == [code]

    async def test_without_scripts_they_lead_back_to_the_page(self, world: World) -> None:
        await world.push()
        answer = await world.phone.post("/act/cancel", data={"msisdn": PHONE})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/?phone={PHONE}")
        answer = await world.phone.post("/act/behave")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")

    async def test_settings_of_a_phone(self, world: World) -> None:
        assert (await self.act(world, "add", msisdn="0712 345 678")).json()["msisdn"] == PHONE
        await self.act(world, "balance", msisdn=PHONE, balance="77")
        await self.act(world, "switch", msisdn=PHONE, on="")
        handset = world.simulator.handset(PHONE)
        assert (handset.balance, handset.on) == (77, False)
        await self.act(world, "switch", msisdn=PHONE, on="1")
        handset.locked = True
        await self.act(world, "unlock", msisdn=PHONE)
        assert handset.on
        assert not handset.locked

    async def test_misbehaviour_and_its_end(self, world: World) -> None:
        await self.act(world, "callback", mode="late", seconds="7.5", times="2", count="")
        await self.act(world, "fault", operation="stk_push", kind="timeout", count="3")
        await self.act(world, "chaos", drop="30", duplicate="20", reorder="20", late="10")
        await self.act(world, "result", result=" 1032 ")
        await self.act(world, "auto_complete", auto_complete_seconds="12")
        page = (await world.phone.get("/")).text
        assert "Every callback: Late" in page
        assert "Next 3 STK push calls: No answer (time-out)" in page
        assert "30% lost, 20% twice" in page
        assert "Next push ends with 1032" in page
        assert world.simulator.exchange.auto_complete_seconds == 12
        await self.act(world, "behave")
        assert "Everything behaves." in (await world.phone.get("/")).text

    @pytest.mark.parametrize(
        ("action", "fields"),
        [
            ("dance", {}),
            ("pin", {"msisdn": PHONE, "pin": "1234"}),
            ("cancel", {}),
            ("add", {"msisdn": "12"}),
            ("balance", {"msisdn": PHONE, "balance": "much"}),
            ("callback", {"mode": "late", "seconds": "-1", "times": "2"}),
            ("callback", {"mode": "late", "seconds": "1", "times": "2", "count": "1.5"}),
            ("chaos", {"drop": "200", "duplicate": "0", "reorder": "0", "late": "0"}),
            ("result", {"result": ""}),
        ],
    )
    async def test_nonsense(self, world: World, action: str, fields: dict[str, str]) -> None:
        answer = await self.act(world, action, **fields)
        assert answer.status_code == 400
        assert answer.json()["error"].endswith(".")


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://phone:8080"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        ],
    )
    @pytest.mark.parametrize("path", ["/act/pin", "/control"])
    async def test_cannot_act(self, world: World, path: str, headers: dict[str, str]) -> None:
        await world.push()
        answer = await world.phone.post(
            path, content=f"msisdn={PHONE}&pin=1234".encode(), headers=headers
        )
        assert answer.status_code == 403
        assert world.simulator.ledger.count == 0
        assert world.simulator.live_prompt(PHONE) is not None

    @pytest.mark.parametrize(
        "headers", [{}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://phone"}, OWN]
    )
    async def test_the_page_itself_and_tools_can(
        self, world: World, headers: dict[str, str]
    ) -> None:
        answer = await world.phone.post("/control", json={}, headers=headers)
        assert answer.status_code == 200


class TestMounted:
    """In the app it lives below /simulator, with the rail below that."""

    def client(self, world: World) -> httpx.AsyncClient:
        app = Starlette(
            routes=[
                Mount("/simulator/daraja", app=world.simulator.rail_app),
                Mount("/simulator", app=world.simulator.phone_app),
            ]
        )
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://phone")

    async def test_addresses_start_at_the_mount(self, world: World) -> None:
        await world.push()
        async with self.client(world) as client:
            page = (await client.get("/simulator/")).text
            addresses = re.findall(r'(?:href|src|action|data-feed)="([^"#]+)"', page)
            assert addresses
            assert all(address.startswith("/simulator/") for address in addresses)
            answer = await client.post("/simulator/act/cancel", data={"msisdn": PHONE})
            assert answer.headers["location"] == f"/simulator/?phone={PHONE}"

    async def test_the_mount_itself_answers_without_a_slash(self, world: World) -> None:
        transport = httpx.ASGITransport(world.simulator.phone_app, root_path="/simulator")
        async with httpx.AsyncClient(transport=transport, base_url="http://phone") as client:
            assert "<h1>Test phone" in (await client.get("/simulator")).text

    async def test_the_rail_answers_below_it(self, world: World) -> None:
        async with self.client(world) as client:
            path = "/simulator/daraja/oauth/v1/generate?grant_type=client_credentials"
            answer = await client.get(path, auth=("key", "secret"))
            assert answer.json()["expires_in"] == "3599"
            world.simulator.fault("token", "redirect")
            answer = await client.get(path, auth=("key", "secret"))
            assert answer.headers["location"].startswith("/simulator/daraja/oauth/")


class Feed:
    """Reads the page's feed straight from the ASGI app, as no test client can stream it."""

    def __init__(self, world: World, query: bytes = b"") -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._hung_up = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/feed",
            "query_string": query,
            "headers": [],
        }
        self._task = asyncio.create_task(
            world.simulator.phone_app(scope, self._receive, self._send)  # type: ignore[arg-type]
        )

    async def _receive(self) -> dict[str, Any]:
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            assert (b"content-type", b"text/event-stream; charset=utf-8") in message["headers"]
        for line in message.get("body", b"").decode().split("\n\n"):
            if line.startswith("data: "):
                self.messages.put_nowait(json.loads(line.removeprefix("data: ")))

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.messages.get(), 2)

    async def hang_up(self) -> None:
        self._hung_up.set()
        await self._task


class TestTheFeed:
    async def test_sends_everything_first_and_then_what_changed(self, world: World) -> None:
        feed = Feed(world)
        first = await feed.next()
        assert set(first) >= {"screen", "handsets", "inbox", "ways", "sent", "trouble"}
        await world.push()
        second = await feed.next()
        assert "Do you want to pay" in second["screen"][1]
        assert "trouble" not in second
        await feed.hang_up()

    async def test_keys_are_those_of_the_page(self, world: World) -> None:
        await world.push()
        page = (await world.phone.get("/")).text
        feed = Feed(world)
        for name, (key, _) in (await feed.next()).items():
            assert f'id="{name}" data-key="{key}"' in page
        await feed.hang_up()

    async def test_stays_with_a_chosen_phone(self, world: World) -> None:
        await world.push()
        feed = Feed(world, f"phone={PHONE}".encode())
        await feed.next()
        await world.push(PhoneNumber=OTHER_PHONE)
        news = await feed.next()
        assert "screen" not in news
        assert "0110 123 456" in news["handsets"][1]
        await feed.hang_up()

    async def test_ends_when_the_simulator_stops(self, world: World) -> None:
        feed = Feed(world)
        await feed.next()
        await world.simulator.stop()
        await asyncio.wait_for(feed._task, 2)

    async def test_pages_are_bounded(self, world: World) -> None:
        with_all_taken = [world.simulator.watch.watching() for _ in range(MOST_WATCHERS)]
        for watching in with_all_taken:
            watching.__enter__()
        assert (await world.phone.get("/feed")).status_code == 503
        for watching in with_all_taken:
            watching.__exit__(None, None, None)

    async def test_a_heartbeat_keeps_it_open(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("payment_app.simulator.phone.routes.HEARTBEAT_SECONDS", 0.01)
        feed = Feed(world)
        await feed.next()
        await asyncio.sleep(0.05)
        assert not feed._task.done()
        await feed.hang_up()


async def test_time_alone_changes_no_key(world: World) -> None:
    await world.push()
    view = View(world.simulator, "", None)
    before = {name: key for name, (key, _) in view.fragments().items()}
    left = re.search(r'data-seconds-left="([^"]+)"', view.fragments()["ways"][1])
    assert left is not None
    assert left[1] == "60.0"
    await world.time.advance(20)
    after = {name: key for name, (key, _) in view.fragments().items()}
    assert before == after
    assert 'data-seconds-left="40.0"' in view.fragments()["ways"][1]
