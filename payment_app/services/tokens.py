"""Unguessable names for things that are reached without signing in, and their hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """256 random bits as text that is safe in an URL."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps of a token that must not be readable there (SHA-256, hex)."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(secret: str, value: str) -> str:
    """A pseudonym of `value` that cannot be guessed back without `secret` (HMAC-SHA-256, hex)."""
    return hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()
