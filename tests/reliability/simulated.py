"""An app that can die, a network that can fail and an M-Pesa that keeps the books.

Real services, real API, a real database; the simulator's ledger says what is true. The process of
the app is a group of tasks: `crash` ends them all where they stand, like `kill -9`, while requests
that have left go on in the network.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select
from sqlmodel import col

from payment_app.api.app import create_api
from payment_app.bootstrap import App, daraja_config
from payment_app.daraja import DarajaClient
from payment_app.domain.errors import Refusal
from payment_app.services.bookings.bookings import NewBooking
from payment_app.services.payments.admission import Attempt
from payment_app.services.payments.checkout import Started
from payment_app.services.shared.keys.tokens import hash_token
from payment_app.settings import Settings
from payment_app.simulator import Simulator, SimulatorConfig
from payment_app.storage.tables import Booking, CallbackInbox, Payment
from tests.reliability.virtual_time import VirtualLoop

T = TypeVar("T")
DAY = 24 * 3_600
PUSH_PATH = "/mpesa/stkpush/v1/processrequest"


class Crashed(Exception):
    """The process died before it answered."""


@dataclass
class Letter:
    """A callback on its way: what Daraja posts, and to whom."""

    token: str
    body: bytes
    answers: list[int] = field(default_factory=list)
    """The app's HTTP statuses so far, one for each time that it was posted."""


@dataclass
class Network:
    """What happens between the app and M-Pesa; a test replaces the parts that should fail.

    Attributes:
        down: nothing gets through to M-Pesa.
        latency: seconds of one leg.
        fate: of a call by its path: `ok`, `unreachable`, `lost` (done, but its answer is lost),
            `refused` (503 before any work) or `broken` (500 after the work).
        post: what becomes of a fresh callback.
    """

    down: bool = False
    latency: Callable[[], float] = lambda: 0.1
    fate: Callable[[str], str] = lambda path: "ok"
    post: Callable[[Letter], None] = lambda letter: None


class Process:
    """One life of the app: its runtime and every task that belongs to it."""

    current: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process")

    def __init__(self, runtime: App) -> None:
        self.runtime = runtime
        self.alive = True
        self.tasks: dict[asyncio.Task[Any], None] = {}
        """In the order of their birth, so that a seed ends them in the same order again."""


def _task_factory(
    loop: asyncio.AbstractEventLoop, coro: Any, context: contextvars.Context | None = None
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
    owner = context.get(Process.current) if context else Process.current.get(None)
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(lambda done: owner.tasks.pop(done, None))
    return task


class Stage:
    """The app over all of its lives, the customers, and the network between them."""

    def __init__(
        self,
        loop: VirtualLoop,
        database_url: str,
        network: Network,
        *,
        seed: int = 7,
        prompt_seconds: float = 60,
    ) -> None:
        loop.set_task_factory(_task_factory)
        self.loop, self.network = loop, network
        self.random = Random(seed)
        self._outside = contextvars.copy_context()
        self._outside.run(Process.current.set, None)
        self.settings = Settings(
            _env_file=None,
            database_url=database_url,
            secret_key="x" * 40,
            api_keys=("simulator-key",),
        )
        self.letters: list[Letter] = []
        self.simulator = Simulator(
            SimulatorConfig(
                auto_complete_seconds=0,
                seed=seed,
                callback_delay_seconds=0,
                prompt_seconds=prompt_seconds,
            ),
            clock=loop.clock,
            deliver=self._deliver,
        )
        self._rail = httpx.ASGITransport(app=_below(self.simulator))
        self._api = create_api()
        self._caller = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self._api, raise_app_exceptions=False),
            base_url="http://localhost:3000",
        )
        self.under_way: list[asyncio.Task[None]] = []
        self.bookings: list[Booking] = []
        self.prompts: dict[str, str] = {}
        """CheckoutRequestID by the hash of its callback token: every prompt that M-Pesa opened."""
        self.process = self._born()

    @property
    def runtime(self) -> App:
        return self.process.runtime

    # the process

    def _born(self) -> Process:
        transport = _Rail(self)
        client = DarajaClient(
            daraja_config(self.settings), clock=self.loop.clock, transport=transport
        )
        runtime = App(self.settings, clock=self.loop.clock, daraja=client)
        runtime.reconciler._chance = self.random.random
        self._api.state.services = runtime
        return Process(runtime)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start something inside the app's present process."""
        context = contextvars.copy_context()
        context.run(Process.current.set, self.process)
        return self.loop.create_task(work, context=context)

    def outside(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start something that outlives the app's process."""
        task = self.loop.create_task(work, context=self._outside.copy())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something inside the app; raises `Crashed` if the process dies meanwhile."""
        if not self.process.alive:
            work.close()
            raise Crashed
        task = self.spawn(work)
        await asyncio.wait([task])
        if task.cancelled():
            raise Crashed
        return task.result()

    async def die(self) -> None:
        """Kill -9: every task of the app ends where it stands; nothing is told to anyone."""
        dead, dead.alive = self.process, False
        for task in list(dead.tasks):
            # A session that is being closed gives its connection back: no more work, only order.
            if getattr(task.get_coro(), "__qualname__", "") != "AsyncSession.close":
                task.cancel()
        while dead.tasks:
            await asyncio.wait(list(dead.tasks))
        await dead.runtime.database.close()

    def live_again(self) -> None:
        """Start the app anew on the same data, without its background loops."""
        self.process = self._born()

    async def crash(self) -> None:
        """Die and live again at once."""
        await self.die()
        self.live_again()

    async def close(self) -> None:
        """End everything."""
        await self.simulator.stop()
        if self.process.alive:
            await self.die()
        await self._caller.aclose()

    # what the app does by itself

    async def tick(self) -> None:
        """One round of the app's background work."""
        runtime = self.runtime
        await self.call(runtime.inbox.drain())
        await self.call(runtime.reconciler.tick())
        await self.call(runtime.recovery.probe())

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, with a round of background work at every step."""
        end = self.loop.time() + seconds
        while self.loop.time() < end:
            await asyncio.sleep(min(step, end - self.loop.time()))
            await self.tick()

    async def pass_ladder(self) -> int:
        """Let time pass until nothing is due nor under way any more; the rounds that it took."""
        end = self.loop.time() + 2 * DAY
        for rounds in range(100_000):
            await self.tick()
            # In this order: a letter that is posted while the database is asked is then either
            # still seen on its way, or found in the inbox.
            waiting = [task for task in self.under_way if not task.done()]
            due = await self._next_due()
            if due is None and not waiting:
                return rounds
            assert self.loop.time() < end, "something is due for ever"
            pause = 60.0 if due is None else (due - self.loop.clock()).total_seconds()
            await asyncio.sleep(min(max(1.0, pause), 60.0 if waiting else DAY))
        raise AssertionError("no end of work")

    async def _next_due(self) -> datetime | None:
        row = select(func.min(col(CallbackInbox.received_at)))
        later = select(func.min(col(CallbackInbox.not_before)))
        open_ = col(CallbackInbox.processed_at).is_(None)
        at_once = col(CallbackInbox.not_before).is_(None)
        statements = (
            select(func.min(col(Payment.next_check_at))),
            row.where(open_, at_once),
            later.where(open_),
        )
        async with self.runtime.database.read() as session:
            times = [(await session.execute(one)).scalar_one() for one in statements]
        return min((at for at in times if at is not None), default=None)

    # what people do

    async def book(self, amount: int, **more: Any) -> Booking:
        """A fresh booking."""
        number = len(self.bookings)
        booking = await self.runtime.bookings.create(
            NewBooking(
                reference=f"BK{number:05d}",
                title="Storage unit",
                amount=Decimal(amount),
                customer_name="Wanjiku Kamau",
                phone_number=phone_number(number),
                **more,
            )
        )
        self.bookings.append(booking)
        return booking

    async def pay(
        self, booking: Booking, phone: str, key: str, amount: int | None = None
    ) -> Started | Refusal | None:
        """Press "Pay"; `None` when the process died before it answered."""
        chosen = None if amount is None else Decimal(amount)
        wish = Attempt(booking.booking_id or 0, phone, chosen, key, "customer")
        try:
            return await self.call(self.runtime.checkout.start(wish))
        except Refusal as refusal:
            return refusal
        except Crashed:
            return None

    # the network

    async def _deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        letter = Letter(urlsplit(url).path.rpartition("/")[2], body)
        self.letters.append(letter)
        self.network.post(letter)
        return 200

    def post_later(self, letter: Letter, delay: float) -> None:
        """Daraja posts a callback so many seconds from now."""
        self.under_way.append(self.outside(self._post_later(letter, delay)))

    async def _post_later(self, letter: Letter, delay: float) -> None:
        await asyncio.sleep(delay)
        await self.post(letter)

    async def post(self, letter: Letter, *, token: str | None = None) -> int:
        """Daraja posts a callback; the app's answer, 0 for none."""
        status = await self.post_body(token or letter.token, letter.body)
        if token is None:
            letter.answers.append(status)
        return status

    async def post_body(self, token: str, body: bytes) -> int:
        """Somebody posts `body` to the callback address with that token; "" for none."""
        path = f"/hooks/stk/{token}" if token else "/api/mpesa/callback"
        try:
            answer = await self.call(self._caller.post(path, content=body))
        except Crashed:
            return 0
        return answer.status_code

    async def serve(self, request: httpx.Request, fate: str) -> httpx.Response:
        """Carry one request to M-Pesa and its answer back."""
        await asyncio.sleep(self.network.latency())
        if fate == "refused":
            return httpx.Response(503, content=b"")
        response = await self._rail.handle_async_request(request)
        content = await response.aread()
        if request.url.path.endswith(PUSH_PATH):
            self._note_prompt(request)
        await asyncio.sleep(self.network.latency())
        if fate == "lost":
            raise httpx.ReadError("the connection broke")
        if fate == "broken":
            return httpx.Response(500, content=b"<html>")
        headers = [(k, v) for k, v in response.headers.items() if k != "content-length"]
        return httpx.Response(response.status_code, headers=headers, content=content)

    def _note_prompt(self, request: httpx.Request) -> None:
        """Remember the prompt that a push has opened, and that it was the only one."""
        url = str(json.loads(request.content)["CallBackURL"])
        opened = [p for p in self.simulator.exchange.prompts.live() if p.order.callback_url == url]
        for prompt in opened:
            token_hash = hash_token(url.rpartition("/")[2])
            assert token_hash not in self.prompts, "a second prompt for one payment"
            self.prompts[token_hash] = prompt.checkout_request_id


class _Rail(httpx.AsyncBaseTransport):
    """The way to M-Pesa: what has left goes on when the app dies."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        network = self._stage.network
        fate = "unreachable" if network.down else network.fate(request.url.path)
        if fate == "unreachable":
            raise httpx.ConnectError("no way", request=request)
        await request.aread()
        return await asyncio.shield(self._stage.outside(self._stage.serve(request, fate)))


def _below(simulator: Simulator) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await simulator.rail_app({**scope, "root_path": "/simulator/daraja"}, receive, send)

    return app


def phone_number(number: int) -> str:
    """A customer's phone."""
    return f"2547{number:08d}"
