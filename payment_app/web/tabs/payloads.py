"""The arguments that an event brings: those of its handler, in words that can be kept."""

from __future__ import annotations

import functools
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

LARGEST = 2**31 - 1
"""No id, and nothing else that a page counts, is larger: no column holds more."""
_DEEPEST = 20
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL takes no NUL, and UTF-8 no half of a pair."""
_INSTEAD = "\ufffd"


def fits(handler: Callable[..., Any], payload: Mapping[str, Any]) -> bool:
    """Whether a handler could be called so: every argument that it needs, of its kind, no other.

    Reflex would call it all the same, and log a stranger's mistake with a page of traceback.
    """
    known = _arguments(handler)
    needed = {name for name, (_, optional) in known.items() if not optional}
    return needed <= payload.keys() <= known.keys() and all(
        _is(value, known[name][0]) for name, value in payload.items()
    )


@functools.cache
def _arguments(handler: Callable[..., Any]) -> Mapping[str, tuple[Any, bool]]:
    """The kind of each argument, and whether it may be missing."""
    kinds = typing.get_type_hints(handler)
    parameters = inspect.signature(handler).parameters.values()
    return {
        one.name: (kinds.get(one.name, Any), one.default is not one.empty)
        for one in parameters
        if one.name != "self"
    }


def _is(value: object, kind: Any) -> bool:
    if get_origin(kind) in (typing.Union, types.UnionType):
        return any(_is(value, one) for one in get_args(kind))
    inner, kind = get_args(kind), get_origin(kind) or kind
    if kind is list:
        each = inner[0] if inner else Any
        return isinstance(value, list) and all(_is(one, each) for one in value)
    if kind is int:
        return type(value) is int and abs(value) <= LARGEST
    if kind is dict:
        return isinstance(value, dict) and _is_form(value)
    return kind is Any or isinstance(value, kind)


def _is_form(value: Mapping[str, Any]) -> bool:
    """Reflex packs a form's fields as pairs of a name and a value."""
    fields = value.get(FORM_DATA_ENTRIES_KEY, [])
    return isinstance(fields, list) and all(
        isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in fields
    )


def keepable(value: Any, depth: int = 0) -> Any:
    """The same value, with a mark in the place of each character that no database could keep."""
    if isinstance(value, str):
        return _UNKEEPABLE.sub(_INSTEAD, value)
    if depth >= _DEEPEST:
        return None
    if isinstance(value, dict):
        return {keepable(key): keepable(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [keepable(inner, depth + 1) for inner in value]
    return value
