"""Signing in and out: sessions in the database, so that ending one bites everywhere at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import NotFound, SignInNeeded
from payment_app.domain.staff import Role
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.cookies import cookie_value
from payment_app.services.shared.keys.tokens import hash_token, may_be_token, new_token
from payment_app.services.shared.pace.batching import Batched
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.devices import KnownDevices
from payment_app.services.staff.member import Member
from payment_app.services.staff.passwords import verify_password
from payment_app.services.staff.secrets_at_rest import SecretBox
from payment_app.services.staff.sign_in_throttle import (
    Tried,
    begin_try,
    forget_old_tries,
    forgive,
    sign_in_try,
    take_back,
)
from payment_app.services.staff.totp import matching_step, plain_recovery_code
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog, Staff, StaffRecoveryCode, StaffSession
from payment_app.storage.types import stored_id

log = structlog.get_logger("payment_app.staff")

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's last use is written down."""
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class SignedIn:
    """A new session.

    Attributes:
        token: goes into the session's cookie and nowhere else.
        devices: the cookie by which this browser is known from now on.
    """

    token: str
    member: Member
    devices: str


@dataclass(frozen=True)
class OpenSession:
    """One of a member's open sessions; `here` marks the one that asks."""

    session_id: int
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str
    here: bool


class Sessions:
    """Who is signed in."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret_key: str,
        *,
        enrolment_required: bool,
        demo_allowed: bool,
    ) -> None:
        """Args:
        enrolment_required: members must connect an authenticator app before anything else.
        demo_allowed: demo members may sign in: in simulator mode only.
        """
        self._database = database
        self._clock = clock
        self._secret_key = secret_key
        self._box = SecretBox(secret_key)
        self._devices = KnownDevices(secret_key)
        self._enrolment_required = enrolment_required
        self._demo_allowed = demo_allowed
        self._held = Batched(self._read_held)

    async def sign_in(
        self,
        email: str,
        password: str,
        code: str = "",
        *,
        address: str,
        browser: str = "",
        devices: str = "",
    ) -> SignedIn:
        """Open a session.

        Args:
            devices: the cookie by which this browser may be known, "" for none.

        Raises:
            SignInNeeded: `wrong_credentials`, `code_needed` (the password was right), `wrong_code`.
            TooMany: `too_many_tries`.
        """
        email = email.strip().lower()[:254]
        now = self._clock()
        device = self._devices.find(devices, email, now)
        tried = sign_in_try(self._secret_key, email, address, device)
        async with self._database.write() as session:
            tries = await begin_try(session, tried, now)
        async with self._database.read() as session:
            staff = await _by_email(session, email)
        usable = staff is not None and self._may_use(staff)
        right = await verify_password(password, staff.password_hash if staff and usable else None)
        if staff is None or not right:
            await self._note_failure(email, address, "wrong_credentials")
            raise SignInNeeded(
                "wrong_credentials", "The email or the password is not right. Please try again."
            )
        if staff.totp_confirmed_at is not None and not code.strip():
            async with self._database.write() as session:
                await take_back(session, tries)
            raise SignInNeeded("code_needed", "Enter the code from your authenticator app.")
        opened = await self._open(stored_id(staff.staff_id), code, address, browser, tried, tries)
        if opened is None:
            await self._note_failure(email, address, "wrong_code")
            raise SignInNeeded(
                "wrong_code", "This code is not right, or was used already. Wait for the next one."
            )
        return SignedIn(*opened, self._devices.remember(devices, email, now))

    async def member(self, token: str, address: str = "") -> Member | None:
        """Whoever holds this session, `None` once it is over; counts as a use of it."""
        if not may_be_token(token):
            return None
        now = self._clock()
        row = await self._held.get(hash_token(token))
        if row is None:
            return None
        opened, staff = row
        if not self._is_open(opened, staff, now):
            return None
        session_id = stored_id(opened.session_id)
        if now - opened.seen_at >= SEEN_EVERY:
            await self._touch(session_id, now)
        return self._member(staff, session_id, address or opened.address)

    async def still_open(self, tokens: Iterable[str]) -> set[str]:
        """Which of these sessions are not over; to ask is not to use them."""
        by_hash = {hash_token(token): token for token in tokens if may_be_token(token)}
        if not by_hash:
            return set()
        now = self._clock()
        rows = await self._read_held(list(by_hash))
        return {by_hash[known] for known, row in rows.items() if self._is_open(*row, now)}

    def _is_open(self, opened: StaffSession, staff: Staff, now: datetime) -> bool:
        over = opened.ended_at is not None or opened.expires_at <= now
        return not over and opened.seen_at + IDLE > now and self._may_use(staff)

    async def _read_held(self, hashes: Sequence[str]) -> Mapping[str, tuple[StaffSession, Staff]]:
        token_hash = col(StaffSession.token_hash)
        async with self._database.read() as session:
            rows = await session.execute(
                select(StaffSession, Staff)
                .join(Staff, col(Staff.staff_id) == col(StaffSession.staff_id))
                .where(token_hash.in_(hashes))
            )
            return {opened.token_hash: (opened, staff) for opened, staff in rows}

    async def sign_out(self, token: str) -> None:
        """End this session; nothing happens when it is over already."""
        member = await self.member(token)
        if member is not None:
            await self.end(member, member.session_id)

    async def sign_out_everywhere(self, who: Member) -> None:
        """End every session of the member, this one too."""
        now = self._clock()
        async with self._database.write() as session:
            await end_sessions(session, who.staff_id, now)
            note_action(session, who, "signed_out_everywhere", f"staff:{who.staff_id}", at=now)

    async def list_for(self, who: Member) -> list[OpenSession]:
        """The member's open sessions, the last used first; none before their password is theirs."""
        if who.must_change:
            return []
        now = self._clock()
        async with self._database.read() as session:
            rows = await session.execute(
                select(StaffSession)
                .where(
                    col(StaffSession.staff_id) == who.staff_id,
                    col(StaffSession.ended_at).is_(None),
                    col(StaffSession.expires_at) > now,
                    col(StaffSession.seen_at) > now - IDLE,
                )
                .order_by(col(StaffSession.seen_at).desc())
                .limit(50)
            )
            return [_open_session(row, who) for row in rows.scalars()]

    async def end(self, who: Member, session_id: int) -> None:
        """End one of the member's own sessions.

        Raises:
            NotFound: `session_not_found`, also for a session of somebody else.
            Forbidden: `password_change_needed`, for another session than this one.
        """
        if session_id != who.session_id:
            who.require_own_password()
        now = self._clock()
        async with self._database.write() as session:
            opened = await session.get(StaffSession, session_id, with_for_update=True)
            if opened is None or opened.staff_id != who.staff_id:
                raise NotFound("session_not_found", "There is no such session of yours.")
            if opened.ended_at is None:
                opened.ended_at = now
                note_action(session, who, "signed_out", f"staff:{who.staff_id}", at=now)

    async def forget_old(self) -> None:
        """Delete tries of yesterday, and sessions that ended months ago."""
        now = self._clock()
        gone = now - KEPT
        async with self._database.write() as session:
            await forget_old_tries(session, now)
            await session.execute(
                delete(StaffSession).where(
                    or_(col(StaffSession.expires_at) < gone, col(StaffSession.ended_at) < gone)
                )
            )

    def _may_use(self, staff: Staff) -> bool:
        return staff.disabled_at is None and (self._demo_allowed or not staff.demo)

    def _member(self, staff: Staff, session_id: int, address: str) -> Member:
        must_enrol = self._enrolment_required and staff.totp_confirmed_at is None and not staff.demo
        return Member(
            staff_id=stored_id(staff.staff_id),
            session_id=session_id,
            email=staff.email,
            name=staff.name,
            role=Role(staff.role),
            must_enrol=must_enrol,
            must_change=staff.password_temporary,
            address=address,
        )

    async def _open(
        self,
        staff_id: int,
        code: str,
        address: str,
        browser: str,
        tried: Tried,
        tries: list[int],
    ) -> tuple[str, Member] | None:
        """The session, once the code is right too; the row lock lets a code be used once only."""
        now = self._clock()
        token = new_token()
        async with self._database.write() as session:
            staff = await session.get_one(Staff, staff_id, with_for_update=True)
            if staff.totp_confirmed_at is not None and not await self._uses(session, staff, code):
                return None
            opened = StaffSession(
                staff_id=staff_id,
                token_hash=hash_token(token),
                created_at=now,
                seen_at=now,
                expires_at=now + LONGEST,
                address=address[:60],
                browser=browser[:200],
            )
            session.add(opened)
            await take_back(session, tries)
            await forgive(session, tried)
            await session.flush()
            member = self._member(staff, stored_id(opened.session_id), address)
            note_action(session, member, "signed_in", f"staff:{staff_id}", at=now)
        return token, member

    async def _uses(self, session: AsyncSession, staff: Staff, code: str) -> bool:
        """Whether the code fits; it is used up then."""
        now = self._clock()
        secret = self._box.open(staff.totp_secret or "")
        if secret is None:
            log.error("totp_secret_unreadable", staff_id=staff.staff_id)
        step = matching_step(secret, code, now, staff.totp_last_step) if secret else None
        if step is not None:
            staff.totp_last_step = step
            return True
        plain = plain_recovery_code(code)
        if not plain:
            return False
        rows = await session.execute(
            select(StaffRecoveryCode).where(
                col(StaffRecoveryCode.staff_id) == staff.staff_id,
                col(StaffRecoveryCode.code_hash) == hash_token(f"{staff.staff_id}|{plain}"),
                col(StaffRecoveryCode.used_at).is_(None),
            )
        )
        recovery = rows.scalar_one_or_none()
        if recovery is not None:
            recovery.used_at = now
        return recovery is not None

    async def _touch(self, session_id: int, now: datetime) -> None:
        async with self._database.write() as session:
            await session.execute(
                update(StaffSession)
                .where(col(StaffSession.session_id) == session_id, col(StaffSession.seen_at) < now)
                .values(seen_at=now)
                .execution_options(synchronize_session=False)
            )

    async def _note_failure(self, email: str, address: str, reason: str) -> None:
        async with self._database.write() as session:
            session.add(
                AuditLog(
                    at=self._clock(),
                    actor=email[:60],
                    action="sign_in_failed",
                    after=f'{{"reason": "{reason}"}}',
                    address=address[:60],
                )
            )


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to https, which a machine of its own lacks."""
    return "__Host-staff" if settings.origin.startswith("https://") else "staff_session"


def device_cookie_name(settings: Settings) -> str:
    """The cookie by which a browser is known; bound like the session's."""
    return "__Host-staff-device" if settings.origin.startswith("https://") else "staff_device"


def token_of(cookies: str, settings: Settings) -> str:
    """The session token in a Cookie header, "" when there is none."""
    return cookie_value(cookies, cookie_name(settings))


def devices_of(cookies: str, settings: Settings) -> str:
    """The cookie in a Cookie header by which a browser is known, "" when there is none."""
    return cookie_value(cookies, device_cookie_name(settings))


async def end_sessions(
    session: AsyncSession, staff_id: int, now: datetime, *, but: int | None = None
) -> None:
    """End a member's sessions in the caller's transaction, all or all but one."""
    wanted = [col(StaffSession.staff_id) == staff_id, col(StaffSession.ended_at).is_(None)]
    if but is not None:
        wanted.append(col(StaffSession.session_id) != but)
    await session.execute(
        update(StaffSession)
        .where(*wanted)
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


async def _by_email(session: AsyncSession, email: str) -> Staff | None:
    rows = await session.execute(select(Staff).where(col(Staff.email) == email))
    return rows.scalar_one_or_none()


def _open_session(row: StaffSession, who: Member) -> OpenSession:
    return OpenSession(
        stored_id(row.session_id),
        row.created_at,
        row.seen_at,
        row.address,
        row.browser,
        here=row.session_id == who.session_id,
    )
