"""Cases: what the rules must not decide alone. One row for each different contradiction."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.services.events import Happening, record
from payment_app.services.metrics import CASES
from payment_app.storage.tables import Payment, PaymentCase

log = structlog.get_logger("payment_app.cases")


async def open_case(
    session: AsyncSession,
    payment: Payment,
    kind: str,
    evidence: dict[str, str | None],
    *,
    at: datetime,
) -> None:
    """Open a case for `payment` unless the same evidence has opened it already.

    Nothing about the payment changes but its history, which gains one `case_opened` line.
    """
    facts = json.dumps(evidence, sort_keys=True, ensure_ascii=False)
    dedupe = hashlib.sha256(f"{kind}|{payment.payment_id}|{facts}".encode()).hexdigest()
    known = await session.execute(
        select(col(PaymentCase.case_id)).where(col(PaymentCase.dedupe) == dedupe)
    )
    if known.scalar_one_or_none() is not None:
        return
    session.add(
        PaymentCase(
            kind=kind,
            payment_id=payment.payment_id or 0,
            booking_id=payment.booking_id,
            evidence=facts,
            dedupe=dedupe,
            opened_at=at,
        )
    )
    happening = Happening("case_opened", "system", evidence.get("source") or "checkout", kind)
    record(session, payment, happening, at=at, from_status=payment.status)
    CASES.labels(kind).inc()
    log.warning("case_opened", kind=kind, payment_id=payment.payment_id)
