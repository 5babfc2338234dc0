"""What a page says over its socket, and what only somebody else would."""

from __future__ import annotations

import json

import pytest

from payment_app.web.tabs.wire import is_from_page
from tests.security.hostile_text import LIMIT, TEXTS, seconds

EVENT = {"name": "reflex___state____state.hydrate_and_load", "payload": {}, "router_data": {}}
HANDSHAKE = {"QUERY_STRING": "token=of-another-tab", "asgi.scope": {"client": ["6.6.6.6", 1]}}


def said(*words: object) -> str:
    return "42/_event," + json.dumps(words)


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "1",
        "40/_event,",
        "40/_event",
        "40/_event,{}",
        "40/_event," + json.dumps({"event": EVENT}),
        "41/_event,",
        said("event", EVENT),
        said("ping"),
        said("client_error", {"message": "0712345678"}),
    ],
)
def test_a_page_is_heard(text: str) -> None:
    assert is_from_page(text)


@pytest.mark.parametrize(
    "text",
    [
        # A handshake of the sender's own invention: any address, any tab, page after page.
        said("connect", HANDSHAKE),
        said("connect", HANDSHAKE, {"event": EVENT}),
        said("disconnect"),
        '42/_event,["\\u0063onnect",{}]',
        said("emit_update", {}, "tab"),
        said("link_token_to_sid", {}),
        said("nothing", {}),
        # Binary events wait in memory for attachments that never come.
        '459999999-/_event,["event",{}]',
        '461-/_event,1["event",{}]',
        '451-/_event,["event",{"_placeholder":true,"num":0}]',
        "bAAAA",
        "b!!!",
        # Answers and numbers that nobody asked for, other namespaces, no packets at all.
        '42/_event,7["event",{}]',
        "43/_event,1[]",
        '44/_event,"x"',
        "47",
        "42",
        "4",
        "",
        "0",
        "2",
        "2probe",
        "5",
        "6",
        "9",
        "x",
        "40/nowhere,",
        "40",
        '42["event",{}]',
        '42/nowhere,["event",{}]',
        "40/_event,[]",
        '40/_event,"x"',
        "40/_event,{",
        "42/_event,",
        "42/_event,[]",
        "42/_event,null",
        "42/_event,{}",
        "42/_event,[1]",
        "42/_event,[null,{}]",
        "42/_event,[{}]",
        said("event"),
        said("event", 1),
        said("event", None),
        said("event", []),
        said("event", {}, {}),
        said("ping", {}),
        said("client_error"),
        said("client_error", "x"),
        "42/_event," + "[" * 100_000,
        '42/_event,["event",' + '{"a":' * 100_000,
        '42/_event,["event",{"a":' + "9" * 5_000 + "}]",
    ],
)
def test_others_are_not(text: str) -> None:
    assert not is_from_page(text)


@pytest.mark.parametrize("shape", TEXTS)
def test_a_long_message_costs_nothing(shape: str) -> None:
    for start in ("", "42/_event,", '42/_event,["event",{"a":"', "40/_event,"):
        text = start + TEXTS[shape]
        assert seconds(lambda text=text: is_from_page(text)) < LIMIT
