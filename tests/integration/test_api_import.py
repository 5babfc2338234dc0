"""Bookings from a file over HTTP: who may, from where, what is refused in which words."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from payment_app.api.staff.import_bookings import MOST_SHOWN
from payment_app.domain.staff import Role
from payment_app.storage.tables import Booking
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, count, refused
from tests.integration.members import actions
from tests.integration.test_api_staff import hired, sign_in
from tests.integration.world import World, close_world, open_world

IMPORT = "/api/staff/bookings/import"
HEAD = "reference,title,amount,customer_name,phone_number\n"
GOOD = f"{HEAD}FILE1,Unit 1,1000,Jane,0711000001\nFILE2,Unit 2,2000,Jane,0711000002\n"
ENDS = HEAD.replace("\n", ",expires_at\n") + "A1,Unit,1,Jane,0711000001,"
HERE = {"Origin": "http://localhost:3000"}


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


@asynccontextmanager
async def signed(world: World, role: Role = Role.CASHIER) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which a member of that role is signed in."""
    async with anonymous(world) as http:
        await sign_in(http, await hired(world, role))
        yield http


async def send(http: httpx.AsyncClient, text: str | bytes, how: str = "") -> httpx.Response:
    raw = text.encode() if isinstance(text, str) else text
    headers = HERE | {"Content-Type": "text/csv; charset=utf-8"}
    return await http.post(IMPORT + how, content=raw, headers=headers)


async def done(world: World) -> list[str]:
    """What the activity log says, but for hiring and signing in."""
    log = await actions(world.runtime.database)
    return [action for action, *_ in log if action not in ("staff_created", "signed_in")]


async def test_a_look_changes_nothing_and_a_commit_makes_all(world: World) -> None:
    async with signed(world) as http:
        seen = await send(http, GOOD)
        assert (seen.status_code, seen.headers["cache-control"]) == (200, "no-store")
        assert (seen.json()["number"], seen.json()["problems"]) == (2, 0)
        assert seen.json()["lines"][1] == {
            "line": "3",
            "reference": "FILE2",
            "title": "Unit 2",
            "amount": "2000",
            "customer": "Jane",
            "problem": "",
        }
        assert (await count(world, Booking), await done(world)) == (0, [])
        made = await send(http, GOOD, "?commit=true")
        assert (made.status_code, made.json()) == (201, {"made": 2})
        assert (await count(world, Booking), await done(world)) == (2, ["bookings_imported"])
        again = await send(http, GOOD, "?commit=true")
        sentence = refused(again, 409, "import_has_errors")
        assert "No booking was made" in sentence
        assert await count(world, Booking) == 2


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(role, role is not Role.VIEWER) for role in Role],
)
async def test_roles(world: World, role: Role, allowed: bool) -> None:
    async with signed(world, role) as http:
        for how in ("", "?commit=true"):
            answer = await send(http, GOOD, how)
            if allowed:
                assert answer.is_success
            else:
                assert refused(answer, 403, "not_allowed")
    assert await count(world, Booking) == (2 if allowed else 0)
    assert await done(world) == (["bookings_imported"] if allowed else [])


async def test_nobody_imports_without_a_session_or_after_it(world: World) -> None:
    async with anonymous(world) as http:
        refused(await send(http, GOOD, "?commit=true"), 401, "sign_in_needed")
    async with signed(world) as http:
        cookie = dict(http.cookies)
        await http.delete("/api/staff/session", headers=HERE)
        http.cookies.update(cookie)
        refused(await send(http, GOOD, "?commit=true"), 401, "sign_in_needed")
    # The key of a program is no member of staff.
    refused(await send(world.api, GOOD, "?commit=true"), 401, "sign_in_needed")
    assert await count(world, Booking) == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000.evil"])
async def test_another_site_imports_nothing(world: World, origin: str) -> None:
    async with signed(world) as http:
        for how in ("", "?commit=true"):
            answer = await http.post(IMPORT + how, content=GOOD, headers={"Origin": origin})
            refused(answer, 403, "foreign_origin")
            both = [("Origin", "http://localhost:3000"), ("Origin", origin)]
            answer = await http.post(IMPORT + how, content=GOOD, headers=both)
            refused(answer, 403, "foreign_origin")
            unsaid = {"Sec-Fetch-Site": "cross-site"}
            answer = await http.post(IMPORT + how, content=GOOD, headers=unsaid)
            refused(answer, 403, "foreign_origin")
    assert await count(world, Booking) == 0


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ("", 422, "invalid_file", "Nothing was made."),
        ("title,amount\nx,1", 422, "invalid_file", "missing: customer_name"),
        (GOOD.encode("utf-16"), 422, "invalid_file", "not in UTF-8"),
        (b"\xff\x00" * 99, 422, "invalid_file", "Nothing was made."),
        ("x" * (512 * 1024 + 1), 413, "too_large", "512 KiB"),
    ],
)
async def test_what_is_no_file_of_bookings_is_said_in_words(
    world: World, body: str | bytes, status: int, code: str, words: str
) -> None:
    async with signed(world) as http:
        for how in ("", "?commit=true"):
            assert words in refused(await send(http, body, how), status, code)
    assert (await count(world, Booking), await done(world)) == (0, [])


@pytest.mark.parametrize(
    "text",
    [
        HEAD.strip() + ",title" * 60_000 + "\n" + "x\n" * 60_000,
        HEAD + "x\n" * 200_000,
        HEAD + "\n" * 500_000,
        HEAD + "," * 500_000,
        HEAD + '"' * 499_999,
        HEAD + '"\n' * 200_000,
        HEAD + ("A" * 100_000 + ",Unit,1,Jane,0711000001\n") * 4,
        HEAD + "A\x00B,Un\x00it,1,Ja\x00ne,07\x0011000001\n",
        HEAD + "A1,Unit,1e999999,Jane,0711000001\nA2,Unit,NaN,Jane,0711000001\n",
        HEAD + "A1,Unit," + "9" * 100_000 + ",Jane,0711000001\n",
        HEAD + "ſſſſſſſſſſſſſ,Unit,1,Jane,0711000001\n" + "ŉ" * 13 + ",Unit,1,Jane,0711000001\n",
        ENDS + "9999-12-31\n",
        ENDS + "9999-12-31T23:00:00Z\n",
        ENDS + "0001-01-01\n",
        ENDS + "0001-01-01T00:00:00+14:00\n",
    ],
    ids=range(15),
)
async def test_a_hostile_file_costs_little_and_is_answered_in_words(
    world: World, text: str
) -> None:
    async with signed(world) as http:
        took, answer = await timed(send(http, text))
    assert took < 1.5, "nobody else is served meanwhile"
    if answer.is_success:
        assert answer.json()["problems"], "no such line can be made"
    else:
        assert refused(answer, 422, "invalid_file").endswith("Nothing was made.")


async def timed(work: Awaitable[httpx.Response]) -> tuple[float, httpx.Response]:
    """Seconds of this process that the answer took."""
    begin = time.process_time()
    answer = await work
    return time.process_time() - begin, answer


async def test_a_file_of_the_largest_size_is_read(world: World) -> None:
    """What the socket no longer carries."""
    line = "L{},{},1000,Jane,0711000001\n"
    text = HEAD + "".join(line.format(n, f"Unit {n} ".ljust(110, "x")) for n in range(1_000))
    assert len(text) > 100 * 1024
    async with signed(world) as http:
        answer = (await send(http, text)).json()
        assert (answer["number"], answer["problems"]) == (1_000, 0)
        assert len(answer["lines"]) == MOST_SHOWN
        assert (await send(http, text, "?commit=true")).json() == {"made": 1_000}


async def test_every_error_is_shown_up_to_a_bound(world: World) -> None:
    good = "G{},Unit,1000,Jane,0711000001\n"
    text = HEAD + "".join(good.format(n) for n in range(300)) + "BAD,Unit,x,Jane,0711000001\n" * 300
    async with signed(world) as http:
        answer = (await send(http, text)).json()
    assert (answer["number"], answer["problems"]) == (600, 300)
    assert len(answer["lines"]) == 2 * MOST_SHOWN
    assert sum(bool(line["problem"]) for line in answer["lines"]) == MOST_SHOWN
