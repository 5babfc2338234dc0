"""A payment's history: append-only rows, each sealing the one before with a SHA-256 hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.storage.tables import Payment, PaymentEvent

GENESIS = "0" * 64


@dataclass(frozen=True)
class Happening:
    """What happened to a payment.

    Attributes:
        kind: slug, for example `callback_result`.
        actor: who did it: `customer`, `api`, `daraja`, `system`, or a staff member's name.
        source: where the knowledge came from (`domain.lifecycle.Source`).
        detail: plain words for staff, without secrets or full phone numbers.
    """

    kind: str
    actor: str
    source: str
    detail: str = ""


def record(
    session: AsyncSession,
    payment: Payment,
    happening: Happening,
    *,
    at: datetime,
    from_status: str | None,
) -> PaymentEvent:
    """Append one event. The caller holds the payment's row lock, so the chain cannot fork."""
    previous = payment.last_event_hash or GENESIS
    event = PaymentEvent(
        payment_id=payment.payment_id or 0,
        at=at,
        kind=happening.kind,
        actor=happening.actor,
        source=happening.source,
        from_status=from_status,
        to_status=payment.status,
        detail=happening.detail,
        previous_hash=previous,
        hash="",
    )
    event.hash = seal(event)
    payment.last_event_hash = event.hash
    session.add(event)
    return event


def seal(event: PaymentEvent) -> str:
    """The hash that an event must carry: over its own facts and the hash of the one before."""
    facts = [
        event.previous_hash,
        event.payment_id,
        event.at.isoformat(),
        event.kind,
        event.actor,
        event.source,
        event.from_status,
        event.to_status,
        event.detail,
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
