"""From a `PaymentQuery` back to an address, and to the chips that show what is filtered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from payment_app.domain.phone import mask_phone
from payment_app.services.search.query import PaymentQuery, Sort, Tab
from payment_app.services.search.reading.dates import written
from payment_app.services.search.words import shown_amount


@dataclass(frozen=True)
class Chip:
    """One active condition.

    Attributes:
        field: slug: `text`, or the name of a token.
        label, value: words for people; of a status, channel or preset the slugs stand in `slugs`.
        params_without: the address of the same list without this condition.
    """

    field: str
    label: str
    value: str
    params_without: dict[str, str]
    slugs: tuple[str, ...] = ()


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
        "ids": ",".join(map(str, query.ids)),
        "sort": "" if query.sort in (Sort.NEWEST, Sort.BY_ID) else query.sort.value,
    }
    return {name: value for name, value in params.items() if value}


def chips(query: PaymentQuery) -> list[Chip]:
    """The conditions beside tab and order, in the order in which the form has them."""
    slugs: dict[str, tuple[str, ...]] = {
        "status": tuple(query.statuses),
        "channel": query.channels,
        "date": (query.date,) if query.date else (),
    }
    return [
        Chip(field, label, value, to_params(without), slugs.get(field, ()))
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
        ("ids", "Ticked", str(len(query.ids) or ""), replace(query, ids=())),
        ("date", "Date", _date(query), replace(query, date="", since=None, until=None)),
    ]


def _box(query: PaymentQuery) -> str:
    tokens = (("phone", query.phone), ("receipt", query.receipt), ("name", query.name))
    fields = [f"{field}:{_quoted(value)}" for field, value in tokens if value]
    return " ".join([*(_quoted(word) for word in query.text), *fields])


def _quoted(word: str) -> str:
    if shown_amount(word) is not None:
        return word
    plain = word and not any(c.isspace() or c in '":' for c in word)
    return word if plain else f'"{word}"'


def _amount(least: Decimal | None, most: Decimal | None, *, thousands: bool = False) -> str:
    if least == most:
        return "" if least is None else f"{least:,f}" if thousands else f"{least:f}"
    return _amount_words(least, most) if thousands else _amount_signs(least, most)


def _amount_signs(least: Decimal | None, most: Decimal | None) -> str:
    if most is None and least is not None:
        return f">{least - 1:f}" if _is_over(least) else f"{least:f}.."
    if least is None and most is not None:
        return f"<{most + 1:f}" if _is_under(most) else f"..{most:f}"
    return f"{least:f}..{most:f}"


def _amount_words(least: Decimal | None, most: Decimal | None) -> str:
    if most is None and least is not None:
        return f"over {least - 1:,f}" if _is_over(least) else f"{least:,f} or more"
    if least is None and most is not None:
        return f"under {most + 1:,f}" if _is_under(most) else f"{most:,f} or less"
    return f"{least:,f} to {most:,f}"


def _is_over(least: Decimal) -> bool:
    """Whether 5,001 and more was meant as "over 5,000": amounts are whole, so both are the same."""
    return least > 1 and (least - 1) % 10 == 0


def _is_under(most: Decimal) -> bool:
    return (most + 1) % 10 == 0


def _date(query: PaymentQuery) -> str:
    if query.date:
        return query.date
    since, until = written(query.since), written(query.until, end_of_day=True)
    if since and until:
        return since if since == until else f"{since} to {until}"
    return f"from {since}" if since else f"until {until}" if until else ""
