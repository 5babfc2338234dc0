"""Looks: each asks one thing of the world and says what came back, without judging it.

They use the standard library, as they need what a client of Daraja does not: a certificate, the
`Date` of an answer, the body of an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import ssl
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import DarajaClient, TokenRefused, TokenUnavailable
from payment_app.doctor.addresses import host_of, is_private
from payment_app.doctor.check import Answer
from payment_app.storage.database import Database
from payment_app.storage.tables import IdempotencyKey

SECONDS = 10.0
"""How long one look may take."""
_MOST_READ = 64 * 1024


class _Stay(HTTPRedirectHandler):
    """Redirects are findings, not ways to go."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ask(method: str, url: str, body: bytes | None, tls: ssl.SSLContext) -> Answer:
    """One request; any status is an answer. Raises OSError, HTTPException or ValueError."""
    direct = (ProxyHandler({}),) if is_private(host_of(url)) else ()
    opener = build_opener(_Stay, HTTPSHandler(context=tls), *direct)
    headers = {"Content-Type": "application/json", "User-Agent": "payment-app-doctor"}
    request = Request(url, body, headers, method=method)  # noqa: S310 - http(s) by the callers
    try:
        response = opener.open(request, timeout=SECONDS)
    except HTTPError as error:
        response = error
    with response:
        return Answer(response.status, response.headers, _slug(response.read(_MOST_READ)))


def _slug(body: bytes) -> str:
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(body)
        if isinstance(fields, dict) and set(fields) == {"error", "code"}:
            return str(fields["code"])
    return ""


def certificate_end(host: str, port: int, tls: ssl.SSLContext) -> datetime:
    with (
        socket.create_connection((host, port), timeout=SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def missing_file(url: URL) -> bool:
    """It is the address of an SQLite file that is not there."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return is_file and not os.path.exists(str(url.database))


async def ask_for_token(daraja: DarajaClient) -> TokenRefused | TokenUnavailable | None:
    """What keeps us from a token; `None` when one was given."""
    try:
        await daraja.check_token()
    except (TokenRefused, TokenUnavailable) as failure:
        return failure
    return None


async def read_revision(database: Database) -> str | None:
    """The schema's revision; `None` without tables. Raises SQLAlchemyError if nothing answers."""
    async with database.read() as session:
        await session.execute(text("SELECT 1"))
    with contextlib.suppress(SQLAlchemyError):
        async with database.read() as session:
            rows = await session.execute(text("SELECT version_num FROM alembic_version"))
            return rows.scalar_one_or_none()
    return None


class _Undo(Exception):
    """Ends a transaction without keeping anything of it."""


async def try_to_write(database: Database, now: datetime) -> None:
    with contextlib.suppress(_Undo):
        async with database.write() as session:
            key = f"doctor-{secrets.token_hex(16)}"
            session.add(IdempotencyKey(key_hash=key, request_hash="", started_at=now))
            await session.flush()
            raise _Undo
