"""The money that moved, both ways. Written once per movement, before anything is told of it.

Misbehaving callbacks and call faults happen after and around this, so the ledger stays what an
oracle has to be: the truth that the merchant's books are compared with.
"""

from __future__ import annotations

from collections import OrderedDict, deque
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


@dataclass(frozen=True)
class Return:
    """Money that went back to a customer; `amount` in whole shillings, `at` aware UTC.

    Attributes:
        kind: `reversal` of the payment with the receipt `original`, or `payout`.
    """

    at: datetime
    receipt: str
    kind: str
    original: str
    originator_conversation_id: str
    msisdn: str
    shortcode: str
    amount: int

    def as_json(self) -> dict[str, str | int]:
        """The movement with `at` in RFC 3339."""
        return {**self.__dict__, "at": self.at.isoformat()}


class Ledger:
    """Payments in the order they happened, and beside them what went back.

    Keeps the newest 100,000 of each; `total`, `count` (payments) and `total_returned` go on
    counting all of them.
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._entries: deque[Entry] = deque(maxlen=most)
        self._by_receipt: OrderedDict[str, Entry] = OrderedDict()
        self._reversed: dict[str, Return] = {}
        self.returned: deque[Return] = deque(maxlen=most)
        self.total = 0
        self.count = 0
        self.total_returned = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def record(self, entry: Entry) -> None:
        """Adds a payment."""
        self._entries.append(entry)
        self._by_receipt[entry.receipt] = entry
        if len(self._by_receipt) > self._most:
            gone, _ = self._by_receipt.popitem(last=False)
            self._reversed.pop(gone, None)
        self.total += entry.amount
        self.count += 1

    def give_back(self, movement: Return) -> None:
        """Adds money that went back."""
        self.returned.append(movement)
        self.total_returned += movement.amount
        if movement.kind == "reversal":
            self._reversed[movement.original] = movement

    def payment(self, receipt: str) -> Entry | None:
        """The payment with that receipt."""
        return self._by_receipt.get(receipt)

    def reversal_of(self, receipt: str) -> Return | None:
        """The reversal of the payment with that receipt, if it was reversed."""
        return self._reversed.get(receipt)

    def clear(self) -> None:
        """Forgets everything, for a simulator that starts afresh."""
        self._entries.clear()
        self._by_receipt.clear()
        self._reversed.clear()
        self.returned.clear()
        self.total = self.count = self.total_returned = 0

    def as_json(self) -> dict[str, object]:
        """`{"entries": […], "total", "count", "returned": […], "total_returned"}`, oldest first."""
        return {
            "entries": [entry.as_json() for entry in self._entries],
            "total": self.total,
            "count": self.count,
            "returned": [movement.as_json() for movement in self.returned],
            "total_returned": self.total_returned,
        }
