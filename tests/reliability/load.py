"""A small world of processes to be cruel to: a host, a simulator, a gateway, and customers."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from sqlmodel import col

from payment_app.bootstrap import checkpoints
from payment_app.domain.lifecycle import LIVE, MONEY
from payment_app.services.operations.invariants import ALONE, Invariants
from payment_app.services.shared.clock import system_clock
from payment_app.services.shared.keys.tokens import hash_token
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Payment, PaymentEvent
from tests.books import KEYRING
from tests.reliability.host import API_KEY, Host
from tests.server import ROOT, free_port

AUTO_COMPLETE = 0.4
_AUTHORISED = {"Authorization": f"Bearer {API_KEY}"}


@dataclass
class Gateway:
    """Passes callbacks on, some twice, some never while the app is away, and notes every 200.

    Attributes:
        patience: share of callbacks that are tried until somebody answers; the others come once,
            as Daraja's own do.
    """

    target: str
    chance: random.Random
    patience: float = 0.7
    answered: Counter[int] = field(default_factory=Counter)
    acknowledged: set[tuple[str, bytes]] = field(default_factory=set)
    url: str = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of the simulator; it is answered 200 whatever becomes of it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        lines = (line.partition(":") for line in head.lower().split("\r\n"))
        length = next(int(value) for name, _, value in lines if name == "content-length")
        body = await reader.readexactly(length)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        patient = self.chance.random() < self.patience
        async with httpx.AsyncClient(timeout=10) as client:
            for _ in range(self.chance.choice((1, 1, 2, 3))):
                while not await self._pass_on(client, path, body) and patient:
                    await asyncio.sleep(0.2)
                await asyncio.sleep(self.chance.random() * 0.5)

    async def _pass_on(self, client: httpx.AsyncClient, path: str, body: bytes) -> bool:
        try:
            answer = await client.post(self.target + path, content=body)
        except httpx.TransportError:
            self.answered[0] += 1
            return False
        self.answered[answer.status_code] += 1
        if answer.status_code == 200:
            self.acknowledged.add((path.rpartition("/")[2], body))
        return answer.status_code == 200


@dataclass
class Stage:
    """Everything that runs around one host."""

    host: Host
    gateway: Gateway
    simulator_url: str
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the host serves."""
        return f"http://127.0.0.1:{self.host.port}"

    def api(self) -> httpx.AsyncClient:
        """A caller of the JSON API."""
        return httpx.AsyncClient(base_url=self.url, headers=_AUTHORISED, timeout=10)

    async def start(self, **changes: Any) -> None:
        """Start the host (with other orders) and wait until it is ready; the seconds are kept."""
        await self.launch(**changes)
        await self.until_ready()

    async def launch(self, **changes: Any) -> None:
        """Start the host without waiting."""
        host = replace(self.host, **changes)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(host.command(), cwd=ROOT, stdout=log, stderr=log)

    async def until_ready(self) -> None:
        """Wait for /readyz."""
        began = time.monotonic()
        async with httpx.AsyncClient() as client:
            while time.monotonic() - began < 30:
                with suppress(httpx.TransportError):
                    assert self.process is None or self.process.poll() is None, self._ended()
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        self.starts.append(time.monotonic() - began)
                        return
                await asyncio.sleep(0.02)
        raise AssertionError(self._ended())

    def _ended(self) -> str:
        return f"the host is not ready:\n{self.log.read_text()[-3_000:]}"

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def until_dead(self) -> int:
        """Wait for the host's own end; its exit code."""
        assert self.process is not None
        async with asyncio.timeout(30):
            while self.process.poll() is None:
                await asyncio.sleep(0.02)
        return int(self.process.returncode)

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.until_dead()

    async def order(self, **order: Any) -> None:
        """Order the simulator about."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.simulator_url}/simulator/control", json=order)
            assert answer.status_code == 200, answer.text

    async def ledger(self) -> list[dict[str, Any]]:
        """The money that moved."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.simulator_url}/simulator/ledger")
            entries: list[dict[str, Any]] = answer.json()["entries"]
            return entries

    async def bookings(self, count: int, prefix: str = "K") -> list[dict[str, Any]]:
        """Fresh bookings, each with a phone of its own."""
        made = []
        async with self.api() as api:
            for number in range(count):
                phone = f"2547{number:08d}"
                body = {
                    "reference": f"{prefix}{number}",
                    "title": "Unit",
                    "amount": 100 + number,
                    "customer": {"name": "A", "phone_number": phone},
                }
                answer = await api.post("/api/bookings", json=body)
                assert answer.status_code == 201, answer.text
                made.append(answer.json() | {"phone": phone})
        return made

    async def pay(self, booking: dict[str, Any]) -> None:
        """A caller who goes on asking until the app has taken the wish."""
        wish = {
            "booking_id": booking["booking_id"],
            "phone_number": booking["phone"],
            "amount": booking["amount"],
        }
        async with self.api() as api:
            while True:
                with suppress(httpx.TransportError):
                    answer = await api.post("/api/mpesa/stkpush", json=wish)
                    if answer.status_code in (200, 202) or _is_paid(answer):
                        return
                await asyncio.sleep(0.1)

    async def until_settled(self, seconds: float = 60) -> None:
        """Wait until no payment is live and no callback unread."""
        database = Database(self.host.database_url)
        try:
            async with asyncio.timeout(seconds):
                while await _open_ends(database):
                    await asyncio.sleep(0.1)
        finally:
            await database.close()


def _is_paid(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json()["code"] == "booking_paid"


async def _open_ends(database: Database) -> bool:
    async with database.read() as session:
        live = select(col(Payment.payment_id)).where(
            col(Payment.status).in_([status.value for status in LIVE])
        )
        unread = select(col(CallbackInbox.inbox_id)).where(
            col(CallbackInbox.processed_at).is_(None)
        )
        found = [(await session.execute(wanted.limit(1))).first() for wanted in (live, unread)]
        return any(row is not None for row in found)


@asynccontextmanager
async def stage(
    database_url: str, folder: Path, *, seed: int = 7, speed: float = 20.0
) -> AsyncIterator[Stage]:
    """A simulator and a gateway, with a host that is not started yet."""
    port, simulator_port = free_port(), free_port()
    gateway = Gateway(f"http://127.0.0.1:{port}", random.Random(seed))
    server = await asyncio.start_server(gateway.handle, "127.0.0.1", 0)
    gateway.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    simulator_url = f"http://127.0.0.1:{simulator_port}"
    host = Host(
        port=port,
        database_url=database_url,
        daraja_url=simulator_url,
        callback_base=f"{gateway.url}/hooks/stk",
        epoch=time.time(),
        speed=speed,
    )
    log = folder / "host.log"
    simulator = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "payment_app",
            "simulator",
            "--port",
            str(simulator_port),
            "--any-clock",
        ],
        cwd=ROOT,
        env=os.environ | {"SIMULATOR_AUTO_COMPLETE_SECONDS": str(AUTO_COMPLETE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Stage(host, gateway, simulator_url, log)
    try:
        await _answers(simulator_url)
        yield running
    finally:
        for process in (running.process, simulator):
            if process is not None:
                process.kill()
                process.wait()
        server.close()


async def _answers(simulator_url: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                await client.get(f"{simulator_url}/simulator/ledger")
                return
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Verdict:
    """The books of both sides, compared.

    Attributes:
        beyond_knowing: money whose push lost its answer in a crash and whose callback nobody
            took: only a statement can tell of it.
    """

    paid: int
    moved: int
    acknowledged: int
    beyond_knowing: int
    statuses: Counter[str]


async def judge(scene: Stage) -> Verdict:
    """Hold the database against the ledger and the gateway's notes; raises AssertionError."""
    database = Database(scene.host.database_url, KEYRING.for_sessions())
    try:
        notes = checkpoints(scene.host.settings(), database, KEYRING, system_clock)
        findings = await Invariants(database, system_clock, KEYRING, notes).check(ALONE)
        async with database.read() as session:
            payments = [*(await session.execute(select(Payment))).scalars()]
            inbox = [*(await session.execute(select(CallbackInbox))).scalars()]
            events = [*(await session.execute(select(PaymentEvent))).scalars()]
        if any(row.processed_at is None for row in inbox):
            # A callback that M-Pesa repeats may come at any moment, also while we look.
            await scene.until_settled()
            return await judge(scene)
    finally:
        await database.close()
    broken = [b for b in findings.broken if b.rule != "live_too_long"]
    assert broken == []
    _applied_exactly_once(scene, payments, inbox, events)
    beyond = _agrees(await scene.ledger(), scene, payments)
    paid = [p for p in payments if p.status in MONEY]
    return Verdict(
        len(paid),
        len(await scene.ledger()),
        len(scene.gateway.acknowledged),
        beyond,
        Counter(p.status for p in payments),
    )


def _applied_exactly_once(
    scene: Stage,
    payments: list[Payment],
    inbox: list[CallbackInbox],
    events: list[PaymentEvent],
) -> None:
    by_token = {p.callback_token_hash: p for p in payments}
    stored = Counter((row.payment_id, row.body) for row in inbox)
    assert all(number == 1 for number in stored.values()), "one row for one callback"
    assert all(row.processed_at is not None for row in inbox)
    for token, body in scene.gateway.acknowledged:
        payment = by_token[hash_token(token)]
        assert stored[payment.payment_id, body] == 1, "answered 200, so it is on disk"
        results = [
            e
            for e in events
            if e.payment_id == payment.payment_id
            and e.to_status in MONEY
            and e.from_status not in MONEY
        ]
        assert len(results) == (1 if b'"ResultCode": 0' in body or b'"ResultCode":0' in body else 0)


def _agrees(ledger: list[dict[str, Any]], scene: Stage, payments: list[Payment]) -> int:
    """Every shilling of the ledger is here once, and nothing else; how many nobody could know."""
    known = {p.checkout_request_id: p for p in payments if p.checkout_request_id}
    told = {body for _, body in scene.gateway.acknowledged}
    beyond = 0
    for entry in ledger:
        payment = known.get(entry["checkout_request_id"])
        if payment is None:
            assert not any(entry["checkout_request_id"].encode() in body for body in told)
            beyond += 1
            continue
        assert payment.status in MONEY, f"{entry} is {payment.status} here"
        assert int(payment.amount) == entry["amount"]
    moved = {entry["checkout_request_id"] for entry in ledger}
    assert {p.checkout_request_id for p in payments if p.status in MONEY} <= moved
    per_booking = Counter(entry["account_reference"] for entry in ledger)
    attempts = Counter((p.transaction_id or "").rpartition("-P")[0] for p in payments)
    doubled = {ref: times for ref, times in per_booking.items() if times > attempts[ref]}
    assert not doubled, f"more money than attempts: {doubled}"
    return beyond
