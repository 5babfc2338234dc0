"""What can keep a payment from working, looked at from the settings to a paid shilling.

The doctor prints nothing and hides nothing: every look ends as a `Check`, also one that could not
be taken. Its own probes use the standard library, as they need what a client of Daraja does not:
a certificate, the `Date` of an answer, the body of an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import re
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from payment_app import lifespan
from payment_app.bootstrap import App
from payment_app.daraja import (
    DarajaClient,
    DarajaConfig,
    TokenRefused,
    TokenUnavailable,
    result_code,
)
from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import Conflict, Refusal
from payment_app.domain.lifecycle import LIVE, PaymentStatus, Source
from payment_app.domain.phone import mask_phone, normalise_phone
from payment_app.logs import mask
from payment_app.services.bookings.bookings import NewBooking
from payment_app.services.payments.checkout import Attempt
from payment_app.services.shared.clock import Clock, system_clock
from payment_app.services.shared.tokens import new_token
from payment_app.settings import (
    SIMULATOR_PASSKEY,
    SIMULATOR_SHORTCODE,
    Settings,
    UnsafeSettings,
    load_settings,
)
from payment_app.storage.database import Database
from payment_app.storage.migrate import newest_revision
from payment_app.storage.tables import Booking, IdempotencyKey, Payment

MOST_SKEW = timedelta(minutes=5)
RENEW_BEFORE = timedelta(days=14)
PATIENCE = 120
"""Seconds that a test payment may take."""
BANNED_WORDS = ("m-pesa", "mpesa", "safaricom", "exec", "exe", "cmd", "sql", "query")
"""Words that Daraja refuses in the URLs of some products, in any letter case."""
PUBLIC_TESTERS = ("ngrok", "mockbin", "requestbin")
"""Hosts that Daraja refuses in production."""

_SECONDS = 10.0
_MOST_READ = 64 * 1024
_MIGRATE = "run `python -m payment_app migrate`, or start the app once"


@dataclass(frozen=True)
class Check:
    """One look and what was seen.

    Attributes:
        name: what was looked at, for example `callback certificate`.
        ok: `True` = well, `False` = to be mended, `None` = not measured, or merely worth knowing.
        words: what was seen.
        what_to_do: the next step; empty when there is none.
    """

    name: str
    ok: bool | None
    words: str
    what_to_do: str = ""


def read_settings(env_file: str | None = ".env") -> tuple[Settings | None, list[str]]:
    """The settings even if they are unsafe (`None` if unreadable), and every problem with them."""
    try:
        return load_settings(env_file=env_file), []
    except UnsafeSettings as unsafe:
        found = unsafe.problems
    try:
        return Settings(_env_file=env_file), found
    except ValidationError:
        return None, found


class Doctor:
    """Examines one installation."""

    def __init__(
        self,
        settings: Settings | None,
        problems: list[str],
        *,
        clock: Clock = system_clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Args:
        settings, problems: as `read_settings` gives them.
        tls: whom to trust; the system's authorities by default.
        """
        self._settings = settings
        self._problems = problems
        self._clock = clock
        self._sleep = sleep
        self._tls = tls or ssl.create_default_context()

    async def examine(self, phone: str | None = None) -> AsyncIterator[Check]:
        """Every check, as soon as it is done; with `phone` a payment of KSh 1 at the end."""
        settings, well = self._settings, not self._problems
        for check in judge_settings(settings, self._problems):
            yield check
        if settings is None:
            yield Check("all else", None, "not looked at: the settings cannot be read")
            return
        for look in (self._database, self._time, self._token, self._callback):
            async for check in look(settings):
                well = well and check.ok is not False
                yield check
        if phone is None:
            return
        if not well:
            yield Check("payment", None, "no prompt was sent", "mend what is marked ✗ first")
            return
        async for check in self._payment(settings, phone):
            yield check

    # database, clock, token

    async def _database(self, settings: Settings) -> AsyncIterator[Check]:
        obstacle = judge_database_url(settings.database_url)
        if obstacle is not None:
            yield obstacle
            return
        address = make_url(settings.database_url).render_as_string(hide_password=True)
        name, database = "database", Database(settings.database_url)
        try:
            async with asyncio.timeout(_SECONDS):
                revision = await _revision(database)
            yield Check("database", True, f"{address} answers")
            yield judge_revision(revision, newest_revision())
            if revision is None:
                yield Check("database writes", None, "not tried: there are no tables")
                return
            name = "database writes"
            async with asyncio.timeout(_SECONDS):
                await _try_to_write(database, self._clock())
            yield Check(name, True, "a row was written and taken back")
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            advice = "check DATABASE_URL, that the server runs, its rights and the disk"
            yield Check(name, False, f"{address}: {_first_line(error)}", advice)
        finally:
            await database.close()

    async def _time(self, settings: Settings) -> AsyncIterator[Check]:
        host = _host(settings.daraja_url)
        if _is_private(host):
            yield Check("clock", True, f"{_nairobi(self._clock())}; Daraja is nearby")
            return
        try:
            answer = await self._ask("HEAD", settings.daraja_url)
            there = parsedate_to_datetime(answer.headers["Date"])
            yield judge_clock(self._clock(), there, host)
        except (OSError, HTTPException, ValueError, TypeError, KeyError):
            words = f"{_nairobi(self._clock())}; not measured, {host} told no time"
            yield Check("clock", None, words, "compare with a clock that you trust")

    async def _token(self, settings: Settings) -> AsyncIterator[Check]:
        key = settings.mpesa_consumer_key.get_secret_value()
        secret = settings.mpesa_consumer_secret.get_secret_value()
        if not settings.simulated and not (key and secret):
            yield Check("token", None, "not asked for: consumer key or secret is missing")
            return
        try:
            config = DarajaConfig(
                base_url=settings.daraja_url,
                consumer_key=key or "simulator",
                consumer_secret=secret or "simulator",
                shortcode=SIMULATOR_SHORTCODE,  # any will do: a token needs neither
                passkey=SIMULATOR_PASSKEY,
            )
        except ValueError:
            words = "MPESA_BASE_URL is not the address of a host"
            yield Check("token", False, words, "mend it, or remove it for Safaricom's own")
            return
        async with DarajaClient(config, clock=self._clock) as daraja:
            yield await _ask_for_token(daraja, settings)

    # callback

    async def _callback(self, settings: Settings) -> AsyncIterator[Check]:
        base = settings.callback_base
        if not base:
            yield Check("callback", None, "not looked at: MPESA_CALLBACK_URL is missing")
            return
        found = judge_callback_address(settings)
        for check in found:
            yield check
        well = all(check.ok is not False for check in found)
        if well and base.startswith("https:"):
            certificate = await self._certificate(base)
            well = certificate.ok is not False
            yield certificate
        if well:
            yield await self._round_trip(settings)
        else:
            yield Check("callback round trip", None, "not tried", "mend the address first")

    async def _certificate(self, base: str) -> Check:
        parts = urlsplit(base)
        name, host, port = "callback certificate", parts.hostname or "", parts.port or 443
        try:
            ends = await asyncio.to_thread(_certificate_end, host, port, self._tls)
        except ssl.SSLCertVerificationError as error:
            advice = "serve the whole chain of a certificate from a public authority"
            return Check(name, False, f"refused: {error.verify_message}", advice)
        except ssl.SSLError as error:
            words = f"no TLS at {host}:{port} ({error.reason})"
            return Check(name, False, words, "let the reverse proxy serve https there")
        except OSError as error:
            words = f"no connection to {host}:{port} ({_first_line(error)})"
            return Check(name, False, words, "check DNS, firewall and reverse proxy")
        return judge_certificate(ends, self._clock())

    async def _round_trip(self, settings: Settings) -> Check:
        """Post where Daraja would, under a token that no payment has, and try to read there."""
        name, base = "callback round trip", settings.callback_base
        address = f"{base}/{new_token()}"
        try:
            posted = await self._ask("POST", address, b"{}")
            read = await self._ask("GET", address)
        except (OSError, HTTPException, ValueError) as error:
            words = f"no answer from {base} ({_first_line(error)})"
            start = "start the app, then call the doctor again"
            further = "" if settings.simulated else "; if it runs: check the reverse proxy"
            return Check(name, False, words, start + further)
        return judge_round_trip(base, posted, read)

    async def _ask(self, method: str, url: str, body: bytes | None = None) -> Answer:
        return await asyncio.to_thread(_ask, method, url, body, self._tls)

    # a payment of KSh 1

    async def _payment(self, settings: Settings, phone: str) -> AsyncIterator[Check]:
        app = App(settings, clock=self._clock)  # never started: the app does the rest
        try:
            booking = await self._book(app, phone)
            yield Check("booking", True, f"{booking.reference} for KSh 1 was made")
            attempt = Attempt(booking.booking_id or 0, phone, Decimal(1), "doctor", "doctor")
            started = await app.checkout.start(attempt)
            yield _judge_prompt(started.status, started.payment_id, phone)
            async for check in self._follow(app, started.payment_id, started.status):
                yield check
        except Refusal as refusal:
            advice = "see docs/api.md for the code, and the lines above"
            yield Check("payment", False, f"{refusal.sentence} ({refusal.code})", advice)
        except (SQLAlchemyError, OSError) as error:
            yield Check("payment", False, _first_line(error), "look at the database")
        finally:
            await lifespan.stop(app)

    async def _book(self, app: App, phone: str) -> Booking:
        while True:
            new = NewBooking(
                reference=f"DOCTOR{secrets.randbelow(10_000):04d}",
                title="Test payment by the doctor",
                amount=Decimal(1),
                customer_name="Doctor",
                phone_number=phone,
                expires_at=self._clock() + timedelta(minutes=10),
            )
            with contextlib.suppress(Conflict):  # that reference is taken: draw another
                return await app.bookings.create(new)

    async def _follow(
        self, app: App, payment_id: int, status: PaymentStatus
    ) -> AsyncIterator[Check]:
        """Watch the row that the running app writes, until the payment has ended."""
        payment, _ = await app.history.get(payment_id)
        for second in range(1, PATIENCE + 1):
            if payment.status not in LIVE:
                break
            await self._sleep(1)
            payment, _ = await app.history.get(payment_id)
            if payment.status != status:
                status = PaymentStatus(payment.status)
                yield Check("step", True, f"{status} after {second} s")
        yield judge_payment(payment)


# what was seen → what it means: pure


def judge_settings(settings: Settings | None, problems: list[str]) -> list[Check]:
    """Each problem, or what the app is about to use."""
    advice = "set it in .env (docs/settings.md says how) and restart the app"
    found = [Check("settings", False, problem, advice) for problem in problems]
    if found or settings is None:
        return found
    kind = f"{settings.mpesa_transaction_type} {settings.shortcode}"
    return [Check("settings", True, f"{settings.environment}, {kind}, {settings.origin}")]


def judge_database_url(database_url: str) -> Check | None:
    """What stops a connection before it is tried; connecting would make a missing SQLite file."""
    try:
        url = make_url(database_url)
    except (SQLAlchemyError, ValueError):
        return Check("database", False, "DATABASE_URL is not a database address", "mend it")
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    if is_file and not os.path.exists(str(url.database)):
        return Check("database", False, f"there is no file {url.database} yet", _MIGRATE)
    return None


def judge_revision(revision: str | None, newest: str | None) -> Check:
    """Whether the schema is the one that this code needs."""
    if revision == newest:
        return Check("database schema", True, f"revision {revision}")
    seen = f"revision {revision}, needed is {newest}" if revision else "no tables yet"
    return Check("database schema", False, seen, _MIGRATE)


def judge_clock(here: datetime, there: datetime, host: str) -> Check:
    """This machine's clock beside Daraja's."""
    skew = abs(here - there.astimezone(UTC))
    words = f"{_nairobi(here)}, {int(skew.total_seconds())} s from {host}"
    if skew <= MOST_SKEW:
        return Check("clock", True, words)
    return Check("clock", False, words, "set this machine's clock, best by NTP")


def judge_callback_address(settings: Settings) -> list[Check]:
    """Daraja's rules for a CallBackURL, as far as its text shows."""
    name, base = "callback address", settings.callback_base
    parts = _split(base)
    if parts is None:
        advice = "write it as https://pay.example.co.ke/hooks/stk, without spaces"
        return [Check(name, False, "MPESA_CALLBACK_URL is not a web address", advice)]
    faults = [Check(name, False, *fault) for fault in _address_faults(parts, settings)]
    notes = [Check(name, None, *note) for note in _address_notes(parts)]
    return faults + notes or [Check(name, True, base)]


def _address_faults(parts: SplitResult, settings: Settings) -> Iterator[tuple[str, str]]:
    host = parts.hostname or ""
    private, nearby = _is_private(host), _is_private(_host(settings.daraja_url))
    if parts.scheme != "https" and not (private and nearby):
        yield "it does not start with https://", "Daraja wants https: use a reverse proxy"
    if private and not nearby:
        yield f"Safaricom cannot reach {host}", "use the public name of this app"
    if parts.netloc != parts.netloc.lower():
        yield "the host has capital letters", "Daraja refuses those: write it in small letters"
    tester = next((tester for tester in PUBLIC_TESTERS if tester in host), None)
    if tester and settings.environment == "production":
        yield f"it contains {tester}", "Daraja refuses such hosts in production: use your own"


def _address_notes(parts: SplitResult) -> Iterator[tuple[str, str]]:
    found = [word for word in BANNED_WORDS if word in parts.geturl().lower()]
    if found:
        words = f"it contains {', '.join(found)}: Daraja refuses such words in some products"
        yield words, "if pushes fail with Invalid CallBackURL, use /hooks/stk instead"
    if parts.scheme == "https" and parts.port not in (None, 443):
        yield f"port {parts.port} is unusual", "use 443 if callbacks do not arrive"


def judge_certificate(ends: datetime, now: datetime) -> Check:
    """A certificate that the handshake has accepted: how long it still lasts."""
    left = ends - now
    words = f"valid until {ends:%Y-%m-%d} ({left.days} days)"
    if left > RENEW_BEFORE:
        return Check("callback certificate", True, words)
    ok = None if left > timedelta(0) else False
    return Check("callback certificate", ok, words, "renew it; see why that did not happen")


def judge_round_trip(base: str, posted: Answer, read: Answer) -> Check:
    """A made-up token answered 404, and GET refused, in our words: it is our callback route."""
    name = "callback round trip"
    if 300 <= posted.status < 400:
        words = f"{base} redirects to {mask(posted.headers.get('Location', 'another address'))}"
        return Check(name, False, words, "Daraja does not follow: set the final address")
    kept_out = posted.status == 403 and bool(posted.code)
    if not kept_out and (posted.status, posted.code) != (404, "not_found"):
        words = f"{base} answered HTTP {posted.status}, and not in this app's words"
        return Check(name, False, words, "let the reverse proxy pass that path on unchanged")
    if read.code != "method_not_allowed":
        words = f"{base} leads to this app, but not to its callbacks"
        return Check(name, False, words, "end MPESA_CALLBACK_URL with /hooks/stk")
    note = "; MPESA_CALLBACK_IPS keeps this machine out" if kept_out else ""
    return Check(name, True, f"{base} leads to this app{note}")


def _judge_prompt(status: PaymentStatus, payment_id: int, phone: str) -> Check:
    whose = f"payment {payment_id}, {mask_phone(normalise_phone(phone))}"
    if status is PaymentStatus.UNKNOWN:
        return Check("prompt", None, f"{whose}: no clear answer, a prompt may be on the phone")
    return Check("prompt", True, f"{whose}: look at the phone and enter the M-Pesa PIN")


def judge_payment(payment: Payment) -> Check:
    """How the test payment ended, and whether its callback brought the news."""
    if payment.status in LIVE:
        words = f"still {payment.status} after {PATIENCE} s"
        advice = "see that the app runs, with this same database; no money is lost"
        return Check("payment", False, words, advice)
    if payment.status != PaymentStatus.COMPLETED:
        words = f"{payment.status}: {payment.result_desc or 'no reason given'}"
        advice = result_code(payment.result_code).advice if payment.result_code else ""
        return Check("payment", False, words, advice or "try again")
    receipt = payment.mpesa_receipt_number or "not here yet"
    if payment.witness == Source.CALLBACK:
        return Check("payment", True, f"completed by callback, receipt {receipt}")
    words = f"completed, but a {payment.witness} brought it, not a callback; receipt {receipt}"
    return Check("payment", False, words, "callbacks do not arrive: check MPESA_CALLBACK_URL")


# probes


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `code` is the slug of this app's error shape, empty for anything else."""

    status: int
    headers: Mapping[str, str]
    code: str = ""


class _Stay(HTTPRedirectHandler):
    """Redirects are findings, not ways to go."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _ask(method: str, url: str, body: bytes | None, tls: ssl.SSLContext) -> Answer:
    """One request; any status is an answer. Raises OSError, HTTPException or ValueError."""
    direct = (ProxyHandler({}),) if _is_private(_host(url)) else ()
    opener = build_opener(_Stay, HTTPSHandler(context=tls), *direct)
    headers = {"Content-Type": "application/json", "User-Agent": "payment-app-doctor"}
    request = Request(url, body, headers, method=method)  # noqa: S310 - http(s) by the callers
    try:
        response = opener.open(request, timeout=_SECONDS)
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


def _certificate_end(host: str, port: int, tls: ssl.SSLContext) -> datetime:
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


async def _ask_for_token(daraja: DarajaClient, settings: Settings) -> Check:
    host = _host(settings.daraja_url)
    try:
        await daraja.check_token()
    except TokenRefused as refused:
        advice = (
            f"copy consumer key and secret again from your app on the Daraja portal; "
            f"MPESA_ENVIRONMENT is {settings.environment}, and each has its own"
        )
        return Check("token", False, f"{host} refused: {refused}", advice)
    except TokenUnavailable as unavailable:
        advice = f"check that this machine reaches {host}: DNS, firewall, proxy"
        if settings.simulated:
            advice = "start the app: the simulator lives in it"
        return Check("token", False, str(unavailable), advice)
    return Check("token", True, f"{host} accepts consumer key and secret")


async def _revision(database: Database) -> str | None:
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


async def _try_to_write(database: Database, now: datetime) -> None:
    with contextlib.suppress(_Undo):
        async with database.write() as session:
            key = f"doctor-{secrets.token_hex(16)}"
            session.add(IdempotencyKey(key_hash=key, request_hash="", started_at=now))
            await session.flush()
            raise _Undo


def _split(url: str) -> SplitResult | None:
    """The parts of a web address; `None` for anything that is none."""
    if not url.isascii() or re.search(r"[\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what finds a bad port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _host(url: str) -> str:
    parts = _split(url)
    return (parts.hostname or "") if parts else url


def _is_private(host: str) -> bool:
    """Not reachable from the internet: this machine or a network of its own."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _nairobi(moment: datetime) -> str:
    return f"{moment.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S} in Nairobi"


def _first_line(error: BaseException) -> str:
    """The database's or the network's own words, short and masked."""
    cause = getattr(error, "orig", None) or getattr(error, "reason", None) or error
    lines = str(cause).strip().splitlines()
    return mask(lines[0])[:200] if lines else type(error).__name__
