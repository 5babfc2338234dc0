"""Everything that customers, Daraja, strangers and crashes may do, in any order that Hypothesis
finds, against the real services and a real database. M-Pesa's ledger is the model.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from payment_app.domain.errors import Refusal
from payment_app.services.payments.checkout import Started
from payment_app.services.shared.keys.tokens import hash_token, new_token
from payment_app.storage.tables import Booking
from tests.databases import PostgresqlShelf
from tests.reliability.simulated import Letter, Network, Stage, phone_number
from tests.reliability.truth import Watchman, read_books
from tests.reliability.virtual_time import VirtualLoop, sqlite_without_threads

PHONES = tuple(phone_number(number) for number in range(3))
BOOKINGS = st.integers(0, 2)
FATES = st.sampled_from(("ok", "unreachable", "lost", "refused", "broken"))
KEYS = st.sampled_from(("a", "b", "c"))
ANSWERS = st.sampled_from(("pay", "pay", "pay", "wrong", "cancel", "ignore"))
WAITS = st.sampled_from((1, 5, 20, 45, 61, 95, 181, 400, 1_900))


class Payments(RuleBasedStateMachine):
    """One app, three bookings, three phones."""

    template: ClassVar[Path]
    counts: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.exit = ExitStack()
        self.exit.enter_context(sqlite_without_threads())
        self.runner = self.exit.enter_context(asyncio.Runner(loop_factory=VirtualLoop))
        self.fates: list[str] = []
        self.steps_down = 0
        self.network = Network(fate=self._fate)
        self.stage = self.run(self._open())
        self.watchman = Watchman(self.stage)
        self._count("examples")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def _open(self) -> Stage:
        loop = self.runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return Stage(loop, self._database(), self.network)

    def _database(self) -> str:
        folder = self.exit.enter_context(tempfile.TemporaryDirectory())
        shutil.copy(self.template, f"{folder}/test.db")
        return f"sqlite:///{folder}/test.db"

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    @initialize()
    def open_bookings(self) -> None:
        for amount, parts in ((2_500, False), (2_500, False), (3_000, True)):
            self.run(self.stage.book(amount, allow_instalments=parts))

    @invariant()
    def books_agree_with_the_ledger(self) -> None:
        self._count("steps")
        self.steps_down -= 1
        self.network.down = self.network.down and self.steps_down > 0
        if self.stage.bookings:
            self.run(self.watchman.look())

    # the customer

    def _booking(self, number: int) -> Booking:
        return self.stage.bookings[number]

    def _wish(self, number: int, phone: str, key: str) -> Coroutine[Any, Any, Any]:
        booking = self._booking(number)
        amount = 1_000 if booking.allow_instalments else None
        return self.stage.pay(booking, phone, key, amount)

    @rule(number=BOOKINGS, phone=st.sampled_from(PHONES), key=KEYS)
    def pay(self, number: int, phone: str, key: str) -> None:
        answer = self.run(self._wish(number, phone, key))
        assert isinstance(answer, Started | Refusal)
        self._count("prompts" if isinstance(answer, Started) else f"refused {answer.code}")

    @rule(number=BOOKINGS)
    def pay_anew(self, number: int) -> None:
        """A new attempt on the customer's own phone, as most are."""
        key = f"new {len(self.stage.prompts)}"
        answer = self.run(self._wish(number, PHONES[number], key))
        self._count("prompts" if isinstance(answer, Started) else f"refused {answer.code}")

    @rule(number=BOOKINGS, how=ANSWERS)
    def pay_and_answer(self, number: int, how: str) -> None:
        self.pay_anew(number)
        if self._shows(PHONES[number]):
            self.run(self._answer(PHONES[number], how))

    @rule(number=BOOKINGS, phone=st.sampled_from(PHONES), keys=st.tuples(KEYS, KEYS))
    def click_twice(self, number: int, phone: str, keys: tuple[str, str]) -> None:
        """The same or two windows at once: one prompt at most."""

        async def both() -> list[Any]:
            return await asyncio.gather(*(self._wish(number, phone, key) for key in keys))

        before = len(self.stage.prompts)
        answers = self.run(both())
        assert len(self.stage.prompts) - before <= 1
        started = {a.payment_id for a in answers if isinstance(a, Started)}
        assert len(started) <= 1 or len(set(keys)) == 2

    @rule(number=BOOKINGS, phone=st.sampled_from(PHONES), key=KEYS, after=st.sampled_from((5, 15)))
    def die_while_pushing(self, number: int, phone: str, key: str, after: int) -> None:
        """The process dies while the push is on its way there (0.05 s) or back (0.15 s)."""

        async def pay_and_die() -> None:
            paying = asyncio.ensure_future(self._wish(number, phone, key))
            await asyncio.sleep(after / 100)
            await self.stage.crash()
            await paying
            await asyncio.sleep(1)

        self.run(pay_and_die())

    def _prompted(self) -> list[str]:
        return [phone for phone in PHONES if self._shows(phone)]

    def _shows(self, phone: str) -> bool:
        return self.stage.simulator.handset(phone).shown_prompt is not None

    @precondition(lambda self: self._prompted())
    @rule(data=st.data(), how=ANSWERS)
    def answer_the_phone(self, data: st.DataObject, how: str) -> None:
        phone = data.draw(st.sampled_from(self._prompted()))
        self.run(self._answer(phone, how))

    async def _answer(self, phone: str, how: str) -> None:
        simulator = self.stage.simulator
        match how:
            case "pay":
                simulator.unlock(phone)
                simulator.enter_pin(phone, "1234")
            case "wrong":
                simulator.enter_pin(phone, "9999")
            case "cancel":
                simulator.cancel(phone)
            case "ignore":
                simulator.time_out(phone)
        await simulator.drain()
        self._count(how)

    # callbacks, true and false

    def _letter(self, data: st.DataObject) -> Letter:
        return data.draw(st.sampled_from(self.stage.letters))

    @precondition(lambda self: self.stage.letters)
    @rule(data=st.data(), copies=st.integers(1, 3), drain=st.booleans())
    def callback(self, data: st.DataObject, copies: int, drain: bool) -> None:
        """Now, late, or once more; understood at once or at the next tick."""
        letter = self._letter(data)

        async def bring() -> list[int]:
            answers = await asyncio.gather(*(self.stage.post(letter) for _ in range(copies)))
            if drain:
                await self.stage.call(self.stage.runtime.inbox.drain())
            return answers

        assert set(self.run(bring())) == {200}

    @precondition(lambda self: self.stage.letters)
    @rule(data=st.data())
    def callback_to_another_payment(self, data: st.DataObject) -> None:
        """Only to payments whose id is known: without it the token alone names the payment."""
        letter = self._letter(data)
        known = self.run(self._payments_with_id())
        others = [other for other in self.stage.letters if hash_token(other.token) in known]
        if others:
            other = data.draw(st.sampled_from(others))
            self.run(self.stage.post(letter, token=other.token))

    async def _payments_with_id(self) -> set[str | None]:
        books = await read_books(self.stage)
        return {p.callback_token_hash for p in books.payments if p.checkout_request_id}

    @precondition(lambda self: self.stage.letters)
    @rule(data=st.data())
    def forged_callback(self, data: st.DataObject) -> None:
        letter = self._letter(data)
        assert self.run(self.stage.post(letter, token=new_token())) == 404

    @precondition(lambda self: self.stage.letters)
    @rule(data=st.data())
    def hint(self, data: st.DataObject) -> None:
        """The true body without a token: it proves nothing."""
        assert self.run(self.stage.post_body("", self._letter(data).body)) == 200

    @precondition(lambda self: self.stage.letters)
    @rule(data=st.data(), more=st.sampled_from((1, -1, 1_000)))
    def callback_with_another_amount(self, data: st.DataObject, more: int) -> None:
        letter = self._letter(data)
        body = json.loads(letter.body)
        metadata = body["Body"]["stkCallback"].get("CallbackMetadata")
        if metadata is not None:
            metadata["Item"][0]["Value"] += more
            self.run(self.stage.post_body(letter.token, json.dumps(body).encode()))

    # what the app does, and what is done to it

    @rule(number=BOOKINGS)
    def query(self, number: int) -> None:
        """ "Check again" on the page, or POST /api/mpesa/query."""

        async def ask() -> None:
            _, payments = await self.stage.runtime.bookings.get(
                self._booking(number).booking_id or 0
            )
            ids = [p.checkout_request_id for p in payments if p.checkout_request_id]
            for payment in payments:
                if payment.checkout_request_id in ids[-1:]:
                    asked = (payment.payment_id or 0, payment.checkout_request_id)
                    await self.stage.call(self.stage.runtime.reconciler.ask(*asked))

        self.run(ask())

    @rule(seconds=WAITS)
    def tick(self, seconds: int) -> None:
        self.run(self.stage.pass_time(seconds, step=max(1.0, seconds / 8)))

    @rule(seconds=WAITS)
    def sleep(self, seconds: int) -> None:
        """The app's loops are stuck (or the machine was asleep): time passes without them."""

        async def wait() -> None:
            await asyncio.sleep(seconds)

        self.run(wait())

    @rule()
    def crash(self) -> None:
        self.run(self.stage.crash())

    @rule(fates=st.lists(FATES, min_size=1, max_size=6))
    def rail_fails(self, fates: list[str]) -> None:
        """The next calls to M-Pesa meet these."""
        self.fates = fates

    def _fate(self, path: str) -> str:
        return self.fates.pop(0) if self.fates else "ok"

    @rule()
    def rail_goes_down(self) -> None:
        """For the next few steps nothing gets through to M-Pesa."""
        self.network.down, self.steps_down = True, 4

    def teardown(self) -> None:
        """Whatever came so far: M-Pesa answers again, the ladder runs, and both sides agree."""
        try:
            self.network.down, self.fates = False, []
            self.run(self._end())
        finally:
            self.run(self.stage.close())
            self.exit.close()

    async def _end(self) -> None:
        await asyncio.sleep(90)  # open prompts live out their time
        await self.stage.pass_ladder()
        books = await self.watchman.look_at_the_end()
        for payment in books.payments:
            self._count(f"ended {payment.status}")
        for case in books.cases:
            self._count(f"case {case.kind}")


def _run(machine: type[Payments], examples: int, steps: int) -> None:
    machine.counts = {}
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 100,  # the short form is the same every time
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
    print("\n" + ", ".join(f"{name} {n}" for name, n in sorted(machine.counts.items())))


@pytest.mark.parametrize(
    ("examples", "steps"), [(25, 40), pytest.param(1_000, 60, marks=pytest.mark.slow)]
)
def test_nothing_that_can_happen_makes_the_books_wrong(
    sqlite_template: Path, examples: int, steps: int
) -> None:
    class OnSqlite(Payments):
        template = sqlite_template

    _run(OnSqlite, examples, steps)


def test_the_same_on_postgresql(databases: PostgresqlShelf) -> None:
    class OnPostgresql(Payments):
        def _database(self) -> str:
            return self.exit.enter_context(databases.borrow())

    _run(OnPostgresql, examples=4, steps=25)
