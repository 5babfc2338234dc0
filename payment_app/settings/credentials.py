"""Credentials in the settings: there, whole, of the right environment, and hard to guess."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography import x509
from pydantic import SecretStr

from payment_app.settings.addresses import leads_to_loopback
from payment_app.settings.guessing import guess_bits
from payment_app.settings.invisible import has_invisible
from payment_app.settings.variables import (
    SIMULATOR_API_KEY,
    SIMULATOR_PASSKEY,
    SIMULATOR_SHORTCODE,
    Settings,
)

MIN_SECRET = 32
MIN_API_KEY = 16
_SECRET_BITS = 72.0
_API_KEY_BITS = 56.0
_BENCH_SECRET_BITS = 32.0
_BENCH_API_KEY_BITS = 20.0
"""Enough where nothing but this machine is named: rail and pages are on loopback, in sandbox."""
_DEFAULTS = (
    SIMULATOR_API_KEY,
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "…",
    "...",
)
_MAKE = 'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_WITH_BLANKS = ("mpesa_certificate", "database_url")
"""Paths of files; what nobody sees is refused in them as well."""
_WORDS = ("merchant_name", "merchant_phone")
"""Shown to people, as they stand."""


def hidden_problems(settings: Settings) -> Iterable[str]:
    """Nothing that one cannot see stands inside a credential or an address; the ends were cut."""
    for field, values in _texts(settings):
        if any(has_invisible(value, blanks=field in _WITH_BLANKS) for value in values):
            yield (
                f"{field.upper()} holds a blank, a control character or an invisible one: "
                "copy it again, in one piece."
            )


def missing_problems(settings: Settings) -> Iterable[str]:
    """What the rail cannot do without."""
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


def production_problems(settings: Settings) -> Iterable[str]:
    """Nothing of the sandbox works in production, and half an initiator does nothing."""
    if settings.environment != "production":
        return
    if SIMULATOR_SHORTCODE in (settings.mpesa_shortcode, settings.mpesa_till_number):
        name = "SHORTCODE" if settings.mpesa_shortcode == SIMULATOR_SHORTCODE else "TILL_NUMBER"
        yield f"MPESA_{name} is the sandbox's own: production needs your number."
    if settings.mpesa_passkey.get_secret_value() == SIMULATOR_PASSKEY:
        yield "MPESA_PASSKEY is the sandbox's public one: production needs your own."
    yield from _initiator_problems(settings)


def secret_problems(settings: Settings) -> Iterable[str]:
    """What keeps strangers out is long, our own, and not to be guessed."""
    on_bench = _on_this_machine(settings)
    secret = settings.secret_key.get_secret_value()
    if len(secret) < MIN_SECRET or _is_default(secret):
        yield f"SECRET_KEY must be your own random value of at least {MIN_SECRET} characters."
    elif guess_bits(secret) < (_BENCH_SECRET_BITS if on_bench else _SECRET_BITS):
        yield _guessable("SECRET_KEY")
    keys = settings.api_key_values
    if not keys:
        yield "API_KEYS is missing: set at least one long random key."
    else:
        yield from _key_problems("API_KEYS", keys, on_bench=on_bench)
    if token := settings.metrics_token.get_secret_value():
        yield from _key_problems("METRICS_TOKEN", (token,), on_bench=on_bench)
    if len(secret) >= MIN_SECRET and secret in keys:
        yield "SECRET_KEY is also one of API_KEYS, which others hold: take another value."


def _key_problems(name: str, keys: tuple[str, ...], *, on_bench: bool) -> Iterator[str]:
    if any(len(key) < MIN_API_KEY or _is_default(key) for key in keys):
        each = " each" if name == "API_KEYS" else ""
        yield f"{name} must be your own random values of at least {MIN_API_KEY} characters{each}."
    elif min(map(guess_bits, keys)) < (_BENCH_API_KEY_BITS if on_bench else _API_KEY_BITS):
        yield _guessable(name)


def _guessable(name: str) -> str:
    return f"{name} can be guessed, being made of repetitions, words or rows of keys: {_MAKE}."


def _is_default(secret: str) -> bool:
    return any(default in secret.lower() for default in _DEFAULTS)


def _on_this_machine(settings: Settings) -> bool:
    """A sandbox whose rail and pages are on this machine: a test bench, without money."""
    return settings.environment == "sandbox" and all(
        map(leads_to_loopback, (settings.mpesa_base_url, settings.origin))
    )


def _initiator_problems(settings: Settings) -> Iterator[str]:
    name, password = (
        settings.mpesa_initiator_name,
        settings.mpesa_initiator_password.get_secret_value(),
    )
    if not (name or password):
        return
    if not name:
        yield "MPESA_INITIATOR_NAME is missing: MPESA_INITIATOR_PASSWORD alone does nothing."
    if not password:
        yield "MPESA_INITIATOR_PASSWORD is missing: MPESA_INITIATOR_NAME alone does nothing."
    if not settings.mpesa_certificate:
        yield (
            "MPESA_CERTIFICATE is missing: the initiator's password is encrypted with "
            "Safaricom's certificate."
        )
    elif not _is_certificate(Path(settings.mpesa_certificate)):
        yield "MPESA_CERTIFICATE is not the path of a certificate that can be read."


def _is_certificate(path: Path) -> bool:
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            x509.load_pem_x509_certificate(content)
        else:
            x509.load_der_x509_certificate(content)
    except (OSError, ValueError):
        return False
    return True


def _texts(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every variable that holds text, and what stands in it."""
    for field in (name for name in Settings.model_fields if name not in _WORDS):
        value = getattr(settings, field)
        values = value if isinstance(value, tuple) else (value,)
        texts = [one.get_secret_value() if isinstance(one, SecretStr) else one for one in values]
        yield field, tuple(text for text in texts if isinstance(text, str))
