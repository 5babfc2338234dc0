"""Every event handler of ours, found by looking at the state classes themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from payment_app.services.shared.policy import Policy, policy_of
from payment_app.web import routes
from payment_app.web.staff.state import StaffState

OURS = "payment_app."
assert routes.ROUTES, "importing the routes imports every state"


@dataclass(frozen=True)
class Handler:
    """One handler.

    Attributes:
        name: `State.handler`.
        full_name: what a browser calls it by.
        policy: what it declares.
        payload: arguments of the right types, without meaning.
    """

    name: str
    full_name: str
    state: type[rx.State]
    policy: Policy | None
    payload: dict[str, Any]


def all_states(root: type[rx.State] = rx.State) -> Iterator[type[rx.State]]:
    """Every state class of ours that a browser can talk to."""
    for state in sorted(root.get_substates(), key=lambda one: one.get_full_name()):
        yield from ([state] if state.__module__.startswith(OURS) else [])
        yield from all_states(state)


def handlers() -> list[Handler]:
    """All of ours."""
    return [
        Handler(
            f"{state.__name__}.{name}",
            f"{state.get_full_name()}.{name}",
            state,
            policy_of(handler.fn),
            _payload(handler.fn),
        )
        for state in all_states()
        for name, handler in state.event_handlers.items()
        if getattr(handler.fn, "__module__", "").startswith(OURS)
    ]


def console_handlers() -> list[Handler]:
    """Those of the staff console."""
    return [handler for handler in handlers() if issubclass(handler.state, StaffState)]


def _payload(function: Any) -> dict[str, Any]:
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    kinds = function.__annotations__
    empty = {"int": 1, "str": "x", "bool": True}
    return {
        name: [] if str(kinds.get(name)).startswith("list") else empty.get(str(kinds.get(name)), {})
        for name in names
    }
