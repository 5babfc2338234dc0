"""Demo members for simulator mode: one of each role, all with one password."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.staff import Role
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.kept_secrets import kept_secret
from payment_app.services.staff.passwords import hash_password, spoken_password, verify_password
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import Staff

_NAMES = {
    Role.VIEWER: "Vera Viewer",
    Role.CASHIER: "Chege Cashier",
    Role.FINANCE: "Faith Finance",
    Role.ADMIN: "Amina Admin",
}


def demo_email(role: Role) -> str:
    """Who signs in with this role."""
    return f"{role.value}@demo.local"


def demo_password(settings: Settings) -> str:
    """What the demo members sign in with: made once and kept beside the database."""
    return kept_secret(settings.data_folder / "demo_password", spoken_password)


async def seed_demo_staff(database: Database, clock: Clock, password: str) -> None:
    """Make the demo members that are missing, and let all of them have this password."""
    async with database.read() as session:
        rows = await session.execute(select(Staff).where(col(Staff.demo).is_(True)))
        known = {staff.email: staff.password_hash for staff in rows.scalars()}
    fresh = [email for email in map(demo_email, Role) if email in known]
    if len(fresh) == len(Role) and await verify_password(password, known[fresh[0]]):
        return
    password_hash = await hash_password(password)
    now = clock()
    async with database.write() as session:
        for role in Role:
            rows = await session.execute(select(Staff).where(col(Staff.email) == demo_email(role)))
            staff = rows.scalar_one_or_none() or Staff(
                email=demo_email(role),
                name=_NAMES[role],
                role=role.value,
                password_hash="",
                demo=True,
                created_at=now,
                password_changed_at=now,
            )
            staff.password_hash = password_hash
            session.add(staff)
