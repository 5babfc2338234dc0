"""Structured logs on stdout, and the one place where secrets and phone numbers are masked.

One JSON object a line; readable text on a terminal. Nothing is written to files.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from payment_app.domain.phone import mask_phone

# Every spelling that people use, glued to anything but a digit. An IPv4 address is no phone.
_GAP = r"[ \u00a0.()/\-\u2010-\u2015]{0,3}"
_PHONE = re.compile(
    rf"(?<![0-9])(?![0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![0-9]))"
    rf"(?:\+?(?:00)?254{_GAP})?(?:0{_GAP})?[17](?:{_GAP}[0-9]){{8}}(?![0-9])"
)
_TOKEN_PATH = re.compile(r"(/(?:pay|receipt|hooks/\w+|api/mpesa/callback)/)[A-Za-z0-9_-]{8,}")
_CHECKOUT_ID = re.compile(r"(ws_CO_\w*)[0-9]{9}")
_SECRET_KEYS = frozenset(
    {"token", "authorization", "password", "passkey", "secret", "api_key", "callback_url", "cookie"}
)


def mask(text: str) -> str:
    """`text` with phone numbers, link tokens and the phone inside a CheckoutRequestID hidden."""
    text = _TOKEN_PATH.sub(r"\1•••", text)
    text = _CHECKOUT_ID.sub(r"\1•••", text)
    return _PHONE.sub(lambda found: mask_phone(_full(found.group())), text)


def _full(phone: str) -> str:
    return "254" + re.sub(r"[^0-9]", "", phone)[-9:]


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that masks every value of every line, however deep it lies."""
    for key, value in event.items():
        event[key] = _hide(key, value)
    return event


def _hide(name: object, value: Any) -> Any:
    if str(name).lower() in _SECRET_KEYS:
        return "•••"
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask(str(key)): _hide(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide("", inner) for inner in value]
    text = str(value)
    masked = mask(text)
    return value if masked == text else masked


def set_up_logs(*, terminal: bool | None = None) -> None:
    """Configure structlog and quieten libraries; call once at start."""
    readable = sys.stdout.isatty() if terminal is None else terminal
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_event,
    ]
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    # These libraries log addresses (with tokens in them) at INFO.
    for noisy in ("httpx", "httpcore", "alembic", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    _write_library_lines(processors, renderer)


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
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)
