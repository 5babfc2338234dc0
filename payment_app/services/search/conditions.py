"""The conditions of a query in SQL: as filters of a row, and as ways to find rows by an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql import cast as sql_cast

from payment_app.domain.sight import holds_number
from payment_app.services.search import words
from payment_app.services.search.query import PaymentQuery, Tab
from payment_app.storage import search_indexes
from payment_app.storage.tables import Booking, Payment, PaymentCase, UserAccount

PAYMENT = cast(Table, Payment.__table__)  # type: ignore[attr-defined]
P = PAYMENT.c
BOOKING = cast(Table, Booking.__table__)  # type: ignore[attr-defined]
USER = cast(Table, UserAccount.__table__)  # type: ignore[attr-defined]
CASE = cast(Table, PaymentCase.__table__)  # type: ignore[attr-defined]
_NAMES = table("sx_user_name", column("rowid", Integer))
OPEN = CASE.c.state == literal_column("'open'")
"""Written out, not bound: only so do the partial indexes on open cases fit."""

_SEPARATORS = " .-()/+\u00a0\u2010\u2011\u2012\u2013\u2014\u2212"
"""What may stand between the digits of a phone number within a name."""
_NATIONAL = 9
"""Digits of a phone number without its country: what the shortest spelling has."""

Where = ColumnElement[bool]


@dataclass(frozen=True)
class IdSet:
    """Ids as the database wrote them: they are only sent back to it, and never read here."""

    text: str
    count: int


@dataclass(frozen=True)
class Source:
    """One way to find payments by an index; exactly one of the first three is set.

    Attributes:
        where: a condition on payments.
        bookings: a condition on bookings, whose payments are meant.
        names: beginnings of words of a customer's name, all of them.
        numberless: only customers in whose name no phone number stands.
        in_time: payments of a short time share it, such as the beginning of a receipt: they may
            all stand far from where a list begins.
        walked: an index continues behind `where` in the order of creation.
        partial: the rows that it finds may not match the whole condition.
    """

    where: Where | None = None
    bookings: Where | None = None
    names: tuple[tuple[str, ...], ...] = ()
    numberless: bool = False
    in_time: bool = False
    walked: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        filter: true of each row that matches; no index is used for it.
        sources: find all rows that match; empty = cannot be found by index.
        parts: conditions that say the same together, each of which can be found by itself.
        walked: the lists in time walk along an index that begins with it.
    """

    filter: Where
    sources: tuple[Source, ...] = ()
    parts: tuple[Condition, ...] = ()
    walked: bool = False


def only_filter(where: Where) -> Where:
    """The same condition, in a form that no planner takes for a reason to use its index."""
    return where.is_(true())


class Conditions:
    """Writes conditions for one kind of database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sqlite = is_sqlite

    def of(self, query: PaymentQuery) -> list[Condition]:
        """Everything but status and creation time, most selective kinds first."""
        masked = query.masked
        found = [self._word(word, masked) for word in query.text]
        if len(found) > 1:
            found = [self._all_words(query.text, found, masked)]
        if query.receipt:
            found.append(self._plain(self._receipt(query.receipt)))
        if query.reference:
            found.append(self._plain(self._reference(query.reference, masked)))
        if query.phone:
            found.append(self._any(self._phone(query.phone, masked)))
        if query.name:
            parts = tuple(filter(None, (words.name_tokens(word) for word in query.name.split())))
            found.append(self._plain(self._named(parts, masked)))
        if query.tab is Tab.CHECK:
            found.append(self._cases())
        found += self._lists(query)
        return found

    def created(self, query: PaymentQuery) -> Where | None:
        """The condition on the creation time, in a form that indexes fit."""
        at: list[Where] = []
        if query.since:
            at.append(self.created_key() >= self.created_value(query.since))
        if query.until:
            at.append(self.created_key() < self.created_value(query.until))
        return and_(*at) if at else None

    def created_key(self) -> ColumnElement[Any]:
        """The creation time as it is stored: on SQLite a text, with or without microseconds."""
        return type_coerce(P.created_at, String) if self._sqlite else P.created_at

    def created_value(self, at: datetime) -> Any:
        """A moment to compare `created_key` with: the least text of that moment."""
        if not self._sqlite:
            return at
        utc = at.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(sep=" ", timespec="microseconds" if utc.microsecond else "seconds")

    def ids_in(self, name: ColumnElement[Any], ids: Sequence[int]) -> Where:
        """Membership in a list of any length with one parameter."""
        if self._sqlite:
            each = func.json_each(bindparam(None, json.dumps(list(ids)), String)).table_valued(
                "value"
            )
            return name.in_(select(each.c.value))
        return name == func.any(bindparam(None, list(ids), ARRAY(Integer)))

    def ids_within(self, name: ColumnElement[Any], ids: IdSet) -> Where:
        """The same for what `collected` wrote."""
        written = bindparam(None, ids.text, String)
        if self._sqlite:
            each = func.json_each(written).table_valued("value")
            return name.in_(select(each.c.value))
        return name == func.any(sql_cast(written, ARRAY(Integer)))

    def is_within(self, name: ColumnElement[Any], ids: IdSet) -> Where:
        """The same as a filter of many rows: the ids are read once, into a table of hashes."""
        if self._sqlite:
            return only_filter(self.ids_within(name, ids))
        each = func.unnest(sql_cast(bindparam(None, ids.text, String), ARRAY(Integer)))
        return only_filter(name.in_(select(each)))

    def collected(self, number: int, ids: Select[Any], most: int) -> Select[Any]:
        """`number`, how many ids there are (at most `most` + 1), and if not more, all as text."""
        found = ids.limit(most + 1).subquery()
        one, count = found.c[0], func.count()
        text: ColumnElement[Any] = (
            func.json_group_array(one)
            if self._sqlite
            else func.coalesce(sql_cast(func.array_agg(one), String), "{}")
        )
        return select(literal(number), count, case((count <= most, text), else_=None)).select_from(
            found
        )

    def merged(self, sets: Sequence[IdSet]) -> IdSet:
        """All of them; an id may stand in it twice."""
        left, right = "[]" if self._sqlite else "{}"
        inner = ",".join(one.text[1:-1] for one in sets if one.count)
        return IdSet(f"{left}{inner}{right}", sum(one.count for one in sets))

    def owners(self, source: Source) -> Select[Any]:
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
        return self.users_of(self._named(parts, masked))

    def _named(self, parts: tuple[tuple[str, ...], ...], masked: bool) -> Source:
        digits = any(character.isdigit() for part in parts for word in part for character in word)
        return Source(names=parts, numberless=masked and digits)

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
        vector: ColumnElement[Any] = literal_column(
            search_indexes.POSTGRESQL_NAME_VECTOR.replace("(name,", "(user_account.name,")
        )
        return vector.op("@@", is_comparison=True)(sql_cast(match, TSQUERY))

    def filter_of(self, source: Source) -> Where:
        """A source as a filter of a payment."""
        if source.where is not None:
            return only_filter(source.where)
        if source.bookings is not None:
            booked = select(source.bookings).where(BOOKING.c.booking_id == P.booking_id)
            # Not EXISTS: for that PostgreSQL may read all those bookings into a table of hashes.
            return only_filter(booked.correlate(PAYMENT).scalar_subquery())
        return only_filter(P.user_id.in_(self.users_of(source)))

    def within(self, source: Source) -> Where:
        """A source as that by which an index finds payments, however many they are."""
        if source.where is not None:
            return source.where
        if source.bookings is not None:
            found, owner = select(BOOKING.c.booking_id).where(source.bookings), P.booking_id
        else:
            found, owner = self.users_of(source), P.user_id
        if self._sqlite:
            return owner.in_(found)
        return owner == func.any(func.array(found.scalar_subquery()))  # a join would read it all

    def _plain(self, source: Source) -> Condition:
        return Condition(self.filter_of(source), (source,))

    def _of_list(self, where: Where) -> Condition:
        return self._plain(Source(where=where))

    def _walked(self, where: Where) -> Condition:
        return replace(self._of_list(where), walked=True)

    def _any(self, sources: Sequence[Source]) -> Condition:
        if not sources:
            return Condition(false(), (Source(where=false()),))
        return Condition(or_(*(self.filter_of(source) for source in sources)), tuple(sources))

    def _word(self, word: str, masked: bool) -> Condition:
        return self._any([*self._codes(word, masked), *self._name(word, masked)])

    def _all_words(self, text: Sequence[str], each: Sequence[Condition], masked: bool) -> Condition:
        """Every word, found by whoever matches all as a name, or one of them as something else."""
        names = tuple(words.name_tokens(word) for word in text)
        named = [self._named(names, masked)] if all(names) else []
        others = [source for word in text for source in self._codes(word, masked)]
        sources = [*(replace(source, partial=True) for source in others), *named]
        return Condition(
            and_(*(one.filter for one in each)),
            tuple(sources) or (Source(where=false()),),
            parts=tuple(each),
        )

    def _name(self, word: str, masked: bool) -> list[Source]:
        part = words.name_tokens(word)
        return [self._named((part,), masked)] if part else []

    def _codes(self, word: str, masked: bool) -> list[Source]:
        """What a word can mean beside a name."""
        if masked and holds_number(word):
            return []
        found = self._phone(word, masked)
        found.append(Source(where=P.transaction_id.in_((word, word.upper()))))
        if not masked:
            found.append(Source(where=P.checkout_request_id == word))
        start = words.code_start(word)
        if start:
            found += [self._receipt(start), self._reference(start, masked)]
        return found + self._numbers(word)

    def _receipt(self, start: str) -> Source:
        return Source(where=self._starts(P.mpesa_receipt_number, start), in_time=True)

    def _reference(self, start: str, masked: bool) -> Source:
        return Source(bookings=self.reference_starts(start, masked), in_time=True)

    def _numbers(self, word: str) -> list[Source]:
        found: list[Source] = []
        payment_id, amount = words.payment_id(word), words.amount(word)
        if payment_id is not None:
            found.append(Source(where=P.payment_id == payment_id))
        if amount is not None:
            found.append(Source(where=P.amount == amount))
        return found

    def _phone(self, typed: str, masked: bool) -> list[Source]:
        meaning = words.phone_meaning(typed)
        if masked:
            meaning = words.shown_meaning(meaning)
        found: list[Source] = []
        if meaning.exact:
            found.append(Source(where=P.phone_number == meaning.exact, walked=True))
        if meaning.prefix:
            found.append(Source(where=self._starts(P.phone_number, meaning.prefix)))
        if meaning.suffix:
            backwards = meaning.suffix[::-1]
            found.append(Source(where=self._starts(self._phone_reversed(), backwards)))
        return found

    def _phone_reversed(self) -> ColumnElement[Any]:
        raw = (
            search_indexes.SQLITE_PHONE_REVERSED
            if self._sqlite
            else search_indexes.POSTGRESQL_PHONE_REVERSED
        )
        return literal_column(f"({raw.replace('phone_number', 'payment.phone_number')})", String)

    def reference_starts(self, start: str, masked: bool) -> Where:
        """Bookings whose reference begins so, in capitals; `masked` as in a query."""
        starts = self._starts(func.upper(BOOKING.c.reference), start)
        if masked and any(character.isdigit() for character in start):
            return and_(starts, ~self._holds_number(BOOKING.c.reference))
        return starts

    def _starts(self, text: ColumnElement[Any], start: str) -> Where:
        """Text that begins with ASCII letters and digits, as a range of an index."""
        behind = start[:-1] + chr(ord(start[-1]) + 1)
        if self._sqlite:
            return and_(text >= start, text < behind)
        least = text.op("~>=~", is_comparison=True)(start)
        return and_(least, text.op("~<~", is_comparison=True)(behind))

    def listed(self, query: PaymentQuery) -> tuple[Where, ...]:
        """What the condition that is `walked` says, one equality for each value."""
        if query.codes:
            return tuple(P.result_code == code for code in query.codes)
        return tuple(P.payment_method == channel for channel in query.channels)

    def _cases(self) -> Condition:
        waiting = select(CASE.c.payment_id).where(OPEN, CASE.c.payment_id.is_not(None))
        mine = select(1).where(CASE.c.payment_id == P.payment_id, OPEN).correlate(PAYMENT)
        return Condition(only_filter(exists(mine)), (Source(where=P.payment_id.in_(waiting)),))

    def _lists(self, query: PaymentQuery) -> list[Condition]:
        found: list[Condition] = []
        if query.codes:
            found.append(self._walked(P.result_code.in_(query.codes)))
        if query.channels:
            channels = P.payment_method.in_(query.channels)
            found.append(
                self._plain(Source(where=channels)) if query.codes else self._walked(channels)
            )
        amount: list[Where] = []
        if query.amount_from is not None:
            amount.append(P.amount >= query.amount_from)
        if query.amount_to is not None:
            amount.append(P.amount <= query.amount_to)
        if amount:
            found.append(self._plain(Source(where=and_(*amount))))
        return found
