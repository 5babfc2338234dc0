"""Safaricom's rail: prompts, queries and operators' orders, what they answer, and nothing of ours.

Nothing else in the app imports httpx. `DarajaClient` calls, `parse_stk_callback` reads what
Daraja sends by itself, `result_code` says what a code means. How calls end is drawn in
`payment_app.daraja.outcomes`, what can be raised in `payment_app.daraja.errors`.
"""

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
from payment_app.daraja.operator import Operator, environment_of
from payment_app.daraja.operator_codes import ORDER_CODES, OrderCode, OrderKind, order_code
from payment_app.daraja.orders import (
    MIN_PAYOUT,
    BalanceQuestion,
    Order,
    Payout,
    Reversal,
    StatusQuestion,
    Urls,
)
from payment_app.daraja.outcomes import (
    OrderAccepted,
    OrderKnown,
    OrderOutcome,
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
from payment_app.daraja.records import DarajaCall
from payment_app.daraja.result_codes import (
    RESULT_CODES,
    ResultCode,
    ResultKind,
    RetryRule,
    result_code,
)
from payment_app.daraja.results import (
    Account,
    OrderResult,
    parse_result,
    read_accounts,
    without_credential,
)
from payment_app.daraja.tokens import TokenShare
from payment_app.daraja.wire.http import HttpPoster, post_json

__all__ = [
    "BANNED_IN_URLS",
    "MAX_CALLBACK_BYTES",
    "MIN_PAYOUT",
    "ORDER_CODES",
    "RESULT_CODES",
    "Account",
    "BalanceQuestion",
    "DarajaCall",
    "DarajaClient",
    "DarajaConfig",
    "DarajaError",
    "DeliveryFailed",
    "HttpPoster",
    "MalformedCallback",
    "Operator",
    "Order",
    "OrderAccepted",
    "OrderCode",
    "OrderKind",
    "OrderKnown",
    "OrderOutcome",
    "OrderResult",
    "Payout",
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
    "Reversal",
    "StatusQuestion",
    "StkCallback",
    "StkPush",
    "TokenRefused",
    "TokenShare",
    "TokenUnavailable",
    "Urls",
    "banned_words",
    "environment_of",
    "mpesa_timestamp",
    "order_code",
    "parse_result",
    "parse_stk_callback",
    "post_json",
    "read_accounts",
    "result_code",
    "still_processing",
    "stk_password",
    "unpack",
    "without_credential",
]
