"""What the answer of the token endpoint means.

A wrong key or secret gives HTTP 400, sometimes 401, often with an empty body. A page for eyes comes
from something on the way and says nothing about them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from payment_app.daraja.errors import TokenRefused, TokenUnavailable
from payment_app.daraja.outcomes import RefusalKind
from payment_app.daraja.wire.answers import (
    Answer,
    Exchange,
    Reply,
    rate_limited,
    read_answer,
    under_maintenance,
)

_LONGEST_LIFE = 3600  # seconds, Daraja's documented life of a token
_UNSURE_LIFE = 300  # when expires_in is nonsense: short enough to be safe, long enough to be useful
_MAX_TOKEN = 4096

_KINDS = {
    400: RefusalKind.WRONG_CREDENTIALS,
    401: RefusalKind.WRONG_CREDENTIALS,
    403: RefusalKind.NOT_AUTHORISED,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and its life in seconds, counted from the answer."""

    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Denial:
    """No token. With a `kind` Daraja refused; without one it was not able to answer."""

    code: str
    message: str
    kind: RefusalKind | None = None
    page_status: str | None = None

    def error(self) -> TokenRefused | TokenUnavailable:
        """A fresh exception: one that several tasks raise would gather all their tracebacks."""
        if self.kind is None:
            return TokenUnavailable(self.message, self.page_status)
        return TokenRefused(self.code, self.message, self.kind)


def judge_token(exchange: Exchange) -> Grant | Denial:
    """The meaning of one attempt to get a token. Total; never raises."""
    if not isinstance(exchange, Reply):
        return Denial("no_answer", f"token endpoint: {exchange.reason}")
    answer = read_answer(exchange)
    token = answer.fields.get("access_token")
    if answer.status == 200 and answer.error_code is None and _is_token(token):
        return Grant(str(token), _life(answer.fields.get("expires_in")))
    return _denial(answer)


def _denial(answer: Answer) -> Denial:
    if answer.is_page and 200 <= answer.status < 500:
        return Denial(answer.label, f"token endpoint: {answer.summary}", page_status=answer.label)
    later = rate_limited(answer) or under_maintenance(answer) or answer.status == 408
    if later or not 400 <= answer.number < 500:
        return Denial(answer.label, f"token endpoint: {answer.summary}")
    kind = _KINDS.get(answer.number, RefusalKind.CONFIGURATION)
    return Denial(answer.label, answer.error_text, kind)


def _is_token(value: object) -> bool:
    """Whether `value` can stand in an HTTP header: anything else would fail only on sending."""
    fits = isinstance(value, str) and 0 < len(value) <= _MAX_TOKEN and value.isascii()
    return fits and str(value).isprintable() and " " not in str(value)


def _life(expires_in: object) -> int:
    """Seconds from `"3599"` or 3599, at most an hour; 300 for anything else."""
    text = str(expires_in).strip() if isinstance(expires_in, (str, int, Decimal)) else ""
    whole = text.removesuffix(".0")
    usable = whole.isascii() and whole.isdigit() and len(whole) <= 9 and int(whole) > 0
    return min(int(whole), _LONGEST_LIFE) if usable else _UNSURE_LIFE
