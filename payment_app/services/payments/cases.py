"""Cases: opened by evidence that the rules must not decide alone, resolved by people.

One row for each different contradiction: the same evidence opens it once, however often it comes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.cases import CaseKind, CaseState
from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.live.hub import booking_topic
from payment_app.services.payments.events import Happening, record
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys import seals
from payment_app.services.shared.keys.seals import keyring_of
from payment_app.services.shared.metrics import CASES
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, CaseNote, Payment, PaymentCase, id_of
from payment_app.storage.transaction import Unit, after_commit, hint_after_commit

log = structlog.get_logger("payment_app.cases")

LONGEST_NOTE = 4_000

_cases = table_of(PaymentCase)
_OF_KIND = (
    select(_cases.c.case_id)
    .where(_cases.c.payment_id == bindparam("payment"), _cases.c.kind == bindparam("kind"))
    .limit(1)
)
_OPEN_OF_KIND = select(_cases).where(
    _cases.c.payment_id == bindparam("payment"),
    _cases.c.kind == bindparam("kind"),
    _cases.c.state == CaseState.OPEN.value,
)
_SAME = select(_cases.c.case_id).where(_cases.c.dedupe == bindparam("dedupe"))


@dataclass(frozen=True)
class CaseFile:
    """A case with its notes, oldest first."""

    case: PaymentCase
    notes: list[CaseNote]

    @property
    def evidence(self) -> dict[str, str | None]:
        """What contradicts the record, by name."""
        facts: dict[str, str | None] = json.loads(self.case.evidence)
        return facts


class Cases:
    """What staff do with cases."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(
        self, *, state: CaseState | None = CaseState.OPEN, after: int = 0, limit: int = 50
    ) -> list[PaymentCase]:
        """Cases in the order in which they opened, those behind case id `after`."""
        wanted = select(PaymentCase).where(col(PaymentCase.case_id) > after)
        if state is not None:
            wanted = wanted.where(col(PaymentCase.state) == state.value)
        async with self._database.read() as session:
            rows = await session.execute(wanted.order_by(col(PaymentCase.case_id)).limit(limit))
            return [*rows.scalars()]

    async def get(self, case_id: int) -> CaseFile:
        """One case with its notes.

        Raises:
            NotFound: `case_not_found`.
        """
        async with self._database.read() as session:
            case = await _case(session, case_id)
            notes = await session.execute(
                select(CaseNote)
                .where(col(CaseNote.case_id) == case_id)
                .order_by(col(CaseNote.note_id))
            )
            return CaseFile(case, [*notes.scalars()])

    async def count_open(self) -> dict[str, int]:
        """How many cases are open, by kind."""
        async with self._database.read() as session:
            rows = await session.execute(
                select(col(PaymentCase.kind), func.count())
                .where(col(PaymentCase.state) == CaseState.OPEN.value)
                .group_by(col(PaymentCase.kind))
            )
            return {row[0]: row[1] for row in rows}

    async def add_note(self, case_id: int, author: str, text: str) -> None:
        """Write something to a case, whatever its state.

        Raises:
            NotFound: `case_not_found`.
            BadInput: `invalid_note`, when it is empty or longer than 4,000 characters.
        """
        async with self._database.write() as session:
            await _case(session, case_id)
            _write_note(session, case_id, author, text, self._clock())

    async def resolve(self, case_id: int, author: str, how: str) -> None:
        """Close a case; `how` it was resolved becomes its last note.

        Raises:
            NotFound: `case_not_found`.
            Conflict: `case_resolved`, when somebody else did so already.
            BadInput: `invalid_note`.
        """
        now = self._clock()
        async with self._database.write() as session:
            case = await _case(session, case_id, lock=True)
            if case.state == CaseState.RESOLVED:
                raise Conflict("case_resolved", "This case is resolved already.")
            _write_note(session, case_id, author, how, now)
            _resolve(session, case, author, now)

    async def reopen(self, case_id: int, author: str, why: str) -> None:
        """Open a resolved case again; `why` becomes a note.

        Raises:
            NotFound: `case_not_found`.
            Conflict: `case_open`, when it is open.
            BadInput: `invalid_note`.
        """
        async with self._database.write() as session:
            case = await _case(session, case_id, lock=True)
            if case.state == CaseState.OPEN:
                raise Conflict("case_open", "This case is open.")
            _write_note(session, case_id, author, why, self._clock())
            case.state = CaseState.OPEN.value
            case.resolved_at = case.resolved_by = None
            seals.renew(session, seals.CASE, case)


def open_case(
    rows: Rows,
    payment: Payment,
    kind: CaseKind,
    evidence: Mapping[str, str | None],
    *,
    at: datetime,
) -> bool:
    """Open a case for `payment` unless the same evidence has opened it already; whether it did.

    Nothing about the payment changes but its history, which gains one `case_opened` line. The
    caller holds the payment's lock.
    """
    subject = f"{kind.value}|{payment.payment_id}"
    fresh = _insert(rows, kind, subject, evidence, payment.booking_id, payment.payment_id, at)
    if fresh:
        source = evidence.get("source") or "checkout"
        happening = Happening("case_opened", "system", source, kind.value)
        record(rows, payment, happening, at=at, from_status=payment.status)
        hint_after_commit(rows, booking_topic(payment.booking_id))
    return fresh


def has_case(rows: Rows, payment: Payment, kind: CaseKind) -> bool:
    """Whether `payment` has ever had a case of `kind`, open or resolved."""
    rows.write()  # many may be weighed before anything is written
    wanted = {"payment": payment.payment_id, "kind": kind.value}
    return rows.execute(_OF_KIND, wanted).first() is not None


async def payments_with_case(
    session: AsyncSession, booking_id: int, kinds: Iterable[CaseKind]
) -> dict[CaseKind, set[int]]:
    """Which payments of a booking have ever had a case of each of `kinds`."""
    rows = await session.execute(
        select(col(PaymentCase.kind), col(PaymentCase.payment_id)).where(
            col(PaymentCase.booking_id) == booking_id,
            col(PaymentCase.kind).in_([kind.value for kind in kinds]),
        )
    )
    found: dict[CaseKind, set[int]] = {kind: set() for kind in kinds}
    for kind, payment_id in rows:
        if payment_id is not None:
            found[CaseKind(kind)].add(payment_id)
    return found


def open_booking_case(
    rows: Rows,
    booking: Booking,
    kind: CaseKind,
    evidence: Mapping[str, str | None],
    *,
    at: datetime,
) -> bool:
    """Open a case for a booking as a whole, unless the same evidence has opened it already.

    Whether it did. The caller holds the booking's lock; no payment's history gains a line.
    """
    subject = f"{kind.value}|booking {booking.booking_id}"
    return _insert(rows, kind, subject, evidence, id_of(booking), None, at)


def settle_by_itself(
    rows: Rows, payment: Payment, kind: CaseKind, why: str, *, at: datetime
) -> None:
    """Resolve the open cases of `kind` on `payment`: what they waited for has come."""
    rows.write()
    wanted = {"payment": payment.payment_id, "kind": kind.value}
    for case in rows.read(PaymentCase, _OPEN_OF_KIND, wanted):
        seals.examine_row(rows, seals.CASE, case)
        rows.add(CaseNote, case_id=case.case_id, at=at, author="system", text=why)
        _resolve(rows, case, "system", at)


def _insert(
    rows: Rows,
    kind: CaseKind,
    subject: str,
    evidence: Mapping[str, str | None],
    booking_id: int,
    payment_id: int | None,
    at: datetime,
) -> bool:
    facts = json.dumps(evidence, sort_keys=True, ensure_ascii=False)
    dedupe = hashlib.sha256(f"{subject}|{facts}".encode()).hexdigest()
    rows.write()
    if rows.execute(_SAME, {"dedupe": dedupe}).first() is not None:
        return False
    case = PaymentCase(
        kind=kind.value,
        payment_id=payment_id,
        booking_id=booking_id,
        evidence=facts,
        dedupe=dedupe,
        opened_at=at,
    )
    case.seal = seals.seal_row(seals.CASE, seals.columns(seals.CASE, case), keyring_of(rows))
    rows.add(PaymentCase, **case.model_dump())
    names = {"kind": kind.value, "payment_id": payment_id, "booking_id": booking_id}
    after_commit(rows, CASES.labels(kind.value).inc)
    after_commit(rows, partial(log.warning, "case_opened", **names))
    return True


async def _case(session: AsyncSession, case_id: int, *, lock: bool = False) -> PaymentCase:
    case = await session.get(PaymentCase, case_id, with_for_update=lock or None)
    if case is None:
        raise NotFound("case_not_found", "There is no such case.")
    if lock:
        seals.examine_row(session, seals.CASE, case)
    return case


def _write_note(session: AsyncSession, case_id: int, author: str, text: str, at: datetime) -> None:
    words = text.strip()
    if not 1 <= len(words) <= LONGEST_NOTE:
        raise BadInput("invalid_note", f"A note must have 1 to {LONGEST_NOTE:,} characters.")
    session.add(CaseNote(case_id=case_id, at=at, author=author[:60], text=words))


def _resolve(unit: Unit, case: PaymentCase, author: str, at: datetime) -> None:
    case.state = CaseState.RESOLVED.value
    case.resolved_at = at
    case.resolved_by = author[:60]
    seals.renew(unit, seals.CASE, case)
    hint_after_commit(unit, booking_topic(case.booking_id))
