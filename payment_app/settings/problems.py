"""Why the app must not start: one plain sentence for each thing that is missing or unsafe.

The sentences name the variable and never its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from payment_app.settings.addresses import (
    exposure_problems,
    origin_problems,
    proxy_problems,
    rail_problems,
    split_address,
    transport_problems,
)
from payment_app.settings.credentials import (
    hidden_problems,
    missing_problems,
    production_problems,
    secret_problems,
)
from payment_app.settings.variables import Settings

_SHORT_CODE = re.compile(r"[0-9]{5,7}")


def problems(settings: Settings) -> list[str]:
    """One sentence for each thing that is missing or unsafe; empty when the app may start."""
    looks = (_worker_problems, origin_problems, _database_problems, _shape_problems)
    return [problem for look in (*looks, *_by_mode(settings)) for problem in look(settings)]


def _by_mode(settings: Settings) -> tuple[Callable[[Settings], Iterable[str]], ...]:
    if settings.simulated:
        return (exposure_problems,)
    return (
        hidden_problems,
        missing_problems,
        production_problems,
        transport_problems,
        rail_problems,
        secret_problems,
        proxy_problems,
    )


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


def _database_problems(settings: Settings) -> Iterable[str]:
    try:
        backend = make_url(settings.database_url).get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql", "postgres"):
        yield "DATABASE_URL must be an address such as postgresql://user@host/name or sqlite:///file."


def _shape_problems(settings: Settings) -> Iterable[str]:
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
        if address and split_address(address) is None:
            yield f"{name} must be an address such as https://pay.example.co.ke, without ? and #."
