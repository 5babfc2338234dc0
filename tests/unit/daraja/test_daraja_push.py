from __future__ import annotations

import httpx
import pytest
from daraja_kit import ACCEPTED, CHECKOUT, encode, error, fault, push, rig

from payment_app.daraja import (
    PushAccepted,
    PushNotSent,
    PushRefused,
    PushUnknown,
    RefusalKind,
)

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
LOCKED = "Unable to lock subscriber, a transaction is already in process for the current subscriber"


def accepted(**changes: object) -> dict[str, object]:
    body = {**ACCEPTED, **changes}
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, accepted()),
        (200, accepted(ResponseCode=0)),
        (200, accepted(ResponseCode=0.0)),
        (200, accepted(ResponseCode=" 0 ")),
        (200, accepted(ResponseCode="00")),
        (200, accepted(extra={"a": [1, None]})),
        (200, b"\xef\xbb\xbf" + encode(ACCEPTED)),
        (201, accepted()),
        (500, accepted()),
        (401, accepted()),
    ],
)
async def test_accepted_by_its_body(status: int, body: object) -> None:
    async with rig((status, body)) as r:
        outcome = await r.client.stk_push(push())
    assert outcome == PushAccepted(
        "2654-4b64-97ff-b827b542881d3130", CHECKOUT, "Success. Please check your phone"
    )
    assert len(r.daraja.seen) == 1


@pytest.mark.parametrize(
    ("body", "merchant_request_id", "message"),
    [
        (accepted(MerchantRequestID=...), "", "Success. Please check your phone"),
        (accepted(MerchantRequestID=7), "", "Success. Please check your phone"),
        (
            accepted(CustomerMessage=...),
            ACCEPTED["MerchantRequestID"],
            "Success. Request accepted for processing",
        ),
        (
            accepted(CustomerMessage="a\x00b\ud800\nc"),
            ACCEPTED["MerchantRequestID"],
            "a b c",
        ),
    ],
)
async def test_accepted_with_poor_extras(
    body: object, merchant_request_id: str, message: str
) -> None:
    async with rig((200, body)) as r:
        outcome = await r.client.stk_push(push())
    assert outcome == PushAccepted(merchant_request_id, CHECKOUT, message)


@pytest.mark.parametrize(
    ("status", "body", "code", "kind"),
    [
        (
            400,
            error("400.002.02", "Bad Request - Invalid PhoneNumber"),
            "400.002.02",
            RefusalKind.INVALID_REQUEST,
        ),
        (
            400,
            error("400.002.02", "Bad Request - Invalid Amount"),
            "400.002.02",
            RefusalKind.INVALID_REQUEST,
        ),
        (
            400,
            error("400.002.02", "Bad Request - Invalid BusinessShortCode"),
            "400.002.02",
            RefusalKind.CONFIGURATION,
        ),
        (
            400,
            error("400.002.02", "Bad Request - Invalid CallBackURL"),
            "400.002.02",
            RefusalKind.CONFIGURATION,
        ),
        (
            200,
            error("400.002.02", "Bad Request - Invalid Amount"),
            "400.002.02",
            RefusalKind.INVALID_REQUEST,
        ),
        (
            503,
            error("400.002.02", "Bad Request - Invalid Amount"),
            "400.002.02",
            RefusalKind.INVALID_REQUEST,
        ),
        (400, error("400.003.01", "Bad Request"), "400.003.01", RefusalKind.INVALID_REQUEST),
        (404, error("404.001.01", "Resource not found"), "404.001.01", RefusalKind.CONFIGURATION),
        (405, error("405.001", "Method Not Allowed"), "405.001", RefusalKind.CONFIGURATION),
        (403, error("403.001.01", "Forbidden"), "403.001.01", RefusalKind.NOT_AUTHORISED),
        (409, error("409.001.01", "Conflict"), "409.001.01", RefusalKind.OTHER),
        (
            401,
            error("401.003.01", "Error Occurred - Invalid API call as no apiproduct match found"),
            "401.003.01",
            RefusalKind.NOT_AUTHORISED,
        ),
        (400, error("SOME_CODE", "No"), "SOME_CODE", RefusalKind.INVALID_REQUEST),
        (200, error("SOME_CODE", "No"), "SOME_CODE", RefusalKind.OTHER),
        (500, error("500.001.1001", LOCKED), "500.001.1001", RefusalKind.BUSY_SUBSCRIBER),
        (
            500,
            error("500.001.1001", "Merchant does not exist"),
            "500.001.1001",
            RefusalKind.CONFIGURATION,
        ),
        (
            500,
            error("500.001.1001", "[MerchantValidate] - Wrong credentials"),
            "500.001.1001",
            RefusalKind.WRONG_CREDENTIALS,
        ),
        (
            500,
            error("500.003.02", "Error Occurred: Spike Arrest Violation"),
            "500.003.02",
            RefusalKind.TOO_BUSY,
        ),
        (
            500,
            error("500.003.02", "System is busy. Please try again in few minutes."),
            "500.003.02",
            RefusalKind.TOO_BUSY,
        ),
        (500, error("500.003.03", "Quota Violation"), "500.003.03", RefusalKind.TOO_BUSY),
        (
            500,
            error("00.002.1001", "Service is currently under maintenance"),
            "00.002.1001",
            RefusalKind.TOO_BUSY,
        ),
        (
            500,
            fault("policies.ratelimit.SpikeArrestViolation", "Spike arrest violation."),
            "policies.ratelimit.SpikeArrestViolation",
            RefusalKind.TOO_BUSY,
        ),
        (
            429,
            fault("policies.ratelimit.QuotaViolation", "Rate limit quota violation."),
            "policies.ratelimit.QuotaViolation",
            RefusalKind.TOO_BUSY,
        ),
        (500, {"fault": {"faultstring": "Spike arrest violation"}}, "fault", RefusalKind.TOO_BUSY),
        (
            401,
            fault("keymanagement.service.InvalidAPICallAsNoApiProductMatchFound", "Invalid"),
            "keymanagement.service.InvalidAPICallAsNoApiProductMatchFound",
            RefusalKind.NOT_AUTHORISED,
        ),
        (429, b"", "HTTP 429", RefusalKind.TOO_BUSY),
        (429, {"message": "slow down"}, "HTTP 429", RefusalKind.TOO_BUSY),
        (403, HTML, "HTTP 403", RefusalKind.NOT_DARAJA),
        (404, HTML, "HTTP 404", RefusalKind.NOT_DARAJA),
        (405, b"", "HTTP 405", RefusalKind.CONFIGURATION),
        (415, b"", "HTTP 415", RefusalKind.INVALID_REQUEST),
        (200, accepted(ResponseCode="1"), "1", RefusalKind.OTHER),
        (200, accepted(ResponseCode=1032), "1032", RefusalKind.OTHER),
        (
            200,
            {"ResponseCode": "1", "ResponseDescription": LOCKED},
            "1",
            RefusalKind.BUSY_SUBSCRIBER,
        ),
    ],
)
async def test_refused_only_when_it_is_clear(
    status: int, body: object, code: str, kind: RefusalKind
) -> None:
    async with rig((status, body)) as r:
        outcome = await r.client.stk_push(push())
    assert isinstance(outcome, PushRefused), outcome
    assert (outcome.code, outcome.kind) == (code, kind)
    assert len(r.daraja.seen) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b" \r\n"),
        (200, HTML),
        (200, encode(ACCEPTED)[:60]),
        (200, encode(ACCEPTED) + b"{}"),
        (200, b"[]"),
        (200, b'"0"'),
        (200, b"null"),
        (200, {}),
        (200, b"[" * 200_000),
        (200, b'{"ResponseCode":"0","CheckoutRequestID":' + b"[" * 100_000),
        (200, b'{"ResponseCode":"1","ResponseCode":"0","CheckoutRequestID":"ws_CO_1"}'),
        (200, b'{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","x":NaN}'),
        (200, b'{"ResponseCode":' + b"0" * 5000 + b"}"),
        (200, b'{"ResponseCode":' + b"9" * 5000 + b"}"),
        (200, b'{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","x":1e999999999}'),
        (200, encode(ACCEPTED).decode().encode("utf-16")),
        (200, b"\xff\xfe" + encode(ACCEPTED)),
        (200, accepted(CheckoutRequestID=...)),
        (200, accepted(CheckoutRequestID=None)),
        (200, accepted(CheckoutRequestID="")),
        (200, accepted(CheckoutRequestID=5)),
        (200, accepted(CheckoutRequestID="w" * 101)),
        (200, accepted(CheckoutRequestID="ws_CO_\x00")),
        (200, accepted(ResponseCode=...)),
        (200, accepted(ResponseCode=None)),
        (200, accepted(ResponseCode=False)),
        (200, accepted(ResponseCode=[])),
        (200, accepted(ResponseCode=0.5)),
        (200, accepted(errorCode="400.002.02")),
        (200, error("500.001.1001", "")),
        (200, fault("messaging.adaptors.http.flow.GatewayTimeout", "Gateway Timeout")),
        (204, b""),
        (301, b""),
        (302, accepted(ResponseCode=...)),
        (307, HTML),
        (400, b""),
        (400, HTML),
        (408, b""),
        (408, error("TIMEOUT", "Request Timeout")),
        (400, error("500.001.1001", "Something new")),
        (500, error("500.001.1001", "")),
        (500, error("500.001.1001", "The transaction is being processed")),
        (500, error("500.001.1001", "Something new")),
        (500, error("500.003.1001", "Internal Server Error")),
        (500, error("500.002.1001", "System internal error.")),
        (500, error(None, "Merchant does not exist")),
        (500, error("", "")),
        (500, error(["x"], {})),
        (500, {}),
        (500, b""),
        (500, HTML),
        (502, HTML),
        (503, b""),
        (503, b"Service Unavailable"),
        (504, fault("messaging.adaptors.http.flow.GatewayTimeout", "Gateway Timeout")),
        (504, {"message": "Endpoint request timed out"}),
    ],
)
async def test_anything_else_is_unknown_and_never_sent_again(status: int, body: object) -> None:
    async with rig((status, body)) as r:
        outcome = await r.client.stk_push(push())
    assert isinstance(outcome, PushUnknown), outcome
    assert outcome.reason
    assert len(r.daraja.seen) == 1


async def test_a_redirect_is_not_followed() -> None:
    async def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.url.path.startswith("/oauth"):
            return httpx.Response(200, content=b'{"access_token":"t","expires_in":"3599"}')
        return httpx.Response(307, headers={"Location": "https://elsewhere.test/push"})

    seen: list[str] = []
    async with rig() as r:
        r.client._http._transport = httpx.MockTransport(redirect)
        assert isinstance(await r.client.stk_push(push()), PushUnknown)
    assert seen[1:] == ["https://daraja.test/mpesa/stkpush/v1/processrequest"]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.ProxyError("407"),
    ],
)
async def test_no_connection_is_tried_three_times_and_surely_not_sent(failure: Exception) -> None:
    async with rig(failure) as r:
        outcome = await r.client.stk_push(push())
    assert isinstance(outcome, PushNotSent), outcome
    assert type(failure).__name__ in outcome.reason
    assert len(r.daraja.seen) == 3


async def test_a_connection_at_the_second_try_is_used() -> None:
    async with rig(httpx.ConnectError("refused"), (200, ACCEPTED)) as r:
        assert isinstance(await r.client.stk_push(push()), PushAccepted)
    assert len(r.daraja.seen) == 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.CloseError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.LocalProtocolError("header"),
        httpx.DecodingError("gzip"),
        TimeoutError(),
        ConnectionResetError(),
        ValueError("odd"),
        RuntimeError("odd"),
    ],
)
async def test_a_failure_that_may_come_after_sending_is_unknown_and_not_repeated(
    failure: Exception,
) -> None:
    async with rig(failure) as r:
        outcome = await r.client.stk_push(push())
    assert isinstance(outcome, PushUnknown), outcome
    assert type(failure).__name__ in outcome.reason
    assert len(r.daraja.seen) == 1


async def test_what_fails_after_a_failed_connection_is_still_unknown() -> None:
    async with rig(httpx.ConnectError("refused"), httpx.ReadTimeout("slow")) as r:
        assert isinstance(await r.client.stk_push(push()), PushUnknown)
    assert len(r.daraja.seen) == 2
