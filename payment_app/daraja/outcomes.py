"""How a push or a query can end. Values, not exceptions: the caller has to look at each.

    PushOutcome
    ├── PushAccepted     Daraja took it: the customer decides now
    ├── PushNotSent      it surely never reached M-PESA: may be sent again
    ├── PushRefused      a clear no before any prompt (why: `RefusalKind`)
    └── PushUnknown      anything else: a prompt may be on the phone, never send again unasked

    QueryOutcome
    ├── QueryResult      a final result code for the id that was asked
    ├── QueryPending     Daraja still works on it
    ├── QueryRefused     the question itself was refused: asking again as it is brings the same
    └── QueryNoAnswer    means nothing, neither paid nor failed

    OrderOutcome         of an operator's order: a reversal, a payout or a question
    ├── OrderAccepted    M-PESA took it: its result is posted later
    ├── OrderKnown       M-PESA has an order with our id already, and this one did nothing
    └── PushNotSent, PushRefused, PushUnknown, which say of an order what they say of a push

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
    NOT_DARAJA = "not_daraja"  # a page of something on the way: a firewall, a proxy, a portal
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

    @property
    def words(self) -> str:
        """What Daraja itself wrote, fit to be quoted; `""` when it wrote nothing."""
        return _quotable(self.code, self.message)


@dataclass(frozen=True, slots=True)
class PushUnknown:
    """A prompt may be on the phone; `reason` is safe to show to staff."""

    reason: str


PushOutcome: TypeAlias = PushAccepted | PushNotSent | PushRefused | PushUnknown


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """M-PESA took the order, which says nothing about its end. An id may be missing (`None`)."""

    originator_conversation_id: str | None
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class OrderKnown:
    """An order with the same OriginatorConversationID came before: whatever it did, it did once."""

    message: str


OrderOutcome: TypeAlias = OrderAccepted | OrderKnown | PushNotSent | PushRefused | PushUnknown


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The final result of `checkout_request_id`; look `result_code` up in `RESULT_CODES`."""

    result_code: str
    result_desc: str
    merchant_request_id: str | None
    checkout_request_id: str


@dataclass(frozen=True, slots=True)
class QueryPending:
    """Not finished yet, by its code or its words (see `daraja.pending`): ask again later."""

    result_desc: str


@dataclass(frozen=True, slots=True)
class QueryRefused:
    """The question was refused before anybody looked for the payment: nothing is known of it.

    `code`, `message` and `kind` as those of `PushRefused`. With `NOT_DARAJA` it was something on
    the way that spoke, and nothing it wrote is kept.
    """

    code: str
    message: str
    kind: RefusalKind

    @property
    def words(self) -> str:
        """What Daraja itself wrote, fit to be quoted; `""` when it wrote nothing."""
        return _quotable(self.code, self.message)

    @property
    def reason(self) -> str:
        """One phrase for staff."""
        if self.kind is RefusalKind.NOT_DARAJA:
            return f"{self.code} with a page that is not Daraja's"
        return f"{self.code}: {self.message}" if self.message else self.code


@dataclass(frozen=True, slots=True)
class QueryNoAnswer:
    """No evidence. `rail_down`: Daraja was not reachable, or down or overloaded by its own word."""

    reason: str
    rail_down: bool


QueryOutcome: TypeAlias = QueryResult | QueryPending | QueryRefused | QueryNoAnswer


def _quotable(code: str, message: str) -> str:
    """A bare HTTP status is nobody's words."""
    if code.startswith("HTTP "):
        return message
    return f"{code} {message}".strip()
