"""Known devices: browsers in which a member has signed in before, told by a signed cookie.

A stranger who guesses at an account closes it for other strangers, not for the browsers of its
owner: those have a count of their own. The cookie gives no right but that; it names no member, and
is good for the accounts alone that signed in there.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from payment_app.services.shared.keys.tokens import keyed_hash, new_token

LASTS = timedelta(days=180)
MOST_ACCOUNTS = 8
"""Members who share one browser, such as the till's; the one who signed in longest ago leaves."""
_BETWEEN = "~"
_ENTRY = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9]{1,12})\.([0-9a-f]{64})")
_LONGEST = 2_000


class KnownDevices:
    """Reads and writes the cookie."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def find(self, cookie: str, email: str, now: datetime) -> str:
        """The name of this browser for that account, "" when it is not known there."""
        present = int(now.timestamp())
        for device, at, seal in _entries(cookie):
            fresh = present - LASTS.total_seconds() < at <= present
            if fresh and hmac.compare_digest(seal, self._seal(email, device, at)):
                return device
        return ""

    def remember(self, cookie: str, email: str, now: datetime) -> str:
        """The cookie with this account first; other accounts' entries stay as they are."""
        known = self.find(cookie, email, now)
        device, at = known or new_token(), int(now.timestamp())
        entries = [_written(device, at, self._seal(email, device, at))]
        entries += [_written(*one) for one in _entries(cookie) if not known or one[0] != known]
        return _BETWEEN.join(entries[:MOST_ACCOUNTS])

    def _seal(self, email: str, device: str, at: int) -> str:
        return keyed_hash(self._secret_key, f"known device|{email}|{device}|{at}")


def _entries(cookie: str) -> list[tuple[str, int, str]]:
    if len(cookie) > _LONGEST:
        return []
    matches = (_ENTRY.fullmatch(entry) for entry in cookie.split(_BETWEEN))
    return [(found[1], int(found[2]), found[3]) for found in matches if found]


def _written(device: str, at: int, seal: str) -> str:
    return f"{device}.{at}.{seal}"
