"""Three workers on PostgreSQL and Redis: no push is lost, whoever dies in the middle."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.foreign_daraja import sandbox_environment
from tests.reliability.fleet import (
    Fleet,
    Round,
    close_pages,
    confirming_daraja,
    distribution,
    fleet,
    make_bills,
    next_instalment,
    open_pages,
    pay_round,
)
from tests.reliability.wire import Page
from tests.server import ROOT, free_port, fresh_phone, msisdn

PROMPTLY = 2.0
"""Seconds within which an open page must be right once everything is back."""
RATE = 20.0
"""Callbacks a second in the long form, below what two busy cores can do."""


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("workers")) as running:
        yield running


@pytest.fixture
async def page(workers: Fleet) -> AsyncIterator[Page]:
    """A page with a bill of KSh 2,500."""
    opened = Page(workers.server.booking()["pay_url"])
    await opened.open()
    await opened.until(lambda state: state.get("loaded_path"))
    yield opened
    await opened.close()


async def test_a_payer_is_served_by_whatever_worker(workers: Fleet, page: Page) -> None:
    await _pay(workers, page)


async def test_callbacks_reach_pages_of_other_workers(workers: Fleet, record_property: Any) -> None:
    bills = make_bills(workers.postgresql.url, 20, instalments=3)
    pages = await open_pages(workers, bills)
    held_by = workers.workers_of([page.port for page in pages])
    rounds = []
    for _ in range(3):
        next_instalment(workers.postgresql.url, bills)
        rounds.append(await pay_round(workers, bills, pages, rate=30))
    await close_pages(pages)
    assert len(set(held_by)) > 1, "all pages sit in one worker: this run shows nothing"
    latencies = [seconds for done in rounds for seconds in done.latencies]
    assert len(latencies) == 60
    _report(record_property, "20 pages, 60 callbacks", latencies)


async def test_with_redis_killed_pages_and_payments_go_on(workers: Fleet) -> None:
    bills = make_bills(workers.postgresql.url, 12, instalments=3)
    pages = await open_pages(workers, bills)
    next_instalment(workers.postgresql.url, bills)
    workers.redis.kill()
    try:
        done = await pay_round(workers, bills, pages, rate=60, patience=PROMPTLY)
        assert done.retried == 0
        newcomer = Page((await _book(workers))["pay_url"])
        await newcomer.open()
        await newcomer.until(lambda state: state.get("loaded_path"), PROMPTLY)
        await _pay(workers, newcomer)
        await newcomer.close()
    finally:
        workers.redis.start()
    next_instalment(workers.postgresql.url, bills)
    await pay_round(workers, bills, pages, rate=60, patience=PROMPTLY)
    assert [page.opened for page in pages] == [1] * 12
    await close_pages(pages)


async def test_a_flushed_redis_is_not_noticed(workers: Fleet, page: Page) -> None:
    assert workers.redis.ask("FLUSHALL") == b"+OK\r\n"
    await _pay(workers, page)


async def test_a_silent_redis_delays_no_page_and_no_callback(workers: Fleet) -> None:
    bills = make_bills(workers.postgresql.url, 6, instalments=1)
    next_instalment(workers.postgresql.url, bills)
    workers.redis.freeze()
    try:
        pages = await open_pages(workers, bills)
        await pay_round(workers, bills, pages, rate=60, patience=PROMPTLY)
    finally:
        workers.redis.thaw()
    await close_pages(pages)


async def test_postgresql_restarted_in_the_middle(workers: Fleet) -> None:
    bills = make_bills(workers.postgresql.url, 12, instalments=3)
    pages = await open_pages(workers, bills)
    next_instalment(workers.postgresql.url, bills)
    await asyncio.to_thread(workers.postgresql.kill)
    try:
        await _everything_says_so(workers, bills[0].callback[0], bills[0].callback[1])
    finally:
        await asyncio.to_thread(workers.postgresql.start)
    back = time.monotonic()
    await _until_ready(workers)
    assert time.monotonic() - back < 5, "the API was not ready 5 s after the database"
    done = await pay_round(workers, bills, pages, rate=60, patience=PROMPTLY)
    assert len(done.latencies) == 12
    assert [page.opened for page in pages] == [1] * 12, "no page had to connect again"
    await close_pages(pages)


async def test_a_click_while_postgresql_is_away_says_so_and_can_be_repeated(
    workers: Fleet, page: Page
) -> None:
    phone = fresh_phone()
    await asyncio.to_thread(workers.postgresql.kill)
    try:
        await page.fire("pay", {"form": {"phone": phone, "attempt": "0"}})
        await page.until(lambda state: state["problem"]["notice"])
        assert page.state["card"]["screen"] == "ready"
        assert page.state["card"]["has_form"]
    finally:
        await asyncio.to_thread(workers.postgresql.start)
    await _until_ready(workers)
    await _pay(workers, page)


async def test_a_killed_worker_comes_back_and_its_pages_move_over(workers: Fleet) -> None:
    bills = make_bills(workers.postgresql.url, 12, instalments=2)
    pages = await open_pages(workers, bills)
    victim = workers.workers_of([pages[0].port])[0]
    async with _staying_open(pages):
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(5):
            while not await _held_by_others(workers, pages, victim):
                await asyncio.sleep(0.1)
        next_instalment(workers.postgresql.url, bills)
        await pay_round(workers, bills, pages, rate=60)
    async with asyncio.timeout(20):
        while len(workers.processes()) < 4:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("lacks", "gives"),
    [
        ("PostgreSQL", {"REDIS_URL": "redis://127.0.0.1:1/0"}),
        ("Redis", {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}),
    ],
)
def test_several_workers_without_their_services_are_refused_in_a_sentence(
    tmp_path: Path, lacks: str, gives: dict[str, str]
) -> None:
    shutil.copy(ROOT / "rxconfig.py", tmp_path)
    environment = sandbox_environment("http://127.0.0.1:1", free_port()) | gives
    refused = subprocess.run(
        [sys.executable, "-m", "reflex", "run", "--env", "prod"],
        cwd=tmp_path,
        env=os.environ | environment | {"WORKERS": "3", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.count("\n- ") == 1, refused.stderr
    assert f"- WORKERS is more than 1 and needs {lacks}: set " in refused.stderr


@pytest.fixture
def busy_workers(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path, daraja=confirming_daraja()) as running:
        yield running


@pytest.mark.slow
async def test_300_pages_and_3000_callbacks_with_both_killed(
    busy_workers: Fleet, record_property: Any
) -> None:
    database = busy_workers.postgresql.url
    bills = make_bills(database, 300, instalments=10)
    pages = await open_pages(busy_workers, bills)
    held_by = busy_workers.workers_of([page.port for page in pages])
    quiet: list[Round] = []
    troubled: list[Round] = []
    for number in range(10):
        next_instalment(database, bills)
        trouble = {3: _redis_dies, 7: _postgresql_restarts}.get(number)
        outage = asyncio.create_task(trouble(busy_workers)) if trouble else None
        # Whatever a page does not show by the heartbeat is lost, and fails here.
        done = await pay_round(busy_workers, bills, pages, rate=RATE, patience=60)
        if outage:
            await outage
        (troubled if outage else quiet).append(done)
    await close_pages(pages)
    assert sum(len(done.latencies) for done in quiet + troubled) == 3_000
    assert [page.opened for page in pages] == [1] * 300
    shares = sorted(held_by.count(worker) for worker in set(held_by))
    _report(record_property, f"300 pages on workers {shares}, quiet rounds", _all(quiet))
    _report(record_property, "rounds with an outage", _all(troubled))
    print(f"posted again after a 503: {sum(done.retried for done in troubled)}")


# What the tests share


async def _pay(workers: Fleet, page: Page) -> None:
    """A whole payment, from the click on the page to the PIN on the phone."""
    phone = fresh_phone()
    attempt = str(page.state["card"]["attempt"])
    await page.fire("pay", {"form": {"phone": phone, "attempt": attempt}})
    await page.until(lambda _: page.status == "pending")
    order = {"msisdn": msisdn(phone), "with": "pin"}
    await asyncio.to_thread(workers.control, answer=order)
    await page.until(lambda _: page.status == "completed", PROMPTLY)


@asynccontextmanager
async def _staying_open(pages: list[Page]) -> AsyncIterator[None]:
    """Pages connect again by themselves; they are closed afterwards."""
    staying = [asyncio.create_task(page.stay_open()) for page in pages]
    try:
        yield
    finally:
        for task in staying:
            task.cancel()
        await asyncio.wait(staying)
        await close_pages(pages)


async def _held_by_others(workers: Fleet, pages: list[Page], victim: int) -> bool:
    holders = await asyncio.to_thread(workers.holders)
    return all(
        page.connected and holders.get(page.port, victim) != victim and page.state["loaded_path"]
        for page in pages
    )


async def _book(workers: Fleet) -> dict[str, Any]:
    return await asyncio.to_thread(workers.server.booking)


async def _everything_says_so(workers: Fleet, callback: str, body: bytes) -> None:
    """While the database is away: 503 in the error shape, and nothing pretends."""
    async with httpx.AsyncClient(base_url=workers.server.url, timeout=30) as client:
        client.headers = workers.server.api.headers
        answers = {
            "booking": await client.get("/api/bookings/1"),
            "payments": await client.get("/api/payments"),
            "callback": await client.post(callback, content=body),
        }
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
            answers, 503
        )
        assert all(set(answer.json()) == {"error", "code"} for answer in answers.values())
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"] is False
        assert (await client.get("/healthz")).status_code == 200


async def _until_ready(workers: Fleet) -> None:
    """Until the database is back for every worker that answers."""
    async with asyncio.timeout(30):
        in_a_row = 0
        while in_a_row < 6:
            async with httpx.AsyncClient(base_url=workers.server.url, timeout=30) as client:
                ready = (await client.get("/readyz")).status_code == 200
            in_a_row = in_a_row + 1 if ready else 0
            await asyncio.sleep(0.02)


async def _redis_dies(workers: Fleet) -> None:
    await asyncio.sleep(0.5)
    workers.redis.kill()
    await asyncio.sleep(2)
    await asyncio.to_thread(workers.redis.start)


async def _postgresql_restarts(workers: Fleet) -> None:
    await asyncio.sleep(0.5)
    await asyncio.to_thread(workers.postgresql.kill)
    await asyncio.sleep(2)
    await asyncio.to_thread(workers.postgresql.start)


def _all(rounds: list[Round]) -> list[float]:
    return [seconds for done in rounds for seconds in done.latencies]


def _report(record_property: Any, name: str, latencies: list[float]) -> None:
    line = f"callback POST to page, {name}: {distribution(latencies)}"
    record_property("latency", line)
    print(line)
