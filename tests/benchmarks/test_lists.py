"""Fifty open staff lists while twenty payments a second come in: CPU and latency, printed.

    pytest tests/benchmarks/test_lists.py -s

The load comes through the API and the simulator's phones. Forty further prompts stand on page one
of every list, and their customers enter the PIN one after another. Measured from there: when the
customer's own page says paid, and when each list does.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reliability.wire import Page
from tests.server import Server, fresh_phone, msisdn, run_app

LISTS = int(os.environ.get("LISTS", "50"))
PROBES = 40
EVERY = 0.5
"""Seconds between two probes."""
RATE = 20
"""Payments a second beside them."""
TYPING = 1.5
"""Seconds that a customer of the load takes to enter the PIN."""


@dataclass
class ListPage(Page):
    """An open list; notes when each payment became paid on it."""

    paid_at: dict[int, float] = field(default_factory=dict)

    def _take(self, message: list[Any]) -> None:
        super()._take(message)
        for line in self.state.get("lines", ()):
            if line["status"] == "completed":
                self.paid_at.setdefault(line["payment_id"], self.heard_at)


@dataclass
class Probe:
    """A prompt that every list shows."""

    payment_id: int
    phone: str
    page: Page
    typed_at: float = 0.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lists")
    wide = {"SIMULATOR_AUTO_COMPLETE_SECONDS": "0", "MPESA_CALLS_PER_SECOND": "100"}
    with run_app(folder, **wide) as running:
        yield running


def describe(name: str, values: Sequence[float]) -> str:
    """One line of a distribution, in milliseconds."""
    ordered = sorted(value * 1000 for value in values)
    at = {p: ordered[min(len(ordered) - 1, round(len(ordered) * p / 100))] for p in (95, 99)}
    return (
        f"{name}: n={len(ordered)} p50={statistics.median(ordered):.0f} ms "
        f"p95={at[95]:.0f} p99={at[99]:.0f} max={ordered[-1]:.0f}"
    )


def processor_seconds(root: int) -> float:
    """Time that a process and all that descend from it have used."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path.parent.name)
        parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {root}
    for _ in parents:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        if not more:
            break
        family |= more
    return sum(used.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


async def prompt(api: httpx.AsyncClient, booking: dict[str, Any], phone: str) -> dict[str, Any]:
    """Send a prompt; the push's answer."""
    body = {"booking_id": booking["booking_id"], "phone_number": phone, "amount": 2_500}
    answer = await api.post("/api/mpesa/stkpush", json=body)
    assert answer.status_code < 300, answer.text
    data: dict[str, Any] = answer.json()
    return data


async def enter_pin(api: httpx.AsyncClient, phone: str) -> None:
    """The customer's part."""
    order = {"answer": {"msisdn": msisdn(phone), "with": "pin"}}
    answer = await api.post("/simulator/control", json=order)
    assert answer.status_code == 200, answer.text


async def pay(api: httpx.AsyncClient, booking: dict[str, Any]) -> None:
    """One payment of the load."""
    phone = fresh_phone()
    await prompt(api, booking, phone)
    await asyncio.sleep(TYPING)
    await enter_pin(api, phone)


async def probe(api: httpx.AsyncClient, booking: dict[str, Any]) -> Probe:
    """A prompt with the customer's page open."""
    phone = fresh_phone()
    page = Page(booking["pay_url"])
    await page.open()
    sent = await prompt(api, booking, phone)
    await page.until(lambda state: page.status == "pending")
    return Probe(sent["payment_id"], phone, page)


async def test_open_lists_under_load(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    load = [server.booking() for _ in range(int(PROBES * EVERY * RATE))]
    cookie = server.sign_in("viewer")
    headers = {"Authorization": f"Bearer {server.api_key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as api:
        probes = [await probe(api, server.booking()) for _ in range(PROBES)]
        lists = [ListPage(f"{server.url}/staff/payments", cookie=cookie) for _ in range(LISTS)]
        for one in lists:
            await one.open()
            await one.until(lambda state: len(state.get("lines", ())) >= PROBES)

        used, began = processor_seconds(server.process.pid), time.monotonic()
        paying = []
        waiting = iter(probes)
        for number, booking in enumerate(load):
            paying.append(asyncio.create_task(pay(api, booking)))
            if number % (RATE * EVERY) == 0:
                one_probe = next(waiting)
                one_probe.typed_at = time.monotonic()
                paying.append(asyncio.create_task(enter_pin(api, one_probe.phone)))
            await asyncio.sleep(max(0.0, began + (number + 1) / RATE - time.monotonic()))
        await asyncio.gather(*paying)
        took = time.monotonic() - began
        share = (processor_seconds(server.process.pid) - used) / took

        for one, its in itertools.product(lists, probes):
            await one.until(lambda _, one=one, its=its: its.payment_id in one.paid_at)
        own = [
            await its.page.until(lambda _, its=its: its.page.status == "completed") - its.typed_at
            for its in probes
        ]
        seen = [one.paid_at[its.payment_id] - its.typed_at for one in lists for its in probes]
        for page in (*lists, *(its.page for its in probes)):
            await page.close()
    with capsys.disabled():
        print(f"\n{LISTS} lists, {len(load)} payments in {took:.1f} s: {share:.0%} of one core")
        print(describe("PIN → the customer’s page", own))
        print(describe("PIN → a list", seen))
    assert len(seen) == LISTS * PROBES
