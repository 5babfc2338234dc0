"""Members of staff for tests, straight from the tables."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.staff import Role
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import AuditLog, Staff
from tests.conftest import FakeClock

_numbers = count(1)


async def hire(
    database: Database,
    clock: FakeClock,
    role: Role = Role.CASHIER,
    name: str = "Amina Otieno",
    *,
    email: str | None = None,
    password: str = "",
) -> Member:
    """A member with `role` who can act; with a password, one who can sign in as well."""
    if email is None:
        email = f"{name.split()[0].lower()}{next(_numbers)}@example.co.ke"
    if password:
        staff_id = await Accounts(database, clock, "").create(
            email=email, name=name, role=role, password=password
        )
    else:
        staff_id = await _row(database, clock, role, name, email)
    return Member(staff_id, 1, email, name, role, address="192.0.2.7")


async def _row(database: Database, clock: FakeClock, role: Role, name: str, email: str) -> int:
    row = Staff(
        email=email,
        name=name,
        role=role.value,
        password_hash="none",
        created_at=clock(),
        password_changed_at=clock(),
    )
    async with database.write() as session:
        session.add(row)
        await session.flush()
    assert row.staff_id
    return row.staff_id


async def actions(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """(action, subject, facts after) of every line in the activity log, oldest first."""
    async with database.read() as session:
        rows = await session.execute(select(AuditLog).order_by(col(AuditLog.audit_id)))
        return [(row.action, row.subject, json.loads(row.after or "{}")) for row in rows.scalars()]
