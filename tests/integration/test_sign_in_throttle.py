"""Who is slowed down by failed sign-ins, and who is not; temporary passwords; enrolment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pyotp
import pytest

from payment_app.domain.errors import Refusal
from payment_app.domain.sight import NOTHING
from payment_app.domain.staff import Permission, Role
from payment_app.services.shared.pace.addresses import network_of
from payment_app.services.staff.devices import LASTS, MOST_ACCOUNTS, KnownDevices
from payment_app.services.staff.saved_views import SavedViews
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, refused
from tests.integration.members import hire
from tests.integration.staff_world import KEY, PASSWORD, StaffWorld
from tests.integration.world import World, close_world, open_world

OWNER, OTHER = "amina@example.com", "brian@example.com"
HOME, OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.7", "203.0.113.9"


async def said(work: Awaitable[object]) -> str:
    with pytest.raises(Refusal) as caught:
        await work
    return caught.value.code


async def guesses(staff: StaffWorld, email: str, number: int = 20, **more: str) -> int:
    """How many of so many wrong passwords were looked at."""
    codes = [await said(staff.sign_in(email, "wrong", **more)) for _ in range(number)]
    assert set(codes) <= {"wrong_credentials", "too_many_tries"}
    return codes.count("wrong_credentials")


# known devices


async def test_a_stranger_does_not_lock_the_owner_out(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    known = (await staff.sign_in(OWNER, address=HOME)).devices
    assert await guesses(staff, OWNER, address=ELSEWHERE) == 5
    assert await said(staff.sign_in(OWNER, address=HOME)) == "too_many_tries"
    again = await staff.sign_in(OWNER, address=HOME, devices=known)
    assert await guesses(staff, OWNER, address=ELSEWHERE) == 0, "nor does the owner open it again"
    await staff.sign_in(OWNER, address=ELSEWHERE, devices=again.devices)


async def test_a_known_device_has_five_tries_of_its_own(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    known = (await staff.sign_in(OWNER)).devices
    assert await guesses(staff, OWNER, devices=known) == 5
    assert await said(staff.sign_in(OWNER, devices=known)) == "too_many_tries"
    await staff.sign_in(OWNER, address=OFFICE)
    staff.clock.advance(15 * 60 + 1)
    await staff.sign_in(OWNER, devices=known)


async def test_many_at_once_on_a_known_device_are_not_more_than_five(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    known = (await staff.sign_in(OWNER)).devices
    codes = await asyncio.gather(
        *(said(staff.sign_in(OWNER, "wrong", devices=known)) for _ in range(12))
    )
    assert codes.count("wrong_credentials") == 5


def _spoilt(cookie: str, other_key: str, others: str) -> dict[str, str]:
    device, at, seal = cookie.split(".")
    return {
        "none": "",
        "nonsense": "x",
        "another seal": f"{device}.{at}.{'0' * 64}",
        "another time": f"{device}.{int(at) + 1}.{seal}",
        "another name": f"{device[::-1]}.{at}.{seal}",
        "a part": cookie[:-1],
        "two halves": f"{device}.{at}~{seal}",
        "another key": other_key,
        "another account": others,
        "huge": "~".join([cookie] * 100),
        "not ascii": cookie + "ä",
        "a time beyond the calendar": f"{device}.999999999999.{seal}",
    }


@pytest.mark.parametrize("kind", list(_spoilt("a.1.c", "", "")))
async def test_no_other_cookie_makes_a_device_known(staff: StaffWorld, kind: str) -> None:
    await staff.hire(OWNER)
    await staff.hire(OTHER)
    known = (await staff.sign_in(OWNER, address=HOME)).devices
    others = (await staff.sign_in(OTHER, address=HOME)).devices
    other_key = KnownDevices("z" * 40).remember("", OWNER, staff.clock())
    cookie = _spoilt(known, other_key, others)[kind]
    assert await guesses(staff, OWNER, address=ELSEWHERE, devices=cookie) == 5
    assert await said(staff.sign_in(OWNER, devices=cookie)) == "too_many_tries"


async def test_a_device_is_forgotten_after_half_a_year(staff: StaffWorld) -> None:
    devices = KnownDevices(KEY)
    cookie = devices.remember("", OWNER, staff.clock())
    name = devices.find(cookie, OWNER, staff.clock())
    staff.clock.advance(LASTS.total_seconds() - 1)
    assert devices.find(cookie, OWNER, staff.clock()) == name
    staff.clock.advance(2)
    assert devices.find(cookie, OWNER, staff.clock()) == ""


async def test_a_browser_is_shared_by_eight_members(staff: StaffWorld) -> None:
    devices, cookie = KnownDevices(KEY), ""
    emails = [f"m{number}@example.com" for number in range(MOST_ACCOUNTS + 1)]
    for email in emails:
        cookie = devices.remember(cookie, email, staff.clock())
        assert devices.remember(cookie, email, staff.clock()) == cookie, "once each"
    known = [bool(devices.find(cookie, email, staff.clock())) for email in emails]
    assert known == [False] + [True] * MOST_ACCOUNTS
    assert "@" not in cookie


# one office behind one address


async def test_one_colleagues_mistakes_do_not_close_the_office(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    await staff.hire(OTHER)
    assert await guesses(staff, OWNER, address=OFFICE) == 5
    await staff.sign_in(OTHER, address=OFFICE)
    assert await said(staff.sign_in(OWNER, address=OFFICE)) == "too_many_tries"


async def test_mistakes_that_ended_well_do_not_count_for_the_office(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    for _ in range(4):
        assert await guesses(staff, OWNER, 4, address=OFFICE) == 4
        await staff.sign_in(OWNER, address=OFFICE)
    await staff.hire(OTHER)
    await staff.sign_in(OTHER, address=OFFICE)


async def test_mistakes_of_a_known_device_do_not_count_for_the_office(staff: StaffWorld) -> None:
    emails = [f"m{number}@example.com" for number in range(6)]
    for email in emails:
        await staff.hire(email)
        known = (await staff.sign_in(email, address=OFFICE)).devices
        assert await guesses(staff, email, 5, address=OFFICE, devices=known) == 5
    await staff.hire(OWNER)
    await staff.sign_in(OWNER, address=OFFICE)


async def test_an_address_guesses_no_faster_than_five_in_a_quarter_of_an_hour(
    staff: StaffWorld,
) -> None:
    looked_at = 0
    for number in range(8 * 4):  # four hours
        for account in range(4):
            looked_at += await guesses(staff, f"g{number}-{account}@example.com", 6, address=HOME)
        staff.clock.advance(7.5 * 60)
    assert looked_at <= 4 * 60 / 15 * 5 + 5


# IPv6


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:DB8:0001:0002::99", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
        ("", "x", False),
    ],
)
def test_addresses_that_count_as_one(first: str, second: str, together: bool) -> None:
    assert (network_of(first) == network_of(second)) is together


async def test_a_network_of_addresses_guesses_as_slowly_as_one(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    for number in range(5):
        await said(
            staff.sign_in(f"g{number}@example.com", "wrong", address=f"2001:db8::{number + 1}")
        )
    wrong = staff.sign_in(OWNER, address="2001:db8::abcd:1")
    assert await said(wrong) == "too_many_tries"
    await staff.sign_in(OWNER, address="2001:db8:0:1::1")


# the password once more


async def test_mistakes_while_signed_in_close_no_sign_in(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    opened = await staff.sign_in(OWNER, address=OFFICE)
    change = staff.accounts.change_password
    codes = [await said(change(opened.member, "wrong", "four random words here")) for _ in range(8)]
    assert codes == ["wrong_password"] * 5 + ["too_many_tries"] * 3
    begin = staff.accounts.begin_totp(opened.member, PASSWORD)
    assert await said(begin) == "too_many_tries", "whatever it is asked for"
    await staff.sign_in(OWNER, address=OFFICE)


async def test_connecting_an_app_asks_for_the_password(staff: StaffWorld) -> None:
    await staff.hire(OWNER)
    who = (await staff.sign_in(OWNER)).member
    for wrong in ("", "wrong", PASSWORD.upper()):
        assert await said(staff.accounts.begin_totp(who, wrong)) == "wrong_password"
    assert await said(staff.accounts.confirm_totp(who, "000000")) == "wrong_code"
    made = await staff.accounts.begin_totp(who, PASSWORD)
    code = pyotp.TOTP(made.secret.replace(" ", "")).at(staff.clock())
    assert len(await staff.accounts.confirm_totp(who, code)) == 10


# temporary passwords


async def temporary(staff: StaffWorld) -> str:
    """An administrator has given the owner, who is one too, a temporary password."""
    await staff.hire("boss@example.com", Role.ADMIN)
    boss = (await staff.sign_in("boss@example.com")).member
    return await staff.accounts.reset_password(boss, await staff.hire(OWNER, Role.ADMIN))


async def test_a_reset_password_is_changed_before_anything_else_works(staff: StaffWorld) -> None:
    told = await temporary(staff)
    opened = await staff.sign_in(OWNER, told)
    who = opened.member
    assert who.must_change
    assert not any(who.may(permission) for permission in Permission)
    assert who.sight == NOTHING
    accounts = staff.accounts
    for work in (
        accounts.begin_totp(who, told),
        accounts.confirm_totp(who, "000000"),
        accounts.new_recovery_codes(who, told),
        accounts.reset_password(who, who.staff_id),
        SavedViews(staff.database, staff.clock).list_for(who),
        staff.sessions.end(who, who.session_id + 1),
    ):
        assert await said(work) == "password_change_needed"
    assert await staff.sessions.list_for(who) == []
    assert await said(accounts.change_password(who, told, told)) == "same_password"
    await accounts.change_password(who, told, "four random words here")
    after = await staff.sessions.member(opened.token)
    assert after is not None
    assert after.may(Permission.ADMINISTER)
    assert not (await staff.sign_in(OWNER, "four random words here")).member.must_change


async def test_what_an_administrator_made_up_is_temporary_too(staff: StaffWorld) -> None:
    await staff.hire("boss@example.com", Role.ADMIN)
    boss = (await staff.sign_in("boss@example.com")).member
    assert not boss.must_change, "the command line asks whoever it is for"
    await staff.accounts.create(
        email=OWNER, name="Amina", role=Role.CASHIER, password=PASSWORD, who=boss
    )
    assert (await staff.sign_in(OWNER)).member.must_change


# over HTTP


async def test_the_device_cookie_over_http(world: World) -> None:
    who = await hire(world.runtime.database, world.clock, Role.FINANCE, password=PASSWORD)
    body = {"email": who.email, "password": PASSWORD}
    async with anonymous(world) as http:
        answer = await http.post("/api/staff/session", json=body)
        (line,) = [
            one.lower() for one in answer.headers.get_list("set-cookie") if "staff_device" in one
        ]
        for flag in ("httponly", "samesite=lax", "path=/", "max-age=15552000"):
            assert flag in line
        assert http.cookies["staff_device"] not in answer.text
        await http.delete("/api/staff/session")
        assert "staff_device" in http.cookies, "signing out does not forget the browser"
        async with anonymous(world) as stranger:
            for _ in range(6):
                wrong = await stranger.post("/api/staff/session", json=body | {"password": "no"})
            refused(wrong, 429, "too_many_tries")
            assert not stranger.cookies
            refused(await stranger.post("/api/staff/session", json=body), 429, "too_many_tries")
        assert (await http.post("/api/staff/session", json=body)).status_code == 200


async def test_behind_https_the_device_cookie_is_bound_to_the_host(
    database_url: str, clock: FakeClock
) -> None:
    world = await open_world(database_url, clock, public_url="https://pay.example.co.ke")
    who = await hire(world.runtime.database, world.clock, password=PASSWORD)
    async with anonymous(world) as http:
        answer = await http.post(
            "/api/staff/session", json={"email": who.email, "password": PASSWORD}
        )
    await close_world(world)
    (line,) = [one for one in answer.headers.get_list("set-cookie") if "device" in one]
    assert line.startswith("__Host-staff-device=")
    assert "Secure" in line


async def test_with_a_temporary_password_no_route_of_the_console_works(world: World) -> None:
    runtime = world.runtime
    boss = await hire(runtime.database, world.clock, Role.ADMIN)
    who = await hire(runtime.database, world.clock, Role.FINANCE, password=PASSWORD)
    told = await runtime.accounts.reset_password(boss, who.staff_id)
    async with anonymous(world) as http:
        answer = await http.post("/api/staff/session", json={"email": who.email, "password": told})
        assert answer.json()["next"] == "/staff/account"
        export = await http.get("/api/staff/payments/export")
        refused(export, 403, "password_change_needed")
        assert (await http.delete("/api/staff/session")).status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "/staff",
        "/staff/",
        "/staff/payments/1?q=x",
        "/staff/login?next=https://evil.example",
        "/api/staff/session/",
        "/api/payments/",
        "/healthz/",
        "/readyz/",
        "/metrics/",
    ],
)
@pytest.mark.parametrize("inside", [False, True])
async def test_no_redirect_follows_the_host_header(world: World, path: str, inside: bool) -> None:
    who = await hire(world.runtime.database, world.clock, Role.VIEWER, password=PASSWORD)
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    async with anonymous(world) as http:
        if inside:
            await http.post("/api/staff/session", json={"email": who.email, "password": PASSWORD})
        answer = await http.get(path, headers=headers, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "").partition("?next=")[0]
    assert "//" not in answer.headers.get("location", "").partition("?")[0]
