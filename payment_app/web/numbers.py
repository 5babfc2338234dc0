"""Numbers that stand in an address or in a form."""

from __future__ import annotations

_MOST_DIGITS = 9
"""Of an id: what every database's INTEGER can hold."""


def whole_number(text: str, most_digits: int = _MOST_DIGITS) -> int | None:
    """The number, `None` for anything but 1 to `most_digits` of the digits 0–9."""
    plain = text.isascii() and text.isdigit() and len(text) <= most_digits
    return int(text) if plain else None
