"""The phone page's forms: read the fields, do the same as `/control` would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.phone.control import apply_control
from payment_app.simulator.settings import SimulatorError

Fields = Mapping[str, str]

_ANSWERS = (
    "pin",
    "wrong_pin",
    "cancel",
    "ignore",
    "typing",
    "no_balance",
    "unreachable",
    "expired",
)


def act(simulator: SimulatorCore, action: str, body: bytes) -> str | None:
    """Does what a form says; returns the phone to show next, if it names one.

    Raises:
        SimulatorError: no such action, or fields that make no sense.
    """
    make = _ORDERS.get(action)
    if make is None:
        raise SimulatorError("There is no such action.")
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "msisdn" in fields:
        fields["msisdn"] = read_number(fields["msisdn"])
    apply_control(simulator, make(fields))
    return fields.get("msisdn")


def read_number(typed: str) -> str:
    """`0712 345 678`, `712345678` or `+254…` as `254712345678`; nonsense stays as it is."""
    digits = re.sub(r"[^0-9]", "", typed)
    national = re.fullmatch(r"(?:254|0)?([17][0-9]{8})", digits)
    return f"254{national[1]}" if national else typed


def _answer(way: str) -> Callable[[Fields], dict[str, Any]]:
    def make(fields: Fields) -> dict[str, Any]:
        typed = {"pin": fields.get("pin", "")} if way == "pin" else {}
        return {"answer": {"msisdn": fields.get("msisdn", ""), "with": way, **typed}}

    return make


def _handset(**read: Callable[[Fields], Any]) -> Callable[[Fields], dict[str, Any]]:
    def make(fields: Fields) -> dict[str, Any]:
        values = {name: value(fields) for name, value in read.items()}
        return {"handset": {"msisdn": fields.get("msisdn", ""), **values}}

    return make


def _rule(name: str) -> Callable[[Fields], dict[str, Any]]:
    def make(fields: Fields) -> dict[str, Any]:
        rule = {"seconds": _number(fields, "seconds"), "times": _whole(fields, "times")}
        return {name: {"mode": fields.get("mode", ""), "count": _count(fields), **rule}}

    return make


def _fault(fields: Fields) -> dict[str, Any]:
    operation, kind = fields.get("operation", ""), fields.get("kind", "")
    return {"fault": {"operation": operation, "kind": kind, "count": _count(fields)}}


def _chaos(fields: Fields) -> dict[str, Any]:
    names = ("drop", "duplicate", "reorder", "late")
    return {"chaos": {name: _number(fields, name) / 100 for name in names}}


def _count(fields: Fields) -> int | None:
    return _whole(fields, "count") if fields.get("count") else None


def _whole(fields: Fields, name: str) -> int:
    typed = fields.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise SimulatorError(f"'{name}' must be a whole number.")
    return int(typed)


def _number(fields: Fields, name: str) -> float:
    typed = fields.get(name, "")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", typed):
        raise SimulatorError(f"'{name}' must be a number.")
    return float(typed)


_ORDERS: Mapping[str, Callable[[Fields], dict[str, Any]]] = {
    **{way: _answer(way) for way in _ANSWERS},
    "add": _handset(),
    "switch": _handset(on=lambda fields: fields.get("on") == "1"),
    "balance": _handset(balance=lambda fields: _whole(fields, "balance")),
    "unlock": _handset(locked=lambda fields: False),
    "callback": _rule("callback"),
    "results": _rule("results"),
    "fault": _fault,
    "chaos": _chaos,
    "behave": lambda fields: {"reset": "misbehaviour"},
    "result": lambda fields: {"result": fields.get("result", "").strip()},
    "order_result": lambda fields: {"order_result": fields.get("order_result", "").strip()},
    "auto_complete": lambda fields: {
        "auto_complete_seconds": _number(fields, "auto_complete_seconds")
    },
}
