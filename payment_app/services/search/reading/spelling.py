"""Names that somebody may have meant: one letter too many, missing, wrong, or two in wrong order.

All words at that distance are asked for in one look at the index of names; those that are found
are names that exist. That needs neither a list of all names nor a walk through them, and takes as
long among a million customers as among a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.services.search.query import PaymentQuery
from payment_app.services.search.sql.owners import Owners
from payment_app.services.search.sql.sources import USER
from payment_app.services.search.words import name_tokens, phone_meaning, shown_amount
from payment_app.storage.database import Database

SHORTEST = 4
"""Letters: a shorter word has a neighbour everywhere."""
LONGEST = 20
_SAMPLE = 200
"""Customers that are looked at for the spelling that most of them have."""


class Spelling:
    """Suggests queries for those that found nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owners = Owners(is_sqlite=database.is_sqlite)

    async def meant(self, query: PaymentQuery) -> PaymentQuery | None:
        """The query with its misspelt names as customers spell theirs; `None` = none is known."""
        async with self._database.read() as session:
            text = [await self._word(session, word) for word in query.text]
            name = " ".join([await self._word(session, word) for word in query.name.split()])
        meant = replace(query, text=tuple(text), name=name)
        return None if meant == query else meant

    async def _word(self, session: AsyncSession, word: str) -> str:
        """The word, or the name beside it that most customers have."""
        if not is_name(word):
            return word
        (token,) = name_tokens(word)
        near = neighbours(token)
        if await self._names(session, [token]):
            return word
        found: Counter[str] = Counter()
        for name in await self._names(session, sorted(near)):
            found.update(near.intersection(name_tokens(name)))
        return min(found, key=lambda one: (-found[one], one)) if found else word

    async def _names(self, session: AsyncSession, tokens: Sequence[str]) -> list[str]:
        named = self._owners.with_any(tokens, most=_SAMPLE)
        rows = await session.execute(select(USER.c.name).where(USER.c.user_id.in_(named)))
        return list(rows.scalars())


def is_name(word: str) -> bool:
    """Whether a word may be a misspelt name: one token of letters, and nothing else."""
    tokens = name_tokens(word)
    return (
        len(tokens) == 1
        and SHORTEST <= len(tokens[0]) <= LONGEST
        and tokens[0].isascii()
        and tokens[0].isalpha()
        and not phone_meaning(word)
        and shown_amount(word) is None
    )


def neighbours(word: str) -> frozenset[str]:
    """Every word that one slip of the finger makes of it (P. Norvig, "How to write a spelling
    corrector"), without the word itself."""
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    shorter = {a + b[1:] for a, b in halves if b}
    other = {a + letter + b[1:] for a, b in halves if b for letter in ascii_lowercase}
    longer = {a + letter + b for a, b in halves for letter in ascii_lowercase}
    return frozenset(swapped | shorter | other | longer) - {word}
