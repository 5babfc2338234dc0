"""Seals: keyed hashes over the facts of a row, which only the holder of SECRET_KEY can make.

A sealed text is `name=length:value` for each fact that is not null, in a fixed order: no two sets
of facts read the same, and a column that comes later leaves old seals valid while it is null.
Each kind of row begins with a label of its own: a seal cannot be carried from one to another.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import inspect

from payment_app.storage.rows import identity
from payment_app.storage.transaction import Unit

_BOOKS = b"payment_app books v1"
_CHECKPOINTS = b"payment_app checkpoints v1"
_SESSION_KEY = "keyring"
_TRUSTED = "trusted_rows"


class Keyring:
    """The keys of the seals: the newest makes and checks, the older ones only check."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Args: secrets: SECRET_KEY first, then those that it replaced.

        Raises:
            ValueError: there is no secret at all.
        """
        given = [secret.encode() for secret in secrets if secret]
        if not given:
            raise ValueError("the books need a SECRET_KEY")
        keys = [_derive(secret, _BOOKS) for secret in given]
        self._macs = {_key_id(key): hmac.new(key, None, hashlib.sha256) for key in keys}
        self.current = _key_id(keys[0])
        """The name of the key that seals now: it tells nothing about the key."""
        self.signing_seeds = tuple(_derive(secret, _CHECKPOINTS) for secret in given)
        """32 bytes each, for the signatures of checkpoints; the first signs."""

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._macs

    def __iter__(self) -> Iterator[str]:
        """The names of the keys, the newest first."""
        return iter(self._macs)

    def mac(self, key_id: str, *parts: bytes) -> str:
        """HMAC-SHA256 under the key of that name, in hexadecimal."""
        made = self._macs[key_id].copy()
        for part in parts:
            made.update(part)
        return made.hexdigest()

    def for_sessions(self) -> dict[str, object]:
        """What `Database` hands to its sessions, so that whoever writes history can seal it."""
        return {_SESSION_KEY: self}


def keyring_of(unit: Unit) -> Keyring:
    """The keys of this transaction's database.

    Raises:
        LookupError: it was opened for reading only, without them.
    """
    keyring = unit.info.get(_SESSION_KEY)
    if not isinstance(keyring, Keyring):
        raise LookupError("this database was opened without the keys of the books")
    return keyring


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, purpose, "sha256")


def _key_id(key: bytes) -> str:
    return hmac.digest(key, b"key id", "sha256").hex()[:8]


def _text(value: str) -> bytes:
    return value.encode()


def _number(value: int) -> bytes:
    return b"%d" % value


def _money(value: Decimal) -> bytes:
    return f"{value:.2f}".encode()


def _time(value: datetime) -> bytes:
    return value.astimezone(UTC).isoformat(timespec="microseconds").encode()


@dataclass(frozen=True)
class Facts:
    """What is sealed of a kind of row, and what may change without a seal, with the reason."""

    label: bytes
    sealed: Mapping[str, Callable[[Any], bytes]]
    may_change: Mapping[str, str]
    checked: Mapping[str, str] = field(default_factory=dict)
    """Columns that are no part of the sealed text and are held to something else."""

    def encode(self, row: Mapping[str, Any]) -> bytes:
        """The sealed text of a row, given by column."""
        parts = [self.label]
        for name, begin, encode in self._plan:
            value = row[name]
            if value is not None:
                data = encode(value)
                parts.append(b"%b%d:%b" % (begin, len(data), data))
        return b"".join(parts)

    @cached_property
    def _plan(self) -> tuple[tuple[str, bytes, Callable[[Any], bytes]], ...]:
        """Made once: a million rows are encoded with it."""
        return tuple((name, f"\n{name}=".encode(), e) for name, e in self.sealed.items())


PAYMENT = Facts(
    b"payment",
    {
        "payment_id": _number,
        "booking_id": _number,
        "user_id": _number,
        "amount": _money,
        "amount_refunded": _money,
        "payment_method": _text,
        "payment_date": _time,
        "status": _text,
        "transaction_id": _text,
        "mpesa_receipt_number": _text,
        "checkout_request_id": _text,
        "merchant_request_id": _text,
        "phone_number": _text,
        "callback_token_hash": _text,
        "receipt_token": _text,
        "result_code": _text,
        "result_desc": _text,
        "witness": _text,
        "created_at": _time,
        "submitted_at": _time,
        "settled_at": _time,
        "version": _number,
    },
    may_change={
        "attempt_key": "names a try of a browser or caller; a rejected payment lets go of it",
        "address_hash": "a pseudonym for rate limits, not a fact of money; may be forgotten",
        "next_check_at": "when M-Pesa is asked next",
        "checks_done": "how often M-Pesa was asked",
    },
    checked={
        "last_event_hash": "the hash of the newest event",
        "seal": "covers the facts and last_event_hash",
    },
)
BOOKING = Facts(
    b"booking",
    {
        "booking_id": _number,
        "user_id": _number,
        "reference": _text,
        "amount": _money,
        "amount_paid": _money,
        "status": _text,
        "allow_instalments": _number,
        "expires_at": _time,
        "pay_token": _text,
        "created_at": _time,
    },
    may_change={
        "title": "words for the payer; staff change them, and the activity log says who",
        "details": "words for the payer; staff change them, and the activity log says who",
        "updated_at": "when the words or anything else last changed",
    },
    checked={"seal": "covers the facts"},
)
CASE = Facts(
    b"case",
    {
        "kind": _text,
        "state": _text,
        "payment_id": _number,
        "booking_id": _number,
        "evidence": _text,
        "dedupe": _text,
        "opened_at": _time,
        "resolved_at": _time,
        "resolved_by": _text,
    },
    may_change={"case_id": "a number from the database; `dedupe` names the case"},
    checked={"seal": "covers the facts"},
)
REFUND = Facts(
    b"refund",
    {
        "refund_id": _number,
        "payment_id": _number,
        "booking_id": _number,
        "amount": _money,
        "paid": _money,
        "returned_before": _money,
        "way": _text,
        "phone_number": _text,
        "status": _text,
        "reason": _text,
        "close_booking": _number,
        "requested_by": _text,
        "requested_at": _time,
        "needs_second": _number,
        "decided_by": _text,
        "decided_at": _time,
        "originator_conversation_id": _text,
        "submitted_at": _time,
        "settled_at": _time,
        "receipt": _text,
        "result_code": _text,
        "result_desc": _text,
        "sendings": _number,
        "may_resend": _number,
    },
    may_change={
        "next_check_at": "when M-Pesa is asked next",
        "checks_done": "how often M-Pesa was asked",
        "not_found": "how often M-Pesa did not know the order",
    },
    checked={"seal": "covers the facts"},
)
EVENT = Facts(
    b"event",
    {
        "payment_id": _number,
        "at": _time,
        "kind": _text,
        "actor": _text,
        "source": _text,
        "from_status": _text,
        "to_status": _text,
        "detail": _text,
        "previous_hash": _text,
        "key_id": _text,
        "facts": _text,
    },
    may_change={},
    checked={
        "event_id": "orders the chain of its payment, and is in the leaf of the checkpoint",
        "hash": "the seal itself",
    },
)


CALLBACK = Facts(
    b"callback",
    {"kind": _text, "payment_id": _number, "body": bytes},
    may_change={
        "inbox_id": "a number from the database; `dedupe` names the callback",
        "received_at": "our clock when it came; what it did has a time of its own in the history",
        "copies": "how often it came",
        "attempts": "how often it was tried to be read",
        "not_before": "when it is read next",
        "processed_at": "how far its reading is; a query asks again whatever came of it",
        "outcome": "words on what it did; the history says it under a seal",
    },
    checked={"dedupe": "covers the facts"},
)


def seal_row(facts: Facts, row: Mapping[str, Any], keyring: Keyring) -> str:
    """The seal of a row that stands for itself: `<key id>.<HMAC>`."""
    return f"{keyring.current}.{keyring.mac(keyring.current, facts.encode(row))}"


def row_is_sealed(facts: Facts, row: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether the row's `seal` was made over just these facts, by a key that we have."""
    key_id, _, _ = (row["seal"] or "").partition(".")
    if key_id not in keyring:
        return False
    return hmac.compare_digest(row["seal"], f"{key_id}.{keyring.mac(key_id, facts.encode(row))}")


# Rows of a transaction. One that did not carry its seal when it was locked never gets a new one:
# what was changed behind the app's back must not become right by the app's next write.


def examine(unit: Unit, row: object, is_right: Callable[[Keyring], bool]) -> None:
    """Judge a row that was just locked, once in a transaction: afterwards we alone change it."""
    judged: dict[object, bool] = unit.info.setdefault(_TRUSTED, {})
    name = _name(row)
    if name not in judged:
        judged[name] = is_right(keyring_of(unit))


def trust(unit: Unit, row: object) -> None:
    """Say that this transaction made the row itself."""
    unit.info.setdefault(_TRUSTED, {})[_name(row)] = True


def is_trusted(unit: Unit, row: object) -> bool:
    """Whether the row was right when it was locked; a row that nobody examined is not trusted."""
    return bool(unit.info.get(_TRUSTED, {}).get(_name(row)))


def _name(row: object) -> object:
    return identity(row) or inspect(row, raiseerr=True).key


def columns(facts: Facts, row: object) -> dict[str, Any]:
    """A row by column, as the sealed text needs it."""
    return {name: getattr(row, name) for name in (*facts.sealed, *facts.checked)}


def examine_row(unit: Unit, facts: Facts, row: object) -> None:
    """The same for a row that stands for itself, such as a booking."""
    examine(unit, row, lambda keyring: row_is_sealed(facts, columns(facts, row), keyring))


def renew(unit: Unit, facts: Facts, row: Any) -> None:
    """Seal a row anew after a change, if it was right before."""
    if is_trusted(unit, row):
        row.seal = seal_row(facts, columns(facts, row), keyring_of(unit))


def seal_new(unit: Unit, facts: Facts, row: Any) -> None:
    """Seal a row that this transaction made and flushed."""
    trust(unit, row)
    renew(unit, facts, row)
