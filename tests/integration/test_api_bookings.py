"""POST and GET /api/bookings, line by line of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from payment_app.storage.tables import Booking, UserAccount
from tests.integration.kit import completed, count, moment, new_booking, refused, well_shaped
from tests.integration.world import PHONE, World

FIELDS = {
    "booking_id",
    "reference",
    "title",
    "status",
    "amount",
    "amount_paid",
    "amount_due",
    "allow_instalments",
    "expires_at",
    "pay_url",
    "payments",
}


async def create(world: World, **more: Any) -> httpx.Response:
    return await world.api.post("/api/bookings", json=new_booking(**more))


async def test_a_booking_is_created_with_its_pay_link(world: World) -> None:
    answer = await create(world)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert set(body) >= FIELDS
    assert isinstance(body["booking_id"], int)
    assert body["reference"] == "AB0001"
    assert (body["status"], body["payments"]) == ("open", [])
    assert (body["amount"], body["amount_paid"], body["amount_due"]) == (2_500, 0, 2_500)
    assert all(type(body[name]) is int for name in ("amount", "amount_paid", "amount_due"))
    assert (body["allow_instalments"], body["expires_at"]) == (False, None)
    link, _, token = body["pay_url"].rpartition("/")
    assert link == "http://localhost:3000/pay"
    assert len(token) >= 43, "256 bits"


async def test_reading_a_booking_gives_what_creating_it_gave(world: World) -> None:
    made = (await create(world)).json()
    read = await world.api.get(f"/api/bookings/{made['booking_id']}")
    assert read.status_code == 200
    assert read.json() == made


async def test_every_booking_has_a_link_of_its_own(world: World) -> None:
    urls = {(await create(world, number=number)).json()["pay_url"] for number in range(5)}
    assert len(urls) == 5


async def test_a_booking_lists_its_payments_oldest_first(world: World) -> None:
    booking = await world.booking(3_000, allow_instalments=True)
    first = await world.pushed(booking, amount=1_000)
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    world.clock.advance(121)
    second = await world.pushed(booking, amount=500)

    body = (await world.api.get(f"/api/bookings/{booking.booking_id}")).json()
    assert [p["payment_id"] for p in body["payments"]] == [first.payment_id, second.payment_id]
    assert [p["status"] for p in body["payments"]] == ["completed", "pending"]
    assert {p["phone_number"] for p in body["payments"]} == {PHONE}
    assert body["status"] == "part_paid"
    assert (body["amount"], body["amount_paid"], body["amount_due"]) == (3_000, 1_000, 2_000)


async def test_a_booking_paid_in_full_is_paid(world: World) -> None:
    payment = await completed(world)
    body = (await world.api.get(f"/api/bookings/{payment.booking_id}")).json()
    assert (body["status"], body["amount_paid"], body["amount_due"]) == ("paid", 2_500, 0)


@pytest.mark.parametrize("reference", ["A", "abc", "BK7F2QX9", "ABCDEFGHIJKL", "123456789012"])
async def test_up_to_12_letters_and_digits_are_a_reference(world: World, reference: str) -> None:
    answer = await create(world, reference=reference)
    assert answer.status_code == 201
    assert answer.json()["reference"] == reference


async def test_other_references_are_refused(world: World) -> None:
    for reference in (
        "ABCDEFGHIJKLM",
        "AB-1",
        "AB 1",
        "AB_1",
        "",
        " ",
        "ÄB1",
        "A\nB",
        "١٢",
        "A" * 99,
    ):
        answer = await create(world, reference=reference)
        refused(answer, 422, "invalid_reference")
    for reference in (None, 12, [], {}, True, "AB\x00"):
        assert (await create(world, reference=reference)).status_code == 422
    assert await count(world, Booking) == 0
    assert await count(world, UserAccount) == 0, "a refused booking leaves no customer behind"


async def test_a_reference_is_used_once(world: World) -> None:
    await create(world)
    refused(await create(world, title="Another"), 409, "duplicate_reference")
    assert await count(world, Booking) == 1
    assert await count(world, UserAccount) == 1


async def test_amounts_are_whole_and_positive(world: World) -> None:
    wrong = (
        0,
        -5,
        1.5,
        "1.5",
        "1,5",
        "abc",
        "",
        None,
        True,
        [],
        {},
        100_000_000,
        1e308,
        "1e9999999",
    )
    for amount in wrong:
        refused(await create(world, amount=amount), 422, "invalid_amount")
    for number, amount in enumerate((1, "2500", 2500.0, 99_999_999)):
        assert (await create(world, number=number, amount=amount)).status_code == 201


async def test_phone_numbers_are_read_in_every_spelling_and_refused_otherwise(world: World) -> None:
    spellings = ("0712345678", "+254712345678", "00254 712-345.678", "(0712) 345678", 254712345678)
    for number, phone in enumerate(spellings):
        customer = {"name": "Wanjiku", "phone_number": phone}
        assert (await create(world, number=number, customer=customer)).status_code == 201
    for phone in ("020 2345678", "+255712345678", "07123", "", "x" * 41, "0" * 10_000, "07\x0012"):
        customer = {"name": "Wanjiku", "phone_number": phone}
        answer = await create(world, number=99, customer=customer)
        assert refused(answer, 422, "invalid_phone_number") == "Invalid phone number"


async def test_what_is_missing_is_refused(world: World) -> None:
    for name in ("reference", "title", "amount", "customer"):
        body = {key: value for key, value in new_booking().items() if key != name}
        answer = await world.api.post("/api/bookings", json=body)
        assert answer.status_code == 422
        well_shaped(answer)
    for customer in ({}, {"name": "W"}, {"phone_number": "0712345678"}, None, "W", []):
        assert (await create(world, customer=customer)).status_code == 422
    for title in ("", "   ", None, "x" * 121):
        assert (await create(world, title=title)).status_code == 422


async def test_optional_parts_are_kept(world: World) -> None:
    answer = await create(
        world,
        customer={"name": "W", "phone_number": "0712345678", "email": "w@example.co.ke"},
        details={"Unit": "B12", "Floor": 2},
        expires_at="2026-11-24T12:00:00+03:00",
        allow_instalments=True,
        unknown_field={"ignored": True},
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["allow_instalments"] is True
    assert moment(body["expires_at"]) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert moment(body["created_at"]) == world.clock.now
    assert (await create(world, number=2, details="A plain text")).status_code == 201


async def test_a_refusal_names_the_callers_field_and_nothing_of_ours(world: World) -> None:
    """Pydantic names its own functions in the place of a fault, with their addresses."""
    answer = await create(world, details={"a\0": "b"})
    refused(answer, 422, "invalid_request")
    assert answer.json()["error"].startswith("details")
    assert "function" not in answer.text
    assert "0x" not in answer.text


async def test_an_expiry_needs_an_offset_and_a_place_in_time(world: World) -> None:
    wrong = ("2026-11-24T12:00:00", "tomorrow", "", "9999-12-31T23:59:59-14:00", True, [], 10**30)
    for expires_at in (*wrong, "0001-01-01T00:00:00+14:00"):
        answer = await create(world, expires_at=expires_at)
        assert answer.status_code == 422, (expires_at, answer.text)
        well_shaped(answer)


async def test_an_unpaid_booking_is_closed_after_its_time(world: World) -> None:
    made = (await create(world, expires_at="2026-11-23T12:30:00+03:00")).json()
    assert made["status"] == "open"
    world.clock.advance(1_800)
    read = (await world.api.get(f"/api/bookings/{made['booking_id']}")).json()
    assert read["status"] == "closed"


async def test_above_one_transactions_limit_a_booking_takes_instalments(world: World) -> None:
    assert (await create(world, amount=250_001)).json()["allow_instalments"] is True
    assert (await create(world, number=2, amount=250_000)).json()["allow_instalments"] is False


async def test_an_unknown_booking_is_404(world: World) -> None:
    for booking_id in (999, 0, -1, 2**31, 10**18):
        answer = await world.api.get(f"/api/bookings/{booking_id}")
        refused(answer, 404, "booking_not_found")
    for booking_id in ("abc", "1.5", "9" * 5_000, "%00", "%F0%9F%92%A9"):
        answer = await world.api.get(f"/api/bookings/{booking_id}")
        assert answer.status_code in (404, 422)
        well_shaped(answer)
