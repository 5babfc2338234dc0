"""Several workers as an operator starts them, around a PostgreSQL and a Redis that tests may kill.

Daraja is the app's own simulator, as its own process. For load, payments are put straight into the
database as pending ones: thousands of prompts would measure the prompt limits.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import NullPool, create_engine
from sqlmodel import Session

from payment_app.services.shared.keys.tokens import hash_token
from payment_app.storage.database import sync_url
from payment_app.storage.tables import Booking, Payment, UserAccount
from tests.foreign_daraja import ForeignDaraja, sandbox_environment, success_body
from tests.reliability.services import OwnPostgresql, OwnRedis, own_postgresql, own_redis
from tests.reliability.wire import Page
from tests.server import Server, end, free_port, run_app

STEP = 10
"""Shillings of one instalment."""
_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
_POSTERS = 12
"""Connections that callbacks come on."""
_numbers = count(1)


@dataclass
class Fleet:
    """The running app and what it stands on."""

    server: Server
    postgresql: OwnPostgresql
    redis: OwnRedis
    rail: str

    def control(self, **order: Any) -> None:
        """Order the simulator about."""
        answer = httpx.post(f"{self.rail}/simulator/control", json=order, timeout=30)
        assert answer.status_code == 200, answer.text

    def workers_of(self, client_ports: list[int]) -> list[int]:
        """The process that holds the server's end of each connection."""
        holders = self.holders()
        return [holders[port] for port in client_ports]

    def holders(self) -> dict[int, int]:
        """Client port → the worker at the other end, for every open connection."""
        owners = _owners(self.processes())
        ends = _server_ends(int(self.server.url.rpartition(":")[2]))
        return {port: owners[inode] for port, inode in ends.items() if inode in owners}

    def processes(self) -> list[int]:
        """The supervisor and its workers."""
        return [
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if _group(int(folder.name)) == self.server.process.pid
        ]


@contextmanager
def fleet(
    folder: Path, workers: int = 3, daraja: AbstractContextManager[str] | None = None
) -> Iterator[Fleet]:
    """Start everything, Redis only after the app; end it afterwards.

    `daraja` gives the rail's address; without it the simulator is started.
    """
    with own_postgresql() as postgresql, own_redis() as redis, daraja or simulator() as rail:
        redis.kill()  # the app must not need it to start
        environment = {
            **sandbox_environment(rail, free_port()),
            "MPESA_PASSKEY": _PASSKEY,
            "DATABASE_URL": postgresql.url,
            "REDIS_URL": redis.url,
            "WORKERS": str(workers),
        }
        with run_app(folder, **environment) as server:
            redis.start()
            yield Fleet(server, postgresql, redis, rail)


@contextmanager
def simulator() -> Iterator[str]:
    """The simulator alone; its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "payment_app", "simulator", "--port", str(port)],
        env=os.environ | {"SIMULATOR_AUTO_COMPLETE_SECONDS": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


class _ConfirmingDaraja(ForeignDaraja):
    """Confirms whatever it is asked about: it never saw the payments that load tests make."""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Daraja answers on `path`."""
        if checkout_id := body.get("CheckoutRequestID"):
            self.results[checkout_id] = ("0", "The service request is processed successfully.")
        return super().answer(path, body)


@contextmanager
def confirming_daraja() -> Iterator[str]:
    """Its address."""
    daraja = _ConfirmingDaraja()
    thread = threading.Thread(target=daraja.serve, daemon=True)
    thread.start()
    try:
        yield daraja.url
    finally:
        daraja.stop()
        thread.join()


# Pending payments, and the callbacks that complete them


@dataclass
class Bill:
    """A booking that is paid in small instalments, and the pending payment of the moment."""

    booking_id: int
    user_id: int
    pay_path: str
    due: int
    callback: tuple[str, bytes] = ("", b"")
    paid: list[int] = field(default_factory=list)


def make_bills(database_url: str, number: int, instalments: int) -> list[Bill]:
    """Bookings that are still part paid after so many instalments."""
    amount = STEP * (instalments + 1)
    with write_to(database_url) as session:
        payer = UserAccount(name="Wanjiku Kamau", phone_number="254712345678")
        session.add(payer)
        session.flush()
        bookings = [_booking(payer.user_id or 0, amount) for _ in range(number)]
        session.add_all(bookings)
        session.commit()
        return [
            Bill(b.booking_id or 0, b.user_id, f"/pay/{b.pay_token}", int(b.amount))
            for b in bookings
        ]


@contextmanager
def write_to(database_url: str) -> Iterator[Session]:
    """A session behind the app's back."""
    engine = create_engine(sync_url(database_url), poolclass=NullPool)
    with Session(engine, expire_on_commit=False) as session:
        yield session


def _booking(user_id: int, amount: int) -> Booking:
    number = next(_numbers)
    return Booking(
        user_id=user_id,
        reference=f"L{number}",
        title="Storage unit",
        amount=Decimal(amount),
        allow_instalments=True,
        pay_token=f"load-test-pay-link-{number:020d}",
    )


def next_instalment(database_url: str, bills: list[Bill]) -> None:
    """A pending payment for each bill, and the success callback that Daraja would send."""
    with write_to(database_url) as session:
        payments = []
        for bill in bills:
            number = next(_numbers)
            token = f"load-test-callback-{number:024d}"
            payment = _pending(bill, number, token)
            push = {
                "Amount": STEP,
                "PhoneNumber": payment.phone_number,
                "MerchantRequestID": payment.merchant_request_id,
                "CheckoutRequestID": payment.checkout_request_id,
            }
            bill.callback = f"/api/mpesa/callback/{token}", success_body(push, f"LD{number:08d}")
            payments.append(payment)
        session.add_all(payments)
        session.commit()
        for bill, payment in zip(bills, payments, strict=True):
            bill.paid.append(payment.payment_id or 0)


def _pending(bill: Bill, number: int, token: str) -> Payment:
    return Payment(
        booking_id=bill.booking_id,
        user_id=bill.user_id,
        amount=Decimal(STEP),
        status="pending",
        phone_number=f"2547{number:08d}",
        checkout_request_id=f"ws_CO_LOAD_{number:012d}",
        merchant_request_id=f"load-{number}",
        transaction_id=f"load-{number}",
        attempt_key=f"load-{number}",
        callback_token_hash=hash_token(token),
        receipt_token=f"load-test-receipt-{number:024d}",
        submitted_at=datetime.now(UTC),
    )


# Driving callbacks at the open pages


async def open_pages(fleet: Fleet, bills: list[Bill]) -> list[Page]:
    """One page for each bill, all showing theirs."""
    pages = [Page(fleet.server.url + bill.pay_path) for bill in bills]
    for start in range(0, len(pages), 20):
        some = pages[start : start + 20]
        await asyncio.gather(*(page.open() for page in some))
        await asyncio.gather(*(page.until(lambda state: state.get("loaded_path")) for page in some))
    return pages


async def close_pages(pages: list[Page]) -> None:
    await asyncio.gather(*(page.close() for page in pages))


@dataclass
class Round:
    """What one round of callbacks showed.

    Attributes:
        latencies: seconds from the first byte of each POST to the page's own message.
        posted_by: the client port of the connection that carried each callback.
        retried: callbacks that had to be posted again, as Daraja does.
    """

    latencies: list[float] = field(default_factory=list)
    posted_by: list[int] = field(default_factory=list)
    retried: int = 0


async def pay_round(
    fleet: Fleet, bills: list[Bill], pages: list[Page], *, rate: float, patience: float = 30
) -> Round:
    """Post the pending callback of every bill, and wait until every page shows its result.

    `rate` is how many are posted a second, whether or not the answers keep up.
    """
    done = Round()
    begin = time.monotonic()
    work = iter(list(enumerate(zip(bills, pages, strict=True))))

    async def poster() -> None:
        async with httpx.AsyncClient(base_url=fleet.server.url, timeout=30) as client:
            for number, (bill, page) in work:
                await asyncio.sleep(begin + number / rate - time.monotonic())
                at, port = await _post(client, bill, done)
                bill.due -= STEP
                waiting.append(asyncio.create_task(_see(page, str(bill.due), at, done, patience)))
                done.posted_by.append(port)

    waiting: list[asyncio.Task[None]] = []
    await asyncio.gather(*(poster() for _ in range(_POSTERS)))
    await asyncio.gather(*waiting)
    return done


async def _post(client: httpx.AsyncClient, bill: Bill, done: Round) -> tuple[float, int]:
    """Post until it is taken; the moment of the last try, and the connection's own port."""
    path, body = bill.callback
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        at = time.monotonic()
        with suppress(httpx.TransportError):
            answer = await client.post(path, content=body)
            if answer.status_code == 200:
                line = answer.extensions["network_stream"].get_extra_info("client_addr")
                return at, line[1]
            assert answer.status_code == 503, answer.text
        done.retried += 1
        await asyncio.sleep(0.1)
    raise AssertionError("the callback was not taken within a minute")


async def _see(page: Page, due: str, at: float, done: Round, patience: float) -> None:
    done.latencies.append(await page.until(lambda _: page.amount == due, patience) - at)


def distribution(latencies: list[float]) -> str:
    """p50, p95, p99 and max in milliseconds."""
    ordered = sorted(latencies)

    def rank(share: float) -> float:
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return (
        f"n {len(ordered)}  p50 {rank(0.5):.1f}  p95 {rank(0.95):.1f}  "
        f"p99 {rank(0.99):.1f}  max {rank(1):.1f} ms"
    )


# Who holds which connection (Linux)


def _server_ends(port: int) -> dict[int, str]:
    """Client port → inode of the server's socket, for open connections to `port`."""
    ends = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            part = line.split()
            here, there = (int(part[at].rpartition(":")[2], 16) for at in (1, 2))
            if here == port and part[3] == "01":
                ends[there] = part[9]
    return ends


def _owners(processes: list[int]) -> dict[str, int]:
    """Inode of a socket → the process that has it open."""
    owners = {}
    for process in processes:
        with suppress(OSError):
            for handle in Path(f"/proc/{process}/fd").iterdir():
                target = os.readlink(handle)
                if target.startswith("socket:["):
                    owners[target[8:-1]] = process
    return owners


def _group(process: int) -> int | None:
    try:
        return os.getpgid(process)
    except OSError:
        return None
