"""SELECTs of payment ids in the order of the list: by candidates, or along an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_, union_all

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.search.conditions import (
    CASE,
    OPEN,
    PAYMENT,
    Conditions,
    P,
    Where,
    only_filter,
)
from payment_app.services.search.query import PaymentQuery, Sort

MOST_ATTEMPTS = 1_000
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
    """

    query: PaymentQuery
    filters: tuple[Where, ...]
    candidates: tuple[int, ...] | None = None


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
        if plan.candidates is not None:
            return self._of_candidates(plan, limit, self._behind(sort, edge, falling), falling)
        arms = [
            self._walk(plan, arm, self._behind(sort, edge, falling), falling).limit(limit)
            for arm in self._arms(plan.query)
        ]
        if len(arms) == 1:
            return arms[0]
        return self._merged(arms, falling).limit(limit)

    def _of_candidates(
        self, plan: Plan, limit: int, behind: Sequence[Where], falling: bool
    ) -> Select[Any]:
        """Materialised, so that no planner walks the whole order instead of a few candidates."""
        found = (
            self._selected(plan.query.sort)
            .where(self._conditions.ids_in(P.payment_id, plan.candidates or ()))
            .where(*plan.filters, *self.row_filters(plan.query), *map(only_filter, behind))
            .cte("found")
            .prefix_with("MATERIALIZED")
        )
        return self._ordered(select(found.c.payment_id, found.c.key), found.c, falling).limit(limit)

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
        if statuses is not None and query.sort not in (*_IN_TIME, Sort.BY_ID):
            rest.append(only_filter(P.status.in_([s.value for s in statuses])))
        wanted = self._selected(query.sort).where(*arm, *behind, *rest, *plan.filters)
        return self._by_key(wanted, query.sort, falling)

    def _arms(self, query: PaymentQuery) -> list[list[Where]]:
        """Equalities that an index continues in the wanted order: one walk for each."""
        statuses = query.wanted_statuses()
        if query.sort in _IN_TIME and (query.codes or query.channels):
            name, values = (
                (P.result_code, query.codes) if query.codes else (P.payment_method, query.channels)
            )
            return [
                [name == value, P.status == status.value]
                for value in values
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

    def _merged(self, arms: Sequence[Select[Any]], falling: bool) -> Select[Any]:
        walks = [arm.subquery() for arm in arms]
        merged = union_all(*(select(walk.c.payment_id, walk.c.key) for walk in walks)).subquery()
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
        if plan.candidates is not None:
            inside = self._conditions.ids_in(P.payment_id, plan.candidates)
            return wanted.where(inside, *self.row_filters(plan.query))
        created = self._conditions.created(plan.query)
        statuses = plan.query.wanted_statuses()
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
