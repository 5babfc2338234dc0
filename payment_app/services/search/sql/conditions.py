"""The conditions of a query in SQL: as filters of a row, and as ways to find rows by an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)

from payment_app.domain.sight import holds_number
from payment_app.services.search import words
from payment_app.services.search.query import PaymentQuery, Tab
from payment_app.services.search.sql.id_sets import IdSets
from payment_app.services.search.sql.owners import Owners
from payment_app.services.search.sql.sources import (
    BOOKING,
    CASE,
    OPEN,
    PAYMENT,
    Condition,
    P,
    Source,
    Where,
    only_filter,
)
from payment_app.storage import search_indexes


class Conditions:
    """Writes conditions for one kind of database.

    Attributes:
        sets: of ids.
        owners: of payments.
    """

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sqlite = is_sqlite
        self.sets = IdSets(is_sqlite=is_sqlite)
        self.owners = Owners(is_sqlite=is_sqlite)

    def of(self, query: PaymentQuery) -> list[Condition]:
        """Everything but status and creation time, most selective kinds first."""
        masked = query.masked
        found = [self._word(word, masked) for word in query.text]
        if len(found) > 1:
            found = [self._all_words(query.text, found, masked)]
        if query.ids:
            found.insert(0, self._of_list(P.payment_id.in_(query.ids)))
        if query.receipt:
            found.append(self._plain(self._receipt(query.receipt)))
        if query.reference:
            found.append(self._plain(self._reference(query.reference, masked)))
        if query.phone:
            found.append(self._any(self._phone(query.phone, masked)))
        if query.name:
            parts = tuple(filter(None, (words.name_tokens(word) for word in query.name.split())))
            found.append(self._plain(self.owners.named(parts, masked)))
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

    def filter_of(self, source: Source) -> Where:
        """A source as a filter of a payment."""
        if source.where is not None:
            return only_filter(source.where)
        if source.bookings is not None:
            booked = select(source.bookings).where(BOOKING.c.booking_id == P.booking_id)
            # Not EXISTS: for that PostgreSQL may read all those bookings into a table of hashes.
            return only_filter(booked.correlate(PAYMENT).scalar_subquery())
        return only_filter(P.user_id.in_(self.owners.users_of(source)))

    def within(self, source: Source) -> Where:
        """A source as that by which an index finds payments, however many they are."""
        if source.where is not None:
            return source.where
        if source.bookings is not None:
            found, owner = select(BOOKING.c.booking_id).where(source.bookings), P.booking_id
        else:
            found, owner = self.owners.users_of(source), P.user_id
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
        shown = words.shown_amount(word)
        if shown is not None:
            return self._of_list(P.amount == shown)
        return self._any([*self._codes(word, masked), *self._name(word, masked)])

    def _all_words(self, text: Sequence[str], each: Sequence[Condition], masked: bool) -> Condition:
        """Every word, found by whoever matches all as a name, or one of them as something else."""
        names = tuple(() if words.shown_amount(word) else words.name_tokens(word) for word in text)
        named = [self.owners.named(names, masked)] if all(names) else []
        others = [source for word in text for source in self._codes(word, masked)]
        sources = [*(replace(source, partial=True) for source in others), *named]
        return Condition(
            and_(*(one.filter for one in each)),
            tuple(sources) or (Source(where=false()),),
            parts=tuple(each),
        )

    def _name(self, word: str, masked: bool) -> list[Source]:
        part = words.name_tokens(word)
        return [self.owners.named((part,), masked)] if part else []

    def _codes(self, word: str, masked: bool) -> list[Source]:
        """What a word can mean beside a name."""
        if words.shown_amount(word) is not None:
            return self._numbers(word)
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
        return Source(where=self.owners.starts(P.mpesa_receipt_number, start), in_time=True)

    def _reference(self, start: str, masked: bool) -> Source:
        return Source(bookings=self.owners.reference_starts(start, masked), in_time=True)

    def _numbers(self, word: str) -> list[Source]:
        found: list[Source] = []
        payment_id, amount = words.payment_id(word), words.amount(word)
        amount = words.shown_amount(word) if amount is None else amount
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
            found.append(Source(where=self.owners.starts(P.phone_number, meaning.prefix)))
        if meaning.suffix:
            backwards = meaning.suffix[::-1]
            found.append(Source(where=self.owners.starts(self._phone_reversed(), backwards)))
        return found

    def _phone_reversed(self) -> ColumnElement[Any]:
        raw = (
            search_indexes.SQLITE_PHONE_REVERSED
            if self._sqlite
            else search_indexes.POSTGRESQL_PHONE_REVERSED
        )
        return literal_column(f"({raw.replace('phone_number', 'payment.phone_number')})", String)

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
