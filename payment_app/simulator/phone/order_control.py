"""The part of `/control` that plays the business: operators, accounts, results that go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.misbehaviour.result_modes import ResultRule
from payment_app.simulator.mpesa.handsets import good_balance
from payment_app.simulator.mpesa.operators import ROLES
from payment_app.simulator.phone.fields import RESULT_CODE, Action, check, read_fields
from payment_app.simulator.settings import SimulatorError

_RESULTS = {
    "mode": (str,),
    "seconds": (int, float),
    "times": (int,),
    "count": (int, type(None)),
}


def _read_order_result(value: Any) -> Action:
    if value is None:
        return lambda simulator: simulator.force_order_result(None)
    check("order_result", value, (str, int))
    if not RESULT_CODE.fullmatch(str(value)):
        raise SimulatorError("A result code is up to 32 letters, digits, dots and underscores.")
    return lambda simulator: simulator.force_order_result(str(value))


def _read_results(value: Any) -> Action:
    fields = read_fields("results", value, _RESULTS, needed=("mode",))
    ResultRule(**fields)
    return lambda simulator: simulator.misbehave_result(**fields)


_OPERATOR = {
    "name": (str,),
    "password": (str,),
    "roles": (list,),
    "locked": (bool,),
    "active": (bool,),
}


def _read_operator(value: Any) -> Action:
    fields = read_fields("operator", value, _OPERATOR, needed=("name",))
    roles = fields.get("roles", [])
    if any(role not in ROLES for role in roles):
        raise SimulatorError(f"Roles are {', '.join(ROLES)}.")

    def action(simulator: SimulatorCore) -> None:
        operator = simulator.treasury.operators.use(fields["name"])
        operator.password = fields.get("password", operator.password)
        operator.roles = set(fields.get("roles", operator.roles))
        operator.active = fields.get("active", operator.active)
        if "locked" in fields:
            operator.wrong, operator.locked = 0, fields["locked"]
        simulator.watch.changed()

    return action


_ACCOUNT = {
    "shortcode": (str,),
    "utility": (int,),
    "merchant": (int,),
    "working": (int,),
    "pays_out": (bool,),
}


def _read_account(value: Any) -> Action:
    fields = read_fields("account", value, _ACCOUNT, needed=("shortcode",))
    changes = {name: told for name, told in fields.items() if name != "shortcode"}
    for name in changes.keys() - {"pays_out"}:
        good_balance(changes[name])

    def action(simulator: SimulatorCore) -> None:
        if fields["shortcode"] not in simulator.exchange.shortcodes:
            raise SimulatorError("There is no business with that number.")
        accounts = simulator.exchange.accounts.of(fields["shortcode"])
        for name, told in changes.items():
            setattr(accounts, name, told)
        simulator.watch.changed()

    return action


ORDER_READERS: Mapping[str, Callable[[Any], Action]] = {
    "order_result": _read_order_result,
    "results": _read_results,
    "operator": _read_operator,
    "account": _read_account,
}
