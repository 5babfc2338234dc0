"""What the answer to an STK query means.

Only a ResultCode counts as evidence. "The transaction does not Exist" does not: Daraja answers it
at random for payments that are known to be finished.
"""

from __future__ import annotations

from payment_app.daraja._answers import (
    Answer,
    Exchange,
    Reply,
    TokenInvalid,
    rate_limited,
    read_answer,
    text_field,
    token_refusal,
)
from payment_app.daraja._json import as_code, as_identifier
from payment_app.daraja.outcomes import QueryNoAnswer, QueryOutcome, QueryPending, QueryResult
from payment_app.daraja.result_codes import ResultKind, result_code

_PENDING_WORDS = ("being processed", "under processing", "still processing")


def judge_query(exchange: Exchange, asked: str) -> QueryOutcome | TokenInvalid:
    """The meaning of one attempt to query the CheckoutRequestID `asked`. Total; never raises."""
    if not isinstance(exchange, Reply):
        return QueryNoAnswer(exchange.reason, rail_down=True)
    answer = read_answer(exchange)
    code = as_code(answer.fields.get("ResultCode"))
    if code is not None and answer.error_code is None:
        return _by_result_code(answer, code, asked)
    refusal = token_refusal(answer)
    if refusal is not None:
        return refusal
    if any(words in answer.error_text.lower() for words in _PENDING_WORDS):
        return QueryPending(answer.error_text)
    return QueryNoAnswer(_reason(answer), _rail_down(answer))


def _by_result_code(answer: Answer, code: str, asked: str) -> QueryOutcome:
    if (as_code(answer.fields.get("ResponseCode", "0")) or "?").strip("0"):
        return QueryNoAnswer("a result without ResponseCode 0", rail_down=False)
    # One request, one answer: without an id it can only be ours; with another it is not.
    if answer.fields.get("CheckoutRequestID", asked) != asked:
        return QueryNoAnswer("the answer is about another payment", rail_down=False)
    description = text_field(answer, "ResultDesc")
    if result_code(code).kind is ResultKind.PROCESSING:
        return QueryPending(description)
    merchant_request_id = as_identifier(answer.fields.get("MerchantRequestID"))
    return QueryResult(code, description, merchant_request_id, asked)


def _reason(answer: Answer) -> str:
    return answer.summary if answer.error_code else f"no result in the answer ({answer.label})"


def _rail_down(answer: Answer) -> bool:
    """Whether Daraja itself says, or shows by a broken 5xx, that it is down or overloaded.

    500.001.1001 is how it answers "no such payment" and worse, and a spike arrest is about our own
    pace: both prove that it is up.
    """
    if answer.error_code == "00.002.1001":
        return True
    if rate_limited(answer):
        return "busy" in answer.error_text.lower()
    return answer.status >= 500 and answer.error_code != "500.001.1001"
