"""What the answer to an STK push means. The body is asked first, the HTTP status last.

Refused is only what surely was turned away before a prompt; accepted needs a CheckoutRequestID;
everything else is unknown. A redirect is unknown: who sent it, and after doing what, is not known.
"""

from __future__ import annotations

from payment_app.daraja.judges.refusals import kind_by_words, refusal_kind
from payment_app.daraja.outcomes import (
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    RefusalKind,
)
from payment_app.daraja.pending import still_processing
from payment_app.daraja.wire.answers import (
    Answer,
    Exchange,
    Lost,
    TokenInvalid,
    Unsent,
    read_answer,
    text_field,
    token_refusal,
)
from payment_app.daraja.wire.json import as_code, as_identifier
from payment_app.daraja.wire.masking import mask_message

# Statuses that refuse even without a readable body: access, address, method, size, media type and
# rate are all checked before a request is handed on. A bare 400, 408 or 409 may come from anywhere
# behind the gateway and stays unknown.
REFUSING_STATUSES = frozenset({403, 404, 405, 413, 415, 429})


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
        if still_processing(None, description):
            return PushUnknown(f"{code}: {mask_message(description)}")
        kind = kind_by_words(description) or RefusalKind.OTHER
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
    kind = refusal_kind(answer, REFUSING_STATUSES)
    # What M-PESA is still at may be a prompt: no refusal, whatever its code.
    if kind is None or still_processing(None, answer.error_text):
        return PushUnknown(f"not understood: {answer.summary}")
    return PushRefused(answer.label, answer.error_text, kind)
