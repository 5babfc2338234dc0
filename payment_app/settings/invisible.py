"""Characters that nobody sees: they come along with what is copied, and make a credential wrong."""

from __future__ import annotations

import unicodedata

_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by Unicode's categories, and yet nothing is drawn."""


def trim(text: str) -> str:
    """The text without blanks, control and invisible characters at both ends."""
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def is_invisible(character: str) -> bool:
    """A blank, a control character, a joiner, a mark that stands on another character."""
    return character in _FILLERS or unicodedata.category(character)[0] in "CMZ"


def has_invisible(text: str, *, blanks: bool = False) -> bool:
    """Whether one stands in the text; with `blanks` plain ones do not count."""
    return any(is_invisible(c) and not (blanks and c == " ") for c in text)
