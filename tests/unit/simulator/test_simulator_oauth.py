"""The token call: Basic credentials in, one live token out."""

from __future__ import annotations

import pytest
from simulator_kit import PUSH_PATH, TOKEN_PATH, World, settle

from payment_app.simulator.gateway.tokens import MOST_KEYS, AccessTokens, read_basic, read_bearer


async def test_a_token_has_daraja_shape(world: World) -> None:
    answer = await world.rail.get(TOKEN_PATH, auth=("key", "secret"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in"}
    assert answer.json()["expires_in"] == "3599"
    assert len(answer.json()["access_token"]) == 28


@pytest.mark.parametrize("auth", [("", "secret"), ("key", ""), (" ", "secret")])
async def test_bad_credentials_get_400_with_an_empty_body(
    world: World, auth: tuple[str, str]
) -> None:
    answer = await world.rail.get(TOKEN_PATH, auth=auth)
    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic bm9jb2xvbg=="])
async def test_an_unreadable_basic_header_gets_400_with_an_empty_body(
    world: World, header: str
) -> None:
    answer = await world.rail.get(TOKEN_PATH, headers={"Authorization": header})
    assert (answer.status_code, answer.content) == (400, b"")


async def test_configured_credentials_are_the_only_ones() -> None:
    world = World(consumer_key="right", consumer_secret="very")
    assert (await world.rail.get(TOKEN_PATH, auth=("right", "very"))).status_code == 200
    for auth in (("wrong", "very"), ("right", "wrong")):
        assert (await world.rail.get(TOKEN_PATH, auth=auth)).status_code == 400
    await world.close()


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        (TOKEN_PATH, {}, "400.008.01"),
        (TOKEN_PATH, {"Authorization": "Bearer x"}, "400.008.01"),
        ("/oauth/v1/generate", {"Authorization": "Basic a2V5OnNlY3JldA=="}, "400.008.02"),
        (
            "/oauth/v1/generate?grant_type=password",
            {"Authorization": "Basic a2V5OnNlY3JldA=="},
            "400.008.02",
        ),
    ],
)
async def test_wrong_kinds_of_request(
    world: World, path: str, headers: dict[str, str], code: str
) -> None:
    answer = await world.rail.get(path, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errorCode"] == code
    assert set(answer.json()) == {"requestId", "errorCode", "errorMessage"}


async def test_a_new_token_ends_the_former(world: World) -> None:
    former = await world.new_token()
    await world.new_token()
    headers = {"Authorization": f"Bearer {former}"}
    answer = await world.rail.post(PUSH_PATH, json=world.push_body(), headers=headers)
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "404.001.03")
    assert (await world.push()).status_code == 200


async def test_another_merchants_token_is_left_alone(world: World) -> None:
    await world.new_token("one")
    await world.rail.get(TOKEN_PATH, auth=("two", "secret"))
    assert (await world.push()).status_code == 200


async def test_a_token_dies_after_an_hour(world: World) -> None:
    await world.new_token()
    await world.time.advance(3599)
    assert (await world.push()).status_code == 200
    await world.time.advance(1)
    assert (await world.push(PhoneNumber="254700111222")).json()["errorCode"] == "404.001.03"
    await settle()


async def test_keys_are_bounded(world: World) -> None:
    tokens: AccessTokens = world.simulator.tokens
    first = tokens.issue("key-0")
    for number in range(1, MOST_KEYS + 1):
        tokens.issue(f"key-{number}")
    assert not tokens.is_live(first)


def test_headers_are_read_as_http_wants() -> None:
    assert read_basic("basic a2V5OnNlY3JldA==") == ("key", "secret")
    assert read_bearer("bearer abc") == "abc"
    assert read_bearer("Bearer ") is None
    assert read_bearer("Basic abc") is None
