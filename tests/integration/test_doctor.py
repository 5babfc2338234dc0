"""The doctor beside an app on a real port, and what it says when something is wrong."""

from __future__ import annotations

import asyncio
import http.server
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from pydantic import SecretStr
from sqlalchemy import text

from payment_app.daraja import DarajaClient, TokenRefused
from payment_app.doctor import probes, trial_payment, verdicts
from payment_app.doctor.check import Answer, Check
from payment_app.doctor.examination import Doctor
from payment_app.doctor.verdicts import PATIENCE
from payment_app.settings import Settings, problems
from payment_app.storage import database
from tests.conftest import FakeClock, missing
from tests.integration.world import PHONE, World, close_world, open_world

NOBODY = "http://127.0.0.1:1"
Said = tuple[int, bytes, dict[str, str]]
OUR_404: Said = (404, b'{"error":"There is nothing here.","code":"not_found"}', {})
OUR_405: Said = (405, b'{"error":"This address takes POST.","code":"method_not_allowed"}', {})


# an app on a port


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    """The whole app, served on a port of its own with the simulator's rail beside it."""
    port = _free_port()
    opened = await open_world(database_url, clock, port=port)
    async with _served(opened, port):
        yield opened
    await close_world(opened)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def _served(world: World, port: int) -> AsyncIterator[None]:
    inner: Any = world.api._transport

    async def app(scope: Any, receive: Any, send: Any) -> None:
        rail = str(scope.get("path", "")).startswith("/simulator/daraja/")
        if rail:
            scope = {**scope, "root_path": "/simulator/daraja"}
        await (world.simulator.rail_app if rail else inner.app)(scope, receive, send)

    config = uvicorn.Config(app, port=port, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await asyncio.to_thread(_wait_for, port)
    yield
    server.should_exit = True
    await serving


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the app does not listen"
        time.sleep(0.01)


def changed(world: World, **more: Any) -> Settings:
    """The running app's settings, some of them other."""
    return world.runtime.settings.model_copy(update=more)


async def examined(
    world: World,
    settings: Settings | None = None,
    *,
    phone: str | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> dict[str, Check]:
    """What the doctor saw, by name; of several checks with one name the first that is not well."""
    settings = settings or world.runtime.settings
    looking = Doctor(settings, problems(settings), clock=world.clock, sleep=sleep)
    found: dict[str, Check] = {}
    async for check in looking.examine(phone):
        if check.name not in found or found[check.name].ok:
            found[check.name] = check
    return found


async def test_a_healthy_app_has_no_findings(world: World) -> None:
    found = await examined(world)
    assert [check for check in found.values() if not check.ok] == []
    assert list(found) == [
        "settings",
        "database",
        "database schema",
        "database writes",
        "questions to M-Pesa",
        "clock",
        "token",
        "callback address",
        "callback round trip",
    ]


async def test_it_leaves_nothing_behind(world: World) -> None:
    await examined(world)
    async with world.runtime.database.read() as session:
        for table in ("idempotency_key", "booking", "payment", "callback_inbox"):
            rows = await session.execute(text(f"SELECT count(*) FROM {table}"))
            assert rows.scalar_one() == 0, table


async def test_the_operator_is_proved_by_a_balance_query(world: World) -> None:
    async def settle(_: float) -> None:
        await world.settle()

    async def proved(settings: Settings) -> Check:
        looking = Doctor(settings, [], clock=world.clock, sleep=settle)
        return [check async for check in looking.examine(operator=True)][-1]

    right = await proved(world.runtime.settings)
    assert (right.name, right.ok) == ("operator", True)
    assert "Utility Account 200000" in right.words
    wrong = await proved(changed(world, mpesa_initiator_password=SecretStr("guess")))
    assert wrong.ok is False
    assert "2001" in wrong.words
    none = await proved(changed(world, mpesa_certificate=str(Path("nowhere.cer"))))
    assert (none.name, none.ok) == ("operator certificate", False)


async def test_every_problem_of_the_settings_is_a_finding(world: World) -> None:
    settings = changed(world, workers=2, public_url="ftp://x")
    seen = [check async for check in Doctor(settings, problems(settings)).examine()]
    said = [check.words for check in seen if check.name == "settings"]
    assert said == problems(settings)
    assert len(said) > 1
    assert all(check.ok is False for check in seen if check.name == "settings")


async def test_settings_that_cannot_be_read_end_the_examination() -> None:
    seen = [check async for check in Doctor(None, ["PORT is not valid."]).examine(PHONE)]
    assert [(check.name, check.ok) for check in seen] == [("settings", False), ("all else", None)]


# database


async def test_a_database_without_tables(world: World) -> None:
    async with world.runtime.database.write() as session:
        await session.execute(text("DROP TABLE alembic_version"))
    found = await examined(world)
    assert found["database"].ok
    assert found["database schema"].ok is False
    assert "migrate" in found["database schema"].what_to_do
    assert found["database writes"].ok is None


async def test_a_database_of_another_version(world: World) -> None:
    async with world.runtime.database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    schema = (await examined(world))["database schema"]
    assert schema.ok is False
    assert schema.words.startswith("revision 0000, needed is")


async def test_no_database_at_all(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    found = await examined(world, changed(world, database_url=f"sqlite:///{folder}/x.db"))
    assert found["database"].ok is False
    assert "there is no file" in found["database"].words
    assert not folder.exists(), "looking must not create it"


async def test_a_file_that_is_no_database(world: World, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 100)
    settings = changed(world, database_url=f"sqlite:///{tmp_path}/letter.txt")
    check = (await examined(world, settings))["database"]
    assert check.ok is False
    assert "not a database" in check.words


async def test_a_server_that_is_not_there(world: World) -> None:
    address = "postgresql://app:hidden-word@127.0.0.1:1/app"
    check = (await examined(world, changed(world, database_url=address)))["database"]
    assert check.ok is False
    assert "hidden-word" not in check.words


async def test_a_database_that_another_process_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    async with world.runtime.database.write() as session:
        await session.execute(text("UPDATE booking SET title = title"))
        check = (await examined(world))["database writes"]
    if world.runtime.settings.on_postgresql:
        assert check.ok, "PostgreSQL locks rows, not the database"
    else:
        assert check.ok is False
        assert "locked" in check.words


# clock


@pytest.mark.parametrize(("skew", "ok"), [(0, True), (299, True), (301, False), (-3_600, False)])
def test_the_clock_beside_darajas(skew: int, ok: bool) -> None:
    there = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    check = verdicts.judge_clock(there + timedelta(seconds=skew), there, "daraja.example")
    assert check.ok is ok
    assert "in Nairobi" in check.words
    assert bool(check.what_to_do) is not ok


@pytest.mark.parametrize(
    ("date", "ok"),
    [("Mon, 23 Nov 2026 09:01:00 GMT", True), ("Mon, 23 Nov 2026 12:00:00 GMT", False)],
)
async def test_the_date_of_an_answer_is_compared(
    world: World, date: str, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "ask", lambda *_: Answer(404, {"Date": date}))
    settings = changed(world, mpesa_base_url="https://daraja.example")
    assert (await _only(Doctor(settings, [], clock=world.clock)._time(settings))).ok is ok


@pytest.mark.parametrize("date", [None, "yesterday"])
async def test_an_answer_without_a_date_measures_nothing(
    world: World, date: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = HTTPMessage()
    if date:
        headers["Date"] = date
    monkeypatch.setattr(probes, "ask", lambda *_: Answer(200, headers))
    settings = changed(world, mpesa_base_url="https://daraja.example")
    check = await _only(Doctor(settings, [], clock=world.clock)._time(settings))
    assert check.ok is None
    assert "not measured" in check.words


async def _only(checks: AsyncIterator[Check]) -> Check:
    (check,) = [check async for check in checks]
    return check


# token


async def test_a_refused_token(world: World) -> None:
    world.simulator.fault("token", "http_400")
    check = (await examined(world))["token"]
    assert check.ok is False
    assert "refused" in check.words
    assert "consumer key" in check.what_to_do


async def test_no_rail_at_all(world: World) -> None:
    check = (await examined(world, changed(world, mpesa_base_url=NOBODY)))["token"]
    assert check.ok is False
    assert check.what_to_do.startswith("start the app")


async def test_a_key_is_never_made_up_outside_the_simulator(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: object) -> None:
        raise TokenRefused("", "it was asked", TokenRefused)  # type: ignore[arg-type]

    monkeypatch.setattr(DarajaClient, "check_token", never)
    settings = changed(world, mpesa_environment="sandbox", mpesa_base_url=NOBODY)
    check = (await examined(world, settings))["token"]
    assert check.ok is None


# callback


async def test_a_callback_base_that_nobody_answers(world: World) -> None:
    settings = changed(world, mpesa_callback_url=f"{NOBODY}/hooks/stk")
    check = (await examined(world, settings))["callback round trip"]
    assert check.ok is False
    assert "refused" in check.words


@contextmanager
def stranger(
    posted: Said, read: Said = OUR_405, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The port of a server that always says the same, to a POST and to a GET."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.say(*posted)

        def do_GET(self) -> None:
            self.say(*read)

        def say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - a refused handshake
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (404, b"<html>Not found</html>", {}, "not in this app's words"),
        (404, b'{"message":"no route"}', {}, "not in this app's words"),
        (200, b'{"error":"x","code":"not_found"}', {}, "HTTP 200"),
        (502, b"", {}, "HTTP 502"),
        (308, b"", {"Location": "https://other.example/"}, "redirects to https://other.example/"),
    ],
)
async def test_a_callback_base_that_leads_elsewhere(
    world: World, status: int, body: bytes, headers: dict[str, str], words: str
) -> None:
    with stranger((status, body, headers)) as port:
        address = f"http://127.0.0.1:{port}/hooks/stk"
        settings = changed(world, mpesa_callback_url=address)
        check = (await examined(world, settings))["callback round trip"]
    assert check.ok is False
    assert words in check.words
    assert check.what_to_do


async def test_another_address_of_this_app_is_not_enough(world: World) -> None:
    wrong = world.runtime.settings.callback_base.replace("/hooks/stk", "/api/mpesa")
    check = (await examined(world, changed(world, mpesa_callback_url=wrong)))["callback round trip"]
    assert check.ok is False
    assert check.words.endswith("leads to this app, but not to its callbacks")


async def test_an_allow_list_that_keeps_this_machine_out_still_proves_the_way(
    database_url: str, clock: FakeClock
) -> None:
    port = _free_port()
    world = await open_world(database_url, clock, port=port, mpesa_callback_ips="196.201.212.0/24")
    async with _served(world, port):
        check = (await examined(world))["callback round trip"]
    await close_world(world)
    assert check.ok
    assert "MPESA_CALLBACK_IPS" in check.words


@pytest.mark.parametrize(
    ("address", "ok", "words"),
    [
        ("https://pay.example.co.ke/hooks/stk", True, "https://pay.example.co.ke/hooks/stk"),
        ("https://pay.example.co.ke/hooks/stk/", True, "https://pay.example.co.ke/hooks/stk"),
        ("https://pay.example.co.ke/api/mpesa/callback", None, "it contains mpesa"),
        ("https://pay.example.co.ke/HOOKS/Query", None, "it contains query"),
        ("https://pay.example.co.ke:8443/hooks/stk", None, "port 8443"),
        ("http://pay.example.co.ke/hooks/stk", False, "does not start with https"),
        ("https://Pay.example.co.ke/hooks/stk", False, "capital letters"),
        ("https://127.0.0.1/hooks/stk", False, "cannot reach 127.0.0.1"),
        ("https://192.168.1.4/hooks/stk", False, "cannot reach 192.168.1.4"),
        ("https://localhost/hooks/stk", False, "cannot reach localhost"),
        ("https://app.ngrok.example/hooks/stk", False, "contains ngrok"),
        ("https://pay.example.co.ke/hooks stk", False, "not a web address"),
        ("https://pay.example.co.ke:port/hooks/stk", False, "not a web address"),
        ("https://[/hooks/stk", False, "not a web address"),
        ("pay.example.co.ke/hooks/stk", False, "not a web address"),
    ],
)
def test_darajas_rules_for_the_address(address: str, ok: bool | None, words: str) -> None:
    settings = Settings(_env_file=None, mpesa_environment="production", mpesa_callback_url=address)
    found = verdicts.judge_callback_address(settings)
    assert ok in [check.ok for check in found]
    assert any(words in check.words for check in found)


def test_beside_a_rail_on_this_machine_loopback_is_right() -> None:
    settings = Settings(
        _env_file=None,
        mpesa_environment="sandbox",
        mpesa_base_url="http://127.0.0.1:8765",
        mpesa_callback_url="http://127.0.0.1:3000/hooks/stk",
    )
    assert [check.ok for check in verdicts.judge_callback_address(settings)] == [True]


@pytest.mark.parametrize(("days", "ok"), [(60, True), (15, True), (13, None), (-1, False)])
def test_how_long_a_certificate_lasts(days: int, ok: bool | None) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    check = verdicts.judge_certificate(now + timedelta(days=days), now)
    assert check.ok is ok
    assert bool(check.what_to_do) is not (ok is True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key, made for this run."""
    openssl = shutil.which("openssl") or missing("openssl")
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -out {paths[0]} -keyout {paths[1]}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return paths


@pytest.fixture
def https(certificate: tuple[Path, Path]) -> Iterator[str]:
    """The callback base of a reverse proxy in front of an app like this one."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with stranger(OUR_404, tls=tls) as port:
        yield f"https://localhost:{port}/hooks/stk"


async def test_a_whole_round_trip_by_https(
    world: World, https: str, certificate: tuple[Path, Path]
) -> None:
    settings = changed(world, mpesa_callback_url=https)
    trust = ssl.create_default_context(cafile=certificate[0])
    seen = Doctor(settings, [], clock=lambda: datetime.now(UTC), tls=trust)._callback(settings)
    found = {check.name: check async for check in seen}
    assert found["callback certificate"].ok
    assert "89 days" in found["callback certificate"].words
    assert found["callback round trip"].ok


async def test_a_certificate_that_nobody_vouches_for(world: World, https: str) -> None:
    found = await examined(world, changed(world, mpesa_callback_url=https))
    assert found["callback certificate"].ok is False
    assert "self-signed" in found["callback certificate"].words
    assert found["callback round trip"].ok is None


async def test_https_where_nobody_speaks_tls(world: World) -> None:
    with stranger(OUR_404) as port:
        settings = changed(world, mpesa_callback_url=f"https://localhost:{port}/hooks/stk")
        check = (await examined(world, settings))["callback certificate"]
    assert check.ok is False
    assert "no TLS" in check.words


async def test_https_where_nobody_listens(world: World) -> None:
    settings = changed(world, mpesa_callback_url="https://127.0.0.1:1/hooks/stk")
    check = (await examined(world, settings))["callback certificate"]
    assert check.ok is False
    assert "no connection" in check.words


# a payment of KSh 1


async def test_a_payment_from_end_to_end(world: World) -> None:
    async def pay(_: float) -> None:
        if world.simulator.live_prompt(PHONE):
            world.simulator.enter_pin(PHONE, "1234")
        await world.settle()

    found = await examined(world, phone="0712 345 678", sleep=pay)
    assert [check for check in found.values() if not check.ok] == []
    assert found["booking"].words.startswith("DOCTOR")
    assert "0712 •••678" in found["prompt"].words
    assert found["step"].words == "completed after 1 s"
    assert found["payment"].words.startswith("completed by callback, receipt ")
    assert world.simulator.ledger.total == 1


async def test_a_payment_whose_callback_got_lost(world: World) -> None:
    world.simulator.misbehave("lost")

    async def pay(_: float) -> None:
        if world.simulator.live_prompt(PHONE):
            world.simulator.enter_pin(PHONE, "1234")
        world.clock.advance(21)
        await world.runtime.reconciler.tick()

    check = (await examined(world, phone=PHONE, sleep=pay))["payment"]
    assert check.ok is False
    assert "a query brought it, not a callback" in check.words


async def test_a_payment_that_the_customer_declines(world: World) -> None:
    async def decline(_: float) -> None:
        world.simulator.cancel(PHONE)
        await world.settle()

    check = (await examined(world, phone=PHONE, sleep=decline))["payment"]
    assert check.ok is False
    assert check.words == "cancelled: Request cancelled by user"
    assert "new prompt" in check.what_to_do


async def test_a_payment_that_nobody_answers(world: World) -> None:
    slept: list[float] = []

    async def wait(seconds: float) -> None:
        slept.append(seconds)

    check = (await examined(world, phone=PHONE, sleep=wait))["payment"]
    assert sum(slept) == PATIENCE
    assert check.ok is False
    assert check.words == "still pending after 120 s"


async def test_a_prompt_that_daraja_refuses(world: World) -> None:
    world.simulator.fault("stk_push", "busy")
    check = (await examined(world, phone=PHONE))["payment"]
    assert check.ok is False
    assert "refused_by_mpesa" in check.words


async def test_a_prompt_of_which_nobody_knows(world: World) -> None:
    world.simulator.fault("stk_push", "truncated")

    async def wait(_: float) -> None:
        pass

    found = await examined(world, phone=PHONE, sleep=wait)
    assert found["prompt"].ok is None
    assert found["payment"].words == "still unknown after 120 s"


async def test_a_phone_number_that_is_none(world: World) -> None:
    found = await examined(world, phone="0201234")
    assert found["payment"].ok is False
    assert "invalid_phone_number" in found["payment"].words
    assert "booking" not in found


async def test_no_prompt_is_sent_where_something_is_wrong(world: World) -> None:
    settings = changed(world, mpesa_callback_url=f"{NOBODY}/hooks/stk")
    found = await examined(world, settings, phone=PHONE)
    assert found["payment"].ok is None
    assert found["payment"].words == "no prompt was sent"
    assert world.simulator.live_prompt(PHONE) is None


async def test_a_reference_that_is_taken_is_drawn_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(trial_payment.secrets, "randbelow", lambda _: next(drawn))

    async def wait(_: float) -> None:
        pass

    first = await examined(world, phone=PHONE, sleep=wait)
    second = await examined(world, phone="0722000000", sleep=wait)
    assert first["booking"].words.startswith("DOCTOR0007")
    assert second["booking"].words.startswith("DOCTOR0008")


def test_the_error_shape_is_ours_alone() -> None:
    assert probes._slug(json.dumps({"error": "x", "code": "not_found"}).encode()) == "not_found"
    for body in (b"", b"[]", b"{", b'{"error":"x"}', b'{"error":"x","code":"y","more":1}'):
        assert probes._slug(body) == ""
