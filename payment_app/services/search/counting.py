"""How many payments each tab holds, with bounded work: exact, or "at least so many"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.search.conditions import CASE, OPEN, PAYMENT, Conditions, P
from payment_app.services.search.query import TAB_STATUSES, Tab
from payment_app.services.search.statements import Plan, Statements

CAP = 9_999
WINDOW = 4_000
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
        wanted = self._statements.matching(plan, [P.status, case.label("flagged")]).subquery()
        rows = await session.execute(
            select(wanted.c.status, wanted.c.flagged, func.count()).group_by(
                wanted.c.status, wanted.c.flagged
            )
        )
        by_status: dict[str, Count] = {}
        flagged = 0
        for status, has_case, number in rows:
            by_status[status] = Count(by_status.get(status, Count(0)).number + number)
            flagged += number if has_case else 0
        return by_status, Count(flagged)

    async def _by_status(self, session: AsyncSession, plan: Plan) -> dict[str, Count]:
        """Each status along its own index: at most `CAP` entries, or `WINDOW` rows if filtered."""
        statuses = plan.query.wanted_statuses() or tuple(PaymentStatus)
        arms = [self._arm(plan, status) for status in statuses]
        rows = await session.execute(union_all(*arms))
        most = WINDOW if plan.filters else CAP + 1
        return {
            status: Count(min(found, CAP), capped=seen >= most and bool(found or plan.filters))
            for status, found, seen in rows
        }

    def _arm(self, plan: Plan, status: PaymentStatus) -> Select[Any]:
        created = self._conditions.created(plan.query)
        matches = and_(*plan.filters) if plan.filters else literal(True)
        seen = (
            select(matches.label("matches"))
            .select_from(PAYMENT)
            .where(P.status == status.value, *([created] if created is not None else []))
            .order_by(self._conditions.created_key().desc(), P.payment_id.desc())
            .limit(WINDOW if plan.filters else CAP + 1)
            .subquery()
        )
        number = func.count().filter(seen.c.matches) if plan.filters else func.count()
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
