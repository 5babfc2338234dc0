"""Finding payments: pages, counts, sums and a stream, all from one `PaymentQuery`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.services.search.counting import Count, Counter
from payment_app.services.search.query import PaymentQuery, PaymentRow, Sort, Tab
from payment_app.services.search.reading.resolve import Resolver
from payment_app.services.search.sql.conditions import Conditions
from payment_app.services.search.sql.cursors import key_text, key_value, read_cursor, write_cursor
from payment_app.services.search.sql.sources import BOOKING, PAYMENT, USER, P
from payment_app.services.search.sql.statements import Edge, Plan, Statements, attempt, open_cases
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.pace.batching import Batched
from payment_app.storage.database import Database

__all__ = ["Count", "IdPage", "PaymentPage", "PaymentSearch", "Totals"]

MOST_NEWER = 99
_Asked: TypeAlias = tuple[PaymentQuery, Edge | None]


@dataclass(frozen=True)
class IdPage:
    """Ids of one page in the order of the list, and the cursors around it ("" = no such page)."""

    edges: tuple[Edge, ...]
    next: str
    previous: str


@dataclass(frozen=True)
class PaymentPage:
    """One page and the cursors around it ("" = no such page)."""

    rows: list[PaymentRow]
    next: str
    previous: str


@dataclass(frozen=True)
class Totals:
    """How many payments match, and the shillings that they asked for."""

    count: int
    amount: Decimal


class PaymentSearch:
    """Answers a `PaymentQuery`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._conditions = Conditions(is_sqlite=database.is_sqlite)
        self._statements = Statements(self._conditions)
        self._resolver = Resolver(self._conditions)
        self._counter = Counter(self._conditions, self._statements)
        self._rows = Batched(self._read_rows, most=1_000)
        self._newer = Batched(self._count_newer)

    async def page(
        self, query: PaymentQuery, *, after: str = "", before: str = "", limit: int = 50
    ) -> PaymentPage:
        """The rows behind the cursor `after`, before the cursor `before`, or from the first.

        Raises:
            BadInput: `invalid_cursor`.
        """
        async with self._database.read() as session:
            page = await self._page(session, query, after, before, limit)
            return PaymentPage(await self._details(session, page.edges), page.next, page.previous)

    async def ids(self, query: PaymentQuery, *, after: str = "", limit: int = 50) -> IdPage:
        """The same page as ids only.

        Raises:
            BadInput: `invalid_cursor`.
        """
        async with self._database.read() as session:
            return await self._page(session, query, after, "", limit)

    async def counts(self, query: PaymentQuery) -> dict[Tab, Count]:
        """How many each tab holds within the other filters; `capped` = at least so many."""
        everywhere = replace(query, tab=Tab.ALL)
        async with self._database.read() as session:
            return await self._counter.count(
                session, await self._resolver.plan(session, everywhere)
            )

    async def totals(self, query: PaymentQuery) -> Totals:
        """Exact count and sum: reads every matching row."""
        async with self._database.read() as session:
            plan = await self._resolver.plan(session, query)
            wanted = self._statements.matching(plan, [func.count(), func.sum(P.amount)])
            count, amount = (await session.execute(wanted)).one()
        return Totals(count, Decimal(amount or 0))

    async def rows(self, payment_ids: Iterable[int]) -> dict[int, PaymentRow]:
        """Those payments as they are now, by id. Lists that ask at the same time share a read."""
        return await self._rows.get_all(payment_ids)

    async def newer(self, query: PaymentQuery, page_top: PaymentRow | None) -> int:
        """How many matching rows stand before the first row of page one, at most 99.

        Lists that ask the same at the same time share a read.
        """
        edge = None if page_top is None else self._edge_of(query.sort, page_top)
        return await self._newer.get((query, edge)) or 0

    async def _read_rows(self, payment_ids: Sequence[int]) -> dict[int, PaymentRow]:
        async with self._database.read() as session:
            rows = await self._details(session, [Edge(None, one) for one in payment_ids])
            return {row.payment_id: row for row in rows}

    async def _count_newer(self, asked: Sequence[_Asked]) -> dict[_Asked, int]:
        numbers: dict[_Asked, int] = {}
        async with self._database.read() as session:
            for query, edge in asked:
                plan = await self._resolver.plan(session, query)
                wanted = self._statements.ids(plan, MOST_NEWER, edge, back=edge is not None)
                numbers[query, edge] = len(await self._edges(session, wanted))
        return numbers

    async def stream(
        self, query: PaymentQuery, batch: int = 2_000
    ) -> AsyncIterator[list[PaymentRow]]:
        """All matching rows in order, each batch read in a short transaction of its own."""
        async with self._database.read() as session:
            plan = await self._resolver.plan(session, query)
        edge: Edge | None = None
        while True:
            async with self._database.read() as session:
                edges = await self._edges(session, self._statements.ids(plan, batch, edge))
                rows = await self._details(session, edges)
            if rows:
                yield rows
            if len(edges) < batch:
                return
            edge = edges[-1]

    async def _page(
        self, session: AsyncSession, query: PaymentQuery, after: str, before: str, limit: int
    ) -> IdPage:
        plan = await self._resolver.plan(session, query)
        if before:
            edges = await self._behind(session, plan, before, limit + 1, back=True)
            if len(edges) > limit:
                shown = edges[:limit][::-1]
                return IdPage(shown, self._cursor(query, shown[-1]), self._cursor(query, shown[0]))
        edges = await self._behind(session, plan, "" if before else after, limit + 1)
        shown = edges[:limit]
        return IdPage(
            shown,
            self._cursor(query, shown[-1]) if len(edges) > limit else "",
            self._cursor(query, shown[0]) if after and not before and shown else "",
        )

    async def _behind(
        self, session: AsyncSession, plan: Plan, cursor: str, limit: int, *, back: bool = False
    ) -> tuple[Edge, ...]:
        sort, is_sqlite = plan.query.sort, self._database.is_sqlite
        edge = read_cursor(sort, cursor, is_sqlite=is_sqlite) if cursor else None
        if plan.probed:
            met = await self._edges(session, self._statements.probe(plan, limit, edge, back=back))
            if len(met) == limit:
                return met
        return await self._edges(session, self._statements.ids(plan, limit, edge, back=back))

    def _cursor(self, query: PaymentQuery, edge: Edge) -> str:
        return write_cursor(query.sort, edge)

    def _edge_of(self, sort: Sort, row: PaymentRow) -> Edge:
        if sort in (Sort.AMOUNT_HIGH, Sort.AMOUNT_LOW):
            return Edge(row.amount, row.payment_id)
        if sort is Sort.BY_ID:
            return Edge(None, row.payment_id)
        if row.key:
            is_sqlite = self._database.is_sqlite
            return Edge(key_value(sort, row.key, is_sqlite=is_sqlite), row.payment_id)
        return Edge(self._conditions.created_value(row.created_at), row.payment_id)

    async def _edges(self, session: AsyncSession, wanted: Select[Any]) -> tuple[Edge, ...]:
        rows = await session.execute(wanted)
        return tuple(Edge(key, payment_id) for payment_id, key in rows)

    async def _details(self, session: AsyncSession, edges: Sequence[Edge]) -> list[PaymentRow]:
        """The rows of a page; those that are needed only for what is shown."""
        if not edges:
            return []
        inside = self._conditions.sets.ids_in(P.payment_id, [edge.payment_id for edge in edges])
        rows = await session.execute(_ROWS.where(inside))
        found: dict[int, tuple[Any, ...]] = {row[0]: tuple(row) for row in rows}
        return [
            replace(
                PaymentRow(*found[edge.payment_id]),
                key="" if edge.key is None else key_text(edge.key),
            )
            for edge in edges
            if edge.payment_id in found
        ]


_ROWS = (
    select(
        P.payment_id,
        P.created_at,
        P.payment_date,
        P.status,
        P.amount,
        P.amount_refunded,
        USER.c.name,
        P.phone_number,
        P.booking_id,
        BOOKING.c.reference,
        BOOKING.c.title,
        P.payment_method,
        P.mpesa_receipt_number,
        P.transaction_id,
        P.result_code,
        attempt(),
        open_cases(),
    )
    .select_from(PAYMENT)
    .join(USER, USER.c.user_id == P.user_id)
    .join(BOOKING, BOOKING.c.booking_id == P.booking_id)
)
