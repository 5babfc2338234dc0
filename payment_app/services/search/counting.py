"""How many payments each tab holds, with bounded work: exact, or "at least so many"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.search.query import TAB_STATUSES, Tab
from payment_app.services.search.sql.conditions import Conditions
from payment_app.services.search.sql.sources import CASE, OPEN, PAYMENT, P, Where, only_filter
from payment_app.services.search.sql.statements import Plan, Statements

CAP = 9_999
WINDOW = 1_000
"""Newest rows of each status that are looked at where a filter has no index of its own."""


@dataclass(frozen=True)
class Count:
    """A number; `capped` = there are at least so many."""

    number: int
    capped: bool = False


class Counter:
    """Counts for the tabs."""

    def __init__(self, conditions: Conditions, statements: Statements) -> None:
        self._conditions = conditions
        self._statements = statements

    async def count(self, session: AsyncSession, plan: Plan) -> dict[Tab, Count]:
        """The tabs of a plan whose query stands on the tab `all`."""
        if plan.candidates is not None:
            by_status, waiting = await self._among_candidates(session, plan)
        else:
            by_status = await self._by_status(session, plan)
            waiting = await self._open_cases(session, plan)
        return _tabs(by_status, waiting)

    async def _among_candidates(
        self, session: AsyncSession, plan: Plan
    ) -> tuple[dict[str, Count], Count]:
        case = exists(select(1).where(CASE.c.payment_id == P.payment_id, OPEN).correlate(PAYMENT))
        matching = self._statements.matching(plan, [P.status, case.label("flagged")])
        wanted = (matching.limit(CAP + 1) if plan.along else matching).subquery()
        rows = await session.execute(
            select(wanted.c.status, wanted.c.flagged, func.count()).group_by(
                wanted.c.status, wanted.c.flagged
            )
        )
        numbers = dict.fromkeys(map(str, PaymentStatus), 0)
        flagged = 0
        for status, has_case, number in rows:
            numbers[status] += number
            flagged += number if has_case else 0
        capped = bool(plan.along) and sum(numbers.values()) > CAP
        found = {status: Count(number, capped) for status, number in numbers.items()}
        return found, Count(flagged, capped)

    async def _by_status(self, session: AsyncSession, plan: Plan) -> dict[str, Count]:
        """Each status along its own index: at most `CAP` entries, or `WINDOW` rows if filtered."""
        statuses = plan.query.wanted_statuses() or tuple(PaymentStatus)
        arms = [
            self._arm(plan, status, equal)
            for status in statuses
            for equal in plan.listed or (None,)
        ]
        rows = await session.execute(union_all(*arms))
        most = WINDOW if plan.filters or plan.spread else CAP + 1
        counts: dict[str, list[Count]] = {}
        for status, found, seen in rows:
            counts.setdefault(status, []).append(Count(min(found, CAP), capped=seen >= most))
        return {status: _sum(each) for status, each in counts.items()}

    def _arm(self, plan: Plan, status: PaymentStatus, equal: Where | None) -> Select[Any]:
        created = self._conditions.created(plan.query)
        filters = [*plan.filters, *self._statements.spread_filters(plan)]
        matches = and_(*filters) if filters else literal(True)
        seen = (
            select(matches.label("matches"))
            .select_from(PAYMENT)
            .where(*(one for one in (equal, created) if one is not None))
            .where(P.status == status.value)
            .order_by(self._conditions.created_key().desc(), P.payment_id.desc())
            .limit(WINDOW if filters else CAP + 1)
            .subquery()
        )
        number = func.count().filter(seen.c.matches) if filters else func.count()
        columns: list[Any] = [literal(status.value), number, func.count()]
        return select(*columns).select_from(seen)

    async def _open_cases(self, session: AsyncSession, plan: Plan) -> Count:
        """Payments with an open case: cases are few, whatever else is filtered."""
        flagged = (
            select(CASE.c.payment_id)
            .where(OPEN, CASE.c.payment_id.is_not(None))
            .distinct()
            .limit(WINDOW)
            .subquery()
        )
        wanted = (
            select(func.count())
            .select_from(PAYMENT.join(flagged, flagged.c.payment_id == P.payment_id))
            .where(*plan.filters, *self._statements.row_filters(plan.query))
            .where(*self._statements.spread_filters(plan))
            .where(*([only_filter(or_(*plan.listed))] if plan.listed else []))
        )
        number = (await session.execute(wanted)).scalar_one()
        seen = (await session.execute(select(func.count()).select_from(flagged))).scalar_one()
        return Count(min(number, CAP), capped=seen >= WINDOW)


def _tabs(by_status: dict[str, Count], waiting: Count) -> dict[Tab, Count]:
    found = {Tab.ALL: _sum(list(by_status.values()))}
    for tab, statuses in TAB_STATUSES.items():
        found[tab] = _sum([by_status[s] for s in statuses if s in by_status])
    found[Tab.CHECK] = waiting
    return {tab: found[tab] for tab in Tab}


def _sum(counts: Sequence[Count]) -> Count:
    number = sum(count.number for count in counts)
    return Count(min(number, CAP), number > CAP or any(count.capped for count in counts))
