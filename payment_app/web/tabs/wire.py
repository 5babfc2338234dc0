"""What a page of ours sends over its socket, letter by letter.

Engine.IO and Socket.IO understand more than a page ever says, and trust it: `["connect", …]` as an
event calls `on_connect` with a handshake of the sender's invention (any address, any tab), and a
binary event is collected in memory until its last attachment, which never comes. So whatever is not
one of these few messages is dropped before either of them reads it:

| message | is |
|---|---|
| `3`, `1` | Engine.IO: the answer to a ping, the end |
| `40/_event,{…}` | Socket.IO: the page comes, with its first event |
| `41/_event,` | it goes |
| `42/_event,["event",{…}]` | an event of the page |
| `42/_event,["ping"]` | Reflex's own question for life |
| `42/_event,["client_error",{…}]` | what went wrong in the browser |
"""

from __future__ import annotations

import json
from typing import Any

_ENGINE = frozenset({"3", "1"})
_COMES = ("40/_event,", "40/_event")
_GOES = frozenset({"41/_event,", "41/_event"})
_SAYS = "42/_event,"
_WITH_FACTS = frozenset({"event", "client_error"})


def is_from_page(text: str) -> bool:
    """Whether a page sends such a text message; a page sends no other kind of message."""
    if text in _ENGINE or text in _GOES or text in _COMES:
        return True
    if text.startswith(_COMES[0]):
        return isinstance(_read(text.removeprefix(_COMES[0])), dict)
    return text.startswith(_SAYS) and _is_said(_read(text.removeprefix(_SAYS)))


def _is_said(said: Any) -> bool:
    match said:
        case ["ping"]:
            return True
        case [str(name), dict()]:
            return name in _WITH_FACTS
    return False


def _read(text: str) -> Any:
    """The JSON of a message, `None` for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
