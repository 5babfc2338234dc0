"""From an address or a search box to a `PaymentQuery`.

The box takes free words and `field:value` tokens; a quoted value may hold spaces. What a token
says wins over the parameter of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

from payment_app.domain.errors import BadInput
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.domain.money import MAX_AMOUNT
from payment_app.domain.sight import Sight
from payment_app.services.search.query import TAB_STATUSES, PaymentQuery, Sort, Tab
from payment_app.services.search.reading.dates import PRESETS, moment, preset_span
from payment_app.services.search.render import Chip, chips, to_params
from payment_app.services.search.words import (
    join_amounts,
    join_phones,
    name_tokens,
    payment_id,
    phone_meaning,
    whole_number,
)

__all__ = ["FIELDS", "Chip", "chips", "parse", "parse_kindly", "to_params"]

FIELDS = (
    "status",
    "amount",
    "phone",
    "receipt",
    "booking",
    "name",
    "date",
    "code",
    "channel",
)
"""What can stand before the colon of a token."""
LONGEST = 200
LONGEST_IDS = 600
MOST_WORDS = 8
MOST_IDS = 50
"""As many as a page of the list holds."""
_TOKEN = re.compile(r'([A-Za-z]{2,12}):(?=\s|$)|(?:([A-Za-z]{2,12}):)?(?:"([^"]*)"?|([^\s"]+))')
_COMPARED = re.compile(r"(>=|<=|>|<)(.+)")
_SIGNS = (("over", ">"), ("above", ">"), ("under", "<"), ("below", "<"), ("to", ".."))
"""Words for the signs of an amount, as the chips have them."""
_CODE = re.compile(r"[A-Za-z0-9_.]{1,20}")


def parse(params: Mapping[str, str], now: datetime, sight: Sight) -> PaymentQuery:
    """Read tab, q, date, from, to, status, channel, amount, code, booking, ids and sort.

    Unknown parameters are ignored: an address carries others beside these.

    Args:
        sight: of whoever asks; nobody can search by digits that they are not shown.

    Raises:
        BadInput: `invalid_<field>`, with a sentence for whoever typed it.
    """
    given = {key: _clean(key, value) for key, value in params.items() if value.strip()}
    words, tokens = _split(given.get("q", ""))
    tab = _tab(given.get("tab", ""))
    query = PaymentQuery(
        tab=tab,
        text=_text(words),
        phone=_phone(tokens.get("phone", "")),
        receipt=_start("receipt", tokens.get("receipt", "")),
        reference=_start("booking", tokens.get("booking") or given.get("booking", "")),
        name=_name(tokens.get("name", "")),
        channels=_list("channel", tokens.get("channel") or given.get("channel", ""), str.lower),
        codes=_list("code", tokens.get("code") or given.get("code", ""), str.upper),
        ids=_ids(given.get("ids", "")),
        sort=_sort(given.get("sort", "")),
        masked=not sight.numbers,
    )
    query = _with_status(query, given.get("status", ""), tokens.get("status", ""))
    query = _with_amount(query, tokens.get("amount") or given.get("amount", ""))
    return _with_dates(query, given, tokens.get("date", ""), now)


def parse_kindly(
    params: Mapping[str, str], now: datetime, sight: Sight
) -> tuple[PaymentQuery, list[str]]:
    """What can be read of an address, and a sentence for each part of it that cannot.

    For a page, where one mistyped word must not take the list away; the API refuses instead.
    """
    left, problems = dict(params), list[str]()
    while True:
        try:
            return parse(left, now, sight), problems
        except BadInput as refusal:
            problems.append(refusal.sentence)
            left = _without(left, refusal.code.removeprefix("invalid_"))


def _without(params: Mapping[str, str], field: str) -> dict[str, str]:
    """The address without the part that was refused; shorter with each call, so that it ends."""

    def is_refused(token: str) -> bool:
        return bool(token) and (token == field or (field == "q" and token not in FIELDS))

    box = params.get("q", "")
    tokens = [(one[0], (one[1] or one[2] or "").lower()) for one in _TOKEN.finditer(box)]
    kept = [words for words, token in tokens if not is_refused(token)]
    if len(kept) < len(tokens):
        return {**params, "q": " ".join(kept)}
    return (
        {name: value for name, value in params.items() if name != field} if field in params else {}
    )


def _refuse(field: str, sentence: str) -> BadInput:
    return BadInput(f"invalid_{field}", sentence)


def _clean(field: str, value: str) -> str:
    text = value.strip()
    if len(text) > (LONGEST_IDS if field == "ids" else LONGEST):
        raise _refuse(field, f"That is longer than {LONGEST} characters. Please shorten it.")
    if any(not c.isprintable() and not c.isspace() for c in text):
        raise _refuse(field, "There is a character in it that cannot be read. Type it again.")
    return text


def _split(box: str) -> tuple[list[str], dict[str, str]]:
    """The free words, and the tokens by field; of two tokens for one field the last counts."""
    words: list[str] = []
    tokens: dict[str, str] = {}
    for found in _TOKEN.finditer(box):
        field = (found[1] or found[2] or "").lower()
        value = (found[3] or found[4] or "").strip()
        if not field:
            words += [value] if value else []
            continue
        if field not in FIELDS:
            raise _refuse("q", _no_filter(field))
        if not value:
            raise _refuse(field, f"Nothing stands behind {field}:. Write it without a space.")
        tokens[field] = value
    return words, tokens


def _no_filter(field: str) -> str:
    meant = get_close_matches(field, FIELDS, 1)
    if meant:
        return f"There is no filter {field}:. Did you mean {meant[0]}:?"
    return f"There is no filter {field}:. The filters are {', '.join(f'{f}:' for f in FIELDS)}."


def _text(words: list[str]) -> tuple[str, ...]:
    joined = join_phones(join_amounts(words))
    if len(joined) > MOST_WORDS:
        raise _refuse("q", f"Please search for at most {MOST_WORDS} words.")
    # A lone "&" or "-" between words says nothing; alone it finds nothing.
    spoken = [word for word in joined if any(c.isalnum() for c in word)]
    return tuple(spoken or joined)


def _tab(text: str) -> Tab:
    try:
        return Tab(text.lower() or Tab.ALL)
    except ValueError:
        raise _refuse("tab", f"There is no such tab. The tabs are {', '.join(Tab)}.") from None


def _sort(text: str) -> Sort:
    offered = [sort for sort in Sort if sort is not Sort.BY_ID]
    for sort in offered:
        if (text.lower() or Sort.NEWEST) == sort:
            return sort
    raise _refuse("sort", f"There is no such order. The orders are {', '.join(offered)}.")


def _phone(text: str) -> str:
    if not text:
        return ""
    meaning = phone_meaning(text)
    if not meaning:
        raise _refuse("phone", "phone: takes a number such as 0712 345 678, or its last digits.")
    return meaning.exact or re.sub(r"[^0-9]", "", text)


def _start(field: str, text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9]{1,40}", text):
        raise _refuse(field, f"{field}: takes letters and digits without spaces.")
    return text.upper()


def _name(text: str) -> str:
    if text and not name_tokens(text):
        raise _refuse("name", "name: takes the beginning of a name, such as name:jane.")
    return " ".join(text.split())


def _list(field: str, text: str, spell: type[str] | object) -> tuple[str, ...]:
    found: list[str] = []
    for word in (one.strip() for one in text.split(",")):
        if word and not _CODE.fullmatch(word):
            raise _refuse(field, f"{field}: takes words separated by commas, without spaces.")
        if word:
            found.append(spell(word))  # type: ignore[operator]
    return tuple(dict.fromkeys(found))


def _ids(text: str) -> tuple[int, ...]:
    words = [word for word in text.split(",") if word]
    found = [payment_id(word) for word in words[: MOST_IDS + 1]]
    if len(words) > MOST_IDS or None in found:
        raise _refuse("ids", f"ids takes at most {MOST_IDS} numbers of payments, such as 12,15.")
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _with_status(query: PaymentQuery, param: str, token: str) -> PaymentQuery:
    """`failed` is a status and a tab: in the box it means what the tab means, all failures."""
    words = [word.strip().lower() for word in (token or param).split(",") if word.strip()]
    if words == [Tab.CHECK]:
        return replace(query, tab=Tab.CHECK)
    found: list[PaymentStatus] = []
    for word in words:
        found += _statuses(word, tab_first=bool(token))
    return replace(query, statuses=tuple(dict.fromkeys(found)))


def _statuses(word: str, *, tab_first: bool) -> tuple[PaymentStatus, ...]:
    status = (PaymentStatus(word),) if word in [*PaymentStatus] else ()
    behind = TAB_STATUSES.get(Tab(word), ()) if word in [*Tab] else ()
    if not status and not behind:
        known = [*map(str, dict.fromkeys([*TAB_STATUSES, *PaymentStatus]))]
        meant = get_close_matches(word, known, 1)
        way_on = f"Did you mean {meant[0]}?" if meant else f"Take one of {', '.join(known)}."
        raise _refuse("status", f"There is no status {word}. {way_on}")
    return (behind or status) if tab_first else (status or behind)


def _with_amount(query: PaymentQuery, text: str) -> PaymentQuery:
    """`2500`, `KSh 2,500`, `1000..2000`, `1000..`, `>5000`, `<=200`, or as the chips have it."""
    if not text:
        return query
    text = _signed(text)
    compared = _COMPARED.fullmatch(text)
    if compared:
        least, most = _bounds(compared[1], _shillings(compared[2]))
    elif ".." in text:
        low, _, high = text.partition("..")
        least, most = (_shillings(low) if low else None, _shillings(high) if high else None)
    else:
        least = most = _shillings(text)
    if (least is None and most is None) or (
        least is not None and most is not None and least > most
    ):
        raise _refuse("amount", "The first amount must not be larger than the second.")
    return replace(query, amount_from=least, amount_to=most)


def _signed(text: str) -> str:
    """The signs for the words, without spaces and currency."""
    text = text.lower()
    for word, sign in (("or more", ">="), ("or less", "<=")):
        if text.endswith(word):
            text = sign + text.removesuffix(word)
    for word, sign in _SIGNS:
        text = re.sub(rf"\b{word}\b", sign, text)
    return re.sub(r"\s+|kshs?|kes", "", text)


def _bounds(sign: str, number: Decimal) -> tuple[Decimal | None, Decimal | None]:
    if sign[0] == ">":
        return number + (sign == ">"), None
    return None, number - (sign == "<")


def _shillings(text: str) -> Decimal:
    number = 0 if text == "0" else whole_number(text.removesuffix("/=").removesuffix("/-"))
    if number is None or number > MAX_AMOUNT:
        raise _refuse("amount", "amount: takes whole shillings, such as 2500, 1000..2000 or >5000.")
    return Decimal(number)


def _with_dates(
    query: PaymentQuery, given: Mapping[str, str], token: str, now: datetime
) -> PaymentQuery:
    since, until, named = given.get("from", ""), given.get("to", ""), given.get("date", "")
    if token or (named and not since and not until):
        return _with_date(query, token or named, now)
    return _between(query, moment("from", since), moment("to", until, end_of_day=True), field="to")


def _with_date(query: PaymentQuery, text: str, now: datetime) -> PaymentQuery:
    """A preset, a day, or two days with `..` between them."""
    if text.lower() in PRESETS:
        since, until = preset_span(text.lower(), now)
        return replace(query, date=text.lower(), since=since, until=until)
    first, dots, last = text.partition("..")
    try:
        return _between(
            query,
            moment("date", first),
            moment("date", last if dots else first, end_of_day=True),
            field="date",
        )
    except BadInput:
        raise _refuse(
            "date",
            f"date: takes {', '.join(PRESETS)}, a day such as 2026-11-20, "
            "or two such as 2026-11-01..2026-11-20.",
        ) from None


def _between(
    query: PaymentQuery, since: datetime | None, until: datetime | None, *, field: str
) -> PaymentQuery:
    if since and until and since >= until:
        raise _refuse(field, "The first day must not be after the last.")
    return replace(query, since=since, until=until)
