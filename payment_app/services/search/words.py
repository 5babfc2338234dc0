"""What a word that somebody typed can mean: pure, without a database."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from payment_app.domain.errors import BadInput
from payment_app.domain.money import MAX_AMOUNT
from payment_app.domain.phone import normalise_phone
from payment_app.domain.sight import SHOWN_FIRST, SHOWN_LAST

LEAST = 3
"""Characters that the beginning of a receipt or reference, or the end of a phone, must have."""
MAX_ID = 2**31 - 1
_NUMBER = re.compile(r"[1-9][0-9]{0,8}|[1-9][0-9]{0,2}(,[0-9]{3}){1,2}")
_SHOWN_AMOUNT = re.compile(
    r"(?:ksh|kes|kshs|sh|shs)[.:]?\s?([0-9][0-9,]*)(?:\.00)?(?:/[-=])?|([0-9][0-9,]*)/[-=]",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"(?:ksh|kes|kshs|sh|shs)[.:]?", re.IGNORECASE)
_PHONE_START = re.compile(r"(?:0|\+?254)([17][0-9]{2,8})")
_PHONE_SIGNS = re.compile(r"[-0-9+().\u2010-\u2015]+")
_LONGEST_PHONE = 12


@dataclass(frozen=True)
class PhoneMeaning:
    """What digits can mean as a phone number: any of these that is not ""."""

    exact: str = ""
    prefix: str = ""
    suffix: str = ""

    def __bool__(self) -> bool:
        return bool(self.exact or self.prefix or self.suffix)


def phone_meaning(typed: str) -> PhoneMeaning:
    """A full number in any spelling; else its beginning, its last three or more digits, or both."""
    if not typed.isascii():
        typed = unicodedata.normalize("NFKC", typed)
    try:
        return PhoneMeaning(exact=normalise_phone(typed))
    except BadInput:
        pass
    if not typed.isascii() or not _PHONE_SIGNS.fullmatch(typed.replace(" ", "")):
        return PhoneMeaning()
    digits = re.sub(r"[^0-9]", "", typed)
    start = _PHONE_START.fullmatch(digits)
    return PhoneMeaning(
        prefix=f"254{start[1]}" if start else "",
        suffix=digits if LEAST <= len(digits) <= _LONGEST_PHONE else "",
    )


def shown_meaning(meaning: PhoneMeaning) -> PhoneMeaning:
    """What is left of it for somebody who sees masked numbers: no digit more than a mask shows."""
    return PhoneMeaning(
        prefix=meaning.prefix if len(meaning.prefix) <= SHOWN_FIRST else "",
        suffix=meaning.suffix if len(meaning.suffix) <= SHOWN_LAST else "",
    )


def beyond_the_mask(typed: str) -> bool:
    """Whether this is a number, and all that it could mean has more digits than a mask shows."""
    meaning = phone_meaning(typed)
    return bool(meaning) and not shown_meaning(meaning)


def whole_number(word: str) -> int | None:
    """2500 from `2500` or `2,500`. What begins with 0 is neither id nor amount: a phone's end."""
    return int(word.replace(",", "")) if _NUMBER.fullmatch(word) else None


def payment_id(word: str) -> int | None:
    """12 from `#12` or `12`."""
    number = whole_number(word.removeprefix("#"))
    return number if number is not None and number <= MAX_ID else None


def amount(word: str) -> int | None:
    """Shillings, where a column could hold so much."""
    number = whole_number(word)
    return number if number is not None and number <= MAX_AMOUNT else None


def shown_amount(word: str) -> int | None:
    """Shillings from `KSh 2,500`, `ksh2500`, `2,500/=`: what can mean nothing but an amount."""
    found = _SHOWN_AMOUNT.fullmatch(word)
    return amount(found[1] or found[2]) if found else None


def code_start(word: str) -> str:
    """The word in capitals if it can begin a receipt number or a reference, else ""."""
    whole = word.isascii() and word.isalnum() and LEAST <= len(word) <= 40
    return word.upper() if whole else ""


def name_tokens(words: str) -> tuple[str, ...]:
    """The parts that names are indexed by: letters and digits without accents, in small letters.

    An apostrophe separates: `Ng'ang'a` is `ng ang a`, on both databases.
    """
    bare = unicodedata.normalize("NFKD", words.lower())
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", kept))


def join_amounts(words: list[str]) -> list[str]:
    """`KSh 2,500` was split into words: put together what is one amount."""
    found: list[str] = []
    for word in words:
        if found and _CURRENCY.fullmatch(found[-1]) and shown_amount(f"{found[-1]} {word}"):
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
    return found


def join_phones(words: list[str]) -> list[str]:
    """`0712 345 678` was split into words: put together what is one phone number."""
    found: list[str] = []
    at = 0
    while at < len(words):
        end, phone = _phone_at(words, at)
        found.append(phone or words[at])
        at = end
    return found


def _phone_at(words: list[str], at: int) -> tuple[int, str]:
    """Where the longest run of words from `at` that is a phone number ends, and that number."""
    for end in range(min(len(words), at + 6), at + 1, -1):
        run = words[at:end]
        if all(_PHONE_SIGNS.fullmatch(word) for word in run):
            try:
                return end, normalise_phone("".join(run))
            except BadInput:
                continue
    return at + 1, ""
