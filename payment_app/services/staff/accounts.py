"""Members of staff: made, changed, disabled; their passwords and authenticator apps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from payment_app.domain.staff import Permission, Role
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.audit import Facts, note_action
from payment_app.services.staff.member import Member
from payment_app.services.staff.passwords import (
    check_password,
    hash_password,
    spoken_password,
    verify_password,
)
from payment_app.services.staff.recovery_codes import forget_recovery_codes, give_recovery_codes
from payment_app.services.staff.secrets_at_rest import SecretBox
from payment_app.services.staff.sessions import end_sessions
from payment_app.services.staff.sign_in_throttle import begin_try, password_again, take_back
from payment_app.services.staff.totp import (
    Enrolment,
    enrolment,
    matching_step,
    new_secret,
)
from payment_app.storage.database import Database
from payment_app.storage.dialect import take_advisory_lock
from payment_app.storage.staff_tables import AuditLog, Staff
from payment_app.storage.types import stored_id

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")


@dataclass(frozen=True)
class StaffRow:
    """A member as the settings page lists them."""

    staff_id: int
    email: str
    name: str
    role: Role
    enrolled: bool
    demo: bool
    disabled_at: datetime | None
    created_at: datetime


class Accounts:
    """What is done with members' accounts."""

    def __init__(
        self, database: Database, clock: Clock, secret_key: str, *, merchant_name: str = "Payments"
    ) -> None:
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._box = SecretBox(secret_key)
        self._merchant = merchant_name

    async def create(
        self,
        *,
        email: str,
        name: str,
        role: Role,
        password: str,
        demo: bool = False,
        who: Member | None = None,
    ) -> int:
        """Make a member; their id.

        Args:
            who: the administrator who does it, whose password for the member is a temporary one;
                `None` for the command line.

        Raises:
            Forbidden, BadInput: `invalid_email`, `invalid_name`, `weak_password`.
            Conflict: `duplicate_email`.
        """
        if who is not None:
            who.require(Permission.ADMINISTER)
        email, name = _email(email), _name(name)
        check_password(password, email, name)
        now = self._clock()
        staff = Staff(
            email=email,
            name=name,
            role=role.value,
            password_hash=await hash_password(password),
            password_temporary=who is not None,
            demo=demo,
            created_at=now,
            password_changed_at=now,
        )
        try:
            async with self._database.write() as session:
                session.add(staff)
                await session.flush()
                after = {"email": email, "role": role.value}
                _note(session, who, "staff_created", staff, now, after=after)
        except IntegrityError:
            raise Conflict("duplicate_email", f"There is already a member {email}.") from None
        return stored_id(staff.staff_id)

    async def change_role(self, who: Member, staff_id: int, role: Role) -> None:
        """Give a member another role; their open pages have it at the next click.

        Raises:
            Forbidden, NotFound: `staff_not_found`.
            Conflict: `last_admin`.
        """
        who.require(Permission.ADMINISTER)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, staff_id)
            if role is not Role.ADMIN:
                await _leave_an_admin(session, staff)
            before, staff.role = {"role": staff.role}, role.value
            _note(session, who, "role_changed", staff, now, before=before, after={"role": role})

    async def disable(self, who: Member, staff_id: int) -> None:
        """Let a member in no more; their sessions end at once.

        Raises:
            Forbidden, NotFound: `staff_not_found`.
            Conflict: `last_admin`.
        """
        who.require(Permission.ADMINISTER)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, staff_id)
            await _leave_an_admin(session, staff)
            if staff.disabled_at is None:
                staff.disabled_at = now
                await end_sessions(session, staff_id, now)
                _note(session, who, "staff_disabled", staff, now)

    async def enable(self, who: Member, staff_id: int) -> None:
        """Let a member in again.

        Raises:
            Forbidden, NotFound: `staff_not_found`.
        """
        who.require(Permission.ADMINISTER)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, staff_id)
            if staff.disabled_at is not None:
                staff.disabled_at = None
                _note(session, who, "staff_enabled", staff, now)

    async def reset_password(self, who: Member, staff_id: int) -> str:
        """A temporary password to be told to the member; their sessions end.

        Nothing works for them before they have changed it.

        Raises:
            Forbidden, NotFound: `staff_not_found`.
        """
        who.require(Permission.ADMINISTER)
        password = spoken_password()
        password_hash = await hash_password(password)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, staff_id)
            staff.password_hash, staff.password_changed_at = password_hash, now
            staff.password_temporary = True
            await end_sessions(session, staff_id, now)
            _note(session, who, "password_reset", staff, now)
        return password

    async def reset_totp(self, who: Member, staff_id: int) -> None:
        """Forget a member's authenticator app (a lost phone); their sessions end.

        Raises:
            Forbidden, NotFound: `staff_not_found`.
        """
        who.require(Permission.ADMINISTER)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, staff_id)
            staff.totp_secret, staff.totp_confirmed_at = None, None
            await forget_recovery_codes(session, staff_id)
            await end_sessions(session, staff_id, now)
            _note(session, who, "authenticator_reset", staff, now)

    async def change_password(self, who: Member, old: str, new: str) -> None:
        """Change the member's own password; their other sessions end.

        Raises:
            Forbidden: `wrong_password`.
            BadInput: `weak_password`, `same_password`.
            TooMany: `too_many_tries`.
        """
        staff = await self._proved(who, old)
        if new == old:
            raise BadInput("same_password", "That is your present password: choose another one.")
        _no_demo(staff)
        check_password(new, staff.email, staff.name)
        password_hash = await hash_password(new)
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, who.staff_id)
            staff.password_hash, staff.password_changed_at = password_hash, now
            staff.password_temporary = False
            await end_sessions(session, who.staff_id, now, but=who.session_id)
            _note(session, who, "password_changed", staff, now)

    async def prove(self, who: Member, password: str) -> None:
        """Nothing, once the member has entered their own password again.

        Raises:
            Forbidden: `wrong_password`.
            TooMany: `too_many_tries`.
        """
        await self._proved(who, password)

    async def has_totp(self, who: Member) -> bool:
        """Whether the member has an authenticator app."""
        async with self._database.read() as session:
            return (await _member(session, who.staff_id)).totp_confirmed_at is not None

    async def begin_totp(self, who: Member, password: str) -> Enrolment:
        """A fresh secret; it counts once a code of it was entered.

        Args:
            password: the member's: an unattended screen is not enough to lock its owner out.

        Raises:
            Forbidden: `wrong_password`, `demo_member`, `password_change_needed`.
            Conflict: `totp_exists`.
            TooMany: `too_many_tries`.
        """
        who.require_own_password()
        await self._proved(who, password)
        secret = new_secret()
        async with self._database.write() as session:
            staff = await _member(session, who.staff_id)
            _no_demo(staff)
            if staff.totp_confirmed_at is not None:
                raise _has_one()
            staff.totp_secret = self._box.lock(secret)
        return enrolment(secret, who.email, self._merchant)

    async def confirm_totp(self, who: Member, code: str) -> list[str]:
        """Finish the enrolment with a first code; the recovery codes, which are shown once.

        Raises:
            Forbidden: `password_change_needed`.
            Conflict: `totp_exists`.
            BadInput: `wrong_code`.
        """
        who.require_own_password()
        now = self._clock()
        async with self._database.write() as session:
            staff = await _member(session, who.staff_id)
            if staff.totp_confirmed_at is not None:
                raise _has_one()
            secret = self._box.open(staff.totp_secret or "")
            step = matching_step(secret, code, now, 0) if secret else None
            if step is None:
                raise BadInput("wrong_code", "This code is not right. Enter the one shown now.")
            staff.totp_confirmed_at, staff.totp_last_step = now, step
            _note(session, who, "authenticator_connected", staff, now)
            return await give_recovery_codes(session, who.staff_id)

    async def new_recovery_codes(self, who: Member, password: str) -> list[str]:
        """Ten fresh recovery codes; the former ones work no more.

        Raises:
            Forbidden: `wrong_password`, `password_change_needed`.
            TooMany: `too_many_tries`.
        """
        who.require_own_password()
        staff = await self._proved(who, password)
        async with self._database.write() as session:
            _note(session, who, "recovery_codes_made", staff, self._clock())
            return await give_recovery_codes(session, who.staff_id)

    async def _proved(self, who: Member, password: str) -> Staff:
        """The member's row, once they have entered their password again."""
        tried = password_again(self._secret_key, who.staff_id)
        async with self._database.write() as session:
            tries = await begin_try(session, tried, self._clock())
            staff = await _member(session, who.staff_id)
        if not await verify_password(password, staff.password_hash):
            raise Forbidden("wrong_password", "This is not your password. Nothing was changed.")
        async with self._database.write() as session:
            await take_back(session, tries)
        return staff

    async def list(self) -> list[StaffRow]:
        """Every member, in the order in which they were made."""
        async with self._database.read() as session:
            rows = await session.execute(select(Staff).order_by(col(Staff.staff_id)).limit(500))
            return [_row(staff) for staff in rows.scalars()]


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise BadInput("invalid_email", "That is no email address.")
    return email


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise BadInput("invalid_name", "A name must have 1 to 120 characters.")
    return name


def _row(staff: Staff) -> StaffRow:
    return StaffRow(
        staff_id=stored_id(staff.staff_id),
        email=staff.email,
        name=staff.name,
        role=Role(staff.role),
        enrolled=staff.totp_confirmed_at is not None,
        demo=staff.demo,
        disabled_at=staff.disabled_at,
        created_at=staff.created_at,
    )


def _no_demo(staff: Staff) -> None:
    """Everybody who tries the app shares the demo members."""
    if staff.demo:
        raise Forbidden(
            "demo_member",
            "This is a demo member: its password and sign-in stay as they are. Make a member of "
            "your own with create-staff.",
        )


def _has_one() -> Conflict:
    return Conflict(
        "totp_exists",
        "You have an authenticator app already. An administrator can reset it if it is lost.",
    )


async def _member(session: AsyncSession, staff_id: int) -> Staff:
    staff = await session.get(Staff, staff_id, with_for_update=True)
    if staff is None:
        raise NotFound("staff_not_found", "There is no such member. Nothing was changed.")
    return staff


async def _leave_an_admin(session: AsyncSession, staff: Staff) -> None:
    """Refuse what would leave nobody who can administer; two at once are decided in turn."""
    await take_advisory_lock(session, "staff", "admins")
    if staff.role != Role.ADMIN or staff.disabled_at is not None:
        return
    others = await session.execute(
        select(func.count()).where(
            col(Staff.role) == Role.ADMIN.value,
            col(Staff.disabled_at).is_(None),
            col(Staff.staff_id) != staff.staff_id,
            col(Staff.demo) == staff.demo,
        )
    )
    if others.scalar_one() == 0:
        raise Conflict("last_admin", "This is the last administrator. Nothing was changed.")


def _note(
    session: AsyncSession,
    who: Member | None,
    action: str,
    staff: Staff,
    now: datetime,
    *,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    subject = f"staff:{staff.staff_id}"
    if who is not None:
        note_action(session, who, action, subject, at=now, before=before, after=after)
    else:
        session.add(AuditLog(at=now, actor="command line", action=action, subject=subject))
