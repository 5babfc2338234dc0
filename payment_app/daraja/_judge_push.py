"""What the answer to an STK push means. The body is asked first, the HTTP status last.

Refused is only what surely was turned away before a prompt; accepted needs a CheckoutRequestID;
everything else is unknown. A redirect is unknown: who sent it, and after doing what, is not known.
"""

from __future__ import annotations

from payment_app.daraja._answers import (
    Answer,
    Exchange,
    Lost,
    TokenInvalid,
    Unsent,
    no_such_product,
    rate_limited,
    read_answer,
    text_field,
    token_refusal,
    under_maintenance,
)
from payment_app.daraja._json import as_code, as_identifier
from payment_app.daraja._masking import mask_message
from payment_app.daraja.outcomes import (
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    RefusalKind,
)

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

# Statuses that refuse even without a readable body: access, address, method, size, media type and
# rate are all checked before a request is handed on. A bare 400, 408 or 409 may come from anywhere
# behind the gateway and stays unknown.
_REFUSING_STATUSES = frozenset({403, 404, 405, 413, 415, 429})


def judge_push(exchange: Exchange) -> PushOutcome | TokenInvalid:
    """The meaning of one attempt to push. Total: every exchange has one, nothing is raised."""
    if isinstance(exchange, Unsent):
        return PushNotSent(exchange.reason)
    if isinstance(exchange, Lost):
        return PushUnknown(exchange.reason)
    answer = read_answer(exchange)
    response_code = as_code(answer.fields.get("ResponseCode"))
    if response_code is not None and answer.error_code is not None:
        return PushUnknown(f"{answer.summary}, together with a ResponseCode")
    if response_code is not None:
        return _by_response_code(answer, response_code)
    return token_refusal(answer) or _by_error(answer)


def _by_response_code(answer: Answer, code: str) -> PushOutcome:
    description = text_field(answer, "ResponseDescription")
    if code.strip("0"):
        kind = _kind_by_words(description) or RefusalKind.OTHER
        return PushRefused(code, mask_message(description), kind)
    checkout_request_id = as_identifier(answer.fields.get("CheckoutRequestID"))
    if checkout_request_id is None:
        return PushUnknown("accepted without a CheckoutRequestID")
    return PushAccepted(
        as_identifier(answer.fields.get("MerchantRequestID")) or "",
        checkout_request_id,
        text_field(answer, "CustomerMessage") or description,
    )


def _by_error(answer: Answer) -> PushOutcome:
    kind = _refusal_kind(answer)
    if kind is None:
        return PushUnknown(f"not understood: {answer.summary}")
    return PushRefused(answer.label, answer.error_text, kind)


def _refusal_kind(answer: Answer) -> RefusalKind | None:
    # Rate limits come with HTTP 500, but it is the gateway's own policy that speaks, before it
    # hands a request on to M-PESA; the same holds for maintenance.
    if rate_limited(answer) or under_maintenance(answer):
        return RefusalKind.TOO_BUSY
    if no_such_product(answer):
        return RefusalKind.NOT_AUTHORISED
    if answer.error_code is None:
        refused = answer.status in _REFUSING_STATUSES
        return _KINDS_BY_NUMBER[answer.status] if refused else None
    return _kind_by_words(answer.error_text) or _kind_by_number(answer)


def _kind_by_words(text: str) -> RefusalKind | None:
    words = text.lower()
    return next((kind for phrase, kind in _REFUSING_WORDS if phrase in words), None)


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
