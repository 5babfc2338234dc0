"""Whatever happens to callbacks, the app ends up knowing what M-Pesa knows, and in time."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

import pytest

from payment_app.background import loops
from payment_app.live.hub import booking_topic
from payment_app.services.payments.checkout import Started
from payment_app.services.shared.pace.loops import repeat
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.storage.tables import Payment
from tests.reliability.simulated import Letter, Network, Stage, phone_number
from tests.reliability.truth import Watchman, read_books
from tests.reliability.virtual_time import VirtualLoop, sqlite_without_threads

MINUTE = 60
DROPPED, DUPLICATED, REORDERED, LATE = 0.3, 0.2, 0.2, 0.1


class BadPost:
    """Loses, doubles, swaps and delays callbacks by chance."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._random = stage.random
        self.counts = dict.fromkeys(("dropped", "duplicated", "reordered", "late"), 0)

    def __call__(self, letter: Letter) -> None:
        # Drawn one by one, so that each share is what its name says, of all callbacks.
        dropped, doubled, reordered, late = (self._random.random() for _ in range(4))
        if dropped < DROPPED:
            self.counts["dropped"] += 1
            return
        delay = self._random.uniform(0.05, 1.0)
        if late < LATE:
            self.counts["late"] += 1
            delay = self._random.uniform(60, 3_600)
        elif reordered < REORDERED:
            self.counts["reordered"] += 1
            delay = self._random.uniform(2, 30)  # those behind it overtake
        self._stage.post_later(letter, delay)
        if doubled < DUPLICATED:
            self.counts["duplicated"] += 1
            self._stage.post_later(letter, delay + self._random.uniform(0, 120))


async def background(stage: Stage) -> None:
    """The app's own loops, as far as they bring results."""
    for loop in loops(stage.runtime):
        if loop.name in ("inbox", "due checks", "open pages"):
            stage.spawn(repeat(loop))


def answer(stage: Stage, phone: str, how: str) -> None:
    """The customer looks at the phone."""
    match how:
        case "pay":
            stage.simulator.enter_pin(phone, "1234")
        case "wrong":
            stage.simulator.enter_pin(phone, "9999")
        case "cancel":
            stage.simulator.cancel(phone)
        case "ignore":
            stage.simulator.ignore(phone)


async def customer(stage: Stage, number: int, random: Random) -> None:
    """One booking, one prompt, one answer."""
    await asyncio.sleep(number * random.uniform(0.5, 1.0))
    booking = await stage.book(random.randint(10, 5_000))
    phone = phone_number(number)
    started = await stage.pay(booking, phone, "attempt")
    assert isinstance(started, Started), started
    await asyncio.sleep(random.uniform(3, 50))
    answer(stage, phone, random.choices(("pay", "wrong", "cancel", "ignore"), (7, 1, 1, 1))[0])


def seconds_to_agreement(stage: Stage, payments: list[Payment]) -> list[float]:
    """From M-Pesa's result to ours, for every prompt."""
    prompts = {p.checkout_request_id: p for p in _prompts(stage)}
    waits = []
    for payment in payments:
        finished = prompts[payment.checkout_request_id or ""].finished_at
        assert finished is not None
        assert payment.settled_at is not None
        waits.append((payment.settled_at - finished).total_seconds())
    return waits


def _prompts(stage: Stage) -> list[Prompt]:
    found = [stage.simulator.exchange.prompts.find(one) for one in stage.prompts.values()]
    return [prompt for prompt in found if prompt is not None]


async def agree(stage: Stage, payments: int) -> None:
    """Everyone pays, the post fails, time passes, nobody helps; then the books are compared."""
    post = stage.network.post = BadPost(stage)
    await background(stage)
    customers = [customer(stage, n, Random(n)) for n in range(payments)]
    await asyncio.gather(*customers)
    await asyncio.sleep(2 * MINUTE)
    at_once = await read_books(stage)
    waiting = sum(payment.settled_at is None for payment in at_once.payments)
    await stage.crash()  # ends the loops; the ladder is passed in long steps from here on
    await stage.pass_ladder()
    assert {status for letter in stage.letters for status in letter.answers} == {200}
    books = await Watchman(stage).look_at_the_end()
    assert len(books.payments) == payments
    waits = seconds_to_agreement(stage, books.payments)
    cuts = quantiles(waits, n=100, method="inclusive")
    print(
        f"\n{payments} payments, {stage.simulator.ledger.count} paid; callbacks {post.counts}; "
        f"agreement on all; seconds to it: p50 {cuts[49]:.2f}, p99 {cuts[98]:.1f}, "
        f"longest {max(waits):.1f}; open 2 minutes after the last answer: {waiting}"
    )
    assert max(waits) <= 5 * MINUTE


def run(path: Path, test: Any, **stage: Any) -> None:
    """Run `test(stage)` in virtual time."""
    with (
        sqlite_without_threads(),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        runner.run(_on_stage(runner, path, test, stage))


async def _on_stage(runner: asyncio.Runner, path: Path, test: Any, more: dict[str, Any]) -> None:
    loop = runner.get_loop()
    assert isinstance(loop, VirtualLoop)
    stage = Stage(loop, f"sqlite:///{path}", Network(), **more)
    try:
        await test(stage)
    finally:
        await stage.close()


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated database file."""
    copy = tmp_path / "test.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return copy


@pytest.mark.parametrize("payments", [60, pytest.param(2_000, marks=pytest.mark.slow)])
def test_the_app_agrees_with_the_ledger_on_all_however_bad_the_post(
    path: Path, payments: int
) -> None:
    run(path, lambda stage: agree(stage, payments))


AGES = (4, 25, 50, 90, 175, 400, 900, 1_500, 2_900)
MORE_AGES = tuple(range(1, 3_600, 31))


async def lose_all(stage: Stage, ages: tuple[int, ...], *, page: bool, most: float) -> None:
    """Every callback is lost; each customer answers when the prompt is so many seconds old."""
    await background(stage)
    with ExitStack() as pages:
        for number in range(len(ages)):
            booking = await stage.book(100 + number)
            if page:
                pages.enter_context(stage.runtime.hub.subscribe(topic(booking.booking_id)))
        for number, booking in enumerate(stage.bookings):
            assert isinstance(await stage.pay(booking, phone_number(number), "attempt"), Started)
        await asyncio.gather(*(_answers(stage, n, age) for n, age in enumerate(ages)))
        await asyncio.sleep(most)
        books = await read_books(stage)
    waits = seconds_to_agreement(stage, books.payments)
    print(f"\npage open: {page}; {len(waits)} results known after at most {max(waits):.1f} s")
    assert max(waits) <= most
    await stage.crash()
    await stage.pass_ladder()
    await Watchman(stage).look_at_the_end()


def topic(booking_id: int | None) -> str:
    return booking_topic(booking_id or 0)


async def _answers(stage: Stage, number: int, age: int) -> None:
    await asyncio.sleep(age)
    answer(stage, phone_number(number), "pay" if number % 3 else "cancel")


@pytest.mark.parametrize(
    "ages", [AGES, pytest.param(MORE_AGES, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize(("page", "most"), [(True, 2 * MINUTE), (False, 5 * MINUTE)])
def test_with_every_callback_lost_each_result_is_known_in_time(
    path: Path, ages: tuple[int, ...], page: bool, most: float
) -> None:
    run(path, lambda stage: lose_all(stage, ages, page=page, most=most), prompt_seconds=4_000)
