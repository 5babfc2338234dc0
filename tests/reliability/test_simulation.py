"""Whole afternoons of payments, drawn from a seed and played in virtual time.

A seed decides everything: who pays what and when, which messages are lost, doubled, late or
overtake each other, how long each database statement takes (and so which task comes first), and
when the process dies. The same seed draws the same afternoon again; only what happens in the very
same instant may come in another order.
"""

from __future__ import annotations

import asyncio
import os
import random as global_random
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from payment_app.domain.lifecycle import LIVE
from payment_app.services.payments.checkout import Started
from payment_app.services.shared.pace.loops import Loop, repeat
from payment_app.storage.tables import Booking
from tests.reliability.simulated import Crashed, Letter, Network, Stage, phone_number
from tests.reliability.truth import Books, Watchman, read_books
from tests.reliability.virtual_time import VirtualLoop, some_latency, sqlite_without_threads

REGRESSIONS: tuple[int, ...] = (20,)
"""Seeds that failed once. 20: a callback that came after the end (the fault was the test's own)."""
BLOCK = 100
FILE = "tests/reliability/test_simulation.py"


@dataclass(frozen=True)
class Weather:
    """How bad this afternoon is: chances from 0 to 1, drawn once for each seed."""

    drop: float
    double: float
    late: float
    lost_answers: float
    broken: float
    unreachable: float
    crashes: int
    outages: int

    @classmethod
    def draw(cls, random: Random) -> Weather:
        def chance() -> float:
            return random.choice((0.0, 0.0, 0.1, 0.3, 0.6))

        return cls(
            *(chance() for _ in range(6)),
            crashes=random.choice((0, 0, 1, 3)),
            outages=random.choice((0, 0, 1)),
        )


class Afternoon:
    """One seed's world and everyone in it."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.random = stage, Random(seed)
        self.weather = Weather.draw(self.random)
        self.watchman = Watchman(stage)
        self.seen: Counter[str] = Counter()
        stage.network.latency = lambda: self.random.choice((0.05, 0.3, 1.0, 4.0))
        stage.network.fate = self._fate
        stage.network.post = self._post

    async def play(self) -> Books:
        """Customers, crashes and outages side by side; then the ladder; then the books."""
        for number in range(self.random.randint(2, 4)):
            parts = self.random.random() < 0.3
            await self.stage.book(1_000 * (number + 1), allow_instalments=parts)
        self._loops()
        people = [self._customer(n, booking) for n, booking in enumerate(self.stage.bookings)]
        await asyncio.gather(*people, self._crashes(), self._outages(), self._watch())
        self.stage.network.down, self.weather = False, Weather(0, 0, 0, 0, 0, 0, 0, 0)
        await asyncio.sleep(90)  # open prompts live out their time
        if self.stage.process.alive:
            await self.stage.die()  # the loops: the ladder is passed in long steps
        self.stage.live_again()
        await self.stage.pass_ladder()
        statuses = {status for letter in self.stage.letters for status in letter.answers}
        assert statuses <= {200, 0}, "the app takes what is true, or is dead"
        return await self.watchman.look_at_the_end()

    # the app

    def _loops(self) -> None:
        runtime = self.stage.runtime
        often = self.random.choice((1.0, 2.0, 3.0))
        for work, wake in (
            (runtime.inbox.drain, runtime.inbox.arrived),
            (runtime.reconciler.tick, None),
            (runtime.recovery.probe, None),
        ):
            self.stage.spawn(repeat(Loop("of a test", work, often, wake)))

    async def _crashes(self) -> None:
        for _ in range(self.weather.crashes):
            await asyncio.sleep(self.random.uniform(1, 60))
            await self.stage.die()
            self.seen["crashes"] += 1
            await asyncio.sleep(self.random.choice((0.0, 2.0, 15.0)))
            self.stage.live_again()
            self._loops()

    async def _watch(self) -> None:
        for _ in range(6):
            await asyncio.sleep(self.random.uniform(5, 60))
            if self.stage.process.alive:
                await self.watchman.look()

    # the network

    async def _outages(self) -> None:
        for _ in range(self.weather.outages):
            await asyncio.sleep(self.random.uniform(1, 60))
            self.stage.network.down = True
            await asyncio.sleep(self.random.uniform(5, 200))
            self.stage.network.down = False

    def _fate(self, path: str) -> str:
        fates = {
            "lost": self.weather.lost_answers,
            "broken": self.weather.broken / 2,
            "refused": self.weather.broken / 2,
            "unreachable": self.weather.unreachable,
        }
        for fate, chance in fates.items():
            if self.random.random() < chance:
                self.seen[fate] += 1
                return fate
        return "ok"

    def _post(self, letter: Letter) -> None:
        """Each letter draws its own delay, so that later ones overtake earlier ones."""
        if self.random.random() < self.weather.drop:
            self.seen["dropped"] += 1
            return
        copies = 2 if self.random.random() < self.weather.double else 1
        for _ in range(copies):
            late = self.random.random() < self.weather.late
            delay = self.random.uniform(30, 3_000) if late else self.random.uniform(0, 10)
            self.stage.post_later(letter, delay)
            self.seen["late" if late else "delivered"] += 1

    # the customers

    async def _customer(self, number: int, booking: Booking) -> None:
        phone = phone_number(number)
        for attempt in range(3):
            await asyncio.sleep(self.random.uniform(0, 40))
            await self._attempt(booking, phone, f"attempt {attempt}")
            if await self._paid(booking):
                return

    async def _attempt(self, booking: Booking, phone: str, key: str) -> None:
        amount = 500 if booking.allow_instalments else None
        clicks = self.random.choice((1, 1, 2, 3))
        presses = [self.stage.pay(booking, phone, key, amount) for _ in range(clicks)]
        answers = await asyncio.gather(self._look_at_the_phone(phone), *presses)
        if None in answers[1:]:  # the page comes back and sends the same attempt again
            await asyncio.sleep(self.random.uniform(0, 30))
            answers += [await self.stage.pay(booking, phone, key, amount)]
        started = {answer.payment_id for answer in answers if isinstance(answer, Started)}
        await self._one_prompt_at_a_time(started, key)

    async def _one_prompt_at_a_time(self, started: set[int], key: str) -> None:
        """An attempt makes one payment; before, it may have met one of another key that lived.

        Whoever presses while a prompt is on the phone is answered with that prompt. If they press
        again after it has ended, that is a new prompt.
        """
        books = await read_books(self.stage)
        mine = [payment for payment in books.payments if payment.payment_id in started]
        own = [payment for payment in mine if payment.attempt_key == key]
        assert len(own) <= 1, "one attempt, two payments"
        for other in mine:
            if own and other is not own[0]:
                assert other.status not in LIVE, "two prompts at once"

    async def _look_at_the_phone(self, phone: str) -> None:
        await asyncio.sleep(self.random.uniform(1, 70))
        simulator = self.stage.simulator
        if simulator.handset(phone).shown_prompt is None:
            return
        match self.random.choices(("pay", "wrong", "cancel", "look away"), (6, 1, 1, 1))[0]:
            case "pay":
                simulator.unlock(phone)
                simulator.enter_pin(phone, "1234")
            case "wrong":
                simulator.enter_pin(phone, "9999")
            case "cancel":
                simulator.cancel(phone)

    async def _paid(self, booking: Booking) -> bool:
        try:
            work = self.stage.runtime.bookings.get(booking.booking_id or 0)
            found, _ = await self.stage.call(work)
        except Crashed:
            return False
        return found.status == "paid"


def play(seed: int, template: Path, folder: Path) -> Counter[str]:
    """One afternoon on a database of its own; what happened in it."""
    global_random.seed(seed)  # the pauses between retries
    path = folder / f"{seed}.db"
    shutil.copy(template, path)
    latency = some_latency(Random(seed))
    with (
        sqlite_without_threads(latency),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        return runner.run(_play(runner, seed, path))


async def _play(runner: asyncio.Runner, seed: int, path: Path) -> Counter[str]:
    loop = runner.get_loop()
    assert isinstance(loop, VirtualLoop)
    stage = Stage(loop, f"sqlite:///{path}", Network(), seed=seed)
    try:
        afternoon = Afternoon(stage, seed)
        books = await afternoon.play()
        seen = afternoon.seen
        seen["prompts"], seen["paid"] = len(stage.prompts), stage.simulator.ledger.count
        seen.update(f"ended {payment.status}" for payment in books.payments)
        seen.update(f"case {case.kind}" for case in books.cases)
        return seen
    finally:
        await stage.close()


def play_all(seeds: range | tuple[int, ...], template: Path, folder: Path) -> None:
    """Play each seed; a failure says how to see it again."""
    seen: Counter[str] = Counter()
    started = time.monotonic()
    for seed in seeds:
        try:
            seen += play(seed, template, folder)
        except BaseException as error:
            error.add_note(f"Again: SIMULATION_SEED={seed} pytest {FILE} -k again")
            raise
    took = time.monotonic() - started
    print(f"\n{len(seeds)} seeds in {took:.0f} s: {dict(sorted(seen.items()))}")


def test_the_books_are_right_after_20_afternoons(sqlite_template: Path, tmp_path: Path) -> None:
    play_all(range(20), sqlite_template, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 1_000, BLOCK))
def test_the_books_are_right_after_1000_afternoons(
    sqlite_template: Path, tmp_path: Path, first: int
) -> None:
    play_all(range(first, first + BLOCK), sqlite_template, tmp_path)


def test_seeds_that_failed_once_and_the_one_to_see_again(
    sqlite_template: Path, tmp_path: Path
) -> None:
    again = os.environ.get("SIMULATION_SEED")
    play_all((int(again),) if again else REGRESSIONS, sqlite_template, tmp_path)
