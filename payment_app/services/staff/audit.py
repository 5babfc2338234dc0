"""The activity log: what staff did, written in the transaction that does it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.sight import mask_facts
from payment_app.services.staff.member import Member
from payment_app.storage.staff_tables import AuditLog

Facts = Mapping[str, object]


def note_action(
    session: AsyncSession,
    who: Member,
    action: str,
    subject: str = "",
    *,
    at: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Append one line to the activity log.

    Args:
        session: the caller's transaction: what was not committed did not happen.
        who: the member who acts; their address is kept too.
        action: slug, for example `booking_changed`.
        subject: what it was done to, as `payment:12`, `booking:7`, `staff:3`.
        at: now, UTC.
        before: the facts that changed, as they were; no secrets. Phone numbers are masked here.
        after: the same as they are now.
    """
    session.add(
        AuditLog(
            at=at,
            staff_id=who.staff_id,
            actor=who.email,
            action=action,
            subject=subject,
            before=_facts(before),
            after=_facts(after),
            address=who.address,
        )
    )


def _facts(facts: Facts | None) -> str:
    return json.dumps(mask_facts(facts), ensure_ascii=False, default=str) if facts else ""
