"""Reading the activity log: what staff did, newest first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.calendar import start_of
from payment_app.domain.errors import BadInput
from payment_app.domain.sight import mask_facts
from payment_app.domain.staff import Permission
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog, Staff
from payment_app.storage.types import stored_id

LONGEST_WORD = 254
_MOST_ACTIONS = 200
_SUBJECT = re.compile(r"([a-z_]{1,40})[\s:#]*([0-9]{0,18})")
_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 30)


@dataclass(frozen=True)
class ActivityQuery:
    """Which lines are wanted; empty fields do not matter.

    Attributes:
        member: part of a name or an email address.
        action: slug.
        subject: `payment:12` or, for all of a kind, `payment`.
        since, until: days in Nairobi, both included.
    """

    member: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Activity:
    """One line of the log.

    Attributes:
        before, after: the facts that changed.
        actor_name, subject_name: of the members whom it is about; "" for anything else.
    """

    audit_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    address: str
    actor_name: str = ""
    subject_name: str = ""


@dataclass(frozen=True)
class ActivityPage:
    """Lines, newest first.

    Attributes:
        older: pass as `before` for the next page, `None` on the last.
        newer: pass as `after` for the page before, `None` on the first.
    """

    lines: tuple[Activity, ...] = ()
    older: int | None = None
    newer: int | None = None


class ActivityLog:
    """The log, for whoever may administer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        who: Member,
        wanted: ActivityQuery,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> ActivityPage:
        """A page of lines: those older than line `before`, or newer than `after`.

        Raises:
            Forbidden: `not_allowed`.
            BadInput: `invalid_activity_query`.
        """
        who.require(Permission.ADMINISTER)
        conditions, key = _conditions(wanted), col(AuditLog.audit_id)
        backwards = after is not None and before is None
        if before is not None:
            conditions.append(key < before)
        elif after is not None:
            conditions.append(key > after)
        order = key.asc() if backwards else key.desc()
        async with self._database.read() as session:
            rows = await session.execute(
                select(AuditLog).where(*conditions).order_by(order).limit(limit + 1)
            )
            lines = list(rows.scalars())
            names = await _names(session, lines)
            found = [_line(row, names) for row in lines]
        more, found = len(found) > limit, found[:limit]
        if backwards:
            found.reverse()
        if not found:
            return ActivityPage()
        older = backwards or more
        newer = more if backwards else before is not None
        return ActivityPage(
            tuple(found),
            older=found[-1].audit_id if older else None,
            newer=found[0].audit_id if newer else None,
        )

    async def actions(self, who: Member) -> list[str]:
        """Every kind of action in the log, by name.

        Raises:
            Forbidden: `not_allowed`.
        """
        who.require(Permission.ADMINISTER)
        name, found = col(AuditLog.action), [""]
        async with self._database.read() as session:
            # From name to name through the index: the log is long, and its actions are few.
            while len(found) <= _MOST_ACTIONS:
                after = await session.execute(select(func.min(name)).where(name > found[-1]))
                following: str | None = after.scalar_one()
                if following is None:
                    break
                found.append(following)
        return found[1:]


def read_day(text: str) -> date | None:
    """A day as `2026-11-24`, `None` for nothing.

    Raises:
        BadInput: `invalid_activity_query`.
    """
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise _bad("A date must look like 2026-11-24.") from None
    if not _FIRST <= day <= _LAST:
        raise _bad("A date must lie between the years 2000 and 2999.")
    return day


def _bad(sentence: str) -> BadInput:
    return BadInput("invalid_activity_query", sentence)


def _conditions(wanted: ActivityQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.member.strip():
        found.append(_by_member(_word(wanted.member)))
    if wanted.action.strip():
        found.append(col(AuditLog.action) == _word(wanted.action))
    if wanted.subject.strip():
        found.append(_by_subject(wanted.subject))
    if wanted.since is not None:
        found.append(col(AuditLog.at) >= start_of(wanted.since))
    if wanted.until is not None:
        found.append(col(AuditLog.at) < start_of(wanted.until + timedelta(days=1)))
    return found


def _word(text: str) -> str:
    word = text.strip()
    if len(word) > LONGEST_WORD or not word.isprintable():
        raise _bad("A search word is too long, or holds characters that cannot be searched for.")
    return word


def _by_member(word: str) -> ColumnElement[bool]:
    """Whose name or address contains the word; or an actor who is no member, by full name."""
    staff = select(col(Staff.staff_id)).where(
        or_(
            func.lower(col(Staff.email)).contains(word.lower(), autoescape=True),
            func.lower(col(Staff.name)).contains(word.lower(), autoescape=True),
        )
    )
    return or_(col(AuditLog.staff_id).in_(staff), col(AuditLog.actor) == word)


def _by_subject(text: str) -> ColumnElement[bool]:
    match = _SUBJECT.fullmatch(text.strip().lower())
    if match is None:
        raise _bad("What it was done to looks like payment:12, or payment for all payments.")
    kind, number = match.groups()
    subject = col(AuditLog.subject)
    if number:
        return subject == f"{kind}:{number}"
    return or_(subject == kind, subject.startswith(f"{kind}:", autoescape=True))


def _member_in(subject: str) -> int | None:
    """4 from `staff:4`."""
    kind, _, number = subject.partition(":")
    return int(number) if kind == "staff" and re.fullmatch(r"[0-9]{1,9}", number) else None


async def _names(session: AsyncSession, lines: list[AuditLog]) -> dict[int | None, str]:
    """Of all members who did something in these lines, or to whom something was done."""
    wanted = {line.staff_id for line in lines} | {_member_in(line.subject) for line in lines}
    ids = [one for one in wanted if one is not None]
    key = col(Staff.staff_id)
    rows = await session.execute(select(key, col(Staff.name)).where(key.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _line(row: AuditLog, names: dict[int | None, str]) -> Activity:
    return Activity(
        stored_id(row.audit_id),
        row.at,
        row.actor,
        row.action,
        row.subject,
        _facts(row.before),
        _facts(row.after),
        row.address,
        names.get(row.staff_id, ""),
        names.get(_member_in(row.subject), ""),
    )


def _facts(text: str) -> dict[str, Any]:
    facts = mask_facts(json.loads(text)) if text else {}
    return facts if isinstance(facts, dict) else {"": facts}
