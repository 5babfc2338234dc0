"""Members of staff for tests, straight from the tables."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.staff import Role
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog, Staff
from tests.conftest import FakeClock


async def hire(database: Database, clock: FakeClock, role: Role) -> Member:
    """A member with `role` who can act, but not sign in."""
    row = Staff(
        email=f"{role.value}-{clock().timestamp()}@example.com",
        name=f"A {role.value}",
        role=role.value,
        password_hash="none",
        created_at=clock(),
        password_changed_at=clock(),
    )
    async with database.write() as session:
        session.add(row)
        await session.flush()
    assert row.staff_id
    return Member(row.staff_id, 1, row.email, row.name, role, address="192.0.2.7")


async def actions(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """(action, subject, facts after) of every line in the activity log, oldest first."""
    async with database.read() as session:
        rows = await session.execute(select(AuditLog).order_by(col(AuditLog.audit_id)))
        return [(row.action, row.subject, json.loads(row.after or "{}")) for row in rows.scalars()]
