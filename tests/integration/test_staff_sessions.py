"""Signing in, staying in and getting out, on both databases."""

from __future__ import annotations

import asyncio

import pyotp
import pytest

from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound, Refusal, TooMany
from payment_app.domain.staff import Permission, Role
from payment_app.services.staff import passwords
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.member import Member
from payment_app.services.staff.sessions import Sessions, SignedIn
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog, Staff, StaffSession
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.members import actions
from tests.integration.staff_world import KEY, PASSWORD, StaffWorld


async def refused(work: object) -> str:
    """The code of the refusal that `work` ends with."""
    with pytest.raises(Refusal) as caught:
        await work  # type: ignore[misc]
    return caught.value.code


async def test_signing_in_and_out(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com", Role.CASHIER)
    signed_in = await staff.sign_in(" Amina@Example.com ")
    member = await staff.sessions.member(signed_in.token)
    assert member == signed_in.member
    assert member.role is Role.CASHIER
    assert member.may(Permission.CHECK)
    assert not member.may(Permission.REVEAL)
    await staff.sessions.sign_out(signed_in.token)
    assert await staff.sessions.member(signed_in.token) is None
    names = [action for action, _, _ in await actions(staff.database)]
    assert names == ["staff_created", "signed_in", "signed_out"]


@pytest.mark.parametrize("token", ["", "x", "ä", "a" * 43, "../../etc", "\x00"])
async def test_a_strange_token_is_nobody(staff: StaffWorld, token: str) -> None:
    assert await staff.sessions.member(token) is None


async def test_the_database_holds_no_password_and_no_token(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    signed_in = await staff.sign_in("amina@example.com")
    for table in (Staff, StaffSession, AuditLog):
        for row in await staff.rows(table):
            assert PASSWORD not in repr(row)
            assert signed_in.token not in repr(row)
    (row,) = await staff.rows(Staff)
    assert row.password_hash.startswith("$argon2id$")


async def test_wrong_unknown_and_disabled_cost_the_same_work_and_say_the_same(
    staff: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.hire("boss@example.com", Role.ADMIN)
    admin = (await staff.sign_in("boss@example.com")).member
    gone = await staff.hire("gone@example.com")
    await staff.accounts.disable(admin, gone)
    hashes = []
    real = passwords._fits

    def counted(password: str, password_hash: str | None) -> bool:
        hashes.append(password_hash)
        return real(password, password_hash)

    monkeypatch.setattr(passwords, "_fits", counted)
    said = set()
    for email in ("boss@example.com", "nobody@example.com", "gone@example.com"):
        with pytest.raises(Refusal) as caught:
            await staff.sign_in(email, "not the password", address=email)
        said.add((caught.value.code, caught.value.sentence))
    assert len(said) == 1
    assert len(hashes) == 3
    assert await refused(staff.sign_in("gone@example.com", address="x")) == "wrong_credentials"


async def test_five_failures_close_an_account_for_everybody(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    for number in range(5):
        code = await refused(
            staff.sign_in("amina@example.com", "wrong", address=f"192.0.2.{number}")
        )
        assert code == "wrong_credentials"
    with pytest.raises(TooMany) as caught:
        await staff.sign_in("amina@example.com", address="198.51.100.1")
    assert 0 < caught.value.retry_after <= 15 * 60 + 1
    staff.clock.advance(15 * 60 + 1)
    await staff.sign_in("amina@example.com")


async def test_five_failures_close_an_address_for_every_account(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    for number in range(5):
        await refused(staff.sign_in(f"guess{number}@example.com", "wrong", address="192.0.2.1"))
    assert (
        await refused(staff.sign_in("amina@example.com", address="192.0.2.1")) == "too_many_tries"
    )
    await staff.sign_in("amina@example.com", address="192.0.2.2")


async def test_many_guesses_at_once_are_not_more_than_five(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    codes = await asyncio.gather(
        *(refused(staff.sign_in("amina@example.com", "wrong", address=f"a{n}")) for n in range(12))
    )
    assert sorted(codes) == ["too_many_tries"] * 7 + ["wrong_credentials"] * 5


async def test_a_success_forgives_the_account(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    for _ in range(3):
        for number in range(4):
            await refused(staff.sign_in("amina@example.com", "wrong", address=f"b{number}"))
        await staff.sign_in("amina@example.com", address="home")
        staff.clock.advance(901)


async def test_a_session_ends_when_idle_and_after_twelve_hours(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    idle = await staff.sign_in("amina@example.com")
    staff.clock.advance(29 * 60)
    assert await staff.sessions.member(idle.token)
    staff.clock.advance(29 * 60)
    assert await staff.sessions.member(idle.token), "the look before counted as a use"
    staff.clock.advance(30 * 60 + 1)
    assert await staff.sessions.member(idle.token) is None

    busy = await staff.sign_in("amina@example.com")
    for _ in range(12 * 6 - 1):
        staff.clock.advance(600)
        assert await staff.sessions.member(busy.token)
    staff.clock.advance(600)
    assert await staff.sessions.member(busy.token) is None


async def test_what_an_administrator_changes_bites_at_the_next_look(staff: StaffWorld) -> None:
    await staff.hire("boss@example.com", Role.ADMIN)
    admin = (await staff.sign_in("boss@example.com")).member
    amina = await staff.hire("amina@example.com", Role.FINANCE)
    opened = await staff.sign_in("amina@example.com")
    await staff.accounts.change_role(admin, amina, Role.VIEWER)
    member = await staff.sessions.member(opened.token)
    assert member is not None
    assert member.role is Role.VIEWER
    await staff.accounts.disable(admin, amina)
    assert await staff.sessions.member(opened.token) is None
    await staff.accounts.enable(admin, amina)
    assert await staff.sessions.member(opened.token) is None, "an ended session stays ended"
    told = await staff.accounts.reset_password(admin, amina)
    assert await refused(staff.sign_in("amina@example.com")) == "wrong_credentials"
    await staff.sign_in("amina@example.com", told)


async def test_only_an_administrator_administers_and_a_denied_one_changes_nothing(
    staff: StaffWorld,
) -> None:
    amina = await staff.hire("amina@example.com", Role.FINANCE)
    who = (await staff.sign_in("amina@example.com")).member
    before = [repr(row) for row in await staff.rows(Staff)]
    for denied in (
        staff.accounts.change_role(who, amina, Role.ADMIN),
        staff.accounts.disable(who, amina),
        staff.accounts.enable(who, amina),
        staff.accounts.reset_password(who, amina),
        staff.accounts.reset_totp(who, amina),
        staff.accounts.create(
            email="x@example.com", name="X", role=Role.ADMIN, password=PASSWORD, who=who
        ),
    ):
        with pytest.raises(Forbidden):
            await denied
    assert [repr(row) for row in await staff.rows(Staff)] == before


async def test_the_last_administrator_stays(staff: StaffWorld) -> None:
    boss = await staff.hire("boss@example.com", Role.ADMIN)
    who = (await staff.sign_in("boss@example.com")).member
    assert await refused(staff.accounts.change_role(who, boss, Role.VIEWER)) == "last_admin"
    assert await refused(staff.accounts.disable(who, boss)) == "last_admin"
    second = await staff.hire("second@example.com", Role.ADMIN)
    results = await asyncio.gather(
        staff.accounts.disable(who, boss),
        staff.accounts.disable(who, second),
        return_exceptions=True,
    )
    assert [isinstance(result, Conflict) for result in results].count(True) == 1


async def test_changing_the_password_ends_the_other_sessions(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    other, here = await staff.sign_in("amina@example.com"), await staff.sign_in("amina@example.com")
    change = staff.accounts.change_password
    assert await refused(change(here.member, "wrong", "four random words here")) == "wrong_password"
    for weak in ("short", "password12345", "amina@example.com", "aaaaaaaaaaaaaaa", "x" * 201):
        with pytest.raises(BadInput):
            await change(here.member, PASSWORD, weak)
    await change(here.member, PASSWORD, "four random words here")
    assert await staff.sessions.member(other.token) is None
    assert await staff.sessions.member(here.token) is not None
    assert await refused(staff.sign_in("amina@example.com")) == "wrong_credentials"
    await staff.sign_in("amina@example.com", "four random words here")


async def test_sessions_can_be_listed_and_ended_by_their_owner_only(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    await staff.hire("eve@example.com")
    first, second = (
        await staff.sign_in("amina@example.com"),
        await staff.sign_in("amina@example.com"),
    )
    eve = (await staff.sign_in("eve@example.com")).member
    listed = await staff.sessions.list_for(second.member)
    assert [one.here for one in listed].count(True) == 1
    assert len(listed) == 2
    with pytest.raises(NotFound):
        await staff.sessions.end(eve, first.member.session_id)
    assert await staff.sessions.member(first.token)
    await staff.sessions.end(second.member, first.member.session_id)
    assert await staff.sessions.member(first.token) is None
    await staff.sessions.sign_out_everywhere(second.member)
    assert await staff.sessions.member(second.token) is None


async def enrol(staff: StaffWorld, who: Member) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator app for `who`, and the recovery codes."""
    made = await staff.accounts.begin_totp(who, PASSWORD)
    totp = pyotp.TOTP(made.secret.replace(" ", ""))
    assert made.uri.startswith("otpauth://totp/")
    codes = await staff.accounts.confirm_totp(who, totp.at(staff.clock()))
    return totp, codes


async def test_the_code_of_the_app_works_once(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    totp, _ = await enrol(staff, (await staff.sign_in("amina@example.com")).member)
    for row in await staff.rows(Staff):
        assert totp.secret not in repr(row)
    assert await refused(staff.sign_in("amina@example.com")) == "code_needed"
    used = totp.at(staff.clock())
    assert await refused(staff.sign_in("amina@example.com", code=used)) == "wrong_code"
    staff.clock.advance(30)
    code = totp.at(staff.clock())
    await staff.sign_in("amina@example.com", code=f"{code[:3]} {code[3:]}")
    assert await refused(staff.sign_in("amina@example.com", code=code)) == "wrong_code"
    staff.clock.advance(60)
    results: list[SignedIn | BaseException] = await asyncio.gather(
        *(staff.sign_in("amina@example.com", code=totp.at(staff.clock())) for _ in range(2)),
        return_exceptions=True,
    )
    assert [isinstance(result, SignedIn) for result in results].count(True) == 1


async def test_asking_for_the_code_is_no_failure_and_wrong_codes_are(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    await enrol(staff, (await staff.sign_in("amina@example.com")).member)
    for _ in range(8):
        assert await refused(staff.sign_in("amina@example.com")) == "code_needed"
    for number in range(5):
        bad = staff.sign_in("amina@example.com", code="000000", address=f"c{number}")
        assert await refused(bad) == "wrong_code"
    assert await refused(staff.sign_in("amina@example.com", address="d")) == "too_many_tries"


async def test_a_recovery_code_works_once_however_it_is_typed(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    who = (await staff.sign_in("amina@example.com")).member
    _, codes = await enrol(staff, who)
    assert len(set(codes)) == 10
    typed = codes[0].lower().replace("-", " ")
    await staff.sign_in("amina@example.com", code=typed)
    assert await refused(staff.sign_in("amina@example.com", code=codes[0])) == "wrong_code"
    fresh = await staff.accounts.new_recovery_codes(who, PASSWORD)
    assert await refused(staff.sign_in("amina@example.com", code=codes[1])) == "wrong_code"
    await staff.sign_in("amina@example.com", code=fresh[0])


@pytest.mark.usefixtures("quick_hashes")
async def test_without_an_app_a_member_may_do_nothing_where_one_is_needed(
    database_url: str, clock: FakeClock
) -> None:
    strict = StaffWorld(database_url, clock, enrolment_required=True, demo_allowed=False)
    try:
        await strict.hire("amina@example.com", Role.ADMIN)
        opened = await strict.sign_in("amina@example.com")
        assert opened.member.must_enrol
        assert not any(opened.member.may(permission) for permission in Permission)
        await enrol(strict, opened.member)
        member = await strict.sessions.member(opened.token)
        assert member is not None
        assert member.may(Permission.ADMINISTER)
    finally:
        await strict.database.close()


@pytest.mark.usefixtures("quick_hashes")
async def test_demo_members_sign_in_in_the_simulator_only(
    database_url: str, clock: FakeClock
) -> None:
    database = Database(database_url, KEYS)
    accounts = Accounts(database, clock, KEY)
    await accounts.create(
        email="admin@demo.local", name="Amina", role=Role.ADMIN, password=PASSWORD, demo=True
    )
    rules = {"enrolment_required": True}
    simulated = Sessions(database, clock, KEY, demo_allowed=True, **rules)
    real = Sessions(database, clock, KEY, demo_allowed=False, **rules)
    opened = await simulated.sign_in("admin@demo.local", PASSWORD, address="a")
    assert not opened.member.must_enrol
    assert await real.member(opened.token) is None
    assert await refused(real.sign_in("admin@demo.local", PASSWORD, address="a")) == (
        "wrong_credentials"
    )
    await database.close()


async def test_another_secret_key_makes_the_app_useless_not_the_recovery_codes(
    staff: StaffWorld,
) -> None:
    await staff.hire("amina@example.com")
    totp, codes = await enrol(staff, (await staff.sign_in("amina@example.com")).member)
    staff.clock.advance(60)
    other = Sessions(
        staff.database, staff.clock, "y" * 40, enrolment_required=True, demo_allowed=False
    )
    code = totp.at(staff.clock())
    sign_in = other.sign_in("amina@example.com", PASSWORD, code, address="a")
    assert await refused(sign_in) == "wrong_code"
    await other.sign_in("amina@example.com", PASSWORD, codes[0], address="a")


async def test_old_tries_and_sessions_are_forgotten(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    await staff.sign_in("amina@example.com")
    await refused(staff.sign_in("amina@example.com", "wrong"))
    staff.clock.advance(91 * 86_400)
    await staff.sign_in("amina@example.com")
    await staff.sessions.forget_old()
    assert len(await staff.rows(StaffSession)) == 1


@pytest.mark.parametrize("email", ["", "x", "a b@c.d", "a@", "@b", "a@b@c", "x" * 65 + "@b.c"])
async def test_an_email_must_be_one(staff: StaffWorld, email: str) -> None:
    assert await refused(staff.hire(email)) == "invalid_email"
    assert await staff.rows(Staff) == []


async def test_an_email_belongs_to_one_member(staff: StaffWorld) -> None:
    await staff.hire("amina@example.com")
    assert await refused(staff.hire("AMINA@example.com")) == "duplicate_email"


def test_the_real_hashes_are_as_slow_as_argon2s_authors_recommend() -> None:
    made = passwords._hasher.hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
