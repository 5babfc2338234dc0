"""Codes of authenticator apps (RFC 6238), and the recovery codes that stand in for them."""

from __future__ import annotations

import base64
import io
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

STEP = 30
"""Seconds that one code is valid."""
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRIFT = 1


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs.

    Attributes:
        secret: for typing by hand, in groups of four.
        uri: `otpauth://…`.
        qr: the same as a data URI of an SVG image.
    """

    secret: str
    uri: str
    qr: str


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def enrolment(secret: str, email: str, merchant: str) -> Enrolment:
    """The secret in the forms in which a person hands it to an app."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=merchant)
    buffer = io.BytesIO()
    segno.make(uri, error="m").save(
        buffer, kind="svg", scale=4, border=3, dark="#000", light="#fff", xmldecl=False
    )
    image = base64.b64encode(buffer.getvalue()).decode()
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return Enrolment(grouped, uri, f"data:image/svg+xml;base64,{image}")


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is; `None` for a wrong code, and for one that was used already."""
    typed = code.replace(" ", "")
    if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if step > last_step and secrets.compare_digest(totp.at(step * STEP), typed):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 bits each, as `ABCDE-FGHJK`."""
    return [f"{_letters(5)}-{_letters(5)}" for _ in range(RECOVERY_CODES)]


def plain_recovery_code(typed: str) -> str:
    """A recovery code as it was given out, however it was typed; "" when it cannot be one."""
    letters = typed.upper().replace("-", "").replace(" ", "")
    whole = len(letters) == 10 and set(letters) <= set(_ALPHABET)
    return f"{letters[:5]}-{letters[5:]}" if whole else ""


def _letters(number: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(number))
