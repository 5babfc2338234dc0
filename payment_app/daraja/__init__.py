"""Safaricom's rail: STK push, STK query, their callbacks and result codes, and nothing of ours.

Nothing else in the app imports httpx. `DarajaClient` calls, `parse_stk_callback` reads what
Daraja sends by itself, `result_code` says what a code means. How calls end is drawn in
`payment_app.daraja.outcomes`, what can be raised in `payment_app.daraja.errors`.
"""

from payment_app.daraja._http import HttpPoster, post_json
from payment_app.daraja._records import DarajaCall
from payment_app.daraja._tokens import TokenShare
from payment_app.daraja.callback import (
    MAX_CALLBACK_BYTES,
    StkCallback,
    parse_stk_callback,
    unpack,
)
from payment_app.daraja.client import DarajaClient
from payment_app.daraja.config import DarajaConfig
from payment_app.daraja.errors import (
    DarajaError,
    DeliveryFailed,
    MalformedCallback,
    TokenRefused,
    TokenUnavailable,
)
from payment_app.daraja.messages import (
    BANNED_IN_URLS,
    StkPush,
    banned_words,
    mpesa_timestamp,
    stk_password,
)
from payment_app.daraja.outcomes import (
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    PushUnknown,
    QueryNoAnswer,
    QueryOutcome,
    QueryPending,
    QueryRefused,
    QueryResult,
    RefusalKind,
)
from payment_app.daraja.pending import still_processing
from payment_app.daraja.result_codes import (
    RESULT_CODES,
    ResultCode,
    ResultKind,
    RetryRule,
    result_code,
)

__all__ = [
    "BANNED_IN_URLS",
    "MAX_CALLBACK_BYTES",
    "RESULT_CODES",
    "DarajaCall",
    "DarajaClient",
    "DarajaConfig",
    "DarajaError",
    "DeliveryFailed",
    "HttpPoster",
    "MalformedCallback",
    "PushAccepted",
    "PushNotSent",
    "PushOutcome",
    "PushRefused",
    "PushUnknown",
    "QueryNoAnswer",
    "QueryOutcome",
    "QueryPending",
    "QueryRefused",
    "QueryResult",
    "RefusalKind",
    "ResultCode",
    "ResultKind",
    "RetryRule",
    "StkCallback",
    "StkPush",
    "TokenRefused",
    "TokenShare",
    "TokenUnavailable",
    "banned_words",
    "mpesa_timestamp",
    "parse_stk_callback",
    "post_json",
    "result_code",
    "still_processing",
    "stk_password",
    "unpack",
]
