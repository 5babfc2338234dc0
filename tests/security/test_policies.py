"""Every route and every event handler says whom it serves."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from payment_app.api.app import ROUTERS, create_api
from payment_app.services.shared.policy import ANYONE, LINK, policy_of
from payment_app.web.payer.plain.answers import LinkAnswers
from payment_app.web.staff.state import StaffState
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
