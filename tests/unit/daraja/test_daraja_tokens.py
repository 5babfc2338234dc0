from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime

import httpx
import pytest
from daraja_kit import ACCEPTED, INVALID_TOKEN, Answer, error, fault, push, rig

from payment_app.daraja import (
    PushAccepted,
    PushNotSent,
    PushRefused,
    RefusalKind,
    TokenRefused,
    TokenUnavailable,
)
from payment_app.daraja.judges.token import Grant
from payment_app.daraja.tokens import TokenStore


def granted(token: object = "token-a", expires_in: object = "3599") -> Answer:
    return 200, {"access_token": token, "expires_in": expires_in}


async def test_the_token_request() -> None:
    seen: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> Answer:
        seen.append(request)
        return granted()

    async with rig(tokens=[answer]) as r:
        await r.client.check_token()
    assert str(seen[0].url) == (
        "https://daraja.test/oauth/v1/generate?grant_type=client_credentials"
    )
    assert seen[0].method == "GET"
    scheme, _, pair = seen[0].headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"consumer-key-1:consumer-secret-1")


@pytest.mark.parametrize(
    ("expires_in", "usable"),
    [
        ("3599", 3539),
        (3599, 3539),
        (3599.0, 3539),
        (" 3599 ", 3539),
        (999_999, 3540),
        (80, 40),
        ("abc", 240),
        (None, 240),
        (-5, 240),
        (0, 240),
        (True, 240),
        ([], 240),
        ("٣٥٩٩", 240),
        ("9" * 30, 240),
    ],
)
async def test_a_token_is_used_until_a_minute_before_its_end(
    expires_in: object, usable: int
) -> None:
    async with rig(tokens=[granted(expires_in=expires_in)]) as r:
        await r.client.stk_push(push())
        r.clock.forward(usable - 1)
        await r.client.stk_push(push())
        assert r.daraja.token_calls == 1
        r.clock.forward(1)
        await r.client.stk_push(push())
        assert r.daraja.token_calls == 2


async def test_a_clock_set_back_does_not_lengthen_a_token() -> None:
    async with rig() as r:
        await r.client.stk_push(push())
        r.clock.forward(-3600)
        await r.client.stk_push(push())
    assert r.daraja.used_tokens == ["token-1", "token-2"]


async def test_many_calls_at_once_share_one_fetch() -> None:
    async with rig() as r:
        await asyncio.gather(*(r.client.stk_push(push()) for _ in range(20)))
    assert r.daraja.token_calls == 1
    assert r.daraja.used_tokens == ["token-1"] * 20


async def test_many_calls_at_once_share_one_failure_and_the_next_one_tries_again() -> None:
    async with rig(tokens=[(503, b""), granted()]) as r:
        outcomes = await asyncio.gather(*(r.client.stk_push(push()) for _ in range(20)))
        assert {type(outcome) for outcome in outcomes} == {PushNotSent}
        assert r.daraja.token_calls == 1
        assert isinstance(await r.client.stk_push(push()), PushAccepted)


INVALID = [
    (404, INVALID_TOKEN),
    (404, error("404.001.03", "")),
    (400, error("400.003.01", "Invalid Access Token")),
    (401, error("401.002.01", "Error Occurred - Invalid Access Token - abcdef")),
    (200, error("404.001.03", "Invalid Access Token")),
    (401, b""),
    (401, b"<html>"),
    (401, {}),
    (401, fault("keymanagement.service.invalid_access_token", "Invalid Access Token")),
    (401, fault("keymanagement.service.access_token_expired", "Access Token expired")),
]


@pytest.mark.parametrize("answer", INVALID)
async def test_a_refused_token_is_replaced_and_the_push_repeated_once(answer: Answer) -> None:
    async with rig(answer, (200, ACCEPTED)) as r:
        assert isinstance(await r.client.stk_push(push()), PushAccepted)
        assert r.daraja.used_tokens == ["token-1", "token-2"]
        await r.client.stk_push(push())
    assert r.daraja.used_tokens[-1] == "token-2"


@pytest.mark.parametrize("answer", INVALID)
async def test_a_second_refusal_of_the_token_ends_it(answer: Answer) -> None:
    async with rig(answer) as r:
        outcome = await r.client.stk_push(push())
    assert isinstance(outcome, PushRefused)
    page = isinstance(answer[1], bytes) and answer[1].startswith(b"<")
    assert outcome.kind is (RefusalKind.NOT_DARAJA if page else RefusalKind.NOT_AUTHORISED)
    assert outcome.code
    assert len(r.daraja.seen) == 2
    assert "abcdef" not in outcome.message


async def test_a_query_replaces_a_refused_token_too() -> None:
    async with rig((401, b""), (200, {"ResultCode": "0"})) as r:
        await r.client.stk_query("ws_CO_1")
    assert r.daraja.used_tokens == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (401, "401.003.01", "Invalid API call as no apiproduct match found"),
        (400, "400.003.01", "Bad Request"),
        (401, "500.001.1001", "Wrong credentials"),
    ],
)
async def test_other_refusals_do_not_cost_the_token(status: int, code: str, text: str) -> None:
    async with rig((status, error(code, text))) as r:
        assert isinstance(await r.client.stk_push(push()), PushRefused)
    assert (r.daraja.token_calls, len(r.daraja.seen)) == (1, 1)


async def test_concurrent_refusals_cause_one_refresh() -> None:
    async def judge(request: httpx.Request) -> Answer:
        first = request.headers["Authorization"] == "Bearer token-1"
        return (404, INVALID_TOKEN) if first else (200, ACCEPTED)

    async with rig(judge) as r:
        outcomes = await asyncio.gather(*(r.client.stk_push(push()) for _ in range(20)))
    assert {type(outcome) for outcome in outcomes} == {PushAccepted}
    assert r.daraja.token_calls == 2
    assert sorted(r.daraja.used_tokens) == ["token-1"] * 20 + ["token-2"] * 20


async def test_a_late_refusal_of_an_old_token_does_not_drop_the_new_one() -> None:
    sent, late = asyncio.Event(), asyncio.Event()

    async def slow_refusal(request: httpx.Request) -> Answer:
        sent.set()
        await late.wait()
        return 404, INVALID_TOKEN

    async with rig(slow_refusal, (404, INVALID_TOKEN), (200, ACCEPTED)) as r:
        slow = asyncio.create_task(r.client.stk_push(push()))
        await sent.wait()
        await r.client.stk_push(push())
        late.set()
        await slow
    assert r.daraja.token_calls == 2
    assert r.daraja.used_tokens == ["token-1", "token-1", "token-2", "token-2"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, b""), RefusalKind.WRONG_CREDENTIALS),
        ((401, b""), RefusalKind.WRONG_CREDENTIALS),
        ((400, error("400.008.01", "Invalid Auth")), RefusalKind.WRONG_CREDENTIALS),
        ((200, error("400.008.01", "Invalid Auth")), RefusalKind.WRONG_CREDENTIALS),
        ((403, b""), RefusalKind.NOT_AUTHORISED),
        ((404, error("404.003.01", "Resource not found")), RefusalKind.CONFIGURATION),
    ],
)
async def test_a_refusal_at_the_token_endpoint_refuses_the_push(
    answer: Answer, kind: RefusalKind
) -> None:
    async with rig(tokens=[answer]) as r:
        outcome = await r.client.stk_push(push())
        with pytest.raises(TokenRefused) as caught:
            await r.client.check_token()
    assert isinstance(outcome, PushRefused)
    assert outcome.kind is kind
    assert caught.value.kind is kind
    assert r.daraja.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (502, b"<html>"),
        (503, b""),
        (429, b""),
        (500, error("500.003.02", "Spike Arrest Violation")),
        (400, fault("policies.ratelimit.SpikeArrestViolation", "Spike arrest violation")),
        (302, b""),
        (408, b""),
        (204, b""),
        (200, b""),
        (200, b"<html>"),
        (200, b'{"access_token":"abc'),
        (200, {"expires_in": "3599"}),
        granted(""),
        granted(5),
        granted(None),
        granted("two words"),
        granted("line\r\nX-Evil: 1"),
        granted("tokén"),
        granted("t" * 5000),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
    ],
)
async def test_no_usable_token_means_not_sent(answer: Answer) -> None:
    async with rig(tokens=[answer]) as r:
        outcome = await r.client.stk_push(push())
        with pytest.raises(TokenUnavailable):
            await r.client.check_token()
    assert isinstance(outcome, PushNotSent), outcome
    assert outcome.reason.startswith("token endpoint: ")
    assert r.daraja.seen == []


async def test_a_token_endpoint_that_dies_mid_flight_leaves_the_push_not_sent() -> None:
    async with rig((404, INVALID_TOKEN), tokens=[granted(), (503, b"")]) as r:
        assert isinstance(await r.client.stk_push(push()), PushNotSent)
    assert len(r.daraja.seen) == 1


async def test_the_check_fetches_even_when_a_token_is_held() -> None:
    async with rig() as r:
        await r.client.check_token()
        await r.client.check_token()
        await r.client.stk_push(push())
    assert r.daraja.token_calls == 2
    assert r.daraja.used_tokens == ["token-2"]


async def test_a_cancelled_fetch_does_not_stop_those_who_wait() -> None:
    asked = asyncio.Event()

    async def hangs(request: httpx.Request) -> Answer:
        asked.set()
        await asyncio.Event().wait()
        return granted()

    async with rig(tokens=[hangs, granted("token-b")]) as r:
        first = asyncio.create_task(r.client.stk_push(push()))
        second = asyncio.create_task(r.client.stk_push(push()))
        await asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert isinstance(await second, PushAccepted)
    assert r.daraja.used_tokens == ["token-b"]


class Share:
    """A token share of two processes in one: what one puts, the other gets."""

    def __init__(self) -> None:
        self.kept: tuple[str, datetime, datetime] | None = None
        self.lock = asyncio.Lock()

    async def get(self) -> tuple[str, datetime, datetime] | None:
        return self.kept

    async def put(self, token: str, since: datetime, until: datetime) -> None:
        self.kept = token, since, until

    def turn(self) -> asyncio.Lock:
        return self.lock


class TestSharedBetweenProcesses:
    def store(self, share: Share, *tokens: str) -> tuple[TokenStore, list[str]]:
        fetched: list[str] = []
        coming = iter(tokens)

        async def fetch() -> Grant:
            await asyncio.sleep(0)
            fetched.append(next(coming))
            return Grant(fetched[-1], 3_600)

        return TokenStore(fetch, lambda: datetime(2026, 11, 24, tzinfo=UTC), share), fetched

    async def test_of_many_processes_one_fetches(self) -> None:
        share = Share()
        stores = [self.store(share, f"token-{n}") for n in range(5)]
        tokens = await asyncio.gather(*(store.current() for store, _ in stores))
        assert len(set(tokens)) == 1
        assert sum(len(fetched) for _, fetched in stores) == 1

    async def test_a_refused_token_is_fetched_once_for_all(self) -> None:
        share = Share()
        one, fetched_by_one = self.store(share, "old", "new")
        two, fetched_by_two = self.store(share, "never")
        assert [await one.current(), await two.current()] == ["old", "old"]
        assert await one.current(refused="old") == "new"
        assert await two.current(refused="old") == "new"
        assert (fetched_by_one, fetched_by_two) == (["old", "new"], [])
