"""What the gateway takes and refuses, field by field, in Daraja's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from simulator_kit import (
    MISSING,
    OTHER_PHONE,
    PHONE,
    PUSH_PATH,
    QUERY_PATH,
    World,
    password,
)

from payment_app.simulator import Shortcode

TOO_LARGE = "a" * 2_001

BAD_FIELDS: list[tuple[str, list[Any]]] = [
    (
        "BusinessShortCode",
        [MISSING, None, "", "1743", "12345678", "17437a", "017437", 174379.0, True, ["174379"]],
    ),
    ("Password", [MISSING, None, "", 5, []]),
    (
        "Timestamp",
        [MISSING, None, "", 20261123213000, "2026112321300", "20261323213000", "2026-11-23 21:30"],
    ),
    (
        "TransactionType",
        [MISSING, None, "", "customerpaybillonline", "CustomerPayBill", ["CustomerPayBillOnline"]],
    ),
    (
        "Amount",
        [
            MISSING,
            None,
            "",
            0,
            -1,
            "0",
            "-5",
            10.0,
            10.5,
            "10.50",
            "1e3",
            " 10",
            "ten",
            True,
            "٣",
            250_001,
            "250001",
            10**30,
        ],
    ),
    ("PartyA", [MISSING, None, "", "0712345678", "+254712345678", "25471234567", "255712345678"]),
    ("PartyB", [MISSING, None, "", "12", "till"]),
    (
        "PhoneNumber",
        [MISSING, None, "", "254212345678", "2547123456789", "712345678", "25471234567a", 7.5],
    ),
    (
        "CallBackURL",
        [
            MISSING,
            None,
            "",
            "pay.example.co.ke/x",
            "ftp://pay.example.co.ke/",
            "https://",
            "https:///x",
            "https://pay.example.co.ke/a b",
            "https://pay.example.co.ke/ ",
            "https://pay.example.co.ke:99999/",
            f"https://pay.example.co.ke/{TOO_LARGE}",
            "http://[::1",
            5,
        ],
    ),
    ("AccountReference", [MISSING, None, "", "   ", "thirteenchars", "line\nbreak", 12345]),
    ("TransactionDesc", ["fourteen chars", 5, ["x"]]),
]
BAD_VALUES = [(field, value) for field, values in BAD_FIELDS for value in values]

GOOD_VALUES: list[tuple[str, Any]] = [
    ("BusinessShortCode", 174379),
    ("Amount", 1),
    ("Amount", "1"),
    ("Amount", "2500"),
    ("Amount", 50_000),
    ("PartyA", 254712345678),
    ("PartyA", "254110123456"),
    ("PartyB", 174379),
    ("PhoneNumber", 254110123456),
    ("CallBackURL", "http://127.0.0.1:3000/hooks/stk/x?y=1"),
    ("AccountReference", "a"),
    ("AccountReference", "twelve chars"),
    ("TransactionDesc", "thirteen char"),
    ("TransactionDesc", ""),
    ("TransactionDesc", MISSING),
    ("Extra", {"is": "ignored"}),
]


def shown(value: Any) -> str:
    return "missing" if value is MISSING else repr(value)[:30]


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=lambda value: shown(value))
async def test_a_bad_field_is_named(world: World, field: str, value: Any) -> None:
    answer = await world.push(**{field: value})
    assert answer.status_code == 400
    assert set(answer.json()) == {"requestId", "errorCode", "errorMessage"}
    assert answer.json()["errorCode"] == "400.002.02"
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"
    assert world.simulator.live_prompt(PHONE) is None


@pytest.mark.parametrize(("field", "value"), GOOD_VALUES, ids=lambda value: shown(value))
async def test_a_good_field_is_taken(world: World, field: str, value: Any) -> None:
    assert (await world.push(**{field: value})).status_code == 200


async def test_the_acceptance_has_daraja_shape(world: World) -> None:
    answer = (await world.push()).json()
    assert re.fullmatch(
        r"[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\d{5}", answer["MerchantRequestID"]
    )
    # Nairobi day and time, milliseconds without padding, the phone's last nine digits
    assert answer["CheckoutRequestID"] == "ws_CO_231120262130000712345678"
    assert answer["ResponseCode"] == "0"
    assert answer["ResponseDescription"] == "Success. Request accepted for processing"
    assert answer["CustomerMessage"] == "Success. Request accepted for processing"
    assert len(answer) == 5


async def test_checkout_ids_of_one_moment_differ(world: World) -> None:
    first = await world.push_id()
    world.simulator.cancel(PHONE)
    assert await world.push_id() != first


@pytest.mark.parametrize("shift", [-601, 601, -3 * 3600])
async def test_a_timestamp_off_nairobi_time_is_refused(world: World, shift: float) -> None:
    answer = await world.push(Timestamp=world.stamp(seconds=shift))
    assert answer.json()["errorMessage"] == "Bad Request - Invalid Timestamp"


@pytest.mark.parametrize("shift", [-599, 0, 599])
async def test_a_timestamp_within_ten_minutes_is_taken(world: World, shift: float) -> None:
    assert (await world.push(Timestamp=world.stamp(seconds=shift))).status_code == 200


async def test_any_clock_takes_any_real_timestamp() -> None:
    world = World(any_clock=True)
    assert (await world.push(Timestamp="20190101000000")).status_code == 200
    bad = await world.push(Timestamp="20190231000000", PhoneNumber=OTHER_PHONE)
    assert bad.json()["errorMessage"] == "Bad Request - Invalid Timestamp"
    await world.close()


@pytest.mark.parametrize("path", [PUSH_PATH, QUERY_PATH])
class TestTheEnvelopeOfBothCalls:
    async def test_get(self, world: World, path: str) -> None:
        answer = await world.rail.get(path)
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.04")

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    async def test_other_methods(self, world: World, path: str, method: str) -> None:
        answer = await world.rail.request(method, path)
        assert (answer.status_code, answer.json()["errorCode"]) == (405, "405.001")

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Basic a2V5OnNlY3JldA=="])
    async def test_no_bearer(self, world: World, path: str, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        answer = await world.rail.post(path, json=world.push_body(), headers=headers)
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.04")
        assert answer.json()["errorMessage"] == "Invalid Authenticator Header"

    async def test_an_unknown_token(self, world: World, path: str) -> None:
        headers = {"Authorization": "Bearer nonsense"}
        answer = await world.rail.post(path, json=world.push_body(), headers=headers)
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.03")
        assert answer.json()["errorMessage"] == "Invalid Access Token"

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", ""]
    )
    async def test_a_body_that_is_not_declared_json(
        self, world: World, path: str, content_type: str
    ) -> None:
        await world.new_token()
        headers = {"Authorization": f"Bearer {world.token}", "Content-Type": content_type}
        answer = await world.rail.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 400
        assert answer.json()["errorMessage"] == "Bad Request - Invalid BusinessShortCode"

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 50_000, b'{"a":"' + b"x" * 70_000 + b'"}'],
    )
    async def test_a_body_that_is_not_a_json_object(
        self, world: World, path: str, body: bytes
    ) -> None:
        await world.new_token()
        headers = {
            "Authorization": f"Bearer {world.token}",
            "Content-Type": "application/json; charset=utf-8",
        }
        answer = await world.rail.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.05")

    async def test_an_unknown_merchant(self, world: World, path: str) -> None:
        for shortcode in ("999999", "600000"):
            body = world.push_body(BusinessShortCode=shortcode, CheckoutRequestID="ws_CO_1")
            answer = await world.call(path, body)
            assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
            assert answer.json()["errorMessage"] == "Merchant does not exist"

    async def test_a_wrong_password(self, world: World, path: str) -> None:
        wrong = [
            password("174379", world.stamp(), "another passkey"),
            password("174379", world.stamp(seconds=1)),
            "nonsense",
        ]
        for made in wrong:
            body = world.push_body(Password=made, CheckoutRequestID="ws_CO_1")
            answer = await world.call(path, body)
            assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
            assert answer.json()["errorMessage"] == "Wrong credentials"


@pytest.mark.parametrize("path", ["/", "/mpesa/stkpush/v2/processrequest", "/oauth/v1/generate/"])
async def test_an_unknown_path(world: World, path: str) -> None:
    answer = await world.rail.post(path, json={})
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.01")


async def test_post_for_a_token_is_not_allowed(world: World) -> None:
    answer = await world.rail.post("/oauth/v1/generate", auth=("key", "secret"))
    assert (answer.status_code, answer.json()["errorCode"]) == (405, "405.001")


async def test_a_subscriber_in_a_transaction_is_locked(world: World) -> None:
    await world.push()
    answer = await world.push(Amount=10)
    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
    assert answer.json()["errorMessage"] == (
        "Unable to lock subscriber, a transaction is already in process for the current subscriber"
    )
    assert (await world.push(PhoneNumber=OTHER_PHONE)).status_code == 200
    world.simulator.cancel(PHONE)
    assert (await world.push(Amount=10)).status_code == 200


async def test_configured_shortcodes_can_push() -> None:
    own = Shortcode("5551234", "Another Shop", passkey="its passkey")
    world = World(shortcodes=(own,))
    answer = await world.push(
        BusinessShortCode="5551234",
        PartyB="5551234",
        Password=password("5551234", world.stamp(), "its passkey"),
    )
    assert answer.status_code == 200
    prompt = world.simulator.live_prompt(PHONE)
    assert prompt is not None
    assert "to Another Shop?" in prompt.text
    await world.close()


async def test_a_rail_without_room_says_it_is_busy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payment_app.simulator.mpesa.prompts.MOST_LIVE", 1)
    await world.push()
    answer = await world.push(PhoneNumber=OTHER_PHONE)
    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.003.02")
