"""What is in the business's M-Pesa accounts, as M-Pesa last said: asked for, answered later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import select
from sqlmodel import col

from payment_app.daraja import BalanceQuestion, OrderOutcome
from payment_app.services.refunds.orders import Addresses, Rail, keep_order
from payment_app.services.refunds.results import BALANCE
from payment_app.services.shared.clock import Clock
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import OperatorOrder
from payment_app.storage.transaction import Transaction

_NEWEST = (
    select(OperatorOrder)
    .where(col(OperatorOrder.kind) == BALANCE, col(OperatorOrder.answered_at).is_not(None))
    .order_by(col(OperatorOrder.answered_at).desc())
    .limit(1)
)


@dataclass(frozen=True)
class Balance:
    """An answered question.

    Attributes:
        at: when it was answered, UTC.
        code, desc: M-Pesa's; `"0"` is an answer with sums, anything else says why there is none.
        accounts: shillings by the name of the account.
    """

    at: datetime
    code: str
    desc: str
    accounts: dict[str, Decimal]

    @property
    def utility(self) -> Decimal | None:
        """What refunds to phones are paid from."""
        found = (held for name, held in self.accounts.items() if "utility" in name.lower())
        return next(found, None)


class Balances:
    """Asks for the accounts and reads what was answered."""

    def __init__(self, database: Database, rail: Rail, clock: Clock, addresses: Addresses) -> None:
        self._database = database
        self._rail = rail
        self._clock = clock
        self._addresses = addresses

    async def ask(self) -> tuple[int, OrderOutcome]:
        """Ask M-Pesa; the order's id, and whether it took the question."""
        keep = partial(_keep, now=self._clock())
        order_id, token = await self._database.transact(keep)
        return order_id, await self._rail.order(BalanceQuestion(self._addresses.urls(token)))

    async def answer(self, order_id: int) -> Balance | None:
        """What one question was answered, once it was."""
        async with self._database.read() as session:
            order = await session.get(OperatorOrder, order_id)
            return _balance(order) if order else None

    async def newest(self) -> Balance | None:
        """The newest answer."""
        async with self._database.read() as session:
            order = await session.execute(_NEWEST)
            found = order.scalar_one_or_none()
            return _balance(found) if found else None


def _keep(transaction: Transaction, now: datetime) -> tuple[int, str]:
    return keep_order(transaction.rows, BALANCE, now)


def _balance(order: OperatorOrder) -> Balance | None:
    if order.answered_at is None or order.result_code is None:
        return None
    sums = {name: Decimal(held) for name, held in json.loads(order.facts).items()}
    return Balance(order.answered_at, order.result_code, order.result_desc or "", sums)
