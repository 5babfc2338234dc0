"""Kenyan mobile numbers: read every usual spelling, show the local one, mask for everything else.

A prefix is never a reason to refuse: numbers move between networks (portability), and Safaricom
opens new ranges. Only the shape counts: `254`, then 7 or 1, then eight digits.
"""

from __future__ import annotations

import re

from payment_app.domain.errors import BadInput

_DASHES = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
# Joiners, direction marks and the like, which contact apps and chats copy along with a number.
_INVISIBLE = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
BETWEEN = rf"[\s{_DASHES}{_INVISIBLE}.()\[\]/]"
"""What people and programs put between the digits of a number, as a regular expression."""
_SEPARATORS = re.compile(f"{BETWEEN}+")
_NATIONAL = re.compile(r"[17]\d{8}")
_MOST_TYPED = 40


def normalise_phone(typed: str) -> str:
    """The 12 digits that Daraja wants (`254712345678`) from what a person typed.

    Takes 0712…, 0110…, +254…, 254…, 00254…, 712…, with spaces, dots, dashes and brackets.

    Raises:
        BadInput: `invalid_phone_number`, for landlines, other countries and wrong lengths.
    """
    digits = _SEPARATORS.sub("", typed) if len(typed) <= _MOST_TYPED else ""
    national = _national_part(digits)
    if national is None or not national.isascii() or not _NATIONAL.fullmatch(national):
        raise BadInput("invalid_phone_number", "Invalid phone number")
    return f"254{national}"


def _national_part(digits: str) -> str | None:
    """The nine digits behind the country code or the trunk zero, in all spellings we know."""
    for prefix in ("+254", "00254", "254"):
        if digits.startswith(prefix):
            rest = digits.removeprefix(prefix)
            # "+254 (0) 712 …" is how many write it on letterheads.
            return rest.removeprefix("0") if len(rest) == 10 else rest
    if digits.startswith("0"):
        return digits[1:]
    return digits


def local_phone(number: str) -> str:
    """`0712 345 678` for `254712345678`; anything else comes back as it is."""
    if len(number) == 12 and number.startswith("254"):
        return f"0{number[3:6]} {number[6:9]} {number[9:]}"
    return number


def mask_phone(number: str) -> str:
    """`0712 •••678`: enough for its owner to recognise, too little to call."""
    local = local_phone(number)
    if len(local) != 12:
        return "•••" + number[-3:] if len(number) > 3 else "•••"
    return f"{local[:4]} •••{local[-3:]}"
