"""The whole app without a web server: real services, real API, the simulator as Daraja.

Everything between them is in memory; only the database is real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import col

from payment_app import lifespan
from payment_app.api.app import create_api
from payment_app.api.middleware import Edge
from payment_app.bootstrap import App, daraja_config
from payment_app.daraja import DarajaClient
from payment_app.services.bookings.bookings import NewBooking
from payment_app.settings import Settings
from payment_app.simulator import Simulator, SimulatorConfig
from payment_app.storage.tables import Booking, CallbackInbox, Payment, PaymentCase, PaymentEvent
from payment_app.web.payer.plain.answers import LinkAnswers
from payment_app.web.payer.plain.html import Document
from tests.conftest import FakeClock

KEY = {"Authorization": "Bearer simulator-key"}
PHONE = "254712345678"


_FREE_APIS: list[FastAPI] = []
"""Lent to one world after the other: FastAPI takes 4 ms to read each route of a new one."""


@dataclass
class World:
    """One app, one Daraja, one clock."""

    clock: FakeClock
    runtime: App
    simulator: Simulator
    api: httpx.AsyncClient
    asgi: FastAPI
    pushes: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    # what a customer and a caller do

    async def booking(
        self,
        amount: int = 2_500,
        *,
        customer: str = "Wanjiku Kamau",
        phone: str = PHONE,
        **more: Any,
    ) -> Booking:
        """A fresh booking."""
        number = len(self.references)
        self.references.append(f"BK{number:04d}")
        return await self.runtime.bookings.create(
            NewBooking(
                reference=self.references[-1],
                title="Storage unit",
                amount=Decimal(amount),
                customer_name=customer,
                phone_number=phone,
                **more,
            )
        )

    references: list[str] = field(default_factory=list)

    async def push(
        self, booking: Booking, *, phone: str = PHONE, amount: int | None = None, **headers: str
    ) -> httpx.Response:
        """POST /api/mpesa/stkpush."""
        due = int(booking.amount) if amount is None else amount
        body = {"booking_id": booking.booking_id, "phone_number": phone, "amount": due}
        return await self.api.post("/api/mpesa/stkpush", json=body, headers=headers)

    async def pushed(self, booking: Booking, **more: Any) -> Payment:
        """A payment that waits for its customer."""
        answer = await self.push(booking, **more)
        assert answer.status_code == 200, answer.text
        return await self.payment(answer.json()["payment_id"])

    def token(self, number: int = -1) -> str:
        """The callback token of a push that Daraja has seen."""
        return str(self.pushes[number]["CallBackURL"]).rpartition("/")[2]

    async def callback(
        self, body: bytes | dict[str, Any], token: str | None = None
    ) -> httpx.Response:
        """POST a callback, under the newest push's token unless told otherwise."""
        path = f"/hooks/stk/{self.token() if token is None else token}"
        if isinstance(body, dict):
            return await self.api.post(path, json=body)
        return await self.api.post(path, content=body)

    async def settle(self) -> None:
        """Deliver what the simulator has under way, then read the inbox."""
        await self.simulator.drain()
        await self.runtime.inbox.drain()

    # what the database holds

    async def payment(self, payment_id: int | None) -> Payment:
        async with self.runtime.database.read() as session:
            return await session.get_one(Payment, payment_id)

    async def fresh(self, booking: Booking) -> Booking:
        async with self.runtime.database.read() as session:
            return await session.get_one(Booking, booking.booking_id)

    async def events(self, payment: Payment) -> list[PaymentEvent]:
        async with self.runtime.database.read() as session:
            rows = await session.execute(
                select(PaymentEvent)
                .where(col(PaymentEvent.payment_id) == payment.payment_id)
                .order_by(col(PaymentEvent.event_id))
            )
            return list(rows.scalars())

    async def cases(self) -> list[str]:
        async with self.runtime.database.read() as session:
            rows = await session.execute(
                select(col(PaymentCase.kind)).order_by(col(PaymentCase.case_id))
            )
            return list(rows.scalars())

    async def inbox(self) -> list[CallbackInbox]:
        async with self.runtime.database.read() as session:
            rows = await session.execute(
                select(CallbackInbox).order_by(col(CallbackInbox.inbox_id))
            )
            return list(rows.scalars())


def success(payment: Payment, **more: Any) -> dict[str, Any]:
    """Daraja's success body for a payment; `amount` and `receipt` can be others."""
    items = [
        {"Name": "Amount", "Value": more.get("amount", float(payment.amount))},
        {"Name": "MpesaReceiptNumber", "Value": more.get("receipt", "SKJ7RT61SV")},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261123120010},
        {"Name": "PhoneNumber", "Value": int(payment.phone_number)},
    ]
    body = _callback(payment, 0, "The service request is processed successfully.", more)
    body["Body"]["stkCallback"]["CallbackMetadata"] = {"Item": items}
    return body


def failure(payment: Payment, code: int | str = 1032, **more: Any) -> dict[str, Any]:
    """Daraja's failure body for a payment."""
    return _callback(payment, code, "Request cancelled by user", more)


def _callback(
    payment: Payment, code: int | str, words: str, more: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": more.get("merchant_id", payment.merchant_request_id),
                "CheckoutRequestID": more.get("checkout_id", payment.checkout_request_id),
                "ResultCode": code,
                "ResultDesc": words,
            }
        }
    }


async def open_world(
    database_url: str,
    clock: FakeClock,
    *,
    daraja: World | None = None,
    rail: Mapping[str, Any] | None = None,
    **more: Any,
) -> World:
    """Build the app around a migrated database; close it with `close_world`.

    `daraja`: a world whose simulator this one is to use as well; `rail`: how its own one behaves.
    """
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        secret_key="x" * 40,
        api_keys=("simulator-key",),
        # The pace of calls is real time, which no clock of a test can move.
        **({"mpesa_calls_per_second": 1_000} | more),
    )
    world: World

    async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        world.sent.append((url, body))
        answer = await world.api.post(urlsplit(url).path, content=body, headers=dict(headers))
        return answer.status_code

    simulator = (
        daraja.simulator
        if daraja
        else Simulator(
            SimulatorConfig(
                auto_complete_seconds=0,
                seed=7,
                callback_delay_seconds=0,
                order_seconds=0,
                **(rail or {}),
            ),
            clock=clock,
            deliver=deliver,
        )
    )
    pushes: list[dict[str, Any]] = []

    async def overhear(request: httpx.Request) -> None:
        if request.url.path.endswith("/stkpush/v1/processrequest"):
            import json

            pushes.append(json.loads(request.content))

    transport = _Overhearing(simulator, overhear)
    client = DarajaClient(daraja_config(settings), clock=clock, transport=transport)
    runtime = App(settings, clock=clock, daraja=client)
    api = _FREE_APIS.pop() if _FREE_APIS else create_api()
    api.state.services = runtime

    links = LinkAnswers(settings, lambda: runtime.pages, lambda: runtime.receipt_checks, Document())

    async def signed_in(cookies: str) -> bool:
        return await runtime.visitors.member(cookies, "") is not None

    edge = Edge(
        api,
        link_page=links.answer,
        signed_in=signed_in,
        page_policy="default-src 'self'; frame-ancestors 'none'",
    )
    caller = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=edge, raise_app_exceptions=False),
        base_url="http://localhost:3000",
        headers=KEY,
    )
    world = World(clock, runtime, simulator, caller, api, pushes)
    return world


class _Overhearing(httpx.AsyncBaseTransport):
    """The way to the simulator's rail, overheard."""

    def __init__(self, simulator: Simulator, overhear: Any) -> None:
        self._inner = httpx.ASGITransport(app=_below(simulator))
        self._overhear = overhear

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._overhear(request)
        return await self._inner.handle_async_request(request)


def _below(simulator: Simulator) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await simulator.rail_app({**scope, "root_path": "/simulator/daraja"}, receive, send)

    return app


async def close_world(world: World) -> None:
    """Stop everything that `open_world` started."""
    await world.simulator.stop()
    await lifespan.stop(world.runtime)
    await world.api.aclose()
    _FREE_APIS.append(world.asgi)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.sleep(0), 1)
