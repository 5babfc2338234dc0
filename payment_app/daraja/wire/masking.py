"""What may be kept of a request or an answer: never a secret, never a full phone number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from payment_app.daraja.wire.json import as_text

HIDDEN = "•••"
MAX_RESPONSE = 2000
_MAX_MESSAGE = 300
_SHORTEST_SECRET = 6

# Nine digits are a Kenyan number without its country code. CheckoutRequestIDs end in just these,
# so any longer run of digits is treated as one.
_LONG_NUMBER = re.compile(r"[0-9]{9,}")
_ECHOED_TOKEN = re.compile(r"(access token\s*[-:]\s*)[^\s\"'<>]+", re.IGNORECASE)
_URL = re.compile(r"https?:[\\/]+[^\s\"'<>,;]+", re.IGNORECASE)
_PHONE_FIELDS = ("PartyA", "PartyB", "PhoneNumber", "CheckoutRequestID")
_SECRET_FIELDS = ("Password", "SecurityCredential")
_URL_FIELDS = ("CallBackURL", "ResultURL", "QueueTimeOutURL")


def mask_number(digits: str) -> str:
    """`254712345678` as `2547•••••678`: at most four digits in front and always three behind."""
    shown = min(4, max(0, len(digits) - 8))
    return digits[:shown] + "•" * (len(digits) - shown - 3) + digits[-3:]


def mask_numbers(text: str) -> str:
    """`text` with every run of nine or more digits masked."""
    return _LONG_NUMBER.sub(lambda found: mask_number(found.group()), text)


def mask_url(url: str) -> str:
    """Scheme, host and path of `url` without its last segment, which may be a payment's token."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return f"{parts.scheme}://{host}{port}{folder}/{HIDDEN}"


def url_secrets(url: str) -> tuple[str, ...]:
    """The parts of a callback URL that an answer may echo and nobody may keep."""
    path, _, query = url.partition("?")
    found = (path.rstrip("/").rpartition("/")[2], query)
    return tuple(secret for secret in found if secret)


def mask_request(body: Mapping[str, str | int]) -> dict[str, str | int]:
    """A request's body as it may be kept."""
    return {name: _mask_field(name, value) for name, value in body.items()}


def mask_response(text: str, secrets: Iterable[str]) -> str:
    """An answer as it may be kept: on one line, at most 2,000 characters, without `secrets`."""
    return as_text(mask_numbers(scrub(text, secrets)), MAX_RESPONSE)


def mask_message(text: object) -> str:
    """An error text of Daraja as it may be shown to staff, at most 300 characters."""
    return as_text(mask_numbers(scrub(text, ())), _MAX_MESSAGE) if isinstance(text, str) else ""


def scrub(text: str, secrets: Iterable[str]) -> str:
    """`text` without `secrets`, also where JSON escaped their slashes, echoed tokens and URLs.

    Daraja's 401.002.01 repeats the access token in its text; a refused CallBackURL may be quoted.
    """
    # Tiny ones are no secrets (a simulator takes any key), and hiding them would garble codes.
    long_enough = (secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)
    for secret in sorted(long_enough, key=len, reverse=True):
        for spelling in {secret, secret.replace("/", "\\/")}:
            text = text.replace(spelling, HIDDEN)
    text = _URL.sub(lambda found: mask_url(found.group().replace("\\", "")), text)
    return _ECHOED_TOKEN.sub(rf"\g<1>{HIDDEN}", text)


def _mask_field(name: str, value: str | int) -> str | int:
    if name in _SECRET_FIELDS:
        return HIDDEN
    if name in _URL_FIELDS:
        return mask_url(str(value))
    return mask_numbers(str(value)) if name in _PHONE_FIELDS else value
