"""Reflex's own handlers: whom each of them serves.

They are handlers like ours, callable by name over every socket. What the front end does not call
serves nobody.
"""

from __future__ import annotations

from reflex_base.registry import RegisteredEventHandler

from payment_app.services.shared.policy import Policy, policy_of

OWN_TAB = Policy("own_tab")
"""Whoever holds the socket, about the tab that belongs to it."""
NOBODY = Policy("nobody")
"""The server alone; over a socket it is refused."""

POLICIES: dict[str, Policy] = {
    # Shows what the state holds: `states` has made sure that it is this visitor's.
    "State.hydrate_and_load": OWN_TAB,
    "OnLoadInternalState.on_load_internal": OWN_TAB,
    # A line in the log, cut and masked.
    "FrontendEventExceptionState.handle_frontend_exception": OWN_TAB,
    "State.hydrate": NOBODY,
    "State.set_is_hydrated": NOBODY,
    "OnLoadInternalState.set_is_hydrated": NOBODY,
    # No state of ours keeps anything in the browser's storage.
    "UpdateVarsInternalState.update_vars_internal": NOBODY,
    # Reflex gives one to each state, ours too.
    "EventHandlerSetVar.setvar": NOBODY,
}


def policy_of_handler(registered: RegisteredEventHandler) -> Policy | None:
    """What a handler declares, or the table above says of it; `None` for neither."""
    function = registered.handler.fn
    return policy_of(function) or POLICIES.get(function.__qualname__)
