"""A payment's history: append-only rows, each sealing the one before and the payment after it.

An event carries `facts`, a keyed digest of the payment's facts as they were after it, and `hash`,
an HMAC over the event, that digest and the hash before. The payment carries `seal`, over the digest
and its newest event: that a row was edited is known without reading its history.

Seals are made from plain values (`seal`), so that many can be made at once; `record` does it for
one payment of a transaction. Events from before there were keys (`key_id` null) carry a plain
SHA-256, which counts for nothing by itself, only under a keyed event that follows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from payment_app.services.shared.keys import seals
from payment_app.services.shared.keys.seals import EVENT, PAYMENT, Keyring, keyring_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Payment, PaymentEvent, id_of

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


@dataclass(frozen=True)
class Sealed:
    """What an event adds to its row and to its payment's.

    Attributes:
        key_id, facts, previous_hash, hash: the event's columns; `facts` is `None` when the payment
            could not be vouched for.
        payment_seal: the payment's `seal`; its `last_event_hash` becomes `hash`. `None`: leave the
            seal as it is, the row stays broken.
    """

    key_id: str
    facts: str | None
    previous_hash: str
    hash: str
    payment_seal: str | None

    def event_columns(self) -> dict[str, str | None]:
        """The event's columns by name."""
        return {
            "key_id": self.key_id,
            "facts": self.facts,
            "previous_hash": self.previous_hash,
            "hash": self.hash,
        }


def seal(
    event: Mapping[str, Any],
    payment: Mapping[str, Any] | None,
    previous: str | None,
    keyring: Keyring,
) -> Sealed:
    """Seal one event. Pure: plain values in, plain values out.

    Args:
        event: payment_id, at, kind, actor, source, from_status, to_status, detail.
        payment: the columns of `seals.PAYMENT.sealed` as they are after the event; `None` when the
            row did not carry its own seal before (`payment_is_right`): then nothing vouches for it.
        previous: `last_event_hash` before, `None` for the first event.
    """
    key_id = keyring.current
    facts = None if payment is None else facts_digest(payment, keyring, key_id)
    before = previous or GENESIS
    row = {**event, "previous_hash": before, "key_id": key_id, "facts": facts}
    made = keyring.mac(key_id, EVENT.encode(row))
    payment_seal = facts and _payment_seal(facts, made, keyring, key_id)
    return Sealed(key_id, facts, before, made, payment_seal)


def facts_digest(payment: Mapping[str, Any], keyring: Keyring, key_id: str) -> str:
    """The keyed digest of a payment's facts: without the key nobody can try phone numbers on it."""
    return keyring.mac(key_id, PAYMENT.encode(payment))


def event_is_right(event: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether the event carries the hash that its own columns make, by a key that we have."""
    key_id = event["key_id"]
    if key_id is None:
        return bool(event["facts"] is None and event["hash"] == _unkeyed_hash(event))
    if key_id not in keyring:
        return False
    return compare_digest(str(event["hash"]), keyring.mac(key_id, EVENT.encode(event)))


def payment_is_right(payment: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether the row is what its newest event sealed; its history need not be read for this."""
    key_id, _, _ = (payment["seal"] or "").partition(".")
    if key_id not in keyring:
        return False
    facts = facts_digest(payment, keyring, key_id)
    should = _payment_seal(facts, payment["last_event_hash"] or "", keyring, key_id)
    return compare_digest(str(payment["seal"]), should)


def payment_matches(payment: Mapping[str, Any], last: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether the row is what its newest event, read as well, sealed; both vouch for the same."""
    key_id = last["key_id"]
    if key_id not in keyring or last["facts"] is None:
        return False
    facts = facts_digest(payment, keyring, key_id)
    should = _payment_seal(facts, payment["last_event_hash"] or "", keyring, key_id)
    return compare_digest(last["facts"], facts) and compare_digest(str(payment["seal"]), should)


def _payment_seal(facts: str, last_event_hash: str, keyring: Keyring, key_id: str) -> str:
    sealed = f"payment row\n{facts}\n{last_event_hash}".encode()
    return f"{key_id}.{keyring.mac(key_id, sealed)}"


def _unkeyed_hash(event: Mapping[str, Any]) -> str:
    """The hash of the app's first versions."""
    facts = [
        event["previous_hash"],
        event["payment_id"],
        event["at"].isoformat(),
        event["kind"],
        event["actor"],
        event["source"],
        event["from_status"],
        event["to_status"],
        event["detail"],
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def examine(rows: Rows, payment: Payment) -> None:
    """Judge a payment that was just locked: only a row that is right is sealed again."""
    seals.examine(
        rows,
        payment,
        lambda keyring: payment_is_right(seals.columns(PAYMENT, payment), keyring),
    )


def record(
    rows: Rows,
    payment: Payment,
    happening: Happening,
    *,
    at: datetime,
    from_status: str | None,
) -> None:
    """Append one event over the payment as it is now: facts are changed before, never after.

    The caller holds the payment's row lock (`locks.lock_payment`), so the chain cannot fork,
    or has just made the payment (`from_status` is `None`).
    """
    if from_status is None:
        seals.trust(rows, payment)
    facts = seals.columns(PAYMENT, payment) if seals.is_trusted(rows, payment) else None
    event: dict[str, Any] = {
        "payment_id": id_of(payment),
        "at": at,
        "kind": happening.kind,
        "actor": happening.actor,
        "source": happening.source,
        "from_status": from_status,
        "to_status": payment.status,
        "detail": happening.detail,
    }
    sealed = seal(event, facts, payment.last_event_hash, keyring_of(rows))
    payment.last_event_hash = sealed.hash
    payment.seal = sealed.payment_seal or payment.seal
    rows.add(PaymentEvent, **event, **sealed.event_columns())


def record_change(rows: Rows, payment: Payment, happening: Happening, *, at: datetime) -> None:
    """The same for facts that changed without the status, if they did: no fact goes unsealed."""
    if not seals.is_trusted(rows, payment):
        return
    if not payment_is_right(seals.columns(PAYMENT, payment), keyring_of(rows)):
        record(rows, payment, happening, at=at, from_status=payment.status)
