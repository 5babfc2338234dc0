"""Structured logs on stdout, and the one place where secrets and phone numbers are masked.

One JSON object a line; readable text on a terminal. Nothing is written to files.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from payment_app.domain.phone import mask_phone

_PHONE = re.compile(r"(?<![\w.])(?:\+?254|0)[17]\d{8}(?!\w)")
_TOKEN_PATH = re.compile(r"(/(?:pay|receipt|hooks/\w+|api/mpesa/callback)/)[A-Za-z0-9_-]{8,}")
_CHECKOUT_ID = re.compile(r"(ws_CO_\w*?)\d{9}(?!\d)")
_SECRET_KEYS = frozenset(
    {"token", "authorization", "password", "passkey", "secret", "api_key", "callback_url", "cookie"}
)


def mask(text: str) -> str:
    """`text` with phone numbers, link tokens and the phone inside a CheckoutRequestID hidden."""
    text = _TOKEN_PATH.sub(r"\1•••", text)
    text = _CHECKOUT_ID.sub(r"\1•••", text)
    return _PHONE.sub(lambda found: mask_phone(_digits(found.group())), text)


def _digits(phone: str) -> str:
    return "254" + phone.lstrip("+").removeprefix("254").removeprefix("0")


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that masks every value of every line."""
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = "•••"
        elif isinstance(value, str):
            event[key] = mask(value)
    return event


class _MaskingFilter(logging.Filter):
    """The same masking for what libraries log through the standard library."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        return True


def set_up_logs(*, terminal: bool | None = None) -> None:
    """Configure structlog and quieten libraries; call once at start."""
    readable = sys.stdout.isatty() if terminal is None else terminal
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    # These libraries log addresses (with tokens in them) at INFO.
    for noisy in ("httpx", "httpcore", "alembic", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_MaskingFilter())
