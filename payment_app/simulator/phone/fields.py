"""Reading the objects of `/control`: known keys with values of the right types, or one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.settings import SimulatorError

Action = Callable[[SimulatorCore], object]
RESULT_CODE = re.compile(r"[A-Za-z0-9_.]{1,32}")


def read_fields(
    name: str,
    value: Any,
    known: Mapping[str, tuple[type, ...]],
    needed: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The object, if it has the needed keys, no unknown ones, and values of the right types."""
    if not isinstance(value, dict):
        raise SimulatorError(f"'{name}' must be an object.")
    for key in value:
        if key not in known:
            raise SimulatorError(f"'{name}' has no '{key}'.")
        check(f"{name}.{key}", value[key], known[key])
    for key in needed:
        if key not in value:
            raise SimulatorError(f"'{name}' needs '{key}'.")
    return value


def check(name: str, value: Any, types: tuple[type, ...]) -> None:
    """Raises SimulatorError for a value of another type; NaN and infinities are none."""
    is_odd_bool = isinstance(value, bool) and bool not in types
    is_endless = isinstance(value, float) and not math.isfinite(value)
    if is_odd_bool or is_endless or not isinstance(value, types):
        raise SimulatorError(f"'{name}' has a value of the wrong kind.")
