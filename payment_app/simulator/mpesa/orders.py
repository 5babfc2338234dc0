"""An operator's order as M-Pesa keeps it: what was asked, and how it ended."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_ORDERS = 20_000

REVERSAL, PAYOUT = "reversal", "payout"
STATUS, BALANCE = "transaction_status", "account_balance"
MOVES_MONEY = (REVERSAL, PAYOUT)


@dataclass
class Order:
    """One request that passed every field rule; `amount` in whole shillings.

    Attributes:
        request: as it came, the credential included: a time-out notice echoes it.
        verdict: the code of an operator who may not, `None` if it may.
        about: what a question asks about: a receipt, or an OriginatorConversationID.
        result: M-Pesa's code as text; `None` while it is under way.
        receipt: of the transaction that it made.
    """

    kind: str
    shortcode: str
    originator_conversation_id: str
    conversation_id: str
    result_url: str
    timeout_url: str
    opened_at: datetime
    request: Mapping[str, Any] = field(repr=False)
    verdict: str | None = None
    amount: int = 0
    msisdn: str = ""
    about: str = ""
    result: str | None = None
    receipt: str | None = None
    finished_at: datetime | None = None
    parameters: list[tuple[str, Any]] = field(default_factory=list)


class OrderBook:
    """The newest 20,000 orders by either of their ids and by the receipt that they made."""

    def __init__(self, most: int = MOST_ORDERS) -> None:
        self._orders: OrderedDict[str, Order] = OrderedDict()
        self._by_receipt: dict[str, Order] = {}
        self._most = most

    def __contains__(self, originator_conversation_id: str) -> bool:
        return originator_conversation_id in self._orders

    def __iter__(self) -> Any:
        return iter(self._orders.values())

    def open(self, order: Order) -> None:
        """Takes in an order and forgets the oldest beyond the bound."""
        self._orders[order.originator_conversation_id] = order
        while len(self._orders) > self._most:
            _, oldest = self._orders.popitem(last=False)
            self._by_receipt.pop(oldest.receipt or "", None)

    def note_receipt(self, order: Order) -> None:
        """The order has made a transaction."""
        if order.receipt:
            self._by_receipt[order.receipt] = order

    def find(self, named: str) -> Order | None:
        """The order with that OriginatorConversationID, or that made that receipt."""
        return self._orders.get(named) or self._by_receipt.get(named)

    def clear(self) -> None:
        """Forgets all of them."""
        self._orders.clear()
        self._by_receipt.clear()
