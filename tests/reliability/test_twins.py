"""Two processes on one PostgreSQL: leases and locks let neither do what the other does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from payment_app.services.payments.callbacks.seal import dedupe_of
from payment_app.services.shared.keys.seals import Keyring
from payment_app.storage.migrate import migrate
from payment_app.storage.tables import Booking, CallbackInbox, Payment, PaymentEvent
from tests.foreign_daraja import ForeignDaraja, sandbox_environment
from tests.reliability.fleet import STEP, Bill, make_bills, next_instalment, write_to
from tests.reliability.services import own_postgresql
from tests.server import end, free_port

ROWS = 60
KEYS = Keyring((sandbox_environment("", 0)["SECRET_KEY"],))


class CountingRail(ForeignDaraja):
    """Answers every query with "cancelled" and counts them by CheckoutRequestID."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Daraja answers on `path`."""
        if "stkpushquery" in path:
            self.asked[body["CheckoutRequestID"]] += 1
            self.results[body["CheckoutRequestID"]] = ("1032", "Request cancelled by user")
        return super().answer(path, body)


@pytest.fixture
def rail() -> Iterator[CountingRail]:
    counting = CountingRail()
    thread = threading.Thread(target=counting.serve, daemon=True)
    thread.start()
    yield counting
    counting.stop()
    thread.join()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with own_postgresql() as server:
        migrate(server.url)
        yield server.url


def test_two_processes_never_do_one_row_twice(database: str, rail: CountingRail) -> None:
    with_callback, to_check = _bills(database), _bills(database)
    _store_callbacks(database, with_callback)
    asked_for = _make_due(database, to_check)
    counts = _work(database, rail.url)
    assert sum(twin["inbox"] for twin in counts) == ROWS
    assert all(twin["inbox"] and twin["checks"] for twin in counts), f"one did it all: {counts}"
    # What a callback has settled is confirmed by a query as well: that too is asked only once.
    assert rail.asked.keys() >= set(asked_for)
    assert set(rail.asked.values()) == {1}
    assert sum(twin["checks"] for twin in counts) == len(rail.asked)
    assert _paid(database, with_callback) == {STEP: ROWS}
    assert _events(database, with_callback, "callback_result") == {1: ROWS}
    assert _events(database, to_check, "query_result") == {1: ROWS}


def _bills(database: str) -> list[Bill]:
    bills = make_bills(database, ROWS, instalments=2)
    next_instalment(database, bills)
    return bills


def _store_callbacks(database: str, bills: list[Bill]) -> None:
    with write_to(database) as session:
        session.add_all(
            CallbackInbox(
                kind="stk",
                payment_id=bill.paid[-1],
                dedupe=dedupe_of("stk", bill.paid[-1], bill.callback[1], KEYS),
                body=bill.callback[1],
                received_at=datetime.now(UTC),
            )
            for bill in bills
        )
        session.commit()


def _make_due(database: str, bills: list[Bill]) -> list[str]:
    with write_to(database) as session:
        payments = [session.get_one(Payment, bill.paid[-1]) for bill in bills]
        for payment in payments:
            payment.next_check_at = datetime.now(UTC) - timedelta(minutes=1)
        session.commit()
        return [payment.checkout_request_id or "" for payment in payments]


def _work(database: str, rail: str) -> list[dict[str, int]]:
    """Let two processes begin together; what each did."""
    with _twin(database, rail) as one, _twin(database, rail) as other:
        twins = (one, other)
        for twin in twins:
            _line(twin, "ready")
        for twin in twins:
            assert twin.stdin is not None
            twin.stdin.write("go\n")
            twin.stdin.flush()
        return [json.loads(_line(twin, "counts")) for twin in twins]


@contextmanager
def _twin(database: str, rail: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**sandbox_environment(rail, free_port()), "DATABASE_URL": database}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.twin"],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            end(process)  # type: ignore[arg-type]


def _line(twin: subprocess.Popen[str], begins: str) -> str:
    """The rest of the next line that begins so; log lines are passed over."""
    assert twin.stdout is not None
    for line in twin.stdout:
        if line.startswith(begins):
            return line.removeprefix(begins)
    raise AssertionError(f"the process ended before {begins!r}")


def _paid(database: str, bills: list[Bill]) -> dict[int, int]:
    """How many bookings hold which sum."""
    with write_to(database) as session:
        ids = [bill.booking_id for bill in bills]
        sums = session.scalars(
            select(col(Booking.amount_paid)).where(col(Booking.booking_id).in_(ids))
        )
        return dict(Counter(int(amount) for amount in sums))


def _events(database: str, bills: list[Bill], kind: str) -> dict[int, int]:
    """How many payments have how many events of a kind."""
    ids = [bill.paid[-1] for bill in bills]
    counted = (
        select(func.count())
        .where(col(PaymentEvent.payment_id).in_(ids), col(PaymentEvent.kind) == kind)
        .group_by(col(PaymentEvent.payment_id))
    )
    with write_to(database) as session:
        return dict(Counter(session.scalars(counted)))
