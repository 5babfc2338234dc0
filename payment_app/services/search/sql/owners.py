"""Whose payments are meant: customers by the words of their names, bookings by their reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql import cast as sql_cast

from payment_app.services.search.sql.sources import BOOKING, USER, Source, Where
from payment_app.storage import search_indexes

_NAMES = table("sx_user_name", column("rowid", Integer))
_SEPARATORS = " .-()/+\u00a0\u2010\u2011\u2012\u2013\u2014\u2212"
"""What may stand between the digits of a phone number within a name."""
_NATIONAL = 9
"""Digits of a phone number without its country: what the shortest spelling has."""


class Owners:
    """Writes these conditions for one kind of database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sqlite = is_sqlite

    def ids(self, source: Source) -> Select[Any]:
        """Ids of the bookings or customers that a source names, to be read until they are many.

        PostgreSQL takes a limit for a reason to read the table instead, in the hope of meeting so
        many soon: the order of the index, or a list that it believes to be wanted whole, forbids.
        """
        if source.bookings is not None:
            found = select(BOOKING.c.booking_id).where(source.bookings)
            in_order: ColumnElement[Any] = literal_column("upper(booking.reference) USING ~<~")
            return found if self._sqlite else found.order_by(in_order)
        users = self.users_of(source)
        if self._sqlite:
            return users
        return select(users.cte("named").prefix_with("MATERIALIZED").c[0])

    def users_of(self, source: Source) -> Select[Any]:
        """Ids of the customers in whose names every part of `source.names` begins a word."""
        if self._sqlite:
            match = " AND ".join(f'"{" ".join(part)}" *' for part in source.names)
            found = select(_NAMES.c.rowid).where(literal_column("sx_user_name").op("MATCH")(match))
        else:
            found = select(USER.c.user_id).where(self._vector_matches(source.names))
        if not source.numberless:
            return found
        if not self._sqlite:
            return found.where(~self._holds_number(USER.c.name))
        other = USER.alias()
        plain = ~self._holds_number(other.c.name)
        return found.where(exists(select(1).where(other.c.user_id == _NAMES.c.rowid, plain)))

    def users_named(self, parts: tuple[tuple[str, ...], ...], masked: bool) -> Select[Any]:
        """The same for beginnings of words; `masked` as in a query."""
        return self.users_of(self.named(parts, masked))

    def with_any(self, tokens: Sequence[str], *, most: int) -> Select[Any]:
        """Ids of at most `most` customers in whose names one of these words stands, whole.

        Args:
            tokens: letters, as `name_tokens` makes them.
        """
        if self._sqlite:
            match = " OR ".join(f'"{token}"' for token in tokens)
            matches = literal_column("sx_user_name").op("MATCH")(match)
            return select(_NAMES.c.rowid).where(matches).limit(most)
        wanted = sql_cast(" | ".join(f"'{token}'" for token in tokens), TSQUERY)
        found = select(USER.c.user_id).where(self._vector().op("@@", is_comparison=True)(wanted))
        named = found.cte("near").prefix_with("MATERIALIZED")
        return select(named.c.user_id).limit(most)

    def named(self, parts: tuple[tuple[str, ...], ...], masked: bool) -> Source:
        """Customers in whose names every part begins a word; `masked` as in a query."""
        digits = any(character.isdigit() for part in parts for word in part for character in word)
        return Source(names=parts, numberless=masked and digits)

    def reference_starts(self, start: str, masked: bool) -> Where:
        """Bookings whose reference begins so, in capitals; `masked` as in a query."""
        starts = self.starts(func.upper(BOOKING.c.reference), start)
        if masked and any(character.isdigit() for character in start):
            return and_(starts, ~self._holds_number(BOOKING.c.reference))
        return starts

    def _holds_number(self, text: ColumnElement[Any]) -> Where:
        """Whether digits as long as a phone number stand in a text, as `sight.holds_number`.

        The length is asked first: most references are too short, and it costs almost nothing.
        """
        long = func.length(text) >= _NATIONAL
        if not self._sqlite:
            bare = func.translate(text, _SEPARATORS, "")
            return and_(long, bare.op("~", is_comparison=True)("[17][0-9]{8}"))
        for separator in _SEPARATORS:
            text = func.replace(text, separator, "")
        return and_(long, text.op("GLOB", is_comparison=True)("*[17]" + "[0-9]" * 8 + "*"))

    def _vector_matches(self, parts: tuple[tuple[str, ...], ...]) -> Where:
        def phrase(part: tuple[str, ...]) -> str:
            quoted = [f"'{token}'" for token in part]
            return "(" + " <-> ".join([*quoted[:-1], f"{quoted[-1]}:*"]) + ")"

        match = " & ".join(phrase(part) for part in parts)
        return self._vector().op("@@", is_comparison=True)(sql_cast(match, TSQUERY))

    def _vector(self) -> ColumnElement[Any]:
        return literal_column(
            search_indexes.POSTGRESQL_NAME_VECTOR.replace("(name,", "(user_account.name,")
        )

    def starts(self, text: ColumnElement[Any], start: str) -> Where:
        """Text that begins with ASCII letters and digits, as a range of an index."""
        behind = start[:-1] + chr(ord(start[-1]) + 1)
        if self._sqlite:
            return and_(text >= start, text < behind)
        least = text.op("~>=~", is_comparison=True)(start)
        return and_(least, text.op("~<~", is_comparison=True)(behind))
