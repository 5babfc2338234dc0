"""OAuth: one live access token per consumer key; a new one ends the former."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from datetime import datetime, timedelta

from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import Clock

TOKEN_LIFE = timedelta(seconds=3600)
MOST_KEYS = 1_000


class AccessTokens:
    """Gives and checks access tokens; remembers those of the newest 1,000 consumer keys."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock, self._mint = clock, mint
        self._token_of: OrderedDict[str, str] = OrderedDict()
        self._dies_at: dict[str, datetime] = {}

    def issue(self, consumer_key: str) -> str:
        """A fresh token; the key's former one is dead from now on."""
        former = self._token_of.pop(consumer_key, None)
        if former is None and len(self._token_of) >= MOST_KEYS:
            former = self._token_of.popitem(last=False)[1]
        self._dies_at.pop(former or "", None)
        token = self._mint.access_token()
        self._token_of[consumer_key] = token
        self._dies_at[token] = self._clock() + TOKEN_LIFE
        return token

    def is_live(self, token: str) -> bool:
        """Whether the gateway lets this token pass."""
        dies_at = self._dies_at.get(token)
        return dies_at is not None and self._clock() < dies_at

    def revoke_all(self) -> None:
        """Ends every token, as Daraja does now and then."""
        self._token_of.clear()
        self._dies_at.clear()


def read_basic(header: str) -> tuple[str, str] | None:
    """Key and secret of a `Basic` header; None if it carries none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    key, colon, secret = text.partition(":")
    return (key, secret) if colon else None


def read_bearer(header: str) -> str | None:
    """The token of a `Bearer` header; None if it carries none."""
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
