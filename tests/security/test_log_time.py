"""64 KB of a stranger's text cost no way to the log more than 50 ms; nor do they fill it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import structlog
from reflex_base.event import Event
from reflex_base.utils.log import JsonHandler, RichConsoleHandler

from payment_app.logs import LONGEST, LONGEST_LINE, cut, mask, set_up_logs
from tests.security.hostile_text import LIMIT, SIZE, TEXTS, seconds

Write = Callable[[str], object]
MOST_WRITTEN = 2 * LONGEST_LINE


@contextmanager
def server_logs() -> Iterator[io.StringIO]:
    """The logs as the server sets them up; what goes to stdout and stderr.

    No fixture: pytest puts streams of its own in place when the test itself begins.
    """
    out = io.StringIO()
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = out
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers, root.handlers = root.handlers, []
    set_up_logs(terminal=False)
    try:
        yield out
    finally:
        sys.stdout, sys.stderr = streams
        root.handlers = handlers
        logging.setLogRecordFactory(factory)
        structlog.reset_defaults()


def _library(handler: logging.Handler | None = None) -> logging.Logger:
    """A library's logger, with a handler of its own if it brings one."""
    log = logging.Logger("some.library")
    log.parent = logging.getLogger()
    if handler is not None:
        log.propagate = False
        log.addHandler(handler)
    return log


def _raises(text: str) -> None:
    raise ValueError(text)


def _log_error(log: logging.Logger, text: str) -> None:
    try:
        _raises(text)
    except ValueError:
        log.exception("It failed")


def _log_our_error(text: str) -> None:
    try:
        _raises(text)
    except ValueError:
        structlog.get_logger("t").exception("failed")


def _nested(text: str) -> None:
    value: object = text
    for _ in range(200):
        value = {text: [value, text]}
    structlog.get_logger("t").info("nested", value=value)


def _unhandled(text: str) -> None:
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "lost", "exception": ValueError(text)})
    loop.close()


def _warn(text: str) -> None:
    """As `warnings` itself does; pytest takes its place."""
    sys.stderr.write(warnings.formatwarning(text, UserWarning, "some_file.py", 1))


def _event(text: str) -> None:
    event = Event(
        name=text,
        payload={text: text, "form": {"password": text}},
        router_data={"headers": {"cookie": text}, "query": {"token": text}},
    )
    _library(RichConsoleHandler()).error("Error processing event queue entry for %s", event)


PATHS: dict[str, Write] = {
    "mask": mask,
    "our event's name": lambda text: structlog.get_logger("t").info(text),
    "our value": lambda text: structlog.get_logger("t").info("e", phone=text, body=text.encode()),
    "our name of a value": lambda text: structlog.get_logger("t").info("e", **{text: 1}),
    "our list": lambda text: structlog.get_logger("t").info("e", rows=[text] * 500),
    "our nested value": _nested,
    "our exception": _log_our_error,
    "a library's line": lambda text: _library().warning(text.replace("%", "%%")),
    "a library's argument": lambda text: _library().warning("got %s and %r", text, text),
    "a library's wrong arguments": lambda text: _library().warning("got %d %d", text),
    "a library's exception": lambda text: _log_error(_library(), text),
    "Reflex's console": lambda text: _library(RichConsoleHandler()).error("got %s", text),
    "Reflex's console, error": lambda text: _log_error(_library(RichConsoleHandler()), text),
    "Reflex's JSON": lambda text: _log_error(_library(JsonHandler()), text),
    "Reflex's unknown event": _event,
    "a stream handler": lambda text: _log_error(_library(logging.StreamHandler(sys.stdout)), text),
    "print": lambda text: print(text),
    "print to stderr": lambda text: print(text, file=sys.stderr),
    "an uncaught exception": lambda text: sys.excepthook(ValueError, ValueError(text), None),
    "asyncio's unhandled": _unhandled,
    "a warning": _warn,
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("shape", TEXTS)
def test_hostile_text_is_logged_in_no_time(path: str, shape: str) -> None:
    text = TEXTS[shape]
    with server_logs() as written:
        spent = seconds(lambda: PATHS[path](text))
    assert spent < LIMIT
    assert len(written.getvalue()) <= 3 * MOST_WRITTEN


@pytest.mark.parametrize("place", [0, 700, LONGEST - 30, LONGEST, SIZE // 2, SIZE - 40])
def test_a_cut_shows_no_part_of_a_number(place: int) -> None:
    """A phone that the cut would halve is hidden with the rest of its word."""
    filler = ("some words " * SIZE)[:SIZE]
    text = filler[:place] + " 0712 345 678 " + filler[place:]
    shown = mask(text)
    assert len(shown) < LONGEST + 100
    for part in ("0712 345", "345 678", "12 345"):
        assert part not in shown


def test_a_cut_says_how_much_it_left_out() -> None:
    shown = cut("word " * 1_000)
    assert "characters left out" in shown
    assert shown.startswith("word word")
    assert shown.endswith("word ")


PHONE = "254712345678"
LINK = "q3Jm8-Zb_T0yVn5xLw9RkEa2HcUoPd7SgFiM4vXtB1e"
SESSION = "Zx8Jm8-Qb_T0yVn5xLw9RkEa2HcUoPd7SgFiM4vXtB1"
PASSWORD = "correct horse battery"


def _whole_event() -> Event:
    """An event as the framework logs it when it knows no handler of that name."""
    return Event(
        name="nothing.like.this",
        payload={"form": {"phone": PHONE, "password": PASSWORD}},
        router_data={
            "pathname": "/pay/[token]",
            "asPath": f"/pay/{LINK}",
            "query": {"token": LINK},
            "headers": {"cookie": f"staff_session={SESSION}; a=b", "authorization": "Bearer k3y9x"},
        },
    )


@pytest.mark.parametrize(
    "handler",
    [None, RichConsoleHandler, JsonHandler, lambda: logging.StreamHandler(sys.stdout)],
    ids=["ours", "Reflex's console", "Reflex's JSON", "a stream handler"],
)
def test_a_whole_event_in_a_librarys_line_shows_no_secret(
    handler: Callable[[], logging.Handler] | None,
) -> None:
    with server_logs() as written:
        log = _library(handler() if handler else None)
        log.error("Error processing event queue entry for %s", _whole_event())
        log.error("Event data: %s", json.dumps(_whole_event().__dict__))
        _log_error(log, f"Failed to deserialize event data: {_whole_event()}")
    _assert_clean(written.getvalue())


@pytest.mark.parametrize(
    "write",
    [
        print,
        lambda text: print(text, file=sys.stderr),
        lambda text: sys.excepthook(ValueError, ValueError(text), None),
        _unhandled,
        _warn,
        lambda text: _library().warning("%d", text),
    ],
    ids=["print", "stderr", "uncaught", "asyncio", "warning", "wrong arguments"],
)
def test_what_goes_around_the_log_is_masked_too(write: Write) -> None:
    with server_logs() as written:
        write(str(_whole_event()))
    _assert_clean(written.getvalue())


def _assert_clean(text: str) -> None:
    assert "nothing.like.this" in text
    # Reflex's console breaks lines.
    joined = text.replace("\n", "")
    for secret in (PHONE, PHONE[3:], LINK, SESSION, PASSWORD, "k3y9x"):
        assert secret not in text
        assert secret not in joined


def test_what_an_access_line_holds() -> None:
    tab = "3f1c2a9e-7b1d-4c7e-9a55-0c1d2e3f4a5b"
    line = f'127.0.0.1 - "GET /_event/?EIO=4&token={tab} HTTP/1.1" 101 /pay/{LINK} {tab}'
    with server_logs() as written:
        logging.getLogger("granian.access").warning(line)
    assert tab not in written.getvalue()
    assert LINK not in written.getvalue()
    assert "127.0.0.1" in written.getvalue()
