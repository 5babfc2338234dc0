"""The money that moved. Written once per payment, before any callback is even planned.

Misbehaving callbacks and call faults happen after and around this, so the ledger stays what an
oracle has to be: the truth that the merchant's books are compared with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

MOST_ENTRIES = 100_000


@dataclass(frozen=True)
class Entry:
    """One payment that a customer made; `amount` in whole shillings, `at` aware UTC."""

    at: datetime
    receipt: str
    checkout_request_id: str
    msisdn: str
    shortcode: str
    party_b: str
    account_reference: str
    amount: int

    def as_json(self) -> dict[str, str | int]:
        """The entry with `at` in RFC 3339."""
        return {**self.__dict__, "at": self.at.isoformat()}


class Ledger:
    """Payments in the order they happened.

    Keeps the newest 100,000 entries; `total` and `count` go on counting all of them.
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self.total = 0
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def record(self, entry: Entry) -> None:
        """Adds a payment."""
        self._entries.append(entry)
        self.total += entry.amount
        self.count += 1

    def clear(self) -> None:
        """Forgets everything, for a simulator that starts afresh."""
        self._entries.clear()
        self.total = self.count = 0

    def as_json(self) -> dict[str, object]:
        """`{"entries": […], "total": shillings, "count": n}`, oldest first."""
        entries = [entry.as_json() for entry in self._entries]
        return {"entries": entries, "total": self.total, "count": self.count}
