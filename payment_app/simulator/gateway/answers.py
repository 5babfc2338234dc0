"""Everything that the gateway answers, as (HTTP status, JSON object) in Daraja's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.orders import Order
from payment_app.simulator.mpesa.prompts import Prompt

Body = dict[str, Any]


class Refusal(Exception):
    """The gateway's error envelope, raised by whoever finds the fault.

    Args:
        status: HTTP status.
        code: Daraja's `errorCode`.
        words: Daraja's `errorMessage`.
        request_id: `requestId`, where Daraja gives a telling one; else one is made.
    """

    def __init__(self, status: int, code: str, words: str, request_id: str | None = None) -> None:
        super().__init__(f"{code} {words}")
        self.status, self.code, self.words, self.request_id = status, code, words, request_id


def bad_field(name: str) -> Refusal:
    """A field is missing or wrong."""
    return Refusal(400, "400.002.02", f"Bad Request - Invalid {name}")


def bad_payload() -> Refusal:
    """The body is not a JSON object."""
    return Refusal(400, "400.002.05", "Invalid Request Payload")


def bad_token() -> Refusal:
    """The bearer token is unknown or dead."""
    return Refusal(404, "404.001.03", "Invalid Access Token")


def no_authorization() -> Refusal:
    """No usable Authorization header, or GET on a POST call."""
    return Refusal(404, "404.001.04", "Invalid Authenticator Header")


def wrong_method(method: str) -> Refusal:
    """Any other method than the call's own."""
    return Refusal(405, "405.001", f"{method} Method Not Allowed")


def not_found() -> Refusal:
    """A path that Daraja does not have."""
    return Refusal(404, "404.001.01", "Resource not found")


def wrong_auth_type() -> Refusal:
    """OAuth without Basic."""
    return Refusal(400, "400.008.01", "Invalid authentication type passed")


def wrong_grant_type() -> Refusal:
    """OAuth with another grant type than client_credentials."""
    return Refusal(400, "400.008.02", "Invalid grant type passed")


def upstream(words: str, request_id: str | None = None) -> Refusal:
    """The overloaded 500.001.1001: only its words tell what is meant."""
    return Refusal(500, "500.001.1001", words, request_id)


def no_merchant() -> Refusal:
    """The shortcode cannot start pushes."""
    return upstream("Merchant does not exist")


def wrong_password() -> Refusal:
    """Password, shortcode and timestamp do not belong together."""
    return upstream("Wrong credentials")


def subscriber_locked() -> Refusal:
    """The customer has another transaction in process."""
    return upstream(results.callback_words("1001"))


def unknown_transaction() -> Refusal:
    """A query for an id that is not known (Daraja's own capital E)."""
    return upstream("The transaction does not Exist")


def busy() -> Refusal:
    """Load; Daraja says so with 500, not 429."""
    return Refusal(500, "500.003.02", "System is busy. Please try again in few minutes.")


def duplicate_order() -> Refusal:
    """An OriginatorConversationID that M-Pesa has already: this order did nothing."""
    return Refusal(500, "500.002.1001", "Duplicate OriginatorConversationID.")


def token_answer(token: str) -> Body:
    """`expires_in` is a string."""
    return {"access_token": token, "expires_in": "3599"}


def push_answer(prompt: Prompt) -> Body:
    """The push was taken; nothing is paid yet."""
    return {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def order_answer(order: Order) -> Body:
    """The operator's order was taken; nothing is done yet."""
    return {
        "OriginatorConversationID": order.originator_conversation_id,
        "ConversationID": order.conversation_id,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }


def query_answer(prompt: Prompt, code: str | None = None) -> Body:
    """The result so far; `ResultCode` is a string here, unlike in a callback."""
    result = code or prompt.result or results.STILL_PROCESSING
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": result,
        "ResultDesc": results.query_words(result),
    }


def reply(status: int, body: Mapping[str, Any]) -> Response:
    """An HTTP answer with a JSON body."""
    content = json.dumps(body, separators=(",", ":")).encode()
    return Response(content, status, media_type="application/json")


def refuse(refusal: Refusal, request_id: str) -> Response:
    """The HTTP answer of a refusal."""
    body = {
        "requestId": refusal.request_id or request_id,
        "errorCode": refusal.code,
        "errorMessage": refusal.words,
    }
    return reply(refusal.status, body)
