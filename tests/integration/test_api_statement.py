"""A statement compared over HTTP: who may, what is refused, and that nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from payment_app.api.staff import statement as staff_statement
from payment_app.domain.staff import Role
from payment_app.simulator.mpesa.statement import statement_csv
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, completed, refused
from tests.integration.test_api_import import HERE, done, signed
from tests.integration.world import World, close_world, open_world

STATEMENT = "/api/staff/statement"


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


async def send(http: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    return await http.post(STATEMENT, content=content, headers=HERE | headers)


async def test_finance_sees_what_differs_and_the_log_says_so(world: World) -> None:
    await completed(world)
    rails = statement_csv(world.simulator.ledger, "174379")
    async with signed(world, Role.FINANCE) as http:
        agreed = await send(http, rails.encode())
        assert agreed.status_code == 200, agreed.text
        assert agreed.json()["matches"]
        assert agreed.json()["totals"] == [{"kind": "payment", "count": 1, "amount": "2,500.00"}]
        differs = (await send(http, rails.replace("2,500.00", "2,400.00").encode())).json()
    (finding,) = differs["findings"]
    assert finding["kind"] == "other_amount"
    assert finding["href"] == "/staff/payments/1"
    assert not differs["matches"]
    assert await done(world) == ["statement_compared", "statement_compared"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
async def test_who_may_not_take_lists_out_may_not_ask(world: World, role: Role) -> None:
    async with signed(world, role) as http:
        assert (await send(http, b"x")).status_code == 403
    assert await done(world) == []


async def test_another_sites_page_and_strangers_are_refused_unread(world: World) -> None:
    async with signed(world, Role.FINANCE) as http:
        foreign = await send(http, b"x", Origin="https://evil.example")
        assert foreign.status_code == 403

    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("the body of a stranger was read")
        yield b""

    async with anonymous(world) as stranger:
        answer = await stranger.post(STATEMENT, content=endless(), headers=HERE)
        assert answer.status_code == 401


async def test_what_is_no_statement_is_said(world: World) -> None:
    async with signed(world, Role.FINANCE) as http:
        words = refused(await send(http, b"a,b\n1,2\n"), 422, "invalid_file")
        assert "This is no M-Pesa statement" in words
    assert await done(world) == []


async def test_a_file_without_end_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_statement, "LARGEST_FILE", 1_000)
    async with signed(world, Role.FINANCE) as http:
        refused(await send(http, b"x" * 1_001), 422, "too_large")
