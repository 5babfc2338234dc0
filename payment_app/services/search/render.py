"""From a `PaymentQuery` back to an address, and to the chips that show what is filtered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from payment_app.domain.phone import mask_phone
from payment_app.services.search.dates import written
from payment_app.services.search.query import PaymentQuery, Sort, Tab


@dataclass(frozen=True)
class Chip:
    """One active condition.

    Attributes:
        field: slug: `text`, or the name of a token.
        label, value: words for people.
        params_without: the address of the same list without this condition.
    """

    field: str
    label: str
    value: str
    params_without: dict[str, str]


def to_params(query: PaymentQuery) -> dict[str, str]:
    """The shortest address of a query, each condition in one place; `parse` reads it back."""
    params = {
        "tab": "" if query.tab is Tab.ALL else query.tab.value,
        "q": _box(query),
        "date": query.date,
        "from": "" if query.date else written(query.since),
        "to": "" if query.date else written(query.until, end_of_day=True),
        "status": ",".join(query.statuses),
        "channel": ",".join(query.channels),
        "amount": _amount(query.amount_from, query.amount_to),
        "code": ",".join(query.codes),
        "booking": query.reference,
        "sort": "" if query.sort in (Sort.NEWEST, Sort.BY_ID) else query.sort.value,
    }
    return {name: value for name, value in params.items() if value}


def chips(query: PaymentQuery) -> list[Chip]:
    """The conditions beside tab and order, in the order in which the form has them."""
    return [
        Chip(field, label, value, to_params(without))
        for field, label, value, without in (*_text_chips(query), *_field_chips(query))
        if value
    ]


_Raw = tuple[str, str, str, PaymentQuery]


def _text_chips(query: PaymentQuery) -> list[_Raw]:
    return [
        (
            "text",
            "Search",
            word,
            replace(query, text=query.text[:index] + query.text[index + 1 :]),
        )
        for index, word in enumerate(query.text)
    ]


def _field_chips(query: PaymentQuery) -> list[_Raw]:
    amount = _amount(query.amount_from, query.amount_to, thousands=True)
    phone = mask_phone(query.phone) if len(query.phone) == 12 else query.phone
    return [
        ("phone", "Phone", phone, replace(query, phone="")),
        ("receipt", "Receipt", query.receipt, replace(query, receipt="")),
        ("booking", "Booking", query.reference, replace(query, reference="")),
        ("name", "Name", query.name, replace(query, name="")),
        ("status", "Status", ", ".join(query.statuses), replace(query, statuses=())),
        ("channel", "Channel", ", ".join(query.channels), replace(query, channels=())),
        ("code", "Result code", ", ".join(query.codes), replace(query, codes=())),
        ("amount", "Amount", amount, replace(query, amount_from=None, amount_to=None)),
        ("date", "Date", _date(query), replace(query, date="", since=None, until=None)),
    ]


def _box(query: PaymentQuery) -> str:
    tokens = (("phone", query.phone), ("receipt", query.receipt), ("name", query.name))
    fields = [f"{field}:{_quoted(value)}" for field, value in tokens if value]
    return " ".join([*(_quoted(word) for word in query.text), *fields])


def _quoted(word: str) -> str:
    plain = word and not any(c.isspace() or c in '":' for c in word)
    return word if plain else f'"{word}"'


def _amount(least: Decimal | None, most: Decimal | None, *, thousands: bool = False) -> str:
    def shown(number: Decimal | None) -> str:
        return "" if number is None else f"{number:,f}" if thousands else f"{number:f}"

    if least == most:
        return shown(least)
    return f"{shown(least)}..{shown(most)}" if not thousands else _amount_words(least, most)


def _amount_words(least: Decimal | None, most: Decimal | None) -> str:
    if most is None:
        return f"{least:,f} or more"
    return f"{most:,f} or less" if least is None else f"{least:,f} to {most:,f}"


def _date(query: PaymentQuery) -> str:
    if query.date:
        return query.date
    since, until = written(query.since), written(query.until, end_of_day=True)
    if since and until:
        return since if since == until else f"{since} to {until}"
    return f"from {since}" if since else f"until {until}" if until else ""
