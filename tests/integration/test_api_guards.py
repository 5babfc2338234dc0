"""What stands around every call: keys, sizes, methods, headers, and no 5xx for any input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from payment_app import lifespan
from payment_app.logs import mask_event
from tests.conftest import FakeClock
from tests.integration.kit import (
    anonymous,
    completed,
    new_booking,
    post_ascii,
    refused,
    run_sql,
    well_shaped,
)
from tests.integration.world import KEY, PHONE, World, close_world, failure, open_world, success

GUARDED = (
    ("POST", "/api/bookings"),
    ("GET", "/api/bookings/1"),
    ("POST", "/api/mpesa/stkpush"),
    ("POST", "/api/mpesa/query"),
    ("GET", "/api/payments"),
    ("GET", "/api/payments/1"),
)
OPEN = ("/healthz", "/api/openapi.json", "/api/docs", "/metrics")
DEEP = "[" * 20_000 + "]" * 20_000
HOSTILE = (
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "1e308",
    "-1e-308",
    "1e999",
    "NaN",
    "-Infinity",
    "9" * 19,
    "9" * 400,
    "9" * 4_000,
    "9" * 5_000,
    "2147483648",
    '""',
    '" "',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u202e\\ufeff"',
    '"1e9999999"',
    '"' + "x" * 10_000 + '"',
    '"' + "\\ud83d\\ude00" * 200 + '"',
    "[]",
    "{}",
    '{"\\ud800":"\\ud800"}',
    '{"a\\u0000":1}',
    '[[["x"]]]',
    DEEP,
    '{"a":' * 500 + "1" + "}" * 500,
)


def bodies(good: dict[str, Any]) -> Iterator[str]:
    """The good body with each field, and the whole of it, replaced by each hostile value."""
    yield from HOSTILE
    for name in good:
        for value in HOSTILE:
            rest = {key: inner for key, inner in good.items() if key != name}
            yield "{" + f'"{name}":{value},' + json.dumps(rest)[1:]
    yield json.dumps(good)[:-1]
    yield json.dumps(good) * 2
    yield "\ufeff" + json.dumps(good)


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_a_right_key_every_call_is_401(world: World, method: str, path: str) -> None:
    wrong = (None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic simulator-key", "simulator-key")
    async with anonymous(world) as caller:
        for given in (*wrong, "Bearer simulator-key-2", "Bearer ", "Bearer s\u00edmulator-key"):
            headers = {} if given is None else {"Authorization": given.encode("latin-1")}
            body = {"booking_id": 1} if method == "POST" else None
            answer = await caller.request(method, path, json=body, headers=headers)
            refused(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"
        answer = await caller.request(
            method, path, headers={"authorization": "bearer simulator-key"}
        )
        assert answer.status_code != 401, "the scheme's name has no case"


async def test_health_description_and_docs_need_no_key(world: World) -> None:
    async with anonymous(world) as caller:
        for path in OPEN:
            assert (await caller.get(path)).status_code == 200, path
        assert (await caller.get("/readyz")).status_code in (200, 503)


async def test_outside_simulator_mode_metrics_need_a_key(
    database_url: str, clock: FakeClock
) -> None:
    sandbox = {
        "mpesa_environment": "sandbox",
        "mpesa_consumer_key": "key",
        "mpesa_consumer_secret": "secret",
        "mpesa_shortcode": "174379",
        "mpesa_passkey": "passkey",
        "mpesa_callback_url": "https://pay.example.co.ke/hooks/stk",
        "metrics_token": "a-token-for-prometheus",
    }
    world = await open_world(database_url, clock, **sandbox)
    try:
        async with anonymous(world) as caller:
            refused(await caller.get("/metrics"), 401, "unauthorized")
            for key in ("a-token-for-prometheus", "simulator-key"):
                answer = await caller.get("/metrics", headers={"Authorization": f"Bearer {key}"})
                assert answer.status_code == 200
            token = {"Authorization": "Bearer a-token-for-prometheus"}
            answer = await caller.get("/api/payments", headers=token)
            refused(answer, 401, "unauthorized")
    finally:
        await close_world(world)


async def test_readyz_is_200_only_while_all_is_well(world: World) -> None:
    before = await world.api.get("/readyz")
    assert before.status_code == 503
    assert before.json()["checks"] == {"database": True, "migrations": True, "workers": False}
    await lifespan.start(world.runtime)
    assert (await world.api.get("/readyz")).status_code == 200
    await run_sql(world, "UPDATE alembic_version SET version_num = 'older'")
    behind = await world.api.get("/readyz")
    assert (behind.status_code, behind.json()["checks"]["migrations"]) == (503, False)
    await run_sql(world, "ALTER TABLE alembic_version RENAME TO away")
    assert (await world.api.get("/readyz")).status_code == 503
    assert (await world.api.get("/healthz")).status_code == 200


async def test_the_description_names_every_call(world: World) -> None:
    paths = (await world.api.get("/api/openapi.json")).json()["paths"]
    for path in (
        "/api/bookings",
        "/api/bookings/{booking_id}",
        "/api/mpesa/stkpush",
        "/api/mpesa/query",
        "/api/mpesa/callback",
        "/api/mpesa/callback/{token}",
        "/api/payments",
        "/api/payments/{payment_id}",
    ):
        assert path in paths


async def test_an_unknown_path_is_404_in_the_error_shape(world: World) -> None:
    async with anonymous(world) as caller:
        for path in ("/api/nothing", "/api/", "/api/mpesa", "/api/bookings/1/x", "/hooks/x/y"):
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
                refused(await caller.request(method, path), 404, "not_found")


async def test_a_known_path_with_another_method_is_405_and_says_which(world: World) -> None:
    for method, path, allowed in (
        ("GET", "/api/bookings", "POST"),
        ("DELETE", "/api/bookings/1", "GET"),
        ("PUT", "/api/mpesa/stkpush", "POST"),
        ("GET", "/api/mpesa/query", "POST"),
        ("POST", "/api/payments", "GET"),
        ("PATCH", "/api/payments/1", "GET"),
        ("GET", "/api/mpesa/callback", "POST"),
        ("GET", "/hooks/stk/token", "POST"),
    ):
        answer = await world.api.request(method, path)
        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allowed


async def test_a_body_above_64_kib_is_413_everywhere(world: World) -> None:
    async def pieces() -> Any:
        for _ in range(17):
            yield b"x" * 4_096

    for path in ("/api/bookings", "/api/mpesa/stkpush", "/api/nothing", "/hooks/stk/x"):
        refused(await world.api.post(path, content=b"x" * (64 * 1024 + 1)), 413, "too_large")
        refused(await world.api.post(path, content=pieces()), 413, "too_large")
    for length in ("99999999999", "9" * 5_000, "-1", "abc", "\u00b2"):
        headers = {"Content-Length": length.encode("latin-1")}
        answer = await world.api.post("/api/bookings", content=b"{}", headers=headers)
        assert answer.status_code in (400, 413)
        well_shaped(answer)


async def test_broken_json_is_400(world: World) -> None:
    for path in ("/api/bookings", "/api/mpesa/stkpush", "/api/mpesa/query"):
        for body in ("{", "", "{'a':1}", "[1,", "\x00", "{}{}", DEEP):
            answer = await post_ascii(world, path, body or "  ")
            refused(answer, 400, "invalid_json")
        raw = await world.api.post(
            path, content=b"\xff\xfe{}", headers={"Content-Type": "application/json"}
        )
        refused(raw, 400, "invalid_json")


async def test_every_answer_carries_the_guarding_headers(world: World) -> None:
    booking = await world.booking()
    answers: list[httpx.Response] = [
        await world.api.get(path)
        for path in (*OPEN, "/readyz", "/api/payments", "/api/payments/1", "/api/nothing", "/pay/x")
    ]
    answers.append(await world.push(booking))
    answers.append(await world.api.post("/api/bookings", content=b"x" * 70_000))
    answers.append(await world.api.delete("/api/bookings"))
    async with anonymous(world) as caller:
        answers.append(await caller.get("/api/payments"))
    await run_sql(world, "ALTER TABLE payment RENAME TO away")
    answers.append(await world.api.get("/api/payments"))
    assert answers[-1].status_code >= 500
    for answer in answers:
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src" in policy
        assert "frame-ancestors" in policy
        if answer.request.url.path.startswith("/api/"):
            assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/pay/%00", "/pay/%FF", "/receipt/%00", "/pay/x" * 1, "/receipt/x"]
)
async def test_a_link_of_nobody_is_404(world: World, path: str) -> None:
    assert (await world.api.get(path)).status_code == 404


async def test_a_database_that_is_away_is_503_or_500_in_the_error_shape(world: World) -> None:
    await run_sql(world, "ALTER TABLE payment RENAME TO away")
    answer = await world.api.get("/api/payments")
    assert answer.status_code >= 500
    assert set(answer.json()) == {"error", "code"}
    assert "payment" not in answer.json()["error"], "nothing of the inside is shown"


async def test_nothing_secret_is_logged_by_a_whole_payment_or_by_an_error(world: World) -> None:
    with capture_logs() as entries:
        booking = await world.booking()
        payment = await world.pushed(booking)
        await world.callback(success(payment, amount=1))
        await world.callback(success(payment, checkout_id=f"ws_CO_x{PHONE}"))
        await world.callback(failure(payment))
        await world.runtime.inbox.drain()
        await world.runtime.reconciler.tick()
        await world.callback(success(payment), token="A" * 43)
        await run_sql(world, "ALTER TABLE payment RENAME TO away")
        await world.api.get("/api/payments", params={"q": PHONE})
        await world.callback(success(payment))
        await world.runtime.inbox.drain()
        with pytest.raises(DBAPIError) as caught:
            await world.runtime.pages.receipt(booking.pay_token)
        structlog.get_logger("tests").error("broken", error=repr(caught.value))
    assert len(entries) > 10
    lines = [repr(mask_event(None, entry["log_level"], dict(entry))) for entry in entries]
    for line in lines:
        assert PHONE[3:] not in line
        assert world.token() not in line
        assert booking.pay_token not in line


async def test_no_booking_body_gives_a_5xx(world: World) -> None:
    good = new_booking(details={"Unit": "B12"}, expires_at="2026-12-01T00:00:00Z")
    for body in bodies({**good, "allow_instalments": False}):
        well_shaped(await post_ascii(world, "/api/bookings", body))
    for body in bodies({"name": "W", "phone_number": "0712345678", "email": "w@example"}):
        whole = json.dumps(new_booking(2, customer="?")).replace('"?"', body)
        well_shaped(await post_ascii(world, "/api/bookings", whole))


async def test_no_push_body_gives_a_5xx(world: World) -> None:
    booking = await world.booking()
    good = {"booking_id": booking.booking_id, "phone_number": PHONE, "amount": 2_400}
    for body in bodies(good):
        well_shaped(await post_ascii(world, "/api/mpesa/stkpush", body))
    assert world.pushes == []


async def test_no_query_body_gives_a_5xx(world: World) -> None:
    for body in bodies({"checkout_request_id": "ws_CO_1"}):
        well_shaped(await post_ascii(world, "/api/mpesa/query", body))


async def test_no_header_or_path_gives_a_5xx(world: World) -> None:
    for value in (b"\xff", b"x" * 300, b"", "\u00e9".encode(), b"a b\tc"):
        headers = {"Idempotency-Key": value, "X-Forwarded-For": value, "Content-Type": value}
        well_shaped(await world.api.post("/api/bookings", content=b"{}", headers=headers))
    for text in ("%00", "%FF%FE", "..%2f..%2fetc", "%ED%A0%80", "💩", "a" * 4_000):
        for path in ("/api/bookings", "/api/payments", "/api"):
            well_shaped(await world.api.get(f"{path}/{text}"))
        well_shaped(await world.api.post(f"/hooks/stk/{text}", content=b"{}"))


async def test_a_pay_link_while_the_database_is_away_says_try_again(world: World) -> None:
    booking = await world.booking()
    await run_sql(world, "ALTER TABLE booking RENAME TO away")
    answer = await world.api.get(f"/pay/{booking.pay_token}")
    await run_sql(world, "ALTER TABLE away RENAME TO booking")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Do not pay again" in answer.text
    assert "text/html" in answer.headers["content-type"]


async def test_a_receipt_link_leads_to_the_booking_that_its_page_follows(world: World) -> None:
    payment = await completed(world)
    pages = world.runtime.pages
    assert await pages.receipt_booking_id(payment.receipt_token or "") == payment.booking_id
    for unknown in ("", "no such token", "x" * 43):
        assert await pages.receipt_booking_id(unknown) is None


@pytest.mark.parametrize("ends", ["http.disconnect", "http.request"])
async def test_a_request_that_its_sender_did_not_finish_starts_nothing(
    world: World, ends: str
) -> None:
    booking = await world.booking()
    wish = {"booking_id": booking.booking_id, "phone_number": PHONE, "amount": 2_500}
    await raw_post(world, "/api/mpesa/stkpush", json.dumps(wish).encode(), ends)
    assert len(world.pushes) == (ends == "http.request")


async def test_a_result_whose_sender_went_away_is_kept(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = json.dumps(success(payment)).encode()
    await raw_post(world, f"/hooks/stk/{world.token()}", body[:-2], "http.disconnect")
    assert [row.body for row in await world.inbox()] == [body[:-2]]


async def raw_post(world: World, path: str, body: bytes, ends: str) -> None:
    """POST as a server sees it: a piece, then its end, or nothing more from the sender."""
    pieces = [{"type": "http.request", "body": body, "more_body": True}, {"type": ends}]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        pass

    headers = [(b"content-type", b"application/json"), (b"host", b"localhost:3000")]
    key = (b"authorization", KEY["Authorization"].encode())
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode()}
    more = {"headers": [*headers, key], "query_string": b"", "client": ("127.0.0.1", 5)}
    rest = {"scheme": "http", "http_version": "1.1", "server": ("localhost", 3000)}
    transport: Any = world.api._transport
    await transport.app({**scope, **more, **rest}, receive, send)
