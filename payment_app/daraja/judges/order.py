"""What the answer to an operator's order means: the rules of a push, and one more.

`500.002.1001` is overloaded. With the words of a duplicate, M-PESA has our OriginatorConversationID
already; with any other words nobody knows whether the order was taken.
"""

from __future__ import annotations

from payment_app.daraja.judges.push import REFUSING_STATUSES
from payment_app.daraja.judges.refusals import kind_by_words, refusal_kind
from payment_app.daraja.outcomes import (
    OrderAccepted,
    OrderKnown,
    OrderOutcome,
    PushNotSent,
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


def judge_order(exchange: Exchange) -> OrderOutcome | TokenInvalid:
    """The meaning of one attempt. Total: every exchange has one, nothing is raised."""
    if isinstance(exchange, Unsent):
        return PushNotSent(exchange.reason)
    if isinstance(exchange, Lost):
        return PushUnknown(exchange.reason)
    answer = read_answer(exchange)
    code = as_code(answer.fields.get("ResponseCode"))
    if code is not None and answer.error_code is not None:
        return PushUnknown(f"{answer.summary}, together with a ResponseCode")
    if code is not None:
        return _by_response_code(answer, code)
    if "duplicate" in answer.error_text.lower() and answer.number == 500:
        return OrderKnown(answer.error_text)
    return token_refusal(answer) or _by_error(answer)


def _by_response_code(answer: Answer, code: str) -> OrderOutcome:
    description = mask_message(text_field(answer, "ResponseDescription"))
    if not code.strip("0"):
        return OrderAccepted(
            as_identifier(answer.fields.get("OriginatorConversationID")),
            as_identifier(answer.fields.get("ConversationID")),
        )
    if still_processing(None, description):
        return PushUnknown(f"{code}: {description}")
    return PushRefused(code, description, kind_by_words(description) or RefusalKind.OTHER)


def _by_error(answer: Answer) -> OrderOutcome:
    kind = refusal_kind(answer, REFUSING_STATUSES)
    if kind is None or still_processing(None, answer.error_text):
        return PushUnknown(f"not understood: {answer.summary}")
    return PushRefused(answer.label, answer.error_text, kind)
