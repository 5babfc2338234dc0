"""The health of each link: what is said, when it is said, and that it clears itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from payment_app.domain.cases import CaseKind
from payment_app.services.operations import health as module
from payment_app.services.operations.health import (
    BACKUP_MARK,
    BACKUP_OVERDUE,
    CHECK_OVERDUE,
    GROWING_CASES,
    SILENT_PROMPTS,
    Health,
    HealthService,
    Link,
    LinkState,
    rail_in_use,
)
from payment_app.services.operations.restore import Restore, mark_restored
from payment_app.services.payments.asking.circuit_breaker import FAILURES, Call, RailHealth
from payment_app.services.payments.asking.reconciliation import Reconciler
from payment_app.services.shared.checkpoint import set_mark
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.tables import CallbackInbox, Payment, PaymentCase
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.console_rows import case_row, payment_row


class Chain:
    """Everything that is looked at."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.ready = {"database": True, "migrations": True, "workers": True}
        self.rail_health = RailHealth(clock)
        reconciler = Reconciler(database, None, clock)  # type: ignore[arg-type]
        self.restore = Restore(database, reconciler, clock)
        self.prompts = 0

    async def look(self, **settings: Any) -> Health:
        async def ready() -> dict[str, bool]:
            return self.ready

        return await HealthService(
            Settings(_env_file=None, **settings),
            self.database,
            self.clock,
            ready=ready,
            rail_health=self.rail_health,
            restore=self.restore,
        ).look()

    async def link(self, name: str) -> Link:
        return {link.name: link for link in (await self.look()).links}[name]

    async def called(self, payment: Payment, kind: str = "stk") -> None:
        async with self.database.write() as session:
            session.add(
                CallbackInbox(
                    kind=kind,
                    payment_id=payment.payment_id,
                    dedupe=f"{payment.payment_id:064d}",
                    body=b"{}",
                    received_at=self.clock.now,
                )
            )

    async def prompt(self, minutes: float) -> Payment:
        ago = self.clock.now - timedelta(minutes=minutes)
        self.prompts += 1
        return await payment_row(
            self.database,
            "pending",
            ago,
            checkout_request_id=f"ws_CO_{self.prompts}",
            submitted_at=ago,
        )


@pytest_asyncio.fixture
async def chain(database_url: str, clock: FakeClock) -> AsyncIterator[Chain]:
    database = Database(database_url, KEYS)
    yield Chain(database, clock)
    await database.close()


async def test_all_is_well_and_nothing_is_said(chain: Chain) -> None:
    health = await chain.look()
    assert health.trouble is None
    assert {link.name: link.state for link in health.links} == {
        "database": LinkState.OK,
        "migrations": LinkState.OK,
        "loops": LinkState.OK,
        "rail": LinkState.OK,
        "questions": LinkState.OK,
        "callbacks": LinkState.UNKNOWN,
        "cases": LinkState.OK,
        "records": LinkState.UNKNOWN,
        "backup": LinkState.UNKNOWN,
    }
    assert all(link.sentence.endswith(".") for link in health.links)


async def test_prompts_that_m_pesa_does_not_answer(chain: Chain) -> None:
    for _ in range(FAILURES):
        chain.rail_health.note_failed(Call.PUSH)
    link = await chain.link("rail")
    assert (link.state, link.since) == (LinkState.DOWN, chain.clock.now)
    assert (await chain.look()).trouble == link
    chain.clock.advance(60)
    chain.rail_health.note_answered(Call.QUERY)
    assert (await chain.look()).trouble is None, "it clears itself"


async def test_callbacks_that_do_not_come_although_prompts_are_sent(chain: Chain) -> None:
    for number in range(SILENT_PROMPTS - 1):
        await chain.prompt(minutes=30 - number)
    assert (await chain.link("callbacks")).state is LinkState.UNKNOWN
    await chain.prompt(minutes=2)
    assert (await chain.link("callbacks")).state is LinkState.UNKNOWN, "it may still come"
    last = await chain.prompt(minutes=4)
    link = await chain.link("callbacks")
    assert (link.state, "last 3 prompts" in link.sentence) == (LinkState.DOWN, True)
    await chain.called(last)
    link = await chain.link("callbacks")
    assert (link.state, link.since) == (LinkState.OK, chain.clock.now), "it clears itself"


async def test_a_hint_from_anybody_is_no_callback(chain: Chain) -> None:
    for number in range(SILENT_PROMPTS):
        await chain.called(await chain.prompt(minutes=10 + number), kind="stk_hint")
    assert (await chain.link("callbacks")).state is LinkState.DOWN


async def test_a_night_without_prompts_is_no_trouble(chain: Chain) -> None:
    for number in range(SILENT_PROMPTS):
        await chain.prompt(minutes=61 + number)
    assert (await chain.link("callbacks")).state is LinkState.UNKNOWN


async def test_many_silent_prompts_are_not_counted_for_ever(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_COUNTED", 4)
    for number in range(5):
        await chain.prompt(minutes=10 + number)
    assert "last 4 or more prompts" in (await chain.link("callbacks")).sentence


async def test_open_cases_that_grow(chain: Chain) -> None:
    payment = await payment_row(chain.database, "failed", chain.clock.now)
    old = chain.clock.now - timedelta(hours=25)
    for number in range(GROWING_CASES):
        await case_row(chain.database, payment, CaseKind.OVERPAID, old)
        link = await chain.link("cases")
        assert link.state is LinkState.OK
        assert link.sentence == f"{number + 1} open case{'s' if number else ''}."
    for _ in range(GROWING_CASES):
        assert (await chain.look()).trouble is None
        await case_row(chain.database, payment, CaseKind.OVERPAID, chain.clock.now)
    assert (await chain.look()).trouble == await chain.link("cases")
    async with chain.database.write() as session:
        case = await session.get_one(PaymentCase, GROWING_CASES + 1)
        case.state = "resolved"
    assert (await chain.look()).trouble is None


async def test_records_that_disagree_are_worse_than_slow_ones(chain: Chain) -> None:
    await set_mark(chain.database, "invariants", chain.clock.now)
    assert (await chain.link("records")).state is LinkState.OK
    chain.clock.advance(CHECK_OVERDUE.total_seconds() + 1)
    assert (await chain.link("records")).state is LinkState.SLOW
    payment = await payment_row(chain.database, "failed", chain.clock.now)
    await case_row(chain.database, payment, CaseKind.INVARIANT_BROKEN, chain.clock.now)
    link = await chain.link("records")
    assert (link.state, "in 1 place:" in link.sentence) == (LinkState.DOWN, True)
    assert (await chain.look()).trouble == link


async def test_the_last_backup(chain: Chain) -> None:
    await set_mark(chain.database, BACKUP_MARK, chain.clock.now)
    made = await chain.link("backup")
    assert (made.state, made.since) == (LinkState.OK, chain.clock.now)
    chain.clock.advance(BACKUP_OVERDUE.total_seconds() + 1)
    assert (await chain.link("backup")).state is LinkState.SLOW


async def test_a_restore_that_goes_on(chain: Chain) -> None:
    await mark_restored(chain.database, chain.clock.now)
    await chain.restore.begin()
    trouble = (await chain.look()).trouble
    assert trouble is not None
    assert (trouble.name, trouble.state) == ("restore", LinkState.SLOW)


@pytest.mark.parametrize(("part", "name"), [("migrations", "migrations"), ("workers", "loops")])
async def test_what_readyz_would_say(chain: Chain, part: str, name: str) -> None:
    chain.ready[part] = False
    trouble = (await chain.look()).trouble
    assert trouble is not None
    assert (trouble.name, trouble.state) == (name, LinkState.DOWN)


async def test_a_database_that_is_away_is_said_and_not_raised(
    clock: FakeClock, tmp_path: Any
) -> None:
    (tmp_path / "folder.db").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'folder.db'}")
    chain = Chain(database, clock)
    chain.ready = {"database": False, "migrations": False, "workers": True}
    health = await chain.look()
    await database.close()
    assert health.trouble is not None
    assert (health.trouble.name, health.trouble.state) == ("database", LinkState.DOWN)
    assert {link.name for link in health.links} == {"database", "loops", "rail"}


@pytest.mark.parametrize(
    ("settings", "rail"),
    [
        ({}, "simulator"),
        ({"mpesa_environment": "sandbox"}, "test"),
        ({"mpesa_environment": "production"}, "live"),
        ({"mpesa_environment": "production", "mpesa_base_url": "https://t.example"}, "live"),
    ],
)
def test_which_rail_is_in_use(settings: dict[str, str], rail: str) -> None:
    assert rail_in_use(Settings(_env_file=None, **settings)) == rail  # type: ignore[arg-type]


async def test_what_the_app_runs_with_holds_no_secret(chain: Chain) -> None:
    secrets = {
        "mpesa_consumer_key": "the-consumer-key",
        "mpesa_consumer_secret": "the-consumer-secret",
        "mpesa_passkey": "the-passkey",
        "secret_key": "the-secret-key" * 4,
        "database_url": "postgresql://user:the-password@db.example/payments",
    }
    settings = Settings(
        _env_file=None,
        mpesa_environment="sandbox",
        mpesa_transaction_type="till",
        mpesa_till_number="123456",
        mpesa_callback_url="https://pay.example/hooks/stk",
        **secrets,  # type: ignore[arg-type]
    )

    async def ready() -> dict[str, bool]:
        return chain.ready

    found = HealthService(
        settings,
        chain.database,
        chain.clock,
        ready=ready,
        rail_health=chain.rail_health,
        restore=chain.restore,
    ).environment()
    assert (found.rail, found.till, found.database) == ("test", "123456", "PostgreSQL")
    assert found.daraja == "sandbox.safaricom.co.ke"
    assert not [word for word in ("the-", "db.example") if word in repr(found)]
