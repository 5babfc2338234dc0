"""SELECTs of payment ids in the order of the list: by candidates, or along an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union, union_all

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.search.query import PaymentQuery, Sort
from payment_app.services.search.sql.conditions import Conditions
from payment_app.services.search.sql.id_sets import IdSet
from payment_app.services.search.sql.sources import (
    CASE,
    OPEN,
    PAYMENT,
    P,
    Source,
    Where,
    only_filter,
)

MOST_ATTEMPTS = 1_000
PROBED = 5_000
"""Rows of an order that are looked at before the rows that match are gathered and sorted."""
_IN_TIME = (Sort.NEWEST, Sort.OLDEST)
_FALLING = (Sort.NEWEST, Sort.AMOUNT_HIGH, Sort.BY_ID)


@dataclass(frozen=True)
class Edge:
    """The row that a page begins behind: the value that it is ordered by, and its id."""

    key: Any
    payment_id: int


@dataclass(frozen=True)
class Plan:
    """How a query is answered.

    Attributes:
        filters: of a row; all must be true.
        candidates: ids among which all matching rows are; `None` = walk along the order's index.
        along: equalities, each of which an index continues in the order of time: the matching
            rows are among these and `candidates`.
        listed: equalities that an index continues by status and then in the order of time: one
            of them is true of each matching row, and none twice.
        spread: what finds all matching rows, too many to name; with no `candidates` only.
        probed: the rows may be so many that the first of the order are soon met: look there first.
    """

    query: PaymentQuery
    filters: tuple[Where, ...]
    candidates: IdSet | None = None
    along: tuple[Where, ...] = ()
    listed: tuple[Where, ...] = ()
    spread: Source | None = None
    probed: bool = False


class Statements:
    """Writes the SELECTs for one kind of database."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions

    def key(self, sort: Sort) -> ColumnElement[Any]:
        """What an order orders by before the id."""
        if sort in _IN_TIME:
            return self._conditions.created_key()
        return P.payment_id if sort is Sort.BY_ID else P.amount

    def ids(
        self, plan: Plan, limit: int, edge: Edge | None = None, *, back: bool = False
    ) -> Select[Any]:
        """(payment_id, key) of the rows behind an edge, or before it and then backwards."""
        sort = plan.query.sort
        falling = (sort in _FALLING) is not back
        behind = self._behind(sort, edge, falling)
        if (plan.candidates is not None or plan.spread is not None) and not plan.along:
            return self._of_candidates(plan, limit, behind, falling)
        arms = [self._walk(plan, arm, behind, falling).limit(limit) for arm in self._arms(plan)]
        if plan.candidates is not None and plan.candidates.count:
            arms.append(self._of_candidates(plan, limit, behind, falling))
        if len(arms) == 1:
            return arms[0]
        return self._merged(arms, falling, distinct=not plan.along).limit(limit)

    def _of_candidates(
        self, plan: Plan, limit: int, behind: Sequence[Where], falling: bool
    ) -> Select[Any]:
        """Materialised, so that no planner walks the whole order instead of a few candidates."""
        found = (
            self._selected(plan.query.sort)
            .where(*self._inside(plan))
            .where(*plan.filters, *self.row_filters(plan.query), *map(only_filter, behind))
            .cte("found")
            .prefix_with("MATERIALIZED")
        )
        return self._ordered(select(found.c.payment_id, found.c.key), found.c, falling).limit(limit)

    def probe(
        self, plan: Plan, limit: int, edge: Edge | None = None, *, back: bool = False
    ) -> Select[Any]:
        """The same, of the next `PROBED` rows of all: a full page of these is the page."""
        sort = plan.query.sort
        falling = (sort in _FALLING) is not back
        matches = and_(
            *self._named(plan),
            *plan.filters,
            *self.spread_filters(plan),
            *self.row_filters(plan.query),
        )
        wanted = self._selected(sort).add_columns(matches.label("matches"))
        wanted = wanted.where(*self._behind(sort, edge, falling))
        seen = self._by_key(wanted, sort, falling).limit(PROBED).subquery()
        found = select(seen.c.payment_id, seen.c.key).where(seen.c.matches)
        return self._ordered(found, seen.c, falling).limit(limit)

    def _named(self, plan: Plan) -> list[Where]:
        ids = plan.candidates
        return [] if ids is None else [self._conditions.sets.is_within(P.payment_id, ids)]

    def _inside(self, plan: Plan) -> list[Where]:
        if plan.candidates is not None:
            return [self._conditions.sets.ids_within(P.payment_id, plan.candidates)]
        return [] if plan.spread is None else [self._conditions.within(plan.spread)]

    def spread_filters(self, plan: Plan) -> list[Where]:
        """What `spread` finds, as a filter of a row."""
        return [] if plan.spread is None else [self._conditions.filter_of(plan.spread)]

    def row_filters(self, query: PaymentQuery) -> list[Where]:
        """Status and creation time as filters."""
        found: list[Where] = []
        statuses = query.wanted_statuses()
        if statuses is not None:
            found.append(only_filter(P.status.in_([s.value for s in statuses])))
        created = self._conditions.created(query)
        if created is not None:
            found.append(only_filter(created))
        return found

    def _walk(
        self, plan: Plan, arm: Sequence[Where], behind: Sequence[Where], falling: bool
    ) -> Select[Any]:
        query = plan.query
        rest: list[Where] = []
        created = self._conditions.created(query)
        if created is not None:
            rest.append(created if query.sort in _IN_TIME else only_filter(created))
        statuses = query.wanted_statuses()
        walked = query.sort in (*_IN_TIME, Sort.BY_ID) and not plan.along
        if statuses is not None and not walked:
            rest.append(only_filter(P.status.in_([s.value for s in statuses])))
        wanted = self._selected(query.sort).where(*arm, *behind, *rest, *plan.filters)
        return self._by_key(wanted, query.sort, falling)

    def _arms(self, plan: Plan) -> list[list[Where]]:
        """Equalities that an index continues in the wanted order: one walk for each."""
        query = plan.query
        statuses = query.wanted_statuses()
        if plan.along:
            return [[one] for one in plan.along]
        if plan.listed:
            return [
                [equal, P.status == status.value]
                for equal in plan.listed
                for status in statuses or PaymentStatus
            ]
        if statuses and query.sort in (*_IN_TIME, Sort.BY_ID):
            return [[P.status == status.value] for status in statuses]
        return [[]]

    def _selected(self, sort: Sort) -> Select[Any]:
        return select(P.payment_id, self.key(sort).label("key"))

    def _by_key(self, wanted: Select[Any], sort: Sort, falling: bool) -> Select[Any]:
        order = [P.payment_id] if sort is Sort.BY_ID else [self.key(sort), P.payment_id]
        return wanted.order_by(*(one.desc() if falling else one.asc() for one in order))

    def _merged(self, arms: Sequence[Select[Any]], falling: bool, *, distinct: bool) -> Select[Any]:
        """The rows of all arms in order; `distinct` = none stands in two of them."""
        walks = [arm.subquery() for arm in arms]
        both = union_all if distinct else union
        merged = both(*(select(walk.c.payment_id, walk.c.key) for walk in walks)).subquery()
        return self._ordered(select(merged.c.payment_id, merged.c.key), merged.c, falling)

    def _ordered(self, wanted: Select[Any], c: Any, falling: bool) -> Select[Any]:
        order = (c.key, c.payment_id)
        return wanted.order_by(*(one.desc() if falling else one.asc() for one in order))

    def _behind(self, sort: Sort, edge: Edge | None, falling: bool) -> list[Where]:
        if edge is None:
            return []
        if sort is Sort.BY_ID:
            return [P.payment_id < edge.payment_id if falling else P.payment_id > edge.payment_id]
        mine = tuple_(self.key(sort), P.payment_id)
        theirs = tuple_(edge.key, edge.payment_id)
        return [mine < theirs if falling else mine > theirs]

    def matching(self, plan: Plan, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """Columns of all matching rows, in no order."""
        wanted = select(*columns).select_from(PAYMENT).where(*plan.filters)
        if plan.candidates is not None or plan.spread is not None:
            inside = or_(*self._inside(plan), *plan.along)
            return wanted.where(inside, *self.row_filters(plan.query))
        created = self._conditions.created(plan.query)
        statuses = plan.query.wanted_statuses()
        if plan.listed:
            wanted = wanted.where(or_(*plan.listed))
        if created is not None:
            wanted = wanted.where(created)
        return (
            wanted if statuses is None else wanted.where(P.status.in_([s.value for s in statuses]))
        )


def attempt() -> ColumnElement[int]:
    """How many payments of the booking there are up to this one, at most `MOST_ATTEMPTS`."""
    other = PAYMENT.alias("earlier")
    mine = (
        select(other.c.payment_id)
        .where(other.c.booking_id == P.booking_id, other.c.payment_id <= P.payment_id)
        .limit(MOST_ATTEMPTS)
        .correlate(PAYMENT)
        .subquery()
    )
    return select(func.count()).select_from(mine).scalar_subquery()


def open_cases() -> ColumnElement[int]:
    """How many cases of the payment are open."""
    mine = select(func.count()).select_from(CASE).where(CASE.c.payment_id == P.payment_id, OPEN)
    return mine.correlate(PAYMENT).scalar_subquery()
