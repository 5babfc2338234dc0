"""The console's own routes over HTTP: the session cookie, foreign sites, exports by role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
import pytest_asyncio

from payment_app.domain.staff import Role
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, completed, refused
from tests.integration.members import actions, hire
from tests.integration.world import PHONE, World, close_world, open_world

PASSWORD = "a long enough sentence for one"
EXPORT = "/api/staff/payments/export"


@pytest_asyncio.fixture
async def world(database_url: str, clock: FakeClock) -> AsyncIterator[World]:
    opened = await open_world(database_url, clock)
    yield opened
    await close_world(opened)


async def hired(world: World, role: Role) -> str:
    """A member who can sign in; the email."""
    who = await hire(world.runtime.database, world.clock, role, password=PASSWORD)
    return who.email


async def sign_in(
    http: httpx.AsyncClient, email: str, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    body = {"email": email, "password": PASSWORD}
    return await http.post("/api/staff/session", json=body, headers=headers)


async def test_the_cookie_is_for_the_server_only(world: World) -> None:
    email = await hired(world, Role.CASHIER)
    async with anonymous(world) as http:
        answer = await sign_in(http, email)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("staff_session=")
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert "domain" not in cookie
        assert http.cookies["staff_session"] not in answer.text


async def test_behind_https_it_is_bound_to_the_host(database_url: str, clock: FakeClock) -> None:
    world = await open_world(database_url, clock, public_url="https://pay.example.co.ke")
    email = await hired(world, Role.CASHIER)
    async with anonymous(world) as http:
        cookie = (await sign_in(http, email)).headers["set-cookie"]
    await close_world(world)
    assert cookie.startswith("__Host-staff=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "domain" not in cookie.lower()


@pytest.mark.parametrize("neighbour", ['consent={"ads": false}', "cart[0]=x", "seen"])
async def test_a_cookie_of_a_neighbour_signs_nobody_out(world: World, neighbour: str) -> None:
    """Another app on the same host sets cookies too, and they come along."""
    email = await hired(world, Role.CASHIER)
    async with anonymous(world) as http:
        own = (await sign_in(http, email)).headers["set-cookie"].partition(";")[0]
        http.cookies.clear()
        for cookies in (f"{neighbour}; {own}", f"{own}; {neighbour}"):
            answer = await http.get(EXPORT, headers={"Cookie": cookies})
            assert answer.status_code == 403, cookies  # signed in, not allowed to


@pytest.mark.parametrize("email", ["a\0@b.co", "\0", "a@b.co\x1b[2J"])
async def test_a_sign_in_that_no_database_could_look_up_is_refused(
    world: World, email: str
) -> None:
    """PostgreSQL takes no NUL: the answer was 500, with a traceback for each."""
    async with anonymous(world) as http:
        refused(await sign_in(http, email), 422, "invalid_request")


async def test_another_site_signs_nobody_in_or_out(world: World) -> None:
    email = await hired(world, Role.CASHIER)
    evil = {"Origin": "https://evil.example"}
    async with anonymous(world) as http:
        refused(await sign_in(http, email, evil), 403, "foreign_origin")
        assert not http.cookies
        await sign_in(http, email, {"Origin": "http://localhost:3000"})
        for path in ("/api/staff/session", "/api/staff/sessions"):
            refused(await http.delete(path, headers=evil), 403, "foreign_origin")
        assert (await http.get(EXPORT)).status_code == 403  # signed in, not allowed to


async def test_signing_out_ends_the_session_and_not_only_the_cookie(world: World) -> None:
    email = await hired(world, Role.FINANCE)
    async with anonymous(world) as http:
        await sign_in(http, email)
        kept = dict(http.cookies)
        assert (await http.get(EXPORT)).status_code == 200
        assert (await http.delete("/api/staff/session")).status_code == 204
        assert "staff_session" not in http.cookies
    async with anonymous(world) as http:
        http.cookies.update(kept)
        refused(await http.get(EXPORT), 401, "sign_in_needed")


async def test_a_wrong_password_and_an_unknown_email_are_answered_alike(world: World) -> None:
    email = await hired(world, Role.CASHIER)
    async with anonymous(world) as http:
        wrong = {"email": email, "password": "not this one at all"}
        unknown = {"email": "nobody@example.com", "password": "not this one at all"}
        first = await http.post("/api/staff/session", json=wrong)
        second = await http.post("/api/staff/session", json=unknown)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    refused(first, 401, "wrong_credentials")


@pytest.mark.parametrize(
    ("role", "allowed", "may_reveal"),
    [
        (Role.VIEWER, False, False),
        (Role.CASHIER, False, False),
        (Role.FINANCE, True, True),
        (Role.ADMIN, True, True),
    ],
)
async def test_exports_by_role(world: World, role: Role, allowed: bool, may_reveal: bool) -> None:
    await completed(world)
    email = await hired(world, role)
    async with anonymous(world) as http:
        await sign_in(http, email)
        masked = await http.get(EXPORT)
        full = await http.get(EXPORT, params={"reveal": "1"})
    assert masked.status_code == (200 if allowed else 403)
    assert full.status_code == (200 if may_reveal else 403)
    exports = [after for action, _, after in await actions(world.runtime.database)
               if action == "exported"]  # fmt: skip
    assert [after["full_phones"] for after in exports] == [False] * allowed + [True] * may_reveal
    if allowed:
        assert PHONE not in masked.text
        assert PHONE in full.text
        assert masked.headers["cache-control"] == "no-store"


async def test_another_sites_link_starts_no_export(world: World) -> None:
    email = await hired(world, Role.FINANCE)
    async with anonymous(world) as http:
        await sign_in(http, email)
        answer = await http.get(EXPORT, headers={"Sec-Fetch-Site": "cross-site"})
        refused(answer, 403, "foreign_origin")
        refused(await http.get(EXPORT, params={"format": "pdf"}), 422, "invalid_format")
        assert (await http.get(EXPORT, params={"date": "someday"})).status_code == 422
    assert [one for one in await actions(world.runtime.database) if one[0] == "exported"] == []


async def test_without_a_session_there_is_no_export(world: World) -> None:
    async with anonymous(world) as http:
        refused(await http.get(EXPORT), 401, "sign_in_needed")
