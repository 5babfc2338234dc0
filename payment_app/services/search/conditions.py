"""The conditions of a query in SQL: as filters of a row, and as ways to find rows by an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
    column,
    exists,
    false,
    func,
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

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Source:
    """One way to find payments by an index; exactly one of the first three is set.

    Attributes:
        where: a condition on payments.
        bookings: a condition on bookings, whose payments are meant.
        names: beginnings of words of a customer's name, all of them.
        numberless: only customers in whose name no phone number stands.
    """

    where: Where | None = None
    bookings: Where | None = None
    names: tuple[tuple[str, ...], ...] = ()
    numberless: bool = False


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        filter: true of each row that matches; no index is used for it.
        sources: find all rows that match, and perhaps others; empty = cannot be found by index.
    """

    filter: Where
    sources: tuple[Source, ...] = ()


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
        if len(query.text) > 1:
            found.insert(0, self._all_words(query.text, masked))
        if query.receipt:
            found.append(
                self._plain(Source(where=self._starts(P.mpesa_receipt_number, query.receipt)))
            )
        if query.reference:
            starts = self.reference_starts(query.reference, masked)
            found.append(self._plain(Source(bookings=starts)))
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

    def users_of(self, source: Source) -> Select[Any]:
        """Ids of the customers in whose names every part of `source.names` begins a word."""
        if self._sqlite:
            match = " AND ".join(f'"{" ".join(part)}" *' for part in source.names)
            found = select(_NAMES.c.rowid).where(literal_column("sx_user_name").op("MATCH")(match))
            owner: ColumnElement[Any] = _NAMES.c.rowid
        else:
            found = select(USER.c.user_id).where(self._vector_matches(source.names))
            owner = USER.c.user_id
        if not source.numberless:
            return found
        other = USER.alias()
        plain = ~self._holds_number(other.c.name)
        return found.where(exists(select(1).where(other.c.user_id == owner, plain)))

    def users_named(self, parts: tuple[tuple[str, ...], ...], masked: bool) -> Select[Any]:
        """The same for beginnings of words; `masked` as in a query."""
        return self.users_of(self._named(parts, masked))

    def _named(self, parts: tuple[tuple[str, ...], ...], masked: bool) -> Source:
        digits = any(character.isdigit() for part in parts for word in part for character in word)
        return Source(names=parts, numberless=masked and digits)

    def _holds_number(self, text: ColumnElement[Any]) -> Where:
        """Whether digits as long as a phone number stand in a text, as `sight.holds_number`."""
        for separator in _SEPARATORS:
            text = func.replace(text, separator, "")
        if self._sqlite:
            return text.op("GLOB", is_comparison=True)("*[17]" + "[0-9]" * 8 + "*")
        return text.op("~", is_comparison=True)("[17][0-9]{8}")

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
            booked = select(1).where(BOOKING.c.booking_id == P.booking_id, source.bookings)
            return only_filter(exists(booked.correlate(PAYMENT)))
        return only_filter(P.user_id.in_(self.users_of(source)))

    def _plain(self, source: Source) -> Condition:
        return Condition(self.filter_of(source), (source,))

    def _any(self, sources: Sequence[Source]) -> Condition:
        if not sources:
            return Condition(false(), (Source(where=false()),))
        return Condition(or_(*(self.filter_of(source) for source in sources)), tuple(sources))

    def _word(self, word: str, masked: bool) -> Condition:
        return self._any([*self._codes(word, masked), *self._name(word, masked)])

    def _all_words(self, text: Sequence[str], masked: bool) -> Condition:
        """Whoever matches every word as a name, or one of them as something else."""
        parts = tuple(words.name_tokens(word) for word in text)
        named = [self._named(parts, masked)] if all(parts) else []
        others = [source for word in text for source in self._codes(word, masked)]
        sources = [*others, *named]
        return Condition(true(), tuple(sources) or (Source(where=false()),))

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
            found.append(Source(where=self._starts(P.mpesa_receipt_number, start)))
            found.append(Source(bookings=self.reference_starts(start, masked)))
        return found + self._numbers(word)

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
            found.append(Source(where=P.phone_number == meaning.exact))
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

    def _cases(self) -> Condition:
        waiting = select(CASE.c.payment_id).where(OPEN, CASE.c.payment_id.is_not(None))
        mine = select(1).where(CASE.c.payment_id == P.payment_id, OPEN).correlate(PAYMENT)
        return Condition(only_filter(exists(mine)), (Source(where=P.payment_id.in_(waiting)),))

    def _lists(self, query: PaymentQuery) -> list[Condition]:
        found: list[Condition] = []
        if query.codes:
            found.append(self._plain(Source(where=P.result_code.in_(query.codes))))
        if query.channels:
            found.append(self._plain(Source(where=P.payment_method.in_(query.channels))))
        amount: list[Where] = []
        if query.amount_from is not None:
            amount.append(P.amount >= query.amount_from)
        if query.amount_to is not None:
            amount.append(P.amount <= query.amount_to)
        if amount:
            found.append(self._plain(Source(where=and_(*amount))))
        return found
