from __future__ import annotations

import httpx
import pytest
from daraja_kit import encode, error, fault, rig

from payment_app.daraja import QueryNoAnswer, QueryPending, QueryResult

ID = "ws_CO_13012021093521236557"


def result(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": "22205-34066-1",
        "CheckoutRequestID": ID,
        "ResultCode": "0",
        "ResultDesc": "The service request is processed successfully.",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (result(), "0"),
        (result(ResultCode=0), "0"),
        (result(ResultCode=0.0), "0"),
        (result(ResultCode="1032"), "1032"),
        (result(ResultCode=1037), "1037"),
        (result(ResultCode="SFC_IC0003"), "SFC_IC0003"),
        (result(ResultCode="00"), "00"),
        (result(ResponseCode=0), "0"),
        (result(ResponseCode=...), "0"),
        (result(CheckoutRequestID=...), "0"),
    ],
)
async def test_a_result_for_the_id_asked(body: object, code: str) -> None:
    async with rig((200, body)) as r:
        outcome = await r.client.stk_query(ID)
    assert outcome == QueryResult(
        code, "The service request is processed successfully.", "22205-34066-1", ID
    )


async def test_a_result_without_extras() -> None:
    async with rig((200, {"ResultCode": 1})) as r:
        assert await r.client.stk_query(ID) == QueryResult("1", "", None, ID)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            200,
            result(ResultCode="4999", ResultDesc="The transaction is still under processing"),
            "The transaction is still under processing",
        ),
        (200, result(ResultCode=4999, ResultDesc=...), ""),
        (
            500,
            error("500.001.1001", "The transaction is being processed"),
            "The transaction is being processed",
        ),
    ],
)
async def test_still_processing(status: int, body: object, text: str) -> None:
    async with rig((status, body)) as r:
        assert await r.client.stk_query(ID) == QueryPending(text)


@pytest.mark.parametrize(
    ("status", "body", "rail_down"),
    [
        (500, error("500.001.1001", "The transaction does not Exist"), False),
        (200, error("500.001.1001", ""), False),
        (500, error("500.001.1001", ""), False),
        (500, error("500.003.02", "Error Occurred: Spike Arrest Violation"), False),
        (429, b"", False),
        (429, fault("policies.ratelimit.SpikeArrestViolation", "Spike arrest violation"), False),
        (500, error("500.003.02", "System is busy. Please try again in few minutes."), True),
        (200, error("00.002.1001", "Service is currently under maintenance"), True),
        (500, error("500.003.1001", "Internal Server Error"), True),
        (400, error("400.002.02", "Bad Request - Invalid CheckoutRequestID"), False),
        (500, b"", True),
        (500, b"<html>", True),
        (502, b"<html>", True),
        (503, b"", True),
        (504, {"message": "timed out"}, True),
        (200, b"", False),
        (200, b"<html>", False),
        (200, encode(result())[:-20], False),
        (200, b"[]", False),
        (200, {}, False),
        (302, b"", False),
        (403, b"<html>", False),
        (200, result(ResultCode=...), False),
        (200, result(ResultCode=None), False),
        (200, result(ResultCode=False), False),
        (200, result(ResultCode=[0]), False),
        (200, result(ResultCode=""), False),
        (200, result(ResponseCode="1"), False),
        (200, result(ResponseCode=None), False),
        (200, result(CheckoutRequestID="ws_CO_another"), False),
        (200, result(CheckoutRequestID=None), False),
        (200, result(CheckoutRequestID=ID + " "), False),
        (200, result(errorCode="500.001.1001"), False),
    ],
)
async def test_everything_else_means_nothing(status: int, body: object, rail_down: bool) -> None:
    async with rig((status, body)) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryNoAnswer), outcome
    assert outcome.reason
    assert outcome.rail_down is rail_down
    assert len(r.daraja.seen) == 1


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (httpx.ConnectError("refused"), 3),
        (httpx.ConnectTimeout("slow"), 3),
        (httpx.ReadTimeout("slow"), 1),
        (httpx.RemoteProtocolError("closed"), 1),
    ],
)
async def test_network_trouble_is_no_answer(failure: Exception, attempts: int) -> None:
    async with rig(failure) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryNoAnswer)
    assert outcome.rail_down
    assert len(r.daraja.seen) == attempts


@pytest.mark.parametrize(
    ("token_answer", "rail_down"),
    [((400, b""), False), ((503, b""), True), (httpx.ConnectError("refused"), True)],
)
async def test_without_a_token_nothing_is_asked(token_answer: object, rail_down: bool) -> None:
    async with rig(tokens=[token_answer]) as r:  # type: ignore[list-item]
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryNoAnswer)
    assert outcome.rail_down is rail_down
    assert r.daraja.seen == []
