"""Takes callbacks to the merchant: at most once each, as measured on the real Daraja.

Nothing is sent again when the receiver fails or is away; only misbehaviour sends twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

from payment_app.simulator.background import Background
from payment_app.simulator.gateway.callbacks import Callback, callback_of
from payment_app.simulator.gateway.parcels import Parcel, plain
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.simulator.settings import Clock, Deliver, SimulatorConfig, Sleep

Plan = Callable[[Callback], list[Parcel]]
Label = tuple[str, str, int]
"""Whose phone, which result code, how many shillings: for the record of a delivery."""

MOST_RECORDS = 200


@dataclass
class Delivery:
    """What happened to one parcel; `answer` is the receiver's HTTP status or a few words."""

    at: datetime
    msisdn: str
    code: str
    amount: int
    address: str
    note: str
    answer: str = "on its way"

    def as_json(self) -> dict[str, str | int]:
        """The record with `at` in RFC 3339."""
        return {**self.__dict__, "at": self.at.isoformat()}


@dataclass(frozen=True)
class _Held:
    parcel: Parcel
    record: Delivery
    failsafe: asyncio.Task[None] | None


class Courier:
    """Posts callbacks; keeps the newest 200 records.

    Args:
        plan: makes the parcels of a callback; one plain parcel when all is well.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        clock: Clock,
        sleep: Sleep,
        deliver: Deliver,
        random: Random,
        plan: Plan,
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._clock, self._sleep, self._deliver = clock, sleep, deliver
        self._random, self._plan, self._changed = random, plan, changed
        self._held: list[_Held] = []
        self.records: deque[Delivery] = deque(maxlen=MOST_RECORDS)
        self.work = Background()

    def forget(self) -> None:
        """Drops what is on its way and the records of what was."""
        self.work.cancel_all()
        self._held.clear()
        self.records.clear()

    def deliver(self, parcels: list[Parcel], label: Label) -> None:
        """Posts results of an operator's order in the background."""
        for parcel in parcels:
            self._dispatch(parcel, label)

    async def post_now(self, parcel: Parcel, label: Label) -> None:
        """Posts one parcel and waits for the receiver's answer."""
        await self._post(parcel, self._record(parcel, label))

    def send(self, prompt: Prompt) -> None:
        """Plans the callback of a finished prompt and posts it in the background."""
        callback = callback_of(prompt)
        pause = self._random.uniform(0, self._config.callback_delay_seconds)
        for parcel in self._plan(callback):
            self._dispatch(replace(parcel, delay=parcel.delay + pause), _label(callback))

    async def send_now(self, prompt: Prompt) -> None:
        """Posts the callback of a finished prompt and waits for the receiver's answer."""
        callback = callback_of(prompt)
        parcel = plain(callback, "before the push was answered")
        await self.post_now(parcel, _label(callback))

    def _dispatch(self, parcel: Parcel, label: Label) -> None:
        record = self._record(parcel, label)
        if parcel.lost:
            record.answer = "never sent"
        elif parcel.held:
            self._hold(parcel, record)
        elif self.work.spawn(self._post_later(parcel, record)) is None:
            record.answer = "dropped"

    def _record(self, parcel: Parcel, label: Label) -> Delivery:
        msisdn, code, amount = label
        record = Delivery(
            at=self._clock(),
            msisdn=msisdn,
            code=code,
            amount=amount,
            address=_without_secret(parcel.url),
            note=parcel.note,
        )
        self.records.append(record)
        self._changed()
        return record

    def _hold(self, parcel: Parcel, record: Delivery) -> None:
        failsafe = self.work.spawn(self._release_after(parcel.delay))
        self._held.append(_Held(parcel, record, failsafe))

    async def _release_after(self, seconds: float) -> None:
        await self._sleep(seconds)
        await self._release(asyncio.current_task())

    async def _release(self, caller: asyncio.Task[None] | None = None) -> None:
        """Posts all held parcels, oldest first."""
        held, self._held = self._held, []
        for waiting in held:
            if waiting.failsafe is not None and waiting.failsafe is not caller:
                waiting.failsafe.cancel()
            await self._post(waiting.parcel, waiting.record)

    async def _post_later(self, parcel: Parcel, record: Delivery) -> None:
        await self._sleep(parcel.delay)
        await self._post(parcel, record)
        await self._release()

    async def _post(self, parcel: Parcel, record: Delivery) -> None:
        try:
            async with asyncio.timeout(self._config.delivery_timeout_seconds):
                status = await self._deliver(parcel.url, parcel.body, parcel.headers)
            record.answer = str(status)
        except TimeoutError:
            record.answer = "no answer"
        except OSError:
            record.answer = "no connection"
        except Exception as error:
            # A broken delivery function must be seen, not end the simulator's other work.
            record.answer = f"failed: {type(error).__name__}"
        self._changed()


def _label(callback: Callback) -> Label:
    return callback.msisdn, callback.code, callback.amount


def _without_secret(url: str) -> str:
    """The address for the log: a merchant's secret sits in the last path segment or the query."""
    parts = urlsplit(url)
    parent, _, last = parts.path.rstrip("/").rpartition("/")
    return f"{parts.netloc}{parent}/{'…' if len(last) > 8 else last}"
