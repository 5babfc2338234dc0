"""The codes that open an account once each when its authenticator app is lost; hashes are kept."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.services.shared.keys.tokens import hash_token
from payment_app.services.staff.totp import new_recovery_codes
from payment_app.storage.staff_tables import StaffRecoveryCode


async def forget_recovery_codes(session: AsyncSession, staff_id: int) -> None:
    """Make a member's codes worthless; the caller commits."""
    await session.execute(
        delete(StaffRecoveryCode).where(col(StaffRecoveryCode.staff_id) == staff_id)
    )


async def give_recovery_codes(session: AsyncSession, staff_id: int) -> list[str]:
    """New codes in the place of the old ones, to be shown once; the caller commits."""
    await forget_recovery_codes(session, staff_id)
    codes = new_recovery_codes()
    session.add_all(
        StaffRecoveryCode(staff_id=staff_id, code_hash=hash_token(f"{staff_id}|{code}"))
        for code in codes
    )
    return codes
