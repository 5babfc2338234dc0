"""The database at fault: locked, full, read-only, gone, deadlocked, out of connections.

Passes when every caller waits or is told 503, nothing is half done, what was answered 200 is
there, and the loops go on by themselves.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import psycopg
import pytest
import pytest_asyncio

from payment_app import lifespan
from payment_app.services.operations.environment_mark import open_database
from payment_app.storage.tables import Booking, Payment
from tests.conftest import FakeClock
from tests.integration.kit import OTHER_PHONE, count, refused, run_sql
from tests.integration.world import World, close_world, failure, open_world, success
from tests.reliability.services import own_postgresql

HOLD = """
import sys, time
url, seconds = sys.argv[1], float(sys.argv[2])
if url.startswith("sqlite"):
    import sqlite3
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
else:
    import psycopg
    connection = psycopg.connect(url)
    connection.execute("SELECT 1 FROM booking FOR UPDATE")
    connection.execute("SELECT 1 FROM payment FOR UPDATE")
print("held", flush=True)
time.sleep(seconds)
connection.rollback()
"""


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


def address(world: World) -> str:
    return world.runtime.settings.database_url


@asynccontextmanager
async def locked(world: World, seconds: float) -> AsyncIterator[None]:
    """Another process holds the locks for so long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, address(world), str(seconds), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    yield
    assert await process.wait() == 0


def told(answer: httpx.Response) -> bool:
    """Whether it was done; otherwise 503 in the error shape."""
    if answer.status_code in (200, 202):
        return True
    assert answer.status_code == 503, answer.text
    assert set(answer.json()) == {"error", "code"}
    return False


async def paid_once(world: World, payment: Payment) -> None:
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")
    events = await world.events(payment)
    assert sum(e.to_status == "completed" != e.from_status for e in events) == 1
    async with world.runtime.database.read() as session:
        booking = await session.get_one(Booking, payment.booking_id)
    assert booking.amount_paid == payment.amount


@pytest.mark.parametrize("seconds", [1, pytest.param(4, marks=pytest.mark.slow), 6])
async def test_a_lock_held_by_another_process_is_waited_for_or_told(
    world: World, seconds: int
) -> None:
    payment, token = await world.pushed(await world.booking()), world.token()
    other = await world.booking()
    async with locked(world, seconds), asyncio.timeout(30):
        callback, push = await asyncio.gather(
            world.callback(success(payment), token), world.push(other, phone=OTHER_PHONE)
        )
    kept, sent = told(callback), told(push)
    assert seconds > 5 or (kept and sent), "a lock of less than 5 s is only a wait"
    assert [row.payment_id for row in await world.inbox()] == [payment.payment_id] * kept
    assert await count(world, Payment) == 1 + sent == len(world.pushes)
    if not kept:
        assert (await world.callback(success(payment), token)).status_code == 200
    await world.runtime.inbox.drain()
    await paid_once(world, payment)


async def turn_read_only(world: World, on: bool) -> None:
    """Every write fails from now on, as on a read-only disk or a server after a failover."""
    if world.runtime.database.is_sqlite:
        if on:
            await run_sql(world, "PRAGMA query_only=1")
        else:
            await world.runtime.database.close()  # the next connection may write again
        return
    name = address(world).rpartition("/")[2]
    async with await psycopg.AsyncConnection.connect(address(world), autocommit=True) as admin:
        await admin.execute("SET default_transaction_read_only = off")
        value = "on" if on else "off"
        await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
    await world.runtime.database.close()  # the next connections see it


async def test_a_database_that_turned_read_only_is_503_and_changes_nothing(world: World) -> None:
    payment, token = await world.pushed(await world.booking()), world.token()
    other = await world.booking()
    await turn_read_only(world, True)
    refused(await world.callback(success(payment), token), 503, "not_stored")
    refused(await world.push(other, phone=OTHER_PHONE), 503, "database_unavailable")
    answer = await world.api.get(f"/api/payments/{payment.payment_id}")
    assert answer.status_code == 200, "reading goes on"
    await turn_read_only(world, False)
    assert await world.inbox() == []
    assert len(world.pushes) == await count(world, Payment) == 1
    assert (await world.callback(success(payment), token)).status_code == 200
    await world.runtime.inbox.drain()
    await paid_once(world, payment)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_a_full_disk_what_was_answered_200_is_there(world: World) -> None:
    payment, token = await world.pushed(await world.booking()), world.token()
    await run_sql(world, "PRAGMA max_page_count=1")  # means: not a page more than there are
    stored = 0
    codes = []
    for number in range(6):
        body = failure(payment)
        body["Padding"] = f"{number}" * 40_000
        answer = await world.callback(body, token)
        codes.append(answer.status_code)
        stored += told(answer)
    assert 503 in codes
    assert len(await world.inbox()) == stored
    await run_sql(world, "PRAGMA max_page_count=1000000")
    assert (await world.callback(success(payment), token)).status_code == 200
    await world.runtime.inbox.drain()
    await paid_once(world, payment)


async def test_without_a_free_connection_callers_are_told_and_later_served(world: World) -> None:
    payment, token = await world.pushed(await world.booking()), world.token()
    database = world.runtime.database
    async with AsyncExitStack() as held:
        for _ in range(4 if database.is_sqlite else 20):
            session = await held.enter_async_context(database.read())
            await session.connection()
        async with asyncio.timeout(15):
            callback, read = await asyncio.gather(
                world.callback(success(payment), token),
                world.api.get(f"/api/payments/{payment.payment_id}"),
            )
    refused(callback, 503, "not_stored")
    refused(read, 503, "database_unavailable")
    assert await world.inbox() == []
    assert (await world.callback(success(payment), token)).status_code == 200
    await world.runtime.inbox.drain()
    await paid_once(world, payment)


async def waits_for_a_lock(admin: psycopg.AsyncConnection) -> None:
    """Until some session of this database waits for a lock."""
    wanted = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while True:
            row = await (await admin.execute(wanted)).fetchone()
            if row is not None and row[0]:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_deadlock_is_tried_again_and_settles_once(world: World) -> None:
    payment = await world.pushed(await world.booking())
    assert (await world.callback(success(payment))).status_code == 200
    async with (
        await psycopg.AsyncConnection.connect(address(world), autocommit=True) as admin,
        await psycopg.AsyncConnection.connect(address(world)) as outsider,
    ):
        await outsider.execute("SET deadlock_timeout = '20s'")  # the app is the one that is ended
        await outsider.execute("SELECT 1 FROM payment FOR UPDATE")
        drain = asyncio.create_task(world.runtime.inbox.drain())
        await waits_for_a_lock(admin)
        await outsider.execute("SELECT 1 FROM booking FOR UPDATE")
        await outsider.rollback()
        await drain
    assert [(row.attempts, row.processed_at) for row in await world.inbox()] == [(1, None)]
    world.clock.advance(3)
    await world.runtime.inbox.drain()
    await paid_once(world, payment)


async def test_postgresql_restarted_in_the_middle_of_settling(clock: FakeClock) -> None:
    with own_postgresql() as server:
        open_database(server.url, "simulator", clock())
        world = await open_world(server.url, clock)
        try:
            payment, token = await world.pushed(await world.booking()), world.token()
            other = await world.booking()
            await lifespan.start(world.runtime)
            holder = await psycopg.AsyncConnection.connect(server.url)
            admin = await psycopg.AsyncConnection.connect(server.url, autocommit=True)
            await holder.execute("SELECT 1 FROM booking FOR NO KEY UPDATE")
            assert (await world.callback(success(payment), token)).status_code == 200
            await waits_for_a_lock(admin)
            await asyncio.to_thread(server.stop)
            refused(await world.callback(failure(payment), token), 503, "not_stored")
            refused(await world.push(other, phone=OTHER_PHONE), 503, "database_unavailable")
            await holder.close()
            await admin.close()
            await asyncio.to_thread(server.start)
            async with asyncio.timeout(15):
                while (await world.payment(payment.payment_id)).status != "completed":
                    world.clock.advance(1)
                    await asyncio.sleep(0.05)
            await paid_once(world, payment)
            assert len(world.pushes) == 1
            assert (await world.api.get("/readyz")).status_code == 200
        finally:
            await close_world(world)
