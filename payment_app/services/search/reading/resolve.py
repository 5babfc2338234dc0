"""From conditions to a few candidate ids, where an index can tell that they are few.

Every condition that an index can find is asked for its first ids. If they are all of them, the
list is made from those few rows; if no condition is so selective, rows that match are frequent,
and walking along the order of the list meets them soon.

A set of ids stays a text of the database's own: making thousands of numbers of it here, and a text
of those again, took longer than finding them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.services.search.query import PaymentQuery, Sort
from payment_app.services.search.sql.conditions import Conditions
from payment_app.services.search.sql.id_sets import IdSet
from payment_app.services.search.sql.sources import Condition, P, Source, Where, only_filter
from payment_app.services.search.sql.statements import Plan

FEW = 4_000
"""Candidates that are quicker sorted than met on the way, of rows that stand anywhere."""
FEW_IN_TIME = 8_000
"""The same of rows that stand together: the way to the first may be the whole history."""
_IN_TIME = (Sort.NEWEST, Sort.OLDEST)


@dataclass(frozen=True)
class _Found:
    """What the indexes say of one condition.

    Attributes:
        exact: ids of rows that match.
        partial: ids of rows that may match.
        broad: sources with more rows than are worth naming.
    """

    exact: tuple[IdSet, ...]
    partial: tuple[IdSet, ...]
    broad: tuple[Source, ...]


class Resolver:
    """Decides how a query is answered."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    async def plan(self, session: AsyncSession, query: PaymentQuery) -> Plan:
        """The plan; reads at most `FEW_IN_TIME` ids for each source of a condition."""
        wanted = self._conditions.of(query)
        if query.wanted_statuses() == ():
            return Plan(query, (), self._conditions.sets.merged(()))
        known: list[tuple[Condition, _Found]] = []
        while len(known) < len(wanted):
            condition = wanted[len(known)]
            found = await self._find(session, query, condition)
            if condition.sources and not found.broad:
                others = [one for one in wanted if one is not condition]
                return self._of_few(query, condition, found, others)
            if condition.parts:
                at = len(known)
                wanted[at : at + 1] = condition.parts
                continue
            known.append((condition, found))
        for order in self._orders(query):
            found = await self._find(session, query, order)
            if not found.broad:
                return self._of_few(query, order, found, wanted)
        return self._walk(query, known)

    def _of_few(
        self,
        query: PaymentQuery,
        condition: Condition,
        found: _Found,
        others: Sequence[Condition],
    ) -> Plan:
        """Whatever the sources of one condition found, seen through the others."""
        filters = [one.filter for one in others]
        if any(ids.count for ids in found.partial):
            filters.append(self._either(found.exact, [condition.filter]))
        candidates = self._conditions.sets.merged((*found.exact, *found.partial))
        return Plan(query, tuple(filters), candidates, probed=candidates.count > FEW)

    def _walk(self, query: PaymentQuery, known: Sequence[tuple[Condition, _Found]]) -> Plan:
        """Along the order, or along those of an index that continues in it."""
        filters = [self._filter(condition, found) for condition, found in known]
        for at, (condition, found) in enumerate(known):
            if query.sort not in _IN_TIME or not found.broad:
                continue
            rest = tuple(filters[:at] + filters[at + 1 :])
            if all(source.walked for source in found.broad):
                along = tuple(source.where for source in found.broad if source.where is not None)
                return Plan(query, rest, self._conditions.sets.merged(found.exact), along=along)
            if condition.walked:
                return Plan(query, rest, listed=self._conditions.listed(query))
            if self._is_spread(found):
                return Plan(query, rest, spread=found.broad[0], probed=True)
        return Plan(query, tuple(filters))

    def _is_spread(self, found: _Found) -> bool:
        """Whether one source alone finds all, of rows that may stand anywhere together."""
        others = any(ids.count for ids in found.exact)
        return len(found.broad) == 1 and found.broad[0].in_time and not others

    def _filter(self, condition: Condition, found: _Found) -> Where:
        """The condition's filter; for what was found by index, only those ids are compared."""
        if not found.broad or not found.exact:
            return condition.filter
        return self._either(found.exact, [self._conditions.filter_of(s) for s in found.broad])

    def _either(self, sets: Sequence[IdSet], filters: Sequence[Where]) -> Where:
        ids = self._conditions.sets.merged(sets)
        named = [self._conditions.sets.is_within(P.payment_id, ids)] if ids.count else []
        return or_(*named, *filters)

    def _orders(self, query: PaymentQuery) -> list[Condition]:
        """Creation time and status, where the order of the list does not walk along them."""
        ways: list[Where] = []
        if query.sort not in _IN_TIME:
            created, statuses = self._conditions.created(query), query.wanted_statuses()
            ways += [created] if created is not None else []
            ways += [P.status.in_([s.value for s in statuses])] if statuses else []
        return [Condition(only_filter(where), (Source(where=where),)) for where in ways]

    async def _find(
        self, session: AsyncSession, query: PaymentQuery, condition: Condition
    ) -> _Found:
        """Ask every source for its ids, all in one statement."""
        if condition.walked and query.sort in _IN_TIME:
            return _Found((), (), condition.sources)
        broad: list[Source] = []
        asked: list[tuple[Source, Where]] = []
        for source in condition.sources:
            where = source.where
            if where is None:
                where = await self._owners(session, source)
            if where is None:
                broad.append(source)
            else:
                asked.append((source, where))
        exact: list[IdSet] = []
        partial: list[IdSet] = []
        for source, ids in await self._ask(session, asked):
            if ids is None:
                broad.append(source)
            else:
                (partial if source.partial else exact).append(ids)
        return _Found(tuple(exact), tuple(partial), tuple(broad))

    async def _ask(
        self, session: AsyncSession, asked: Sequence[tuple[Source, Where]]
    ) -> list[tuple[Source, IdSet | None]]:
        """The ids of each source, `None` if they are too many."""
        arms = [
            self._conditions.sets.collected(
                number, select(P.payment_id).where(where), _most(source)
            )
            for number, (source, where) in enumerate(asked)
        ]
        if not arms:
            return []
        rows = await session.execute(arms[0] if len(arms) == 1 else union_all(*arms))
        return [
            (asked[number][0], None if text is None else IdSet(text, count))
            for number, count, text in rows
        ]

    async def _owners(self, session: AsyncSession, source: Source) -> Where | None:
        """The payments of the bookings or customers that a source names, if those are few."""
        wanted = self._conditions.owners.ids(source)
        owner = P.user_id if source.bookings is None else P.booking_id
        rows = await session.execute(self._conditions.sets.collected(0, wanted, _most(source)))
        _, count, text = rows.one()
        return None if text is None else self._conditions.sets.ids_within(owner, IdSet(text, count))


def _most(source: Source) -> int:
    return FEW_IN_TIME if source.in_time else FEW
