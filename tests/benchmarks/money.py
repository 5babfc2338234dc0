"""Load on the way of money: pushes, callbacks stored and settled, a flood. Prints one table.

    python -m tests.benchmarks.money                          # our app on SQLite
    python -m tests.benchmarks.money --database postgresql://… --workers 2
    python -m tests.benchmarks.money --reference http://127.0.0.1:4200    # beside another server

The app runs as a process of its own without its pages. A reference is any running server with the
same JSON API whose Daraja is this tool's (`--daraja-port`, start it first with that address). What
was counted is read back through the API afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.instant_daraja import InstantDaraja, instant_daraja
from tests.benchmarks.wires import Wires, at_once, wires
from tests.reliability.host import API_KEY, Host
from tests.server import free_port

AMOUNT = 5_000
_phones = count(secrets.randbelow(80_000_000))


@dataclass
class Target:
    """A server under load, and the Daraja that it talks to."""

    name: str
    base: str
    wires: Wires
    daraja: InstantDaraja

    async def booking(self, _: int = 0) -> dict[str, Any]:
        """A fresh booking and a phone that had no prompt yet."""
        phone = f"2547{next(_phones):08d}"
        body = {
            "reference": secrets.token_hex(6).upper(),
            "title": "Load",
            "amount": AMOUNT,
            "customer": {"name": "Load Payer", "phone_number": phone},
        }
        made = await self.wires.must("POST", "/api/bookings", body)
        return {"booking_id": made["booking_id"], "phone_number": phone, "amount": AMOUNT}

    async def push(self, wish: dict[str, Any]) -> dict[str, Any]:
        """A payment that waits for its customer, as Daraja was asked for it."""
        answer = await self.wires.must("POST", "/api/mpesa/stkpush", wish)
        asked = self.daraja.pushes[answer["checkout_request_id"]]
        return asked | {"payment_id": answer["payment_id"]}

    async def pending(self, number: int) -> list[dict[str, Any]]:
        """So many payments that wait."""
        wishes = await at_once(range(number), 20, self.booking)
        return await at_once(wishes, 20, self.push)

    async def callback(self, push: dict[str, Any]) -> tuple[int, float]:
        """Post the success of a push: (status, seconds)."""
        self.daraja.paid.add(push["CheckoutRequestID"])
        began = time.perf_counter()
        path = urlsplit(push["CallBackURL"]).path
        status, _ = await self.wires.call("POST", path, _success(push))
        return status, time.perf_counter() - began

    async def is_completed(self, push: dict[str, Any]) -> bool:
        """Whether the API says so."""
        payment = await self.wires.must("GET", f"/api/payments/{push['payment_id']}")
        return bool(payment["status"] == "completed")


def _success(push: dict[str, Any]) -> dict[str, Any]:
    items = [
        {"Name": "Amount", "Value": float(AMOUNT)},
        {"Name": "MpesaReceiptNumber", "Value": f"SK{push['payment_id']:08d}"},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": int(time.strftime("%Y%m%d%H%M%S"))},
        {"Name": "PhoneNumber", "Value": int(push["PhoneNumber"])},
    ]
    callback = {
        "MerchantRequestID": push["MerchantRequestID"],
        "CheckoutRequestID": push["CheckoutRequestID"],
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return {"Body": {"stkCallback": callback}}


async def callbacks(target: Target, number: int, together: int) -> dict[str, float]:
    """Callbacks a second, stored and then settled; none may be missing at the end."""
    pushes = await target.pending(number)
    began = time.perf_counter()
    answers = await at_once(pushes, together, target.callback)
    stored = time.perf_counter() - began
    assert Counter(status for status, _ in answers) == {200: number}
    await _until_completed(target, pushes[-1])
    settled = time.perf_counter() - began
    await at_once(pushes, 4, lambda push: _until_completed(target, push))
    return {"stored/s": number / stored, "settled/s": number / settled, **_spread(answers)}


async def _until_completed(target: Target, push: dict[str, Any]) -> float:
    """Seconds until the API says completed."""
    began = time.perf_counter()
    while not await target.is_completed(push):
        await asyncio.sleep(0.005)
        assert time.perf_counter() - began < 120, f"payment {push['payment_id']} does not settle"
    return time.perf_counter() - began


async def paced(target: Target, number: int, rate: float) -> dict[str, float]:
    """At a steady rate: how long after its 200 each tenth callback was readable as completed."""
    pushes = await target.pending(number)
    began = time.perf_counter()

    async def one(place: int, push: dict[str, Any]) -> float | None:
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        status, _ = await target.callback(push)
        assert status == 200
        return await _until_completed(target, push) if place % 10 == 0 else None

    waits = await asyncio.gather(*(one(place, push) for place, push in enumerate(pushes)))
    known = sorted(wait for wait in waits if wait is not None)
    await at_once(pushes, 4, lambda push: _until_completed(target, push))
    return {
        "rate/s": rate,
        "readable p50 ms": statistics.median(known) * 1_000,
        "readable max ms": known[-1] * 1_000,
    }


async def push_time(target: Target, number: int, together: int) -> dict[str, float]:
    """Own time of a push request: the server's less the stand-in's, percentile by percentile."""
    async with wires(target.daraja.url, "") as rail:
        bare = await at_once(range(number), together, lambda _: _bare(rail))
    wishes = await at_once(range(number + together), 20, target.booking)
    await at_once(wishes[:together], together, target.push)

    async def timed(wish: dict[str, Any]) -> float:
        began = time.perf_counter()
        await target.push(wish)
        return time.perf_counter() - began

    began = time.perf_counter()
    full = await at_once(wishes[together:], together, timed)
    wall = time.perf_counter() - began
    return {
        "own p50 ms": (statistics.median(full) - statistics.median(bare)) * 1_000,
        "own p95 ms": (_p95(full) - _p95(bare)) * 1_000,
        "pushes/s": number / wall,
    }


async def _bare(rail: Wires) -> float:
    began = time.perf_counter()
    body = {"PhoneNumber": "254712345678", "CallBackURL": "http://127.0.0.1/x", "Amount": 1}
    await rail.must("POST", "/mpesa/stkpush/v1/processrequest", body)
    return time.perf_counter() - began


async def flood(target: Target, rate: float, seconds: float) -> dict[str, float]:
    """Pushes at `rate`, whatever the server can take, with callbacks in between; then calm."""
    waiting = await target.pending(100)
    wishes = await at_once(range(int(rate * seconds)), 20, target.booking)
    statuses: Counter[int] = Counter()
    began = time.perf_counter()

    async def push(place: int, wish: dict[str, Any]) -> None:
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        status, _ = await target.wires.call("POST", "/api/mpesa/stkpush", wish)
        statuses[status] += 1

    async def settle(place: int, one: dict[str, Any]) -> tuple[int, float]:
        await asyncio.sleep(seconds * place / len(waiting))
        return await target.callback(one)

    stream = asyncio.gather(*(push(place, wish) for place, wish in enumerate(wishes)))
    answers = await asyncio.gather(*(settle(place, one) for place, one in enumerate(waiting)))
    await stream
    over = time.perf_counter()
    acked = [one for one, (status, _) in zip(waiting, answers, strict=True) if status == 200]
    await at_once(acked, 4, lambda one: _until_completed(target, one))
    await asyncio.sleep(max(0.0, over + 5 - time.perf_counter()))
    calm = await push_time(target, 20, 1)
    return {
        "offered/s": rate,
        "200": statuses[200],
        "202": statuses[202],
        "503": statuses[503],
        "other": sum(statuses.values()) - statuses[200] - statuses[202] - statuses[503],
        "callbacks 200": len(acked),
        "callback max ms": max(took for _, took in answers) * 1_000,
        "own p50 ms 5 s later": calm["own p50 ms"],
    }


def _spread(answers: Sequence[tuple[int, float]]) -> dict[str, float]:
    times = [took for _, took in answers]
    return {"200 p50 ms": statistics.median(times) * 1_000, "200 p95 ms": _p95(times) * 1_000}


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


@asynccontextmanager
async def own_app(daraja: InstantDaraja, database_url: str) -> AsyncIterator[str]:
    """Our app on a free port, without its pages; its address."""
    port = free_port()
    host = Host(
        port,
        database_url,
        daraja.url,
        f"http://127.0.0.1:{port}/hooks/stk",
        time.time(),
        calls_per_second=1_000,
    )
    process = await asyncio.create_subprocess_exec(*host.command(), stdout=sys.stderr)
    try:
        base = f"http://127.0.0.1:{port}"
        await _until_ready(base)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_ready(base: str) -> None:
    for _ in range(300):
        try:
            async with wires(base, API_KEY) as one:
                if (await one.call("GET", "/readyz"))[0] == 200:
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the app was not ready in time")


def _show(name: str, what: str, figures: dict[str, float]) -> None:
    cells = "  ".join(f"{key}={value:,.1f}" for key, value in figures.items())
    print(f"{name:10} {what:16} {cells}", flush=True)


async def measure(target: Target, wanted: Sequence[str], number: int) -> None:
    """Run what is wanted against one server."""
    if "push" in wanted:
        _show(target.name, "push alone", await push_time(target, min(number, 200), 1))
        _show(target.name, "push 20 at once", await push_time(target, number, 20))
    settled = 200.0
    if "callbacks" in wanted:
        figures = await callbacks(target, number, 100)
        settled = figures["settled/s"]
        _show(target.name, "callbacks", figures)
    if "paced" in wanted:
        _show(target.name, "at half rate", await paced(target, number, settled / 2))
    if "flood" in wanted:
        taken = (await push_time(target, 200, 20))["pushes/s"]
        _show(target.name, "flood", await flood(target, taken * 3, 5))


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--database", help="DATABASE_URL of an empty database; default: SQLite")
    parser.add_argument("--reference", help="address of a running server to measure as well")
    parser.add_argument("--reference-key", default="", help="its API key")
    parser.add_argument("--daraja-port", type=int, default=0)
    parser.add_argument("--number", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=["push", "callbacks", "paced", "flood"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = given.database or f"sqlite:///{os.path.join(folder, 'load.db')}"
        async with (
            instant_daraja(given.daraja_port) as daraja,
            own_app(daraja, database) as base,
            wires(base, API_KEY) as ours,
        ):
            for _ in range(given.runs):
                await measure(Target("app", base, ours, daraja), given.only, given.number)
                if given.reference:
                    async with wires(given.reference, given.reference_key) as theirs:
                        other = Target("reference", given.reference, theirs, daraja)
                        beside = [what for what in given.only if what != "flood"]
                        await measure(other, beside, given.number)


if __name__ == "__main__":
    asyncio.run(main())
