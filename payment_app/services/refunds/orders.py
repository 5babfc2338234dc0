"""The API operator's orders: each has a secret address for its result, kept before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, select

from payment_app.daraja import OrderOutcome, Urls
from payment_app.daraja.orders import Order
from payment_app.services.shared.keys.tokens import hash_token, new_token
from payment_app.services.shared.pace.batching import Batched
from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.refund_tables import OperatorOrder
from payment_app.storage.rows import Rows
from payment_app.storage.types import stored_id

RESULT, TIMEOUT = "result", "timeout"
_order = table_of(OperatorOrder).c


class Rail(Protocol):
    """The part of `DarajaClient` that orders need."""

    async def order(self, order: Order) -> OrderOutcome: ...


@dataclass(frozen=True)
class Addresses:
    """Where results come in: `<origin>/hooks/result/<token>` and `/hooks/timeout/<token>`."""

    origin: str

    def urls(self, token: str) -> Urls:
        """The two addresses of one order."""
        return Urls(
            f"{self.origin}/hooks/{RESULT}/{token}", f"{self.origin}/hooks/{TIMEOUT}/{token}"
        )


@dataclass(frozen=True)
class Owner:
    """Whose result a token takes."""

    order_id: int
    payment_id: int | None


def keep_order(
    rows: Rows,
    kind: str,
    now: datetime,
    *,
    refund_id: int | None = None,
    payment_id: int | None = None,
) -> tuple[int, str]:
    """Write down an order that is about to be sent; its id, and the token that is told once."""
    token = new_token()
    row = rows.insert(
        OperatorOrder,
        kind=kind,
        refund_id=refund_id,
        payment_id=payment_id,
        token_hash=hash_token(token),
        asked_at=now,
    )
    return stored_id(row.order_id), token


class OrderTokens:
    """Finds orders by the token in their addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owners = Batched(self._read)

    async def owner(self, token: str) -> Owner | None:
        """The order whose address ended in `token`, found by its hash."""
        return await self._owners.get(hash_token(token))

    async def _read(self, hashes: Sequence[str]) -> Mapping[str, Owner]:
        return await self._database.look(partial(_owners, hashes=hashes))


def _owners(connection: Connection, hashes: Sequence[str]) -> dict[str, Owner]:
    rows = connection.execute(
        select(_order.token_hash, _order.order_id, _order.payment_id).where(
            _order.token_hash.in_(list(hashes))
        )
    )
    return {row[0]: Owner(row[1], row[2]) for row in rows}
