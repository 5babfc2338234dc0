"""Every route and every event handler says whom it serves."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from reflex_base.registry import RegistrationContext
from reflex_components_core.core.upload import Upload

from payment_app.api.app import ROUTERS, create_api
from payment_app.services.shared.policy import ANYONE, LINK, policy_of
from payment_app.web.payer.plain.answers import LinkAnswers
from payment_app.web.staff.state import StaffState
from payment_app.web.tabs import framework
from tests.security.handlers import OURS, Handler, all_states, handlers


def test_there_are_handlers_to_look_at() -> None:
    names = {handler.name for handler in handlers()}
    assert {"PayState.pay", "PaymentsState.watch", "PaymentState.send_again"} <= names


@pytest.mark.parametrize("handler", handlers(), ids=lambda handler: handler.name)
def test_every_handler_declares_its_policy(handler: Handler) -> None:
    assert handler.policy is not None, "declare it with staff_event, member_event or declares"
    if issubclass(handler.state, StaffState):
        assert handler.policy.name in ("staff", "member"), "the console serves nobody else"
    else:
        assert handler.policy in (ANYONE, LINK)


def test_no_state_has_a_method_of_ours_that_is_callable_by_accident() -> None:
    """Reflex makes a handler of each public method: none of ours may be one without `rx.event`."""
    named = {handler.name for handler in handlers()}
    for state in all_states():
        public = {
            f"{state.__name__}.{name}"
            for name, value in vars(state).items()
            if callable(value)
            and not name.startswith("_")
            and not isinstance(value, type)
            and getattr(getattr(state, name), "__module__", "").startswith(OURS)
        }
        assert public <= named


def test_every_handler_of_the_framework_has_a_policy_too() -> None:
    """Whatever is registered, ours or not, is callable by name: an update may bring new ones."""
    theirs = {
        registered.handler.fn.__qualname__
        for registered in RegistrationContext.get().event_handlers.values()
        if policy_of(registered.handler.fn) is None
        and not registered.handler.fn.__module__.startswith("tests.")
    }
    assert theirs == set(framework.POLICIES)
    for registered in RegistrationContext.get().event_handlers.values():
        assert framework.policy_of_handler(registered) is not None


def test_what_the_front_end_does_not_call_serves_nobody() -> None:
    open_to_sockets = {name for name, policy in framework.POLICIES.items()
                       if policy != framework.NOBODY}  # fmt: skip
    assert open_to_sockets == {
        "State.hydrate_and_load",
        "OnLoadInternalState.on_load_internal",
        "FrontendEventExceptionState.handle_frontend_exception",
    }


def test_uploads_are_not_served() -> None:
    """Reflex's upload route would take events past the socket."""
    assert not Upload.is_used


def api_routes() -> list[APIRoute]:
    """Every route of the API, in the rooms that `create_api` puts together."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def test_the_routers_are_all_that_the_api_serves() -> None:
    served = set(create_api().openapi()["paths"])
    assert served <= {route.path for route in api_routes()}


@pytest.mark.parametrize(
    "route", api_routes(), ids=lambda route: f"{sorted(route.methods)} {route.path}"
)
def test_every_route_declares_its_policy(route: APIRoute) -> None:
    assert policy_of(route.endpoint) is not None


def test_links_over_plain_http_serve_whoever_holds_one() -> None:
    assert policy_of(LinkAnswers.answer) == LINK


def test_a_console_route_serves_staff_only() -> None:
    console = [route for route in api_routes() if route.path.startswith("/api/staff/")]
    assert console
    for route in console:
        policy = policy_of(route.endpoint)
        assert policy is not None
        signing_in = route.path == "/api/staff/session"
        assert policy.name in ("staff", "member") or signing_in
