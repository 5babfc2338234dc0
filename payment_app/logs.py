"""Structured logs on stdout, and the one place where secrets and phone numbers are masked.

One JSON object a line; readable text on a terminal. Nothing is written to files.

What is logged was often written by a stranger. Every text is therefore cut before it is masked, and
each pattern reads a text once: none may look further ahead or back than a fixed number of
characters, unless what it has read is not read again. Masking happens where a record is made, so
that no handler of any library, and nothing that is printed, goes around it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

from payment_app.domain.phone import mask_phone

LONGEST = 2_000
"""Characters of one value in a line; of a longer one the beginning and the end are kept."""
LONGEST_TRACE = 8_000
LONGEST_LINE = 32_000
_MOST_VALUES = 100
"""Values of one event, however deep they lie."""
_MOST_SHOWN = 16_000
"""Characters of all of them."""
_DEEPEST = 6

# Every spelling that people use, glued to anything but a digit. An IPv4 address is no phone.
_GAP = r"[ \u00a0.()/\-\u2010-\u2015]{0,3}"
_PHONE = re.compile(
    rf"(?<![0-9])(?![0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![0-9]))"
    rf"(?:\+?(?:00)?254{_GAP})?(?:0{_GAP})?[17](?:{_GAP}[0-9]){{8}}(?![0-9])"
)
_HIDDEN = "•••"
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # built once: `dumps` would build one a line
_TOKEN_PATH = re.compile(
    r"(/(?:pay|receipt|hooks/\w{1,20}+|api/mpesa/callback)/)[A-Za-z0-9_-]{8,}+"
)
_CHECKOUT_ID = re.compile(r"ws_CO_\w{9,200}+")
_TAB = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOKEN_LENGTH = 43
_RANDOM = re.compile(r"[A-Za-z0-9_-]{43,}+")
_BEARER = re.compile(r"\b(bearer|basic)\s{1,3}[A-Za-z0-9._~+/=-]{4,}+", re.IGNORECASE)
_NAMES_OF_SECRETS = (
    "token|authorization|password|passkey|passphrase|secret|secret_key|api_keys?|consumer_key"
    "|consumer_secret|credential|staff_session|staff_device|__Host-[a-z_-]{1,40}"
)
_NAMED = re.compile(
    rf"((?:{_NAMES_OF_SECRETS})\\{{0,3}}[\"']?\s{{0,3}}[:=]\s{{0,3}}\\{{0,3}})"
    r"(?:\"(?:\\.|[^\"\\])*+|'(?:\\.|[^'\\])*+|[^\s\"'\\&,;})\]]++)",
    re.IGNORECASE | re.DOTALL,
)
_COOKIES = re.compile(r"(cookie\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)[^\"'\r\n]++", re.I)
_SECRET_KEYS = frozenset(
    {"token", "authorization", "password", "passkey", "secret", "api_key", "callback_url", "cookie"}
)
# Most values of a line: a word, or a number too short for a phone. Every pattern needs more.
_HARMLESS = re.compile(r"[A-Za-z_]{0,40}|[0-9]{1,8}")
_SMALL = 10**8
_PHONE_SIGNS = "0123456789 ()+.-/\u00a0\u2010\u2011\u2012\u2013\u2014\u2015"
_LONGEST_WORD = 100


def mask(text: str, longest: int = LONGEST) -> str:
    """`text`, cut to about `longest` characters, without phone numbers, link tokens and secrets.

    Hidden are also the phone inside a CheckoutRequestID, cookies, and what follows the name of a
    secret, as in JSON or an address.
    """
    if _HARMLESS.fullmatch(text):
        return text
    text = cut(text, longest)
    lower = text.lower()
    for marks, pattern, hidden in _PATTERNS:
        # Looking for a few words first is much cheaper than a pattern, and mostly finds none.
        if any(sign in lower for sign in marks):
            text = pattern.sub(hidden, text)
    if len(text) >= _TOKEN_LENGTH:
        text = _RANDOM.sub(_without_random, text)
    return _PHONE.sub(lambda found: mask_phone(_full(found.group())), text)


def cut(text: str, longest: int = LONGEST) -> str:
    """`text` with its middle left out when it is longer; no number or word is cut in two."""
    if len(text) <= longest:
        return text
    head, tail = text[: longest * 3 // 4], text[-(longest // 4) :]
    head = _whole_words(head)
    tail = _whole_words(tail[::-1])[::-1]
    return f"{head}…[{len(text) - len(head) - len(tail)} characters left out]…{tail}"


def _whole_words(text: str) -> str:
    """`text` without what its end may be a part of: half a token or phone is not recognised."""
    end = text.rstrip(_PHONE_SIGNS)
    start = max(0, len(end) - _LONGEST_WORD)
    for place in range(len(end) - 1, start - 1, -1):
        if end[place].isspace() or end[place] in "\"'":
            return end[: place + 1]
    return end[:start]


def _without_phone(found: re.Match[str]) -> str:
    """A CheckoutRequestID without the nine digits at its end, if it has them."""
    text = found.group()
    return f"{text[:-9]}{_HIDDEN}" if text[-9:].isascii() and text[-9:].isdigit() else text


def _without_random(found: re.Match[str]) -> str:
    """A text of a token's length is one when it has letters of both kinds and a digit."""
    text = found.group()
    kinds = (str.islower, str.isupper, str.isdigit)
    looks_random = len(text) == _TOKEN_LENGTH and all(any(map(kind, text)) for kind in kinds)
    return _HIDDEN if looks_random else text


def _full(phone: str) -> str:
    return "254" + re.sub(r"[^0-9]", "", phone)[-9:]


_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], Any], ...] = (
    (("/pay/", "/receipt/", "/hooks/", "/callback/"), _TOKEN_PATH, rf"\1{_HIDDEN}"),
    (("ws_co_",), _CHECKOUT_ID, _without_phone),
    (("cookie",), _COOKIES, rf"\1{_HIDDEN}"),
    (("bearer", "basic"), _BEARER, rf"\1 {_HIDDEN}"),
    (
        (
            "token",
            "author",
            "pass",
            "secret",
            "api_key",
            "consumer",
            "credential",
            "staff_",
            "host-",
        ),
        _NAMED,
        rf"\1{_HIDDEN}",
    ),
    (("-4",), _TAB, lambda found: f"{found.group()[:4]}{_HIDDEN}"),
)
"""Words in small letters of which one must be there, the pattern, and what takes its place."""


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that masks every value of every line, however deep it lies."""
    hiding = _Hiding()
    for key, value in list(event.items()):
        event[key] = hiding.hide(key, value)
    return event


class _Hiding:
    """Masks the values of one event, of which it shows so many and no more."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES
        self._room = _MOST_SHOWN

    def hide(self, name: object, value: Any, depth: int = 0) -> Any:
        """The value as it may be shown."""
        self._left -= 1
        if str(name).lower() in _SECRET_KEYS:
            return _HIDDEN
        if self._left < 0 or self._room <= 0 or depth >= _DEEPEST:
            return "…"
        if value is None or (type(value) is int and -_SMALL < value < _SMALL):
            return value
        if isinstance(value, str):
            return self._hide_text(value, LONGEST_TRACE if name == "exception" else LONGEST)
        if isinstance(value, Mapping):
            return self._hide_mapping(value, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return self._hide_list(value, depth)
        text = _spelt(value)
        masked = self._hide_text(text)
        # Only a number is as it was spelt: what another value shows of itself is not known here.
        return value if isinstance(value, int | float) and masked == text else masked

    def _hide_text(self, text: str, longest: int = LONGEST) -> str:
        self._room -= min(len(text), longest)
        return mask(text, longest)

    def _hide_mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for key, inner in value.items():
            if self._left <= 0 or self._room <= 0:
                shown["…"] = f"{len(value) - len(shown)} more"
                break
            shown[self._hide_text(_spelt(key))] = self.hide(key, inner, depth + 1)
        return shown

    def _hide_list(self, value: Iterable[Any], depth: int) -> list[Any]:
        shown: list[Any] = []
        for inner in value:
            if self._left <= 0 or self._room <= 0:
                shown.append("…")
                break
            shown.append(self.hide("", inner, depth + 1))
        return shown


def _spelt(value: object) -> str:
    """`str` of anything; a value that cannot be spelt must not end whoever logs it."""
    if isinstance(value, bytes | bytearray):
        value = bytes(value[: LONGEST * 4])
    try:
        return str(value)
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__}>"


def set_up_logs(*, terminal: bool | None = None) -> None:
    """Configure structlog, mask what libraries log and print, and quieten them; call at start."""
    readable = sys.stdout.isatty() if terminal is None else terminal
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(_as_json)
    )
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _with_trace,
        structlog.processors.format_exc_info,
        mask_event,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    sys.stdout, sys.stderr = _masked_stream(sys.stdout), _masked_stream(sys.stderr)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Not PrintLogger: it prints to whatever stdout is now, which would mask each line again.
        logger_factory=lambda *_: structlog.WriteLogger(plain_stdout()),
        cache_logger_on_first_use=True,
    )
    # These libraries log addresses (with tokens in them) at INFO.
    for noisy in ("httpx", "httpcore", "alembic", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.setLogRecordFactory(_MaskedRecord)
    _write_library_lines(processors, renderer)


def _as_json(event: Any, **_: Any) -> str:
    return _ENCODER.encode(event)


def plain_stdout() -> TextIO:
    """Stdout for what is masked already, or meant for the terminal, such as the demo's password."""
    stream = sys.stdout
    return stream.plain if isinstance(stream, _MaskedStream) else stream


class _Trace(Exception):
    """Stands in a record for an exception, so that every handler shows its masked traceback."""


class _MaskedRecord(logging.LogRecord):
    """A line of the standard library, masked when it is made: whichever handler then takes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.msg, self.args = mask(self._message()), ()
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = mask(_traceback(*self.exc_info), LONGEST_TRACE)
            self.exc_info = (_Trace, _Trace(self.exc_text), None)
        if self.stack_info:
            self.stack_info = mask(self.stack_info, LONGEST_TRACE)

    def _message(self) -> str:
        """The message with its arguments; `logging` would print both where they do not fit."""
        try:
            return self.getMessage()
        except Exception:
            return f"{_spelt(self.msg)} {_spelt(self.args)}"


def _traceback(kind: Any, error: Any, trace: Any) -> str:
    return "".join(traceback.format_exception(kind, error, trace)).rstrip()


def _with_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's line brings its traceback as text."""
    record = event.get("_record")
    if isinstance(record, _MaskedRecord) and record.exc_text:
        event.pop("exc_info", None)
        event["exception"] = record.exc_text
    return event


class _MaskedStream:
    """A stream that masks what is printed: by whoever does not log, or before anybody could."""

    def __init__(self, plain: TextIO) -> None:
        self.plain = plain

    def write(self, text: str) -> int:
        """Write `text`, cut and masked."""
        self.plain.write(mask(text, LONGEST_LINE))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line, cut and masked."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


def _masked_stream(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, _MaskedStream) else cast(TextIO, _MaskedStream(stream))


def _write_library_lines(processors: list[Any], renderer: Any) -> None:
    """What libraries log through the standard library takes the same form and the same masking."""
    handler = _LibraryLines()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for former in [known for known in root.handlers if isinstance(known, _LibraryLines)]:
        root.removeHandler(former)
    root.addHandler(handler)


class _LibraryLines(logging.Handler):
    """The one handler of the root logger; a line goes to stdout as it is now."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            out = plain_stdout()
            out.write(self.format(record) + "\n")
            out.flush()
        except Exception:
            self.handleError(record)
