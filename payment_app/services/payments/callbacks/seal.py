"""Which rows of the inbox the app stored itself: `dedupe` is an HMAC over what came, and for whom.

It is what makes copies one row and what tells a row of ours from one that somebody with the
database wrote. It holds no key's name: after a rotation every key that we have is tried, and a copy
that comes later still is a second row, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from payment_app.services.shared.keys.seals import CALLBACK, Keyring
from payment_app.services.shared.keys.tokens import hash_token


def dedupe_of(kind: str, payment_id: int | None, body: bytes, keyring: Keyring) -> str:
    """The name of a callback that is stored now, under today's key."""
    came = CALLBACK.encode({"kind": kind, "payment_id": payment_id, "body": body})
    return keyring.mac(keyring.current, came)


def is_ours(row: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether the app stored just this, under any of its keys. Nothing else is evidence.

    Args:
        row: `kind`, `payment_id`, `body` and `dedupe`.
    """
    came, given = CALLBACK.encode(row), str(row["dedupe"]).encode()
    return any(compare_digest(keyring.mac(key_id, came).encode(), given) for key_id in keyring)


def is_unkeyed(row: Mapping[str, Any]) -> bool:
    """Whether it carries the hash of the first versions, which anybody can make."""
    came = f"{row['kind']}|{row['payment_id']}|".encode() + row["body"]
    return bool(hash_token(came.hex()) == row["dedupe"])
