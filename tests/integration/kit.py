"""Small helpers that the tests of the API share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.storage.tables import Payment
from tests.integration.world import PHONE, World

OTHER_PHONE = "254722000000"


def new_booking(number: int = 1, **more: Any) -> dict[str, Any]:
    """A body for POST /api/bookings."""
    return {
        "reference": f"AB{number:04d}",
        "title": "Storage unit",
        "amount": 2_500,
        "customer": {"name": "Wanjiku Kamau", "phone_number": "0712 345 678"},
        **more,
    }


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """Assert the error shape; the sentence."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "code"}
    assert body["code"] == code, body
    assert body["error"].strip()
    return str(body["error"])


def well_shaped(answer: httpx.Response) -> None:
    """An answer that is no 5xx, and an error in the error shape if it is one."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        body = answer.json()
        assert set(body) == {"error", "code"}, body
        assert all(isinstance(value, str) and value for value in body.values())


def moment(text_: str) -> datetime:
    """A time of the API: RFC 3339 with offset."""
    at = datetime.fromisoformat(text_)
    assert at.tzinfo is not None, text_
    assert "T" in text_
    return at


async def post_ascii(world: World, path: str, body: Any) -> httpx.Response:
    """POST JSON in ASCII, so that lone surrogates can be written as an attacker would."""
    raw = body if isinstance(body, str) else json.dumps(body)
    return await world.api.post(
        path, content=raw.encode(), headers={"Content-Type": "application/json"}
    )


def anonymous(world: World) -> httpx.AsyncClient:
    """A caller without an API key."""
    transport = world.api._transport
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")


async def completed(world: World, amount: int = 2_500, phone: str = PHONE) -> Payment:
    """A payment that its customer paid, receipt and all."""
    payment = await world.pushed(await world.booking(amount), phone=phone)
    world.simulator.enter_pin(phone, "1234")
    await world.settle()
    return await world.payment(payment.payment_id)


async def count(world: World, table: type[Any]) -> int:
    """How many rows a table has."""
    async with world.runtime.database.read() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def until(true: Callable[[], object]) -> None:
    """Let the app run until something holds."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - the simulator's phones have no event to wait for
            await asyncio.sleep(0.001)


async def run_sql(world: World, *statements: str) -> None:
    """Change the database behind the app's back."""
    async with world.runtime.database.write() as session:
        await _execute(session, statements)


async def _execute(session: AsyncSession, statements: tuple[str, ...]) -> None:
    for statement in statements:
        await session.execute(text(statement))
