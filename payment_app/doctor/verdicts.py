"""What was seen → what it means, and what to do about it. Pure: nothing here looks at anything."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import (
    OrderOutcome,
    PushRefused,
    TokenRefused,
    TokenUnavailable,
    banned_words,
    order_code,
    result_code,
)
from payment_app.doctor.addresses import host_of, is_private, split_address
from payment_app.doctor.check import Answer, Check
from payment_app.domain.calendar import NAIROBI
from payment_app.domain.lifecycle import LIVE, PaymentStatus, Source
from payment_app.domain.phone import mask_phone, normalise_phone
from payment_app.logs import mask
from payment_app.services.payments.asking.refusals import StandingRefusal
from payment_app.services.refunds.balances import Balance
from payment_app.settings import Settings
from payment_app.storage.tables import Payment

MOST_SKEW = timedelta(minutes=5)
RENEW_BEFORE = timedelta(days=14)
PATIENCE = 120
"""Seconds that a test payment may take."""
PUBLIC_TESTERS = ("ngrok", "mockbin", "requestbin")
"""Hosts that Daraja refuses in production."""
_MIGRATE = "run `python -m payment_app migrate`, or start the app once"


def judge_settings(settings: Settings | None, problems: list[str]) -> list[Check]:
    """Each problem, or what the app is about to use."""
    advice = "set it in .env (docs/settings.md says how) and restart the app"
    found = [Check("settings", False, problem, advice) for problem in problems]
    if found or settings is None:
        return found
    kind = f"{settings.mpesa_transaction_type} {settings.shortcode}"
    return [Check("settings", True, f"{settings.environment}, {kind}, {settings.origin}")]


def judge_database_url(database_url: str, missing_file: Callable[[URL], bool]) -> Check | None:
    """What stops a connection before it is tried; connecting would make a missing SQLite file."""
    try:
        url = make_url(database_url)
    except (SQLAlchemyError, ValueError):
        return Check("database", False, "DATABASE_URL is not a database address", "mend it")
    if missing_file(url):
        return Check("database", False, f"there is no file {url.database} yet", _MIGRATE)
    return None


def judge_revision(revision: str | None, newest: str | None) -> Check:
    """Whether the schema is the one that this code needs."""
    if revision == newest:
        return Check("database schema", True, f"revision {revision}")
    seen = f"revision {revision}, needed is {newest}" if revision else "no tables yet"
    return Check("database schema", False, seen, _MIGRATE)


def judge_questions(refusal: StandingRefusal | None) -> Check:
    """What the running app last heard when it asked about its payments."""
    name = "questions to M-Pesa"
    if refusal is None:
        return Check(name, True, "none is being refused")
    words = f"{refusal.sentence} Since {in_nairobi(refusal.since)}, {refusal.times} in a row."
    return Check(name, False, words, refusal.advice)


def judge_clock(here: datetime, there: datetime, host: str) -> Check:
    """This machine's clock beside Daraja's."""
    skew = abs(here - there.astimezone(UTC))
    words = f"{in_nairobi(here)}, {int(skew.total_seconds())} s from {host}"
    if skew <= MOST_SKEW:
        return Check("clock", True, words)
    return Check("clock", False, words, "set this machine's clock, best by NTP")


def judge_callback_address(settings: Settings) -> list[Check]:
    """Daraja's rules for a CallBackURL, as far as its text shows."""
    name, base = "callback address", settings.callback_base
    parts = split_address(base)
    if parts is None:
        advice = "write it as https://pay.example.co.ke/hooks/stk, without spaces"
        return [Check(name, False, "MPESA_CALLBACK_URL is not a web address", advice)]
    faults = [Check(name, False, *fault) for fault in _address_faults(parts, settings)]
    notes = [Check(name, None, *note) for note in _address_notes(parts)]
    return faults + notes or [Check(name, True, base)]


def _address_faults(parts: SplitResult, settings: Settings) -> Iterator[tuple[str, str]]:
    host = parts.hostname or ""
    private, nearby = is_private(host), is_private(host_of(settings.daraja_url))
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
    found = banned_words(parts.geturl())
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


def judge_prompt(status: PaymentStatus, payment_id: int, phone: str) -> Check:
    """What the push was answered, and what the person with the phone is to do."""
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


def judge_token(failure: TokenRefused | TokenUnavailable | None, settings: Settings) -> Check:
    """Whether Daraja took consumer key and secret; `failure` is what it, or the way to it, said."""
    host = host_of(settings.daraja_url)
    if failure is None:
        return Check("token", True, f"{host} accepts consumer key and secret")
    if isinstance(failure, TokenRefused):
        advice = (
            f"copy consumer key and secret again from your app on the Daraja portal; "
            f"MPESA_ENVIRONMENT is {settings.environment}, and each has its own"
        )
        return Check("token", False, f"{host} refused: {failure}", advice)
    advice = f"check that this machine reaches {host}: DNS, firewall, proxy"
    if failure.page_status is not None:
        advice = f"look at what stands between this machine and {host}: a firewall or a proxy"
    elif settings.simulated:
        advice = "start the app: the simulator lives in it"
    return Check("token", False, str(failure), advice)


def judge_order(outcome: OrderOutcome) -> Check:
    """An account balance query that M-PESA did not take."""
    said = getattr(outcome, "message", "") or getattr(outcome, "reason", "") or "no clear answer"
    code = f"{outcome.code} " if isinstance(outcome, PushRefused) else ""
    advice = "add the product Account Balance to your app on the Daraja portal, or try again"
    return Check("operator", False, f"the balance query was not taken: {code}{mask(said)}", advice)


def judge_balance(balance: Balance | None) -> Check:
    """What came back for an account balance query; `None` for nothing in time."""
    if balance is None:
        words = "M-Pesa took the balance query, and its answer did not come in a minute"
        advice = "see that the app runs, and that <base>/hooks/result/… can be reached from outside"
        return Check("operator", False, words, advice)
    if balance.code == "0":
        held = ", ".join(f"{name} {amount}" for name, amount in balance.accounts.items())
        return Check("operator", True, f"name, password, role and certificate are right ({held})")
    row = order_code(balance.code)
    return Check("operator", False, f"{balance.code} {balance.desc}: {row.meaning}", row.advice)


def judge_silence(base: str, error: Exception, *, simulated: bool) -> Check:
    """Nothing answered where Daraja would post."""
    words = f"no answer from {base} ({first_line(error)})"
    start = "start the app, then call the doctor again"
    further = "" if simulated else "; if it runs: check the reverse proxy"
    return Check("callback round trip", False, words, start + further)


def judge_connection(error: OSError, host: str, port: int) -> Check:
    """There was no TLS handshake at all, or one that nobody can trust."""
    name = "callback certificate"
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = "serve the whole chain of a certificate from a public authority"
        return Check(name, False, f"refused: {error.verify_message}", advice)
    if isinstance(error, ssl.SSLError):
        words = f"no TLS at {host}:{port} ({error.reason})"
        return Check(name, False, words, "let the reverse proxy serve https there")
    words = f"no connection to {host}:{port} ({first_line(error)})"
    return Check(name, False, words, "check DNS, firewall and reverse proxy")


def in_nairobi(moment: datetime) -> str:
    """A moment as people here read it."""
    return f"{moment.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S} in Nairobi"


def first_line(error: BaseException) -> str:
    """The database's or the network's own words, short and masked."""
    cause = getattr(error, "orig", None) or getattr(error, "reason", None) or error
    lines = str(cause).strip().splitlines()
    return mask(lines[0])[:200] if lines else type(error).__name__
