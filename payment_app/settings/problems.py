"""Why the app must not start: one plain sentence for each thing that is missing or unsafe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from payment_app.settings.variables import SIMULATOR_API_KEY, Environment, Settings

_MIN_SECRET = 32
_MIN_API_KEY = 16
_DEFAULTS = ("changeme", "change-me", "change_me", SIMULATOR_API_KEY)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHORT_CODE = re.compile(r"[0-9]{5,7}")


def problems(settings: Settings) -> list[str]:
    """One sentence for each thing that is missing or unsafe; empty when the app may start."""
    found = [
        *_worker_problems(settings),
        *_origin_problems(settings),
        *_database_problems(settings),
        *_rail_problems(settings),
    ]
    if not settings.simulated:
        found += [
            *_credential_problems(settings),
            *_address_problems(settings),
            *_secret_problems(settings),
        ]
    return found


def _worker_problems(settings: Settings) -> Iterable[str]:
    if settings.workers == 1:
        return
    if not settings.on_postgresql:
        yield (
            "WORKERS is more than 1 and needs PostgreSQL: "
            "set DATABASE_URL to postgresql://…, or WORKERS=1."
        )
    if not settings.redis_url:
        yield "WORKERS is more than 1 and needs Redis: set REDIS_URL to redis://…, or WORKERS=1."
    if settings.simulated and not settings.mpesa_base_url:
        yield (
            "WORKERS is more than 1 and the built-in simulator lives in one process: run it alone "
            "(python -m payment_app simulator), then set MPESA_ENVIRONMENT=sandbox and "
            "MPESA_BASE_URL to its address."
        )


def _origin_problems(settings: Settings) -> Iterable[str]:
    parts = _parts(settings.origin)
    if "*" in settings.origin:
        yield "PUBLIC_URL must be one origin, not a pattern with *."
    elif parts is None or settings.origin != f"{parts.scheme}://{parts.netloc}":
        yield "PUBLIC_URL must be an origin such as https://pay.example.co.ke, without a path."


def _database_problems(settings: Settings) -> Iterable[str]:
    try:
        backend = make_url(settings.database_url).get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql", "postgres"):
        yield "DATABASE_URL must be an address such as postgresql://user@host/name or sqlite:///file."


def _rail_problems(settings: Settings) -> Iterable[str]:
    for name, number in {
        "MPESA_SHORTCODE": settings.mpesa_shortcode,
        "MPESA_TILL_NUMBER": settings.mpesa_till_number,
    }.items():
        if number and not _SHORT_CODE.fullmatch(number):
            yield f"{name} must be 5 to 7 digits."
    for name, address in {
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }.items():
        if address and _parts(address) is None:
            yield f"{name} must be an address such as https://pay.example.co.ke, without ? and #."


def _parts(address: str) -> SplitResult | None:
    """The address in its parts, or `None` when it is none that a path can be added to."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    plain = address.isascii() and address.isprintable() and not set(address) & set(" ?#@")
    return parts if usable and plain else None


def _credential_problems(settings: Settings) -> Iterable[str]:
    required = {
        "MPESA_CONSUMER_KEY": settings.mpesa_consumer_key.get_secret_value(),
        "MPESA_CONSUMER_SECRET": settings.mpesa_consumer_secret.get_secret_value(),
        "MPESA_SHORTCODE": settings.mpesa_shortcode,
        "MPESA_PASSKEY": settings.mpesa_passkey.get_secret_value(),
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
    }
    if settings.mpesa_transaction_type == "till":
        required["MPESA_TILL_NUMBER"] = settings.mpesa_till_number
    for name, value in required.items():
        if not value:
            yield f"{name} is missing: {settings.environment} needs it."


def _address_problems(settings: Settings) -> Iterable[str]:
    addresses = {
        "PUBLIC_URL": settings.origin,
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }
    for name, address in addresses.items():
        if address and not _safe_address(address, settings.environment):
            yield (
                f"{name} must start with https:// "
                "(http is accepted for loopback hosts in sandbox only)."
            )


def _safe_address(address: str, environment: Environment) -> bool:
    parts = _parts(address)
    if parts is None:
        return True  # that it is no address at all is said elsewhere
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and environment == "sandbox" and parts.hostname in _LOOPBACK


def _secret_problems(settings: Settings) -> Iterable[str]:
    secret = settings.secret_key.get_secret_value()
    if len(secret) < _MIN_SECRET or _looks_default(secret):
        yield f"SECRET_KEY must be your own random value of at least {_MIN_SECRET} characters."
    keys = settings.api_key_values
    if not keys:
        yield "API_KEYS is missing: set at least one long random key."
    elif any(len(key) < _MIN_API_KEY or _looks_default(key) for key in keys):
        yield f"API_KEYS must be your own random values of at least {_MIN_API_KEY} characters each."


def _looks_default(secret: str) -> bool:
    return any(default in secret.lower() for default in _DEFAULTS)
