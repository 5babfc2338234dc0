"""Why Daraja refuses, read from its answers: what pushes and queries have in common."""

from __future__ import annotations

from payment_app.daraja.outcomes import RefusalKind
from payment_app.daraja.wire.answers import Answer, no_such_product, rate_limited, under_maintenance

# The overloaded code 500.001.1001 and non-zero ResponseCodes are read by their text.
_REFUSING_WORDS = (
    ("unable to lock subscriber", RefusalKind.BUSY_SUBSCRIBER),
    ("merchant does not exist", RefusalKind.CONFIGURATION),
    ("wrong credentials", RefusalKind.WRONG_CREDENTIALS),
)

# 400.002.02 names the field; these come from the configuration and not from the payment.
_OUR_FIELDS = (
    "businessshortcode",
    "callbackurl",
    "transactiontype",
    "partyb",
    "password",
    "timestamp",
)

_KINDS_BY_NUMBER = {
    400: RefusalKind.INVALID_REQUEST,
    401: RefusalKind.NOT_AUTHORISED,
    403: RefusalKind.NOT_AUTHORISED,
    404: RefusalKind.CONFIGURATION,
    405: RefusalKind.CONFIGURATION,
    413: RefusalKind.INVALID_REQUEST,
    415: RefusalKind.INVALID_REQUEST,
    422: RefusalKind.INVALID_REQUEST,
    429: RefusalKind.TOO_BUSY,
}


def refusal_kind(answer: Answer, refusing_statuses: frozenset[int]) -> RefusalKind | None:
    """What kind of refusal `answer` is, or None if it is none.

    `refusing_statuses`: those that refuse without an error code of Daraja's.
    """
    # Rate limits come with HTTP 500, but it is the gateway's own policy that speaks, before it
    # hands a request on to M-PESA; the same holds for maintenance.
    if rate_limited(answer) or under_maintenance(answer):
        return RefusalKind.TOO_BUSY
    if no_such_product(answer):
        return RefusalKind.NOT_AUTHORISED
    if answer.error_code is None:
        return _by_status(answer) if answer.status in refusing_statuses else None
    return kind_by_words(answer.error_text) or _kind_by_number(answer)


def kind_by_words(text: str) -> RefusalKind | None:
    """The kind that Daraja's words name, whatever the code beside them."""
    words = text.lower()
    return next((kind for phrase, kind in _REFUSING_WORDS if phrase in words), None)


def _by_status(answer: Answer) -> RefusalKind:
    """Without a code of Daraja's. A page for eyes was written by something on the way."""
    if answer.is_page:
        return RefusalKind.NOT_DARAJA
    return _KINDS_BY_NUMBER.get(answer.status, RefusalKind.OTHER)


def _kind_by_number(answer: Answer) -> RefusalKind | None:
    number = answer.number
    if 400 <= number < 500 and number != 408:
        return _narrow(_KINDS_BY_NUMBER.get(number, RefusalKind.OTHER), answer.error_text)
    # The gateway also writes its refusals with HTTP 200; Apigee's faults never come that way.
    return RefusalKind.OTHER if number == 200 and not answer.is_fault else None


def _narrow(kind: RefusalKind, text: str) -> RefusalKind:
    words = text.replace(" ", "").lower()
    ours = kind is RefusalKind.INVALID_REQUEST and any(name in words for name in _OUR_FIELDS)
    return RefusalKind.CONFIGURATION if ours else kind
