"""The pages can be built, and nothing but handlers of forms can be called on their states."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import reflex as rx

from payment_app.web.components.opening import opening
from payment_app.web.gallery.state import GalleryState
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.pay.state import PayState
from payment_app.web.payer.receipt.state import ReceiptState
from payment_app.web.payer.start.state import HomeState
from payment_app.web.routes import ROUTES

WEB = Path(__file__).parents[3] / "payment_app" / "web"
KIT = Path(__file__).parents[3] / "assets" / "pay_kit.js"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_every_page_can_be_built(route: object) -> None:
    rendered = json.dumps(route.component().render(), default=str)  # type: ignore[attr-defined]
    assert "jsx" in rendered or "div" in rendered


def test_the_opening_outline_needs_no_state() -> None:
    assert "state" not in json.dumps(opening().render(), default=str)


def test_the_pay_page_keeps_the_contract() -> None:
    pay = next(route for route in ROUTES if route.path == "/pay/[token]")
    rendered = json.dumps(pay.component().render(), default=str)
    assert "ActionCard" in rendered
    assert rendered.count("PhoneInput") == 1
    assert "aria-live" in rendered


def test_outside_the_simulator_only_the_two_links_and_the_console_exist() -> None:
    paths = [route.path for route in ROUTES if not route.simulator_only]
    assert [path for path in paths if not path.startswith("/staff")] == [
        "/pay/[token]",
        "/receipt/[token]",
    ]


@pytest.mark.parametrize(
    ("state", "handlers"),
    [
        (LanguageState, set()),
        (PayState, {"watch", "look_again", "pay", "set_language"}),
        (ReceiptState, {"watch", "look_again", "set_language"}),
        (HomeState, {"open_page", "look_again", "set_language"}),
        (GalleryState, {"open_page", "look_again", "set_language"}),
    ],
)
def test_a_stranger_on_the_socket_can_call_only_these(
    state: type[rx.State], handlers: set[str]
) -> None:
    own = set(state.event_handlers) - set(rx.State.event_handlers)
    assert own - {"setvar"} == handlers


def test_the_browser_sees_no_authority() -> None:
    assert not {name for name in PayState.vars if "token" in name and name != "token"}
    assert "payment_status" in PayState.base_vars


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_no_page_needs_a_style_element(route: object) -> None:
    """A `css` property becomes one at run time, and the Content-Security-Policy blocks it."""
    assert "css:" not in json.dumps(route.component().render(), default=str)  # type: ignore[attr-defined]


def test_components_and_pages_hold_no_words() -> None:
    """Text between tags comes from the texts: no string literal with a space and a capital."""
    sentence = re.compile(r'rx\.el\.\w+\(\s*"[A-Z][^"]*"')
    files = [file for file in WEB.rglob("*.py") if "rx.el." in file.read_text(encoding="utf-8")]
    assert len(files) > 30, "the search for pages has gone blind"
    for file in files:
        assert not sentence.search(file.read_text(encoding="utf-8")), file.name


def test_the_browser_module_needs_no_eval_and_no_inline_handler() -> None:
    source = KIT.read_text(encoding="utf-8")
    for banned in ("eval(", "new Function", "innerHTML", "document.write"):
        assert banned not in source
