"""What the answer to an STK query means.

Only a ResultCode counts as evidence, and not if the words beside it say that nothing is decided
yet. "The transaction does not Exist" is none: Daraja answers it at random for payments that are
known to be finished. A refusal of the question is kept apart from all of these: whoever waits for
an answer then waits in vain.
"""

from __future__ import annotations

import re

from payment_app.daraja.judges.refusals import refusal_kind
from payment_app.daraja.outcomes import (
    QueryNoAnswer,
    QueryOutcome,
    QueryPending,
    QueryRefused,
    QueryResult,
    RefusalKind,
)
from payment_app.daraja.pending import still_processing
from payment_app.daraja.wire.answers import (
    Answer,
    Exchange,
    Reply,
    TokenInvalid,
    rate_limited,
    read_answer,
    text_field,
    token_refusal,
    under_maintenance,
)
from payment_app.daraja.wire.json import as_code, as_identifier

# Every 4xx refuses; 408 is a time-out of somebody's, and says nothing of the question.
_REFUSING_STATUSES = frozenset(range(400, 500)) - {408}
_GATEWAY_CODE = re.compile(r"[1-5][0-9]{2}\.[0-9]{3}\.[0-9]+")


def judge_query(exchange: Exchange, asked: str) -> QueryOutcome | TokenInvalid:
    """The meaning of one attempt to query the CheckoutRequestID `asked`. Total; never raises."""
    if not isinstance(exchange, Reply):
        return QueryNoAnswer(exchange.reason, rail_down=True)
    answer = read_answer(exchange)
    code = as_code(answer.fields.get("ResultCode"))
    description = text_field(answer, "ResultDesc")
    said = (answer.error_text, description, text_field(answer, "ResponseDescription"))
    if still_processing(code, *said):
        return QueryPending(answer.error_text or description)
    if code is not None and _is_whole(answer):
        return _by_result_code(answer, code, asked)
    return token_refusal(answer) or _refused(answer) or _no_answer(answer)


def _is_whole(answer: Answer) -> bool:
    """A result comes with HTTP 2xx and no error; beside either it could be read two ways."""
    return 200 <= answer.status < 300 and answer.error_code is None and not answer.error_text


def _by_result_code(answer: Answer, code: str, asked: str) -> QueryOutcome:
    if (as_code(answer.fields.get("ResponseCode", "0")) or "?").strip("0"):
        return QueryNoAnswer("a result without ResponseCode 0", rail_down=False)
    if _GATEWAY_CODE.fullmatch(code):
        return QueryNoAnswer("an error of the gateway in place of a result", rail_down=False)
    if not _is_about(answer, asked):
        return QueryNoAnswer("the answer is about another payment", rail_down=False)
    merchant_request_id = as_identifier(answer.fields.get("MerchantRequestID"))
    return QueryResult(code, text_field(answer, "ResultDesc"), merchant_request_id, asked)


def _is_about(answer: Answer, asked: str) -> bool:
    """One request, one answer: without an id, or with an empty one, it can only be ours."""
    given = answer.fields.get("CheckoutRequestID")
    empty = given is None or (isinstance(given, str) and not given.strip())
    return empty or given == asked


def _refused(answer: Answer) -> QueryRefused | None:
    if _rail_down(answer):
        return None
    # Daraja neither writes pages nor redirects: something on the way did.
    if answer.is_page or (300 <= answer.status < 400 and answer.error_code is None):
        return QueryRefused(answer.label, "", RefusalKind.NOT_DARAJA)
    kind = refusal_kind(answer, _REFUSING_STATUSES)
    # A locked phone does not concern a question; an unknown error with HTTP 200 refuses nothing.
    vague = kind is RefusalKind.OTHER and answer.number == 200
    if kind is None or kind is RefusalKind.BUSY_SUBSCRIBER or vague:
        return None
    return QueryRefused(answer.label, answer.error_text, kind)


def _no_answer(answer: Answer) -> QueryNoAnswer:
    reason = answer.summary if answer.error_code else f"no result in the answer ({answer.label})"
    return QueryNoAnswer(reason, _rail_down(answer))


def _rail_down(answer: Answer) -> bool:
    """Whether Daraja itself says, or shows by a broken 5xx, that it is down or overloaded.

    500.001.1001 is how it answers "no such payment" and worse, and a spike arrest is about our own
    pace: both prove that it is up.
    """
    if under_maintenance(answer):
        return True
    if rate_limited(answer):
        return "busy" in answer.error_text.lower()
    return answer.status >= 500 and answer.error_code != "500.001.1001"
