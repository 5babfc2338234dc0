"""JSON from strangers: bounded, strict, and with one way to fail.

Also the few readings of single values that answers and callbacks share.
"""

from __future__ import annotations

import json
from decimal import Decimal

_MAX_NUMBER = 40  # characters of a literal, and its largest exponent: keeps arithmetic cheap
_MAX_CODE = 40
_MAX_ID = 100  # the width of the columns that keep ids

DAMAGED = "\ufffd"
"""What stands for bytes that are no UTF-8."""


class NotJson(ValueError):
    """The bytes are not one JSON object that we are willing to read."""


def load_object(raw: bytes) -> dict[str, object]:
    """The JSON object in `raw` (UTF-8, a byte order mark is allowed); numbers are int or Decimal.

    Raw control characters inside texts, such as a tab, are taken as they are. Raises `NotJson` for
    everything else: other encodings, other JSON values, NaN and infinities, absurd numbers, nesting
    beyond Python's stack, and repeated keys, of which nobody can say which one the sender meant.
    """
    value, end, text = _decode(raw, errors="strict")
    if text[end:].strip():
        raise NotJson("more than one value")
    return value


def rescue_object(raw: bytes) -> dict[str, object]:
    """As `load_object`, from a body that was damaged on its way, as far as that is safe.

    Whatever follows the object is ignored unless it opens another one, which could contradict the
    first; bytes that are not UTF-8 become U+FFFD, which no id, code or receipt may contain.
    """
    value, end, text = _decode(raw, errors="replace")
    if "{" in text[end:]:
        raise NotJson("two objects")
    return value


def _decode(raw: bytes, *, errors: str) -> tuple[dict[str, object], int, str]:
    """The object at the start of `raw`, where its text ends, and the whole text."""
    try:
        text = raw.decode("utf-8-sig", errors).lstrip(" \t\r\n")
        value, end = _DECODER.raw_decode(text)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJson(type(error).__name__) from None
    if not isinstance(value, dict):
        raise NotJson("not an object")
    return value, end, text


def as_code(value: object) -> str | None:
    """A code as text, however it was typed: 0, "0" and 0.0 give "0"; None if it is no code."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else None
    return _token(str(value) if isinstance(value, int) else value, _MAX_CODE)


def as_identifier(value: object) -> str | None:
    """An opaque id of at most 100 visible ASCII characters, or None."""
    return _token(value, _MAX_ID)


def as_text(value: object, longest: int) -> str:
    """A human text on one line, printable and at most `longest` characters; `""` if none.

    Lone surrogates and NUL, which JSON can spell and databases refuse, become spaces.
    """
    if not isinstance(value, str):
        return ""
    # Four times as much is enough to fill the line, and bounds the work.
    printable = (ch if ch.isprintable() else " " for ch in value[: 4 * longest])
    return " ".join("".join(printable).split())[:longest].rstrip()


def _token(value: object, longest: int) -> str | None:
    if not isinstance(value, str):
        return None
    text = value.strip()
    fits = 0 < len(text) <= longest and text.isascii() and text.isprintable()
    return text if fits and " " not in text else None


def _whole(literal: str) -> int:
    if len(literal) > _MAX_NUMBER:
        raise NotJson("number too long")
    return int(literal)


def _number(literal: str) -> Decimal:
    number = Decimal(literal[: _MAX_NUMBER + 1])
    exponent = number.as_tuple().exponent
    if len(literal) > _MAX_NUMBER or not -_MAX_NUMBER <= int(exponent) <= _MAX_NUMBER:
        raise NotJson("number too long")
    return number


def _refuse(literal: str) -> object:
    raise NotJson(literal)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("repeated key")
    return found


_DECODER = json.JSONDecoder(
    strict=False,
    parse_int=_whole,
    parse_float=_number,
    parse_constant=_refuse,
    object_pairs_hook=_unique,
)
