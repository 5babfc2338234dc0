"""What must hold at every moment, and what must be true when all has been asked.

Written without the app's own checks: rows on one side, the simulator's ledger on the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import SQLModel, col

from payment_app.domain.lifecycle import LIVE, MONEY, RANK, PaymentStatus
from payment_app.services.operations.invariants import ALONE
from payment_app.services.payments.events import GENESIS
from payment_app.services.payments.results import claimed_status
from payment_app.simulator.mpesa.ledger import Entry
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.storage.tables import Booking, Payment, PaymentCase, PaymentEvent
from tests.books import is_right
from tests.reliability.simulated import Stage


@dataclass
class Books:
    """Everything that the app has written down."""

    bookings: list[Booking]
    payments: list[Payment]
    events: dict[int, list[PaymentEvent]] = field(default_factory=dict)
    cases: list[PaymentCase] = field(default_factory=list)


async def read_books(stage: Stage) -> Books:
    """All rows, as of one moment."""
    events: dict[int, list[PaymentEvent]] = defaultdict(list)
    async with stage.runtime.database.snapshot() as session:

        async def rows(table: type[SQLModel], key: object) -> list:
            return [*(await session.execute(select(table).order_by(col(key)))).scalars()]

        books = Books(
            await rows(Booking, Booking.booking_id), await rows(Payment, Payment.payment_id)
        )
        for event in await rows(PaymentEvent, PaymentEvent.event_id):
            events[event.payment_id].append(event)
        books.events, books.cases = events, await rows(PaymentCase, PaymentCase.case_id)
    return books


class Watchman:
    """Compares the books with the ledger, and with what they said before."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._ranks: dict[int, int] = {}

    async def look(self) -> Books:
        """Assert everything that must hold at any moment."""
        books = await read_books(self._stage)
        ledger = {entry.checkout_request_id: entry for entry in self._stage.simulator.ledger}
        _money_is_real(books.payments, ledger)
        _booking_totals(books)
        _one_live_payment_each(books.payments)
        _one_prompt_an_attempt(self._stage, books.payments)
        for payment in books.payments:
            self._never_lower(payment)
            history = books.events[payment.payment_id or 0]
            _whole(payment, history)
            _settled_once(payment, history)
        return books

    def _never_lower(self, payment: Payment) -> None:
        rank, number = RANK[PaymentStatus(payment.status)], payment.payment_id or 0
        assert rank >= self._ranks.get(number, 0), f"payment {number} fell to {payment.status}"
        self._ranks[number] = rank

    async def look_at_the_end(self) -> Books:
        """Assert that the app agrees with M-Pesa on every prompt, after all was asked."""
        books = await self.look()
        findings = await self._stage.runtime.invariants.check(ALONE)
        assert findings.broken == []
        known = {payment.callback_token_hash: payment for payment in books.payments}
        for token_hash, checkout_id in self._stage.prompts.items():
            prompt = self._stage.simulator.exchange.prompts.find(checkout_id)
            assert prompt is not None
            self._agrees(prompt, known[token_hash])
        prompted = self._stage.prompts
        never_sent = [p for p in books.payments if p.callback_token_hash not in prompted]
        assert {p.status for p in never_sent} <= {"expired", "rejected"}, "sent nothing, knows all"
        _excess_has_a_case(books, self._stage.simulator.ledger)
        return books

    def _agrees(self, prompt: Prompt, payment: Payment) -> None:
        assert prompt.result is not None
        if payment.checkout_request_id is None:
            # Its push was never answered and no callback came: nobody told the app anything.
            assert payment.status == PaymentStatus.EXPIRED
            assert not reached(self._stage, prompt)
            return
        told = f"M-Pesa {prompt.result}, the app {payment.status}"
        assert payment.status == claimed_status(prompt.result), told
        if prompt.receipt and reached(self._stage, prompt):
            assert payment.mpesa_receipt_number == prompt.receipt


def reached(stage: Stage, prompt: Prompt) -> bool:
    """Whether the app has answered 200 to a true callback of this prompt."""
    token = prompt.order.callback_url.rpartition("/")[2]
    return any(200 in letter.answers for letter in stage.letters if letter.token == token)


def _money_is_real(payments: list[Payment], ledger: dict[str, Entry]) -> None:
    for payment in payments:
        if payment.status in MONEY:
            entry = ledger.get(payment.checkout_request_id or "")
            assert entry is not None, "completed without money"
            assert entry.amount == payment.amount
            assert payment.mpesa_receipt_number in (None, entry.receipt)


def _booking_totals(books: Books) -> None:
    received: dict[int, Decimal] = defaultdict(Decimal)
    for payment in books.payments:
        if payment.status in MONEY:
            received[payment.booking_id] += payment.amount
    for booking in books.bookings:
        assert booking.amount_paid == received[booking.booking_id or 0]


def _one_live_payment_each(payments: list[Payment]) -> None:
    live = Counter(payment.booking_id for payment in payments if payment.status in LIVE)
    assert not [booking for booking, number in live.items() if number > 1]


def _one_prompt_an_attempt(stage: Stage, payments: list[Payment]) -> None:
    """A rejected payment gives its key away under its own number; it sent no prompt."""
    prompts = Counter(
        (payment.booking_id, (payment.attempt_key or "").removesuffix(f"-{payment.payment_id}"))
        for payment in payments
        if payment.callback_token_hash in stage.prompts
    )
    assert not [attempt for attempt, number in prompts.items() if number > 1]


def _whole(payment: Payment, events: list[PaymentEvent]) -> None:
    previous = GENESIS
    for event in events:
        assert event.previous_hash == previous
        assert is_right(event)
        previous = event.hash
    assert payment.last_event_hash == previous


def _settled_once(payment: Payment, events: list[PaymentEvent]) -> None:
    for event in events:
        if event.from_status is not None:
            before, after = PaymentStatus(event.from_status), PaymentStatus(event.to_status)
            assert RANK[after] >= RANK[before]
    settles = [e for e in events if e.to_status in MONEY and e.from_status not in MONEY]
    assert len(settles) == (payment.status in MONEY)


def _excess_has_a_case(books: Books, ledger: Iterable[Entry]) -> None:
    taken: Counter[str] = Counter()
    for entry in ledger:
        taken[entry.account_reference] += entry.amount
    overpaid = {case.booking_id for case in books.cases if case.kind == "overpaid"}
    for booking in books.bookings:
        known = min(taken[booking.reference], int(booking.amount_paid))
        assert (known > booking.amount) == (booking.booking_id in overpaid)
