from __future__ import annotations

import httpx
import pytest
from daraja_kit import encode, error, rig

from payment_app.daraja import (
    QueryNoAnswer,
    QueryPending,
    QueryRefused,
    QueryResult,
    RefusalKind,
    TokenUnavailable,
)

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
        (500, error("500.003.02", "System is busy. Please try again in few minutes."), True),
        (200, error("00.002.1001", "Service is currently under maintenance"), True),
        (500, error("500.003.1001", "Internal Server Error"), True),
        (500, b"", True),
        (500, b"<html>", True),
        (502, b"<html>", True),
        (503, b"", True),
        (504, {"message": "timed out"}, True),
        (200, b"", False),
        (200, encode(result())[:-20], False),
        (200, b"[]", False),
        (200, {}, False),
        (200, result(ResultCode=...), False),
        (200, result(ResultCode=None), False),
        (200, result(ResultCode=False), False),
        (200, result(ResultCode=[0]), False),
        (200, result(ResultCode=""), False),
        (200, result(ResponseCode="1"), False),
        (200, result(ResponseCode=None), False),
        (200, result(CheckoutRequestID="ws_CO_another"), False),
        (200, result(CheckoutRequestID=ID + " "), False),
        (200, result(errorCode="500.001.1001"), False),
        (200, result(errorMessage="Invalid Access Token"), False),
        (408, result(), False),
        (500, result(), True),
        (503, result(ResultCode="1032"), True),
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


@pytest.mark.parametrize("token_answer", [(503, b""), httpx.ConnectError("refused")])
async def test_without_a_token_nothing_is_asked(token_answer: object) -> None:
    async with rig(tokens=[token_answer]) as r:  # type: ignore[list-item]
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryNoAnswer)
    assert outcome.rail_down
    assert r.daraja.seen == []


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
async def test_a_result_beside_a_refusing_status_is_a_refused_question(status: int) -> None:
    async with rig((status, result())) as r:
        assert isinstance(await r.client.stk_query(ID), QueryRefused)


PENDING = "The transaction is still under processing"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, result(ResultCode="1", ResultDesc=PENDING)),
        (200, result(ResultCode="0", ResultDesc=PENDING)),
        (
            200,
            result(ResultCode=1032, ResultDesc="[STK_CB - ]THE  TRANSACTION\nIS BEING PROCESSED."),
        ),
        (200, result(ResultCode="500.001.1001", ResultDesc=PENDING)),
        (200, result(ResultCode="1", ResultDesc="", ResponseDescription=PENDING)),
        (200, result(ResultCode="1037", ResultDesc="Request is still in progress")),
        (200, result(ResultCode="1", ResultDesc="still\tprocessing")),
        (200, result(ResultCode="1", ResultDesc="The transaction is processing")),
        (200, result(ResultCode="1", ResultDesc="The transaction is in progress")),
        (200, result(ResultCode="1037", ResultDesc="Request is in process.")),
        (200, result(ResultCode="1032", ResultDesc="The request is pending")),
        (400, error("400.002.02", "The transaction is being processed")),
        (404, error("404.001.03", "The transaction is being processed")),
    ],
)
async def test_pending_by_words_whatever_the_code(status: int, body: object) -> None:
    async with rig((status, body)) as r:
        assert isinstance(await r.client.stk_query(ID), QueryPending)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0", "The service request is processed successfully."),
        ("1", "The balance is insufficient for the transaction."),
        ("1001", "Unable to lock subscriber, a transaction is already in process"),
        ("17", "Rule limited: the request cannot be processed"),
    ],
)
async def test_other_words_leave_a_result_as_it_is(code: str, words: str) -> None:
    async with rig((200, result(ResultCode=code, ResultDesc=words))) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryResult)
    assert outcome.result_code == code


async def test_a_gateway_error_in_place_of_a_result_code_is_no_result() -> None:
    answer = result(ResultCode="500.001.1001", ResultDesc="The transaction does not Exist")
    async with rig((200, answer)) as r:
        assert isinstance(await r.client.stk_query(ID), QueryNoAnswer)


@pytest.mark.parametrize("empty", [..., None, "", "  "])
async def test_an_answer_without_an_id_is_about_the_id_that_was_asked(empty: object) -> None:
    async with rig((200, result(CheckoutRequestID=empty))) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryResult)
    assert outcome.checkout_request_id == ID


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            error("400.002.02", "Bad Request - Invalid CheckoutRequestID"),
            RefusalKind.INVALID_REQUEST,
            "400.002.02 Bad Request - Invalid CheckoutRequestID",
        ),
        (
            400,
            error("400.002.02", "Bad Request - Invalid BusinessShortCode"),
            RefusalKind.CONFIGURATION,
            "400.002.02 Bad Request - Invalid BusinessShortCode",
        ),
        (
            200,
            error("400.002.02", "Bad Request"),
            RefusalKind.INVALID_REQUEST,
            "400.002.02 Bad Request",
        ),
        (
            401,
            error("401.003.01", "no apiproduct match found"),
            RefusalKind.NOT_AUTHORISED,
            "401.003.01 no apiproduct match found",
        ),
        (
            500,
            error("500.001.1001", "Merchant does not exist"),
            RefusalKind.CONFIGURATION,
            "500.001.1001 Merchant does not exist",
        ),
        (403, b"", RefusalKind.NOT_AUTHORISED, ""),
        (409, b"", RefusalKind.OTHER, ""),
        (403, b"<html><h1>Access denied</h1>", RefusalKind.NOT_DARAJA, ""),
        (200, b"\xef\xbb\xbf <!DOCTYPE html>", RefusalKind.NOT_DARAJA, ""),
        (404, b"<html>", RefusalKind.NOT_DARAJA, ""),
        (302, b"", RefusalKind.NOT_DARAJA, ""),
        (429, b"", RefusalKind.TOO_BUSY, ""),
        (
            500,
            error("500.003.02", "Error Occurred: Spike Arrest Violation"),
            RefusalKind.TOO_BUSY,
            "500.003.02 Error Occurred: Spike Arrest Violation",
        ),
    ],
)
async def test_a_refused_question_is_no_answer_and_not_pending(
    status: int, body: object, kind: RefusalKind, words: str
) -> None:
    async with rig((status, body)) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryRefused), outcome
    assert (outcome.kind, outcome.words) == (kind, words)
    assert "Access denied" not in outcome.reason


async def test_a_token_refused_twice_refuses_the_question() -> None:
    refusal = (404, error("404.001.03", "Invalid Access Token"))
    async with rig(refusal, refusal) as r:
        outcome = await r.client.stk_query(ID)
    assert outcome == QueryRefused("404.001.03", "Invalid Access Token", RefusalKind.NOT_AUTHORISED)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, b""), RefusalKind.WRONG_CREDENTIALS),
        ((403, b"<html>Request blocked"), RefusalKind.NOT_DARAJA),
        ((401, b"<html>Sign in to the guest network"), RefusalKind.NOT_DARAJA),
    ],
)
async def test_no_token_by_refusal_refuses_the_question_and_quotes_nobody(
    answer: tuple[int, bytes], kind: RefusalKind
) -> None:
    async with rig(tokens=[answer]) as r:
        outcome = await r.client.stk_query(ID)
    assert isinstance(outcome, QueryRefused)
    assert (outcome.kind, outcome.words) == (kind, "")


async def test_a_firewall_before_the_token_does_not_blame_the_keys() -> None:
    async with rig(tokens=[(403, b"<html>Request blocked")]) as r:
        with pytest.raises(TokenUnavailable) as caught:
            await r.client.check_token()
    assert caught.value.page_status == "HTTP 403"
    assert "blocked" not in str(caught.value)
