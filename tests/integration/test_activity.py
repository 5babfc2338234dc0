"""Reading the activity log: by member, action, subject and day, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio

from payment_app.domain.errors import BadInput, Forbidden
from payment_app.domain.staff import Role
from payment_app.services.staff.activity import ActivityLog, ActivityQuery, read_day
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.members import hire


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def admin(database: Database, clock: FakeClock) -> Member:
    return await hire(database, clock, Role.ADMIN, "Njeri Mwangi")


async def act(
    database: Database, who: Member, at: datetime, action: str, subject: str = "", **facts: Any
) -> None:
    async with database.write() as session:
        note_action(session, who, action, subject, at=at, **facts)


async def subjects(database: Database, who: Member, **query: Any) -> list[str]:
    page = await ActivityLog(database).page(who, ActivityQuery(**query))
    return [line.subject for line in page.lines]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER, Role.FINANCE])
async def test_only_administrators_read_it(
    database: Database, clock: FakeClock, role: Role
) -> None:
    who = await hire(database, clock, role)
    log = ActivityLog(database)
    for read in (log.page(who, ActivityQuery()), log.actions(who)):
        with pytest.raises(Forbidden):
            await read


async def test_a_line_says_who_did_what_to_what(
    database: Database, clock: FakeClock, admin: Member
) -> None:
    await act(
        database,
        admin,
        clock.now,
        "booking_changed",
        "booking:7",
        before={"amount": 2_500},
        after={"amount": 3_000},
    )
    (line,) = (await ActivityLog(database).page(admin, ActivityQuery())).lines
    assert (line.at, line.actor, line.action, line.subject) == (
        clock.now,
        admin.email,
        "booking_changed",
        "booking:7",
    )
    assert (line.before, line.after) == ({"amount": 2_500}, {"amount": 3_000})
    assert line.address == "192.0.2.7"


async def test_search_by_member(database: Database, clock: FakeClock, admin: Member) -> None:
    other = await hire(database, clock, Role.CASHIER, "Joseph Kip_0%")
    await act(database, admin, clock.now, "view_saved", "view:1")
    await act(database, other, clock.now, "view_saved", "view:2")
    for word in ("joseph", "KIP_0%", other.email, other.email.upper()):
        assert await subjects(database, admin, member=word) == ["view:2"]
    assert await subjects(database, admin, member="example.co.ke") == ["view:2", "view:1"]
    for word in ("nobody", "%", "_"):
        expected = ["view:2"] if word != "nobody" else []
        assert await subjects(database, admin, member=word) == expected


async def test_an_actor_who_is_no_member_is_found_by_name(
    database: Database, clock: FakeClock, admin: Member
) -> None:
    gone = Member(admin.staff_id, 1, "command line", "", Role.ADMIN)
    await act(database, gone, clock.now, "staff_added", "staff:9")
    assert await subjects(database, admin, member="command line") == ["staff:9"]


async def test_search_by_action_and_subject(
    database: Database, clock: FakeClock, admin: Member
) -> None:
    for action, subject in (
        ("note_added", "payment:1"),
        ("note_added", "payment:12"),
        ("phone_revealed", "payment:12"),
        ("booking_made", "booking:12"),
        ("signed_in", ""),
    ):
        await act(database, admin, clock.now, action, subject)
    assert await subjects(database, admin, action="note_added") == ["payment:12", "payment:1"]
    assert await subjects(database, admin, subject="payment:12") == ["payment:12"] * 2
    assert await subjects(database, admin, subject=" Payment 1 ") == ["payment:1"]
    assert len(await subjects(database, admin, subject="payment")) == 3
    assert await subjects(database, admin, subject="pay") == []
    assert await subjects(database, admin, subject="booking #12") == ["booking:12"]
    assert await subjects(database, admin, action="note_added", subject="payment:12") == [
        "payment:12"
    ]
    assert await ActivityLog(database).actions(admin) == [
        "booking_made",
        "note_added",
        "phone_revealed",
        "signed_in",
    ]


async def test_search_by_nairobi_days(database: Database, clock: FakeClock, admin: Member) -> None:
    for number, at in enumerate(
        (
            datetime(2026, 11, 22, 20, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 22, 21, 0, tzinfo=UTC),
            datetime(2026, 11, 23, 20, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 23, 21, 0, tzinfo=UTC),
        )
    ):
        await act(database, admin, at, "view_saved", f"view:{number}")
    day = date(2026, 11, 23)
    assert await subjects(database, admin, since=day, until=day) == ["view:2", "view:1"]
    assert await subjects(database, admin, since=day) == ["view:3", "view:2", "view:1"]
    assert await subjects(database, admin, until=day) == ["view:2", "view:1", "view:0"]


@pytest.mark.parametrize(
    "query",
    [
        {"subject": "payment:12; DROP TABLE"},
        {"subject": "payment:" + "1" * 30},
        {"member": "x" * 300},
        {"member": "a\x00b"},
        {"action": "a\x00b"},
    ],
)
async def test_what_cannot_be_searched_for(
    database: Database, admin: Member, query: dict[str, Any]
) -> None:
    with pytest.raises(BadInput) as refusal:
        await ActivityLog(database).page(admin, ActivityQuery(**query))
    assert refusal.value.code == "invalid_activity_query"


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none(text: str) -> None:
    with pytest.raises(BadInput):
        read_day(text)


def test_a_day_and_nothing() -> None:
    assert read_day(" 2026-11-24 ") == date(2026, 11, 24)
    assert read_day("  ") is None


async def test_pages_go_there_and_back(database: Database, clock: FakeClock, admin: Member) -> None:
    for number in range(5):
        await act(database, admin, clock.now, "view_saved", f"view:{number}")
    log, all_ = ActivityLog(database), ActivityQuery()

    def shown(page: Any) -> list[str]:
        return [line.subject.removeprefix("view:") for line in page.lines]

    first = await log.page(admin, all_, limit=2)
    assert (shown(first), first.newer) == (["4", "3"], None)
    second = await log.page(admin, all_, before=first.older, limit=2)
    assert shown(second) == ["2", "1"]
    last = await log.page(admin, all_, before=second.older, limit=2)
    assert (shown(last), last.older) == (["0"], None)
    back = await log.page(admin, all_, after=last.newer, limit=2)
    assert (shown(back), back.older, back.newer) == (["2", "1"], second.older, second.newer)
    top = await log.page(admin, all_, after=back.newer, limit=2)
    assert (shown(top), top.newer, top.older) == (["4", "3"], None, first.older)
    assert (await log.page(admin, all_, before=1, limit=2)).lines == ()


async def test_members_have_their_names_in_it(
    database: Database, clock: FakeClock, admin: Member
) -> None:
    cashier = await hire(database, clock, Role.CASHIER, "Chege Otieno")
    await act(database, admin, clock.now, "password_reset", f"staff:{cashier.staff_id}")
    await act(database, admin, clock.now, "view_saved", "view:1")
    other, reset = (await ActivityLog(database).page(admin, ActivityQuery())).lines[:2]
    assert (reset.actor_name, reset.subject_name) == ("Njeri Mwangi", "Chege Otieno")
    assert (other.actor_name, other.subject_name) == ("Njeri Mwangi", "")
