"""Saved views: own ones, shared ones, and what nobody may do to those of others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from payment_app.domain.staff import Role
from payment_app.services.staff.member import Member
from payment_app.services.staff.saved_views import MOST_VIEWS, SavedViews
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import SavedView
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.console_rows import audit_lines
from tests.integration.members import hire


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


@pytest.fixture
def views(database: Database, clock: FakeClock) -> SavedViews:
    return SavedViews(database, clock)


async def names(views: SavedViews, who: Member) -> list[str]:
    return [view.name for view in await views.list_for(who)]


async def test_a_view_is_kept_for_its_owner_alone(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    owner = await hire(database, clock, Role.VIEWER)
    other = await hire(database, clock, Role.ADMIN, "Joseph")
    saved = await views.save(owner, "  Failed   today ", "?tab=failed&date=today&q=&after=abc")
    assert (saved.name, saved.query, saved.own) == ("Failed today", "tab=failed&date=today", True)
    assert await views.list_for(owner) == [saved]
    assert await views.list_for(other) == []
    (line,) = await audit_lines(database)
    assert (line.action, line.subject, line.actor) == (
        "view_saved",
        f"view:{saved.view_id}",
        owner.email,
    )
    assert json.loads(line.after)["query"] == "tab=failed&date=today"


async def test_a_shared_view_is_everybodys_and_says_whose(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    owner = await hire(database, clock, Role.CASHIER, "Amina")
    other = await hire(database, clock, Role.VIEWER, "Joseph")
    await views.save(owner, "To check", "tab=check", shared=True)
    await views.save(other, "a mine", "")
    mine, theirs = await views.list_for(other)
    assert (mine.name, mine.own, mine.query) == ("a mine", True, "")
    assert (theirs.name, theirs.own, theirs.owner, theirs.shared) == (
        "To check",
        False,
        "Amina",
        True,
    )


async def test_a_viewer_shares_nothing(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    viewer = await hire(database, clock, Role.VIEWER)
    with pytest.raises(Forbidden):
        await views.save(viewer, "Mine", "tab=paid", shared=True)
    assert await views.list_for(viewer) == []
    assert await audit_lines(database) == []


@pytest.mark.parametrize(
    "query",
    [
        "x" * 1_001,
        "q=" + "é" * 400,
        "no-fields",
        "q=%00",
        "q=%ff",
        "Q=1",
        "<script>=1",
        "q=a%0Ab",
        "&".join(f"q={n}" for n in range(41)),
        "javascript:alert(1)",
        "q=\ud800",
    ],
)
async def test_what_is_no_address_is_not_saved(
    database: Database, clock: FakeClock, views: SavedViews, query: str
) -> None:
    who = await hire(database, clock, Role.ADMIN)
    with pytest.raises(BadInput) as refusal:
        await views.save(who, "Bad", query)
    assert refusal.value.code == "invalid_view_query"
    assert await views.list_for(who) == []
    assert await audit_lines(database) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "a\u202eb"])
async def test_a_name_that_is_none(
    database: Database, clock: FakeClock, views: SavedViews, name: str
) -> None:
    who = await hire(database, clock, Role.ADMIN)
    saved = await views.save(who, "Good", "")
    for act in (views.save(who, name, ""), views.rename(who, saved.view_id, name)):
        with pytest.raises(BadInput):
            await act
    assert await names(views, who) == ["Good"]


async def test_a_name_is_used_once_by_one_member(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    who = await hire(database, clock, Role.CASHIER)
    other = await hire(database, clock, Role.CASHIER, "Joseph")
    await views.save(who, "Today", "date=today")
    second = await views.save(who, "Week", "date=7d")
    await views.save(other, "Today", "date=today")
    with pytest.raises(Conflict):
        await views.save(who, "Today", "tab=paid")
    with pytest.raises(Conflict):
        await views.rename(who, second.view_id, "Today")
    assert await names(views, who) == ["Today", "Week"]
    assert [line.action for line in await audit_lines(database)] == ["view_saved"] * 3


async def test_rename_is_audited_with_both_names(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    who = await hire(database, clock, Role.CASHIER)
    saved = await views.save(who, "Today", "date=today")
    await views.rename(who, saved.view_id, "This day")
    assert await names(views, who) == ["This day"]
    line = (await audit_lines(database))[-1]
    assert (json.loads(line.before)["name"], json.loads(line.after)["name"]) == (
        "Today",
        "This day",
    )


async def test_views_of_others_are_out_of_reach(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    owner = await hire(database, clock, Role.CASHIER)
    finance = await hire(database, clock, Role.FINANCE, "Joseph")
    admin = await hire(database, clock, Role.ADMIN, "Njeri")
    private = await views.save(owner, "Private", "")
    shared = await views.save(owner, "Shared", "", shared=True)
    for who in (finance, admin):
        for act in (
            views.rename(who, private.view_id, "Taken"),
            views.rename(who, shared.view_id, "Taken"),
            views.delete(who, private.view_id),
        ):
            with pytest.raises(NotFound):
                await act
    with pytest.raises(Forbidden):
        await views.delete(finance, shared.view_id)
    assert await names(views, owner) == ["Private", "Shared"]
    assert len(await audit_lines(database)) == 2
    await views.delete(admin, shared.view_id)
    await views.delete(owner, private.view_id)
    assert await names(views, owner) == []
    assert [line.action for line in await audit_lines(database)][2:] == ["view_deleted"] * 2


@pytest.mark.parametrize("view_id", [0, -1, 999_999, 2**31, 2**70])
async def test_an_unknown_view(
    database: Database, clock: FakeClock, views: SavedViews, view_id: int
) -> None:
    who = await hire(database, clock, Role.ADMIN)
    for act in (views.delete(who, view_id), views.rename(who, view_id, "Name")):
        with pytest.raises(NotFound):
            await act


async def test_fifty_views_are_enough_even_when_saved_at_once(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    who = await hire(database, clock, Role.CASHIER)
    async with database.write() as session:
        for number in range(MOST_VIEWS - 1):
            session.add(
                SavedView(
                    staff_id=who.staff_id, name=f"View {number}", query="", created_at=clock.now
                )
            )
    # Connections that are open already: otherwise the first is done before the second begins.
    await asyncio.gather(*(views.list_for(who) for _ in range(5)))
    answers = await asyncio.gather(
        *(views.save(who, f"New {number}", "") for number in range(5)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert [refusal.code for refusal in refused] == ["too_many_views"] * 4
    assert len(await views.list_for(who)) == MOST_VIEWS


async def test_a_member_who_must_enrol_first_does_nothing(
    database: Database, clock: FakeClock, views: SavedViews
) -> None:
    who = await hire(database, clock, Role.ADMIN)
    new = Member(who.staff_id, 1, who.email, who.name, who.role, must_enrol=True)
    for act in (views.list_for(new), views.save(new, "Mine", ""), views.delete(new, 1)):
        with pytest.raises(Forbidden):
            await act
    assert await views.list_for(who) == []
