"""The gate: whoever shows a genuine receipt is let in once for each booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from payment_app.domain.errors import Conflict
from payment_app.domain.staff import Permission
from payment_app.services.receipts.checking import Checked, ReceiptChecks, Verdict
from payment_app.services.receipts.code import looks_like_code
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.dialect import insert_once
from payment_app.storage.staff_tables import GateEntry


@dataclass(frozen=True)
class Shown:
    """A receipt that somebody shows at the gate.

    Attributes:
        is_code: what was shown has the shape of a code, ours or not.
        entered_at: when its booking was let in, UTC; `None` while it was not.
        entered_by: the member who did it.
    """

    checked: Checked
    entered_at: datetime | None = None
    entered_by: str = ""
    is_code: bool = True


class Gate:
    """Looks at receipts, and lets in."""

    def __init__(self, database: Database, clock: Clock, checks: ReceiptChecks) -> None:
        self._database = database
        self._clock = clock
        self._checks = checks

    async def look(self, text: str) -> Shown:
        """What there is to say about a code; nothing is written."""
        checked = await self._checks.check(text)
        if not checked.booking_id:
            return Shown(checked, is_code=looks_like_code(text))
        of_booking = select(GateEntry).where(col(GateEntry.booking_id) == checked.booking_id)
        async with self._database.read() as session:
            entry = (await session.execute(of_booking)).scalar_one_or_none()
        return Shown(checked, entry.at, entry.actor) if entry else Shown(checked)

    async def let_in(self, text: str, who: Member) -> Shown:
        """Write down that a receipt's booking was let in; two gates at once let in one.

        Raises:
            Conflict: `not_genuine` or `already_in`; nobody was let in by this.
            Forbidden: the member may not read.
        """
        who.require(Permission.READ)
        checked = await self._checks.check(text)
        if checked.verdict is not Verdict.GENUINE:
            raise Conflict("not_genuine", "This receipt is not good. Nobody was let in.")
        now = self._clock()
        entry: dict[str, object] = {
            "booking_id": checked.booking_id,
            "payment_id": checked.payment_id,
            "at": now,
            "actor": who.name,
        }
        async with self._database.write() as session:
            if not await session.run_sync(_enter, entry):
                raise Conflict("already_in", "This booking was let in before. Nobody was let in.")
            subject = f"booking:{checked.booking_id}"
            note_action(session, who, "let_in", subject, at=now)
        return Shown(checked, now, who.name)


def _enter(session: Session, entry: dict[str, object]) -> bool:
    return bool(insert_once(session.connection(), GateEntry, [entry], "booking_id"))
