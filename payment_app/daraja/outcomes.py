"""How a push or a query can end. Values, not exceptions: the caller has to look at each.

    PushOutcome
    ├── PushAccepted     Daraja took it: the customer decides now
    ├── PushNotSent      it surely never reached M-PESA: may be sent again
    ├── PushRefused      a clear no before any prompt (why: `RefusalKind`)
    └── PushUnknown      anything else: a prompt may be on the phone, never send again unasked

    QueryOutcome
    ├── QueryResult      a final result code for the id that was asked
    ├── QueryPending     Daraja still works on it
    └── QueryNoAnswer    means nothing, neither paid nor failed

When an answer could be read two ways it goes to the row that promises less: `PushUnknown` and
`QueryNoAnswer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class RefusalKind(StrEnum):
    """Why Daraja refused, as far as it changes what to do next."""

    INVALID_REQUEST = "invalid_request"  # a value of this payment: phone, amount, reference
    WRONG_CREDENTIALS = "wrong_credentials"  # consumer key, secret, passkey or their shortcode
    CONFIGURATION = "configuration"  # shortcode, URL, transaction type: staff must act
    NOT_AUTHORISED = "not_authorised"  # the app lacks the product, or is not live
    BUSY_SUBSCRIBER = "busy_subscriber"  # another M-PESA session is open on that phone
    TOO_BUSY = "too_busy"  # rate limit, quota, overload, maintenance: later
    OTHER = "other"  # a clear no in words we do not know


@dataclass(frozen=True, slots=True)
class PushAccepted:
    """Daraja accepted the push. `merchant_request_id` is `""` if Daraja left it out."""

    merchant_request_id: str
    checkout_request_id: str
    customer_message: str


@dataclass(frozen=True, slots=True)
class PushNotSent:
    """The request surely did not reach M-PESA; `reason` is safe to show to staff."""

    reason: str


@dataclass(frozen=True, slots=True)
class PushRefused:
    """Daraja said no and no prompt is on the phone.

    `code` is Daraja's errorCode or ResponseCode, or `"HTTP 403"` when there was neither;
    `message` is its text with tokens and phone numbers masked, at most 300 characters.
    """

    code: str
    message: str
    kind: RefusalKind


@dataclass(frozen=True, slots=True)
class PushUnknown:
    """A prompt may be on the phone; `reason` is safe to show to staff."""

    reason: str


PushOutcome: TypeAlias = PushAccepted | PushNotSent | PushRefused | PushUnknown


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The final result of `checkout_request_id`; look `result_code` up in `RESULT_CODES`."""

    result_code: str
    result_desc: str
    merchant_request_id: str | None
    checkout_request_id: str


@dataclass(frozen=True, slots=True)
class QueryPending:
    """Not finished yet (code 4999, or "being processed"): ask again later."""

    result_desc: str


@dataclass(frozen=True, slots=True)
class QueryNoAnswer:
    """No evidence. `rail_down`: Daraja was not reachable, or down or overloaded by its own word."""

    reason: str
    rail_down: bool


QueryOutcome: TypeAlias = QueryResult | QueryPending | QueryNoAnswer
