"""An event's arguments are those of its handler, in words that a database can keep."""

from __future__ import annotations

from typing import Any

import pytest
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

from payment_app.web.tabs.payloads import LARGEST, fits, keepable
from tests.security.handlers import handlers


class _State:
    async def choose(self, payment_id: int) -> None: ...

    async def speak(self, lang: str) -> None: ...

    async def send(self, form: dict[str, Any]) -> None: ...

    async def begin(self, facts: dict[str, Any] | None = None, names: list[str] = []) -> None: ...  # noqa: B006

    async def tick(self, payment_ids: list[int]) -> None: ...

    async def look(self) -> None: ...


PAIRS = FORM_DATA_ENTRIES_KEY


@pytest.mark.parametrize(
    ("handler", "payload"),
    [
        (_State.choose, {"payment_id": 1}),
        (_State.choose, {"payment_id": LARGEST}),
        (_State.speak, {"lang": "sw"}),
        (_State.send, {"form": {}}),
        (_State.send, {"form": {"phone": "0712", "tick": True}}),
        (_State.send, {"form": {PAIRS: [["phone", "0712"], ["tick", True]]}}),
        (_State.tick, {"payment_ids": []}),
        (_State.tick, {"payment_ids": [1, 2]}),
        (_State.begin, {}),
        (_State.begin, {"facts": None, "names": []}),
        (_State.begin, {"facts": {"a": 1}}),
        (_State.look, {}),
    ],
)
def test_what_a_page_sends_fits(handler: Any, payload: dict[str, Any]) -> None:
    assert fits(handler, payload)


@pytest.mark.parametrize(
    ("handler", "payload"),
    [
        (_State.choose, {}),
        (_State.choose, {"payment_id": 1, "more": 1}),
        (_State.choose, {"payment_id": LARGEST + 1}),
        (_State.choose, {"payment_id": -LARGEST - 1}),
        (_State.choose, {"payment_id": True}),
        (_State.choose, {"payment_id": 1.0}),
        (_State.choose, {"payment_id": "1"}),
        (_State.choose, {"payment_id": None}),
        (_State.choose, {"payment_id": [1]}),
        (_State.choose, {"payment_id": 1, "self": 1}),
        (_State.speak, {"lang": ["sw"]}),
        (_State.speak, {"lang": {"sw": 1}}),
        (_State.send, {"form": "phone"}),
        (_State.send, {"form": None}),
        (_State.send, {"form": [1]}),
        (_State.send, {"form": {PAIRS: 1}}),
        (_State.send, {"form": {PAIRS: "ab"}}),
        (_State.send, {"form": {PAIRS: [["a"]]}}),
        (_State.send, {"form": {PAIRS: [[[], 1]]}}),
        (_State.tick, {"payment_ids": 1}),
        (_State.tick, {"payment_ids": [1, "2"]}),
        (_State.tick, {"payment_ids": [LARGEST + 1]}),
        (_State.tick, {"payment_ids": {"0": 1}}),
        (_State.begin, {"names": "abc"}),
        (_State.look, {"self": 1}),
        (_State.look, {"event": {}}),
    ],
)
def test_a_strangers_invention_does_not(handler: Any, payload: dict[str, Any]) -> None:
    assert not fits(handler, payload)


def test_every_handler_of_ours_can_be_called_as_it_declares() -> None:
    for handler in handlers():
        function = handler.state.event_handlers[handler.name.partition(".")[2]].fn
        assert fits(function, handler.payload), handler.name
        assert not fits(function, {**handler.payload, "more": 1}), handler.name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("a\nb 😀 é", "a\nb 😀 é"),
        (
            {"a\0": ["\udfff", {"b": "\0"}], "c": 1},
            {"a\ufffd": ["\ufffd", {"b": "\ufffd"}], "c": 1},
        ),
        (None, None),
        (1.5, 1.5),
    ],
)
def test_what_no_database_could_keep_is_marked(sent: Any, kept: Any) -> None:
    assert keepable(sent) == kept


def test_what_lies_too_deep_is_left_out() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert "x" not in str(keepable(deep))
