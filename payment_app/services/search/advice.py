"""What may be said beside a list: how many there are without the filters, which name was meant."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payment_app.services.search.counting import Count
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.query import PaymentQuery, Tab
from payment_app.services.search.reading.spelling import Spelling


@dataclass(frozen=True)
class Way:
    """Another question, and how many payments answer to it."""

    query: PaymentQuery
    count: Count


@dataclass(frozen=True)
class Advice:
    """Ways on from a list; `None` where there is none.

    Attributes:
        wider: what was typed, without the filters that somebody set before.
        meant: the same with a misspelt name as customers spell it; only if nothing was found.
    """

    wider: Way | None = None
    meant: Way | None = None


class Adviser:
    """Looks for ways on."""

    def __init__(self, search: PaymentSearch, spelling: Spelling) -> None:
        self._search = search
        self._spelling = spelling

    async def look(self, query: PaymentQuery, found: int) -> Advice:
        """What to say beside a list of `found` payments; an offered way finds more than that."""
        typed = without_filters(query)
        if typed is None:
            return Advice()
        wider = None if typed == query else await self._way(typed, found)
        if found or wider:
            return Advice(wider)
        meant = await self._spelling.meant(typed)
        return Advice(meant=None if meant is None else await self._way(meant, found))

    async def _way(self, query: PaymentQuery, found: int) -> Way | None:
        count = (await self._search.counts(query))[Tab.ALL]
        return Way(query, count) if count.number > found else None


def without_filters(query: PaymentQuery) -> PaymentQuery | None:
    """Only what names a payment or a person, in the same order; `None` if nothing does."""
    if not (query.text or query.phone or query.receipt or query.name):
        return None
    return replace(
        PaymentQuery(),
        text=query.text,
        phone=query.phone,
        receipt=query.receipt,
        name=query.name,
        sort=query.sort,
        masked=query.masked,
    )
