"""From conditions to a few candidate ids, where an index can tell that they are few.

Every condition that an index can find is asked for its first ids. If they are all of them, the
list is made from those few rows; if no condition is so selective, rows that match are frequent,
and walking along the order of the list meets them soon.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.services.search.conditions import BOOKING, Condition, Conditions, P, Source, Where
from payment_app.services.search.query import PaymentQuery, Sort
from payment_app.services.search.statements import Plan

FEW = 5_000
"""Candidates that are quicker sorted than met on the way."""


class Resolver:
    """Decides how a query is answered."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    async def plan(self, session: AsyncSession, query: PaymentQuery) -> Plan:
        """The plan; reads at most `FEW` ids for each condition."""
        found = self._conditions.of(query)
        filters = tuple(condition.filter for condition in found)
        if query.wanted_statuses() == ():
            return Plan(query, filters, ())
        for sources in self._ways(query, found):
            ids = await self._few(session, sources)
            if ids is not None:
                return Plan(query, filters, ids)
        return Plan(query, filters)

    def _ways(self, query: PaymentQuery, found: Sequence[Condition]) -> list[tuple[Source, ...]]:
        ways = [condition.sources for condition in found if condition.sources]
        if query.sort not in (Sort.NEWEST, Sort.OLDEST):  # those walk along these by themselves
            created, statuses = self._conditions.created(query), query.wanted_statuses()
            if created is not None:
                ways.append((Source(where=created),))
            if statuses:
                ways.append((Source(where=P.status.in_([s.value for s in statuses])),))
        return ways

    async def _few(
        self, session: AsyncSession, sources: Sequence[Source]
    ) -> tuple[int, ...] | None:
        """The ids that the sources find together, `None` if they are more than `FEW`."""
        wheres = []
        for source in sources:
            where = source.where
            if where is None:
                where = await self._owners(session, source)
            if where is None:
                return None
            wheres.append(where)
        arms = [select(P.payment_id).where(where).limit(FEW + 1).subquery() for where in wheres]
        arm = [select(one.c.payment_id) for one in arms]
        rows = await session.execute(arm[0] if len(arm) == 1 else union_all(*arm))
        ids = rows.scalars().all()
        return tuple(dict.fromkeys(ids)) if len(ids) <= FEW else None

    async def _owners(self, session: AsyncSession, source: Source) -> Where | None:
        """The payments of the bookings or customers that a source names, if those are few."""
        if source.bookings is not None:
            wanted, owner = select(BOOKING.c.booking_id).where(source.bookings), P.booking_id
        else:
            wanted, owner = self._conditions.users_of(source), P.user_id
        ids = (await session.execute(wanted.limit(FEW + 1))).scalars().all()
        return self._conditions.ids_in(owner, ids) if len(ids) <= FEW else None
