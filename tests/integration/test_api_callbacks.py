"""The callback addresses: what is stored, what is refused, and what each code does."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from payment_app.api.app import create_api
from payment_app.services.payments.callbacks import store as store_module
from payment_app.storage.tables import CallbackInbox, Payment
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, completed, count, refused, run_sql
from tests.integration.world import PHONE, World, close_world, failure, open_world, success

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Success"}
CODES = {
    "completed": [0, "0"],
    "cancelled": [1031, 1032, "1032"],
    "expired": [1019, 1036, 1037],
    "failed": [1, 2, 3, 4, 8, 17, 26, 1001, 1025, 2001, 2028, 8006, 9999, "SFC_IC0003", 777, "X-1"],
    "pending": [4999, "4999"],
}
NOT_CALLBACKS = (
    b"",
    b"hello",
    b"<xml/>",
    b"null",
    b"[]",
    b"5",
    b'"text"',
    b"{}",
    b'{"Body":{}}',
    b'{"Body":{"stkCallback":null}}',
    b'{"Body":{"stkCallback":{}}}',
    b'{"Body":{"stkCallback":{"ResultDesc":"no code"}}}',
    b'{"Body":{"stkCallback":{"ResultCode":null}}}',
    b'{"Body":{"stkCallback":{"ResultCode":true}}}',
    b"\xff\xfe\x00",
    b'{"Body":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
)


async def post(world: World, path: str, content: bytes, **headers: str) -> httpx.Response:
    async with anonymous(world) as caller:
        return await caller.post(path, content=content, headers=headers)


def raw(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


async def test_both_addresses_take_daraja_body_without_a_key(world: World) -> None:
    payment = await world.pushed(await world.booking())
    for base in ("/api/mpesa/callback", "/hooks/stk"):
        answer = await post(world, f"{base}/{world.token()}", raw(success(payment)))
        assert (answer.status_code, answer.json()) == (200, ACCEPTED)
    (row,) = await world.inbox()
    assert (row.copies, row.payment_id, row.body) == (2, payment.payment_id, raw(success(payment)))


async def test_what_was_answered_200_is_settled_and_readable(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await post(world, f"/hooks/stk/{world.token()}", raw(success(payment)))
    await world.runtime.inbox.drain()
    read = (await world.api.get(f"/api/payments/{payment.payment_id}")).json()
    assert (read["status"], read["mpesa_receipt_number"]) == ("completed", "SKJ7RT61SV")
    assert read["payment_date"] == "2026-11-23T09:00:10Z", "Daraja's time, not ours"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=UTF-8", "text/plain", "text/xml", "", "x/y;z"],
)
async def test_any_content_type_will_do(world: World, content_type: str) -> None:
    payment = await world.pushed(await world.booking())
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await post(world, f"/hooks/stk/{world.token()}", raw(failure(payment)), **headers)
    assert answer.status_code == 200
    assert await count(world, CallbackInbox) == 1


async def test_a_wrong_token_is_404_whatever_the_body(world: World) -> None:
    payment = await world.pushed(await world.booking())
    token = world.token()
    wrong = (token[:-1], token + "x", token.upper(), "x", "A" * 43, "A" * 4_000, "%00", "%FF", "é")
    for given in wrong:
        for body in (raw(success(payment)), b"nonsense"):
            refused(await post(world, f"/hooks/stk/{given}", body), 404, "not_found")
    assert await count(world, CallbackInbox) == 0
    assert (await world.payment(payment.payment_id)).status == "pending"


async def test_the_short_way_answers_as_the_route_itself(world: World) -> None:
    payment = await world.pushed(await world.booking())
    plain, short = create_api(), create_api()
    plain.user_middleware.clear()
    plain.state.services = short.state.services = world.runtime
    token = world.token()
    for path in (token, "wrong", f"{token}/", f"{token}%2F", "%0A", f"{token}?x=1", ""):
        for body in (raw(success(payment)), b"nonsense", b""):
            for method in ("POST", "PUT", "GET"):
                answers = [
                    await httpx.AsyncClient(
                        transport=httpx.ASGITransport(api), base_url="http://app"
                    ).request(method, f"/hooks/stk/{path}", content=body)
                    for api in (plain, short)
                ]
                theirs, ours = ((a.status_code, a.content, a.headers) for a in answers)
                assert theirs == ours, f"{method} {path} {body!r}"


async def test_with_the_right_token_what_is_no_callback_is_kept_and_400(world: World) -> None:
    payment = await world.pushed(await world.booking())
    for body in NOT_CALLBACKS:
        answer = await post(world, f"/hooks/stk/{world.token()}", body)
        refused(answer, 400, "not_a_callback")
        refused(await post(world, "/api/mpesa/callback", body), 400, "not_a_callback")
    await world.runtime.inbox.drain()
    assert [row.body for row in await world.inbox()] == [*NOT_CALLBACKS], "strangers' are not"
    assert (await world.payment(payment.payment_id)).next_check_at == world.clock.now


async def test_a_body_above_64_kib_is_413_declared_or_in_pieces(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = raw({**success(payment), "padding": "x" * (64 * 1024)})
    path = f"/hooks/stk/{world.token()}"

    async def pieces() -> Any:
        for start in range(0, len(body), 4_096):
            yield body[start : start + 4_096]

    refused(await post(world, path, body), 413, "too_large")
    async with anonymous(world) as caller:
        refused(await caller.post(path, content=pieces()), 413, "too_large")
    assert await count(world, CallbackInbox) == 0
    most = raw({**success(payment), "padding": ""})
    most = most[:-2] + b"x" * (64 * 1024 - len(most)) + most[-2:]
    assert len(most) == 64 * 1024
    assert (await post(world, path, most)).status_code == 200


@pytest.mark.parametrize("table", ["callback_inbox", "payment"])
async def test_503_when_it_cannot_be_stored_and_200_once_it_can(world: World, table: str) -> None:
    payment = await world.pushed(await world.booking())
    body, path = raw(success(payment)), f"/hooks/stk/{world.token()}"
    await run_sql(world, f"ALTER TABLE {table} RENAME TO away")
    answer = await post(world, path, body)
    assert answer.status_code == 503, answer.text
    assert set(answer.json()) == {"error", "code"}
    assert (await post(world, "/api/mpesa/callback", body)).status_code in (200, 503)
    await run_sql(world, f"ALTER TABLE away RENAME TO {table}")
    assert (await post(world, path, body)).status_code == 200
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("bug"), MemoryError()])
async def test_whatever_breaks_while_storing_is_503_for_every_sender(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    payment = await world.pushed(await world.booking())

    def broken(*_: Any, **__: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "_store", broken)
        for _ in range(2):
            answer = await world.callback(success(payment))
            assert answer.status_code == 503, answer.text
    assert (await world.callback(success(payment))).status_code == 200
    assert await count(world, CallbackInbox) == 1


@pytest.mark.parametrize("status", sorted(CODES))
async def test_each_result_code_does_what_the_contract_says(world: World, status: str) -> None:
    for number, code in enumerate(CODES[status]):
        payment = await world.pushed(await world.booking(), phone=f"2547120000{number:02d}")
        receipt = f"SKJ7RT61{number:02d}"
        body = success(payment, receipt=receipt) if status == "completed" else failure(payment)
        body["Body"]["stkCallback"]["ResultCode"] = code
        assert (await world.callback(body)).status_code == 200
        await world.runtime.inbox.drain()
        after = await world.payment(payment.payment_id)
        assert after.status == status, code
        if status != "pending":
            assert after.result_code == str(code)
            assert after.next_check_at is not None, "a query confirms it"
    assert await world.cases() == []


async def test_still_being_processed_changes_nothing_even_when_we_know_nothing(
    world: World,
) -> None:
    world.simulator.fault("stk_push", "html")
    answer = await world.push(await world.booking())
    unknown = await world.payment(answer.json()["payment_id"])
    await world.callback(failure(unknown, 4999, checkout_id="ws_CO_late", merchant_id="m-1"))
    await world.runtime.inbox.drain()
    after = await world.payment(unknown.payment_id)
    assert (after.status, after.checkout_request_id) == ("unknown", "ws_CO_late")
    assert after.next_check_at == world.clock.now, "now there is an id to ask about"


async def test_the_booking_and_the_time_of_payment_come_with_the_money(world: World) -> None:
    payment = await completed(world)
    assert payment.payment_date is not None
    assert (await world.api.get(f"/api/bookings/{payment.booking_id}")).json()["status"] == "paid"
    failed = await world.pushed(await world.booking(), phone="254722000000")
    await world.callback(failure(failed))
    await world.runtime.inbox.drain()
    assert (await world.payment(failed.payment_id)).payment_date is None


# Without a token


async def test_a_hint_without_an_id_is_dropped_and_disturbs_nobody(world: World) -> None:
    for number in range(2):
        world.simulator.fault("stk_push", "http_400")
        await world.push(await world.booking(), phone=f"25471200000{number}")
    before = [await world.payment(number) for number in (1, 2)]
    hint = {"Body": {"stkCallback": {"ResultCode": 0, "ResultDesc": "x"}}}
    assert (await post(world, "/api/mpesa/callback", raw(hint))).status_code == 200
    await world.runtime.inbox.drain()
    assert await world.inbox() == [], "nothing of it is kept"
    assert [await world.payment(number) for number in (1, 2)] == before


async def test_a_hint_never_settles_a_payment(world: World) -> None:
    payment = await world.pushed(await world.booking())
    answer = await post(world, "/api/mpesa/callback", raw(success(payment)))
    assert (answer.status_code, answer.json()) == (200, ACCEPTED)
    await world.runtime.inbox.drain()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("pending", None)
    assert after.next_check_at == world.clock.now


async def test_the_callback_of_an_unknown_payment_waits_for_its_id(world: World) -> None:
    stranger = Payment(booking_id=1, user_id=1, amount=1, phone_number=PHONE)
    stranger.checkout_request_id = "ws_CO_later"
    await post(world, "/api/mpesa/callback", raw(failure(stranger)))
    await world.runtime.inbox.drain()
    payment = await world.pushed(await world.booking())
    await run_sql(
        world,
        f"UPDATE payment SET checkout_request_id='ws_CO_later' "
        f"WHERE payment_id={payment.payment_id}",
    )
    world.clock.advance(6)
    await world.runtime.inbox.drain()
    assert (await world.inbox())[0].outcome == "query follows"
    assert (await world.payment(payment.payment_id)).next_check_at == world.clock.now


async def test_what_strangers_send_does_not_fill_the_disk(world: World) -> None:
    payment = await world.pushed(await world.booking())
    for number in range(3):
        big = {**failure(payment), "n": number, "padding": "x" * 60_000}
        await post(world, "/api/mpesa/callback", raw(big))
    (hint,) = await world.inbox()
    assert len(hint.body) < 200, "the id is all that a query needs"
    await world.runtime.inbox.drain()
    assert [row.body for row in await world.inbox()] == [b""]
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    world.clock.advance(24 * 3_600 + 1)
    await world.runtime.inbox.forget_hints()
    (row,) = await world.inbox()
    assert json.loads(row.body) == success(payment), "what came with a token is kept"


async def test_a_hint_about_a_paid_payment_asks_nobody(world: World) -> None:
    payment = await completed(world)
    world.clock.advance(10)
    await world.runtime.reconciler.tick()
    await post(world, "/api/mpesa/callback", raw(failure(payment)))
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).next_check_at is None


async def test_one_network_may_send_so_many_hints_and_another_its_own(
    database_url: str, clock: FakeClock
) -> None:
    world = await open_world(database_url, clock, trusted_proxies=("127.0.0.1",))
    try:
        payment = await world.pushed(await world.booking())
        body, here = raw(failure(payment)), {"X-Forwarded-For": "2001:db8:1:2::1"}
        codes = [(await post(world, "/api/mpesa/callback", body, **here)).status_code
                 for _ in range(65)]  # fmt: skip
        assert codes == [200] * 60 + [429] * 5
        same_line = {"X-Forwarded-For": "2001:db8:1:2:ffff::9"}
        limited = await post(world, "/api/mpesa/callback", body, **same_line)
        refused(limited, 429, "too_many_requests")
        assert limited.headers["retry-after"] == "1"
        for other in ("2001:db8:1:3::1", "196.201.214.200"):
            answer = await post(world, "/api/mpesa/callback", body, **{"X-Forwarded-For": other})
            assert answer.status_code == 200
        assert (await world.callback(success(payment))).status_code == 200, "a token has no limit"
        world.clock.advance(1)
        assert (await post(world, "/api/mpesa/callback", body, **here)).status_code == 200
    finally:
        await close_world(world)


async def test_hints_wait_behind_results(world: World) -> None:
    payment = await world.pushed(await world.booking())
    stranger = failure(payment, checkout_id="ws_CO_stranger")
    await post(world, "/api/mpesa/callback", raw(stranger))
    await world.callback(success(payment))
    assert await world.runtime.inbox._settle_next()
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_hints_are_bounded_and_real_callbacks_are_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_PARKED", 3)
    payment = await world.pushed(await world.booking())
    answers = []
    for number in range(5):
        stranger = failure(payment, checkout_id=f"ws_CO_stranger{number}")
        answers.append((await post(world, "/api/mpesa/callback", raw(stranger))).status_code)
    assert answers == [200, 200, 200, 503, 503]
    assert (await world.callback(success(payment))).status_code == 200
    await world.runtime.inbox.drain()
    assert (await world.payment(payment.payment_id)).status == "completed"


# The allow list


async def test_only_listed_networks_may_call_back(database_url: str, clock: FakeClock) -> None:
    listed = {"mpesa_callback_ips": ("196.201.214.0/24",), "trusted_proxies": ("127.0.0.1",)}
    world = await open_world(database_url, clock, **listed)
    try:
        payment = await world.pushed(await world.booking())
        path, body = f"/hooks/stk/{world.token()}", raw(success(payment))
        refused(await post(world, path, body), 403, "forbidden")
        spoofed = {"X-Forwarded-For": "196.201.214.200, 41.90.1.1"}
        refused(await post(world, path, body, **spoofed), 403, "forbidden")
        good = {"X-Forwarded-For": "41.90.1.1, 196.201.214.200"}
        assert (await post(world, path, body, **good)).status_code == 200
    finally:
        await close_world(world)
