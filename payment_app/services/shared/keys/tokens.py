"""Unguessable names for things that are reached without signing in, and their hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from payment_app.daraja import banned_words

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def new_token() -> str:
    """256 random bits as text that is safe in an URL, also in one that Daraja is to call.

    Of a few hundred one holds `sql`, `exe` or `cmd` by chance, and Daraja would refuse the URL that
    it stands in: that one is drawn again.
    """
    while True:
        token = secrets.token_urlsafe(32)
        if not banned_words(token):
            return token


def may_be_token(text: str) -> bool:
    """Whether `text` has the form of a token; databases choke on what else an address can hold."""
    return _TOKEN.fullmatch(text) is not None


def hash_token(token: str) -> str:
    """What the database keeps of a token that must not be readable there (SHA-256, hex)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_hash(secret: str, value: str) -> str:
    """A pseudonym of `value` that cannot be guessed back without `secret` (HMAC-SHA-256, hex)."""
    return hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()
