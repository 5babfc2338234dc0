"""Records, logs, the outbound limit and cancellation."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode

import httpx
import pytest
import structlog
from daraja_kit import (
    ACCEPTED,
    CALLBACK_TOKEN,
    CHECKOUT,
    INVALID_TOKEN,
    NOW,
    PHONE,
    Answer,
    Clock,
    FakeDaraja,
    Rig,
    config,
    error,
    push,
    rig,
)

from payment_app.daraja import (
    DarajaCall,
    DarajaClient,
    PushAccepted,
    PushNotSent,
    PushRefused,
    QueryNoAnswer,
    RefusalKind,
    stk_password,
)
from payment_app.daraja.wire.masking import mask_number, mask_response, mask_url

PASSWORD = stk_password("174379", "passkey-1", "20260301123000")
SECRETS = (
    "token-1",
    "passkey-1",
    "consumer-key-1",
    "consumer-secret-1",
    b64encode(b"consumer-key-1:consumer-secret-1").decode(),
    PASSWORD,
    CALLBACK_TOKEN,
    PHONE,
    PHONE[3:],
)


def words(r: Rig) -> list[tuple[str, str, int | None, str | None]]:
    return [(c.operation, c.outcome, c.http_status, c.error_code) for c in r.calls]


async def test_an_accepted_push_leaves_two_masked_records() -> None:
    async with rig() as r:
        await r.client.stk_push(push())
    token, sent = r.calls
    assert (token.operation, token.outcome, token.http_status) == ("token", "granted", 200)
    assert (token.request, token.response) == (
        {"grant_type": "client_credentials"},
        "(not kept)",
    )
    assert (sent.at, sent.operation, sent.outcome, sent.http_status, sent.error_code) == (
        NOW,
        "stk_push",
        "accepted",
        200,
        None,
    )
    assert sent.duration_ms >= 0
    assert sent.request == {
        "BusinessShortCode": "174379",
        "Password": "•••",
        "Timestamp": "20260301123000",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 5000,
        "PartyA": "2547•••••678",
        "PartyB": "174379",
        "PhoneNumber": "2547•••••678",
        "CallBackURL": "https://pay.example.co.ke/hooks/stk/•••",
        "AccountReference": "BK7F2QX9",
        "TransactionDesc": "Storage",
    }
    assert json.loads(sent.response)["CustomerMessage"] == ACCEPTED["CustomerMessage"]


@pytest.mark.parametrize("status", [200, 400, 401, 500])
async def test_no_answer_can_smuggle_a_secret_into_records_logs_or_outcomes(status: int) -> None:
    echo = " ".join(SECRETS)
    body = error("401.002.01", f"Error Occurred - Invalid Access Token - token-1 {PHONE}")
    body |= {"echo": echo, "CheckoutRequestID": CHECKOUT}
    raw = json.dumps(body) + json.dumps(echo).replace("/", "\\/")
    with structlog.testing.capture_logs() as logs:
        for answer in (body, raw.encode()):
            token = (200, {"access_token": "token-1"})
            async with rig((status, answer), tokens=[token]) as r:
                outcome = await r.client.stk_push(push())
            kept = f"{r.calls!r} {logs!r} {outcome!r}"
            assert [secret for secret in SECRETS if secret in kept] == []
            assert "Invalid Access Token - •••" in r.calls[-1].response


async def test_a_refused_callback_url_is_not_quoted() -> None:
    quoted = f"Bad Request - Invalid CallBackURL {push().callback_url}, try another"
    async with rig((400, error("400.002.02", quoted))) as r:
        outcome = await r.client.stk_push(push())
    assert outcome == PushRefused(
        "400.002.02",
        "Bad Request - Invalid CallBackURL https://pay.example.co.ke/hooks/stk/•••, try another",
        RefusalKind.CONFIGURATION,
    )


async def test_a_token_endpoint_that_echoes_the_credentials_is_scrubbed() -> None:
    echo = {"errorCode": "400.008.01", "errorMessage": "No", "was": " ".join(SECRETS[1:5])}
    async with rig(tokens=[(400, echo)]) as r:
        await r.client.stk_push(push())
    assert [secret for secret in SECRETS if secret in repr(r.calls)] == []
    assert r.calls[0].outcome == "denied"
    assert r.calls[0].error_code == "400.008.01"


async def test_a_query_record_hides_the_phone_in_the_checkout_id() -> None:
    async with rig((200, {"ResultCode": "0"})) as r:
        await r.client.stk_query(CHECKOUT)
    assert r.calls[-1].request["CheckoutRequestID"].startswith("ws_CO_0103")
    assert r.calls[-1].request["CheckoutRequestID"].endswith("•678")
    assert PHONE[3:] not in repr(r.calls)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, ACCEPTED), ("stk_push", "accepted", 200, None)),
        (
            (400, error("400.002.02", "Invalid Amount")),
            ("stk_push", "refused", 400, "400.002.02"),
        ),
        ((502, b"<html>"), ("stk_push", "unknown", 502, None)),
        (httpx.ConnectError("no"), ("stk_push", "not_sent", None, None)),
        (httpx.ReadTimeout("no"), ("stk_push", "unknown", None, None)),
    ],
)
async def test_push_records_name_the_outcome(answer: Answer, expected: object) -> None:
    async with rig(answer) as r:
        await r.client.stk_push(push())
    assert words(r)[1:] == [expected]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, {"ResultCode": "0"}), "result"),
        ((200, {"ResultCode": "4999"}), "pending"),
        ((500, b""), "no_answer"),
    ],
)
async def test_query_records_name_the_outcome(answer: Answer, outcome: str) -> None:
    async with rig(answer) as r:
        await r.client.stk_query(CHECKOUT)
    assert r.calls[-1].outcome == outcome


async def test_each_call_of_a_repeated_push_is_recorded() -> None:
    async with rig((404, INVALID_TOKEN), (200, ACCEPTED)) as r:
        await r.client.stk_push(push())
    assert [(c.operation, c.outcome) for c in r.calls] == [
        ("token", "granted"),
        ("stk_push", "token_invalid"),
        ("token", "granted"),
        ("stk_push", "accepted"),
    ]


async def test_a_record_without_an_answer_says_why() -> None:
    async with rig(httpx.ReadTimeout("https://secret")) as r:
        await r.client.stk_push(push())
    assert r.calls[-1].response == "(no answer in time (ReadTimeout))"


async def test_recorded_answers_are_bounded_and_on_one_line() -> None:
    async with rig((500, b"<html>\n\x00" + "ä".encode() * 50_000 + b"\xff")) as r:
        await r.client.stk_push(push())
    assert len(r.calls[-1].response) == 2000
    assert r.calls[-1].response.isprintable()


async def test_a_log_line_per_call_without_anything_personal() -> None:
    with structlog.testing.capture_logs() as logs:
        async with rig((500, b"")) as r:
            await r.client.stk_push(push())
    assert [(line["event"], line["log_level"], line["outcome"]) for line in logs] == [
        ("daraja_call", "info", "granted"),
        ("daraja_call", "warning", "unknown"),
    ]
    assert set(logs[1]) == {
        "event",
        "log_level",
        "operation",
        "outcome",
        "http_status",
        "error_code",
        "duration_ms",
    }


async def test_a_failing_record_does_not_change_the_outcome() -> None:
    async def fail(call: DarajaCall) -> None:
        raise RuntimeError("disk full")

    transport = httpx.MockTransport(FakeDaraja())
    with structlog.testing.capture_logs() as logs:
        async with DarajaClient(
            config(), clock=Clock(), transport=transport, record=fail
        ) as client:
            assert isinstance(await client.stk_push(push()), PushAccepted)
    assert [line["event"] for line in logs].count("daraja_call_not_recorded") == 2


async def test_recording_is_optional() -> None:
    transport = httpx.MockTransport(FakeDaraja())
    client = DarajaClient(config(), clock=Clock(), transport=transport)
    assert isinstance(await client.stk_push(push()), PushAccepted)
    await client.aclose()


async def test_calls_above_the_limit_wait_and_then_give_up_unsent() -> None:
    async with rig(calls_per_second=2.0, queue_timeout=0.1) as r:
        outcomes = await asyncio.gather(*(r.client.stk_push(push()) for _ in range(5)))
        answer = await r.client.stk_query(CHECKOUT)
    assert [type(outcome) for outcome in outcomes] == [PushAccepted] * 2 + [PushNotSent] * 3
    assert len(r.daraja.seen) == 2
    assert isinstance(answer, QueryNoAnswer)
    assert not answer.rail_down


async def test_calls_above_the_limit_are_sent_when_their_turn_comes() -> None:
    async with rig(calls_per_second=20.0) as r:
        started = asyncio.get_running_loop().time()
        outcomes = await asyncio.gather(*(r.client.stk_push(push()) for _ in range(24)))
        took = asyncio.get_running_loop().time() - started
    assert {type(outcome) for outcome in outcomes} == {PushAccepted}
    assert took >= 0.15


async def test_a_limit_below_one_call_a_second_lets_calls_through() -> None:
    async with rig(calls_per_second=0.5) as r:
        assert isinstance(await r.client.stk_push(push()), PushAccepted)


async def test_cancellation_passes_through() -> None:
    reached = asyncio.Event()

    async def hang(request: httpx.Request) -> Answer:
        reached.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async with rig(hang) as r:
        task = asyncio.create_task(r.client.stk_push(push()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(r.daraja.seen) == 1


@pytest.mark.parametrize(
    ("digits", "masked"),
    [
        ("254712345678", "2547•••••678"),
        ("0712345678", "07•••••678"),
        ("712345678", "7•••••678"),
        ("01032026123000123712345678", "0103" + "•" * 19 + "678"),
    ],
)
def test_numbers_keep_at_least_five_digits_hidden(digits: str, masked: str) -> None:
    assert mask_number(digits) == masked


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://h.test/a/b/secret", "https://h.test/a/b/•••"),
        ("https://h.test/a/secret/", "https://h.test/a/•••"),
        ("https://h.test:8443/a/x?token=secret#secret", "https://h.test:8443/a/•••"),
        ("https://user:secret@h.test/secret", "https://h.test/•••"),
        ("https://h.test:99999/secret", "•••"),
    ],
)
def test_urls_lose_their_last_segment(url: str, masked: str) -> None:
    assert mask_url(url) == masked


def test_secrets_are_found_where_json_escaped_their_slashes() -> None:
    kept = mask_response(r'{"was":"ab\/cd\/ef==","plain":"ab/cd/ef=="}', ["ab/cd/ef=="])
    assert kept == '{"was":"•••","plain":"•••"}'
