"""GET /api/payments and /api/payments/{payment_id}: filters, pages, shapes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.storage.tables import Booking, Payment, UserAccount
from tests.integration.kit import OTHER_PHONE, completed, moment, refused, well_shaped
from tests.integration.world import PHONE, World, success

FIELDS = {
    "payment_id",
    "booking_id",
    "user_id",
    "amount",
    "payment_method",
    "payment_date",
    "status",
    "transaction_id",
    "mpesa_receipt_number",
    "checkout_request_id",
    "merchant_request_id",
    "phone_number",
}
EVENT = {"at", "kind", "actor", "source", "from_status", "to_status", "detail"}
NAMES = ("Wanjiku Kamau", "Otieno Odhiambo", "Amina Yusuf")


async def history(world: World, number: int = 10) -> None:
    """Payments in final states, one an hour, as a bulk load brings them."""
    at = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    words = ("completed", "failed", "cancelled", "expired", "rejected")
    async with world.runtime.database.write() as session:
        for index, name in enumerate(NAMES):
            user = UserAccount(name=name, phone_number=PHONE, created_at=at)
            session.add(user)
            await session.flush()
            session.add(
                Booking(
                    user_id=user.user_id or 0,
                    reference=f"HIST{index}",
                    title="Old",
                    amount=1_000_000,
                    pay_token=f"token{index}",
                    created_at=at,
                    updated_at=at,
                )
            )
        await session.flush()
        for index in range(number):
            status = words[index % len(words)]
            paid = status == "completed"
            session.add(
                Payment(
                    booking_id=1 + index % 3,
                    user_id=1 + index % 3,
                    amount=1_000 + index,
                    phone_number=f"25471000{index:04d}",
                    status=status,
                    transaction_id=f"HIST{index % 3}-P{index}",
                    mpesa_receipt_number=f"SKH7RT{index:04d}" if paid else None,
                    checkout_request_id=f"ws_CO_{index:04d}",
                    payment_date=at + timedelta(hours=index) if paid else None,
                    created_at=at + timedelta(hours=index),
                )
            )


async def ids(world: World, **filters: Any) -> list[int]:
    answer = await world.api.get("/api/payments", params=filters)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"items", "next_cursor"}
    return [item["payment_id"] for item in body["items"]]


async def test_one_payment_has_the_contracts_fields(world: World) -> None:
    payment = await completed(world)
    body = (await world.api.get(f"/api/payments/{payment.payment_id}")).json()
    assert set(body) >= FIELDS | {"events"}
    assert body["payment_id"] == payment.payment_id
    assert type(body["amount"]) is int
    assert body["amount"] == 2_500
    assert (body["status"], body["payment_method"]) == ("completed", "mpesa")
    assert body["phone_number"] == PHONE, "keys are trusted servers"
    assert body["transaction_id"] == "BK0000-P1"
    assert body["mpesa_receipt_number"] == payment.mpesa_receipt_number
    assert body["checkout_request_id"].startswith("ws_CO_")
    assert body["merchant_request_id"]
    moment(body["payment_date"])
    moment(body["created_at"])


async def test_a_payment_on_its_way_has_no_payment_date(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = (await world.api.get(f"/api/payments/{payment.payment_id}")).json()
    assert body["payment_date"] is None
    assert body["mpesa_receipt_number"] is None


async def test_events_tell_the_story_oldest_first(world: World) -> None:
    payment = await world.pushed(await world.booking())
    world.clock.advance(30)
    await world.callback(success(payment))
    await world.runtime.inbox.drain()
    body = (await world.api.get(f"/api/payments/{payment.payment_id}")).json()
    events = body["events"]
    assert all(set(event) == EVENT for event in events)
    steps = [(event["kind"], event["from_status"], event["to_status"]) for event in events]
    assert steps == [
        ("created", None, "created"),
        ("submitting", "created", "submitting"),
        ("push_accepted", "submitting", "pending"),
        ("callback_result", "pending", "completed"),
    ]
    assert [event["source"] for event in events] == ["checkout", "checkout", "daraja", "callback"]
    assert events[0]["actor"] == "api"
    times = [moment(event["at"]) for event in events]
    assert times == sorted(times)
    assert times[-1] == world.clock.now
    assert PHONE[3:] not in "".join(event["detail"] for event in events)


async def test_an_unknown_payment_is_404(world: World) -> None:
    for payment_id in (999, 0, -1, 2**31, 10**18):
        refused(await world.api.get(f"/api/payments/{payment_id}"), 404, "payment_not_found")
    for payment_id in ("abc", "9" * 5_000, "%00"):
        well_shaped(await world.api.get(f"/api/payments/{payment_id}"))


async def test_the_list_is_newest_first_and_pages_by_cursor(world: World) -> None:
    await history(world)
    assert await ids(world) == list(range(10, 0, -1))
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await world.api.get("/api/payments", params=params)).json()
        assert len(page["items"]) <= 3
        seen += [item["payment_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == list(range(10, 0, -1))


async def test_a_page_stays_the_same_while_new_payments_arrive(world: World) -> None:
    await history(world)
    first = (await world.api.get("/api/payments", params={"limit": 4})).json()
    await world.pushed(await world.booking())
    rest = await ids(world, cursor=first["next_cursor"], limit=200)
    assert rest == [6, 5, 4, 3, 2, 1]


async def test_a_full_last_page_has_no_cursor(world: World) -> None:
    await history(world)
    page = (await world.api.get("/api/payments", params={"limit": 10})).json()
    assert page["next_cursor"] is None
    empty = (await world.api.get("/api/payments", params={"cursor": "1"})).json()
    assert empty == {"items": [], "next_cursor": None}


async def test_the_limit_is_50_and_at_most_200(world: World) -> None:
    await history(world, 60)
    assert len(await ids(world)) == 50
    assert len(await ids(world, limit=200)) == 60
    assert len(await ids(world, limit=1)) == 1
    for limit in (0, -1, 201, "abc", "1.5", 10**30, ""):
        answer = await world.api.get("/api/payments", params={"limit": limit})
        assert answer.status_code == 422, limit
        well_shaped(answer)


async def test_a_cursor_of_no_page_is_refused(world: World) -> None:
    for cursor in ("abc", "-1", "1.5", "٣", "9" * 30, "\x00", "1; DROP TABLE payment"):
        answer = await world.api.get("/api/payments", params={"cursor": cursor})
        refused(answer, 422, "invalid_cursor")


async def test_status_takes_a_comma_list(world: World) -> None:
    await history(world)
    assert await ids(world, status="completed") == [6, 1]
    assert await ids(world, status="completed,failed") == [7, 6, 2, 1]
    assert await ids(world, status=" completed , failed ,") == [7, 6, 2, 1]
    assert await ids(world, status="") == list(range(10, 0, -1))
    assert await ids(world, status=",".join(PaymentStatus)) == list(range(10, 0, -1))
    assert await ids(world, status="refunded") == []
    for status in ("paid", "COMPLETED", "completed,nonsense", "\x00", "completed;failed"):
        answer = await world.api.get("/api/payments", params={"status": status})
        assert "completed" in refused(answer, 422, "invalid_status"), "it names those that exist"


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("254710000003", [4]),
        ("0710000003", [4]),
        ("+254 710 000-003", [4]),
        ("00254 (710) 000.003", [4]),
        ("0003", [4]),
        ("710 000 003", [4]),
        ("SKH7RT0005", [6]),
        ("skh7rt0005", [6]),
        ("HIST1", [8, 5, 2]),
        ("hist1", [8, 5, 2]),
        ("HIST0-P3", [4]),
        ("ws_CO_0007", [8]),
        ("Wanjiku", [10, 7, 4, 1]),
        ("wanjiku kamau", [10, 7, 4, 1]),
        ("OTIENO", [8, 5, 2]),
        ("amina wanjiku", []),
        ("7", [7]),
        ("1,004", [5]),
        ("  0710000003  ", [4]),
        ("nobody", []),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("000%", []),
    ],
)
async def test_q_finds_by_phone_receipt_reference_name_and_id(
    world: World, q: str, found: list[int]
) -> None:
    await history(world)
    assert await ids(world, q=q) == found


async def test_no_q_finds_everything_and_a_strange_one_nothing(world: World) -> None:
    await history(world)
    for q in ("", "   "):
        assert len(await ids(world, q=q)) == 10
    for q in ("\x00", "a\x00b", "x" * 81, "\x07"):
        answer = await world.api.get("/api/payments", params={"q": q})
        assert answer.status_code == 422
        well_shaped(answer)
    for q in ("٣٣٣", "💩", "9" * 80, "-", "+", "é" * 40, "1e5", "0x10"):
        well_shaped(await world.api.get("/api/payments", params={"q": q}))


async def test_from_and_to_take_rfc_3339_times(world: World) -> None:
    await history(world)  # hourly from 2026-11-20 18:00 UTC, which is 21:00 in Nairobi
    since = {"from": "2026-11-21T00:00:00+03:00"}
    assert await ids(world, **since) == [10, 9, 8, 7, 6, 5, 4]
    assert await ids(world, **{"from": "2026-11-20T21:00:00Z"}) == [10, 9, 8, 7, 6, 5, 4]
    assert await ids(world, **{"from": "2026-11-20t21:00:00.000z"}) == [10, 9, 8, 7, 6, 5, 4]
    assert await ids(world, to="2026-11-20T21:00:00Z") == [3, 2, 1], "up to, and not at, that time"
    assert await ids(world, **since, to="2026-11-21T02:00:00+03:00") == [5, 4]
    unescaped = await world.api.get("/api/payments?from=2026-11-21T00:00:00+03:00")
    assert len(unescaped.json()["items"]) == 7, "a + that was not escaped"


async def test_from_and_to_take_dates_in_nairobi(world: World) -> None:
    await history(world)
    assert await ids(world, to="2026-11-20") == [3, 2, 1]
    assert await ids(world, **{"from": "2026-11-21"}) == [10, 9, 8, 7, 6, 5, 4]
    assert await ids(world, **{"from": "2026-11-20", "to": "2026-11-21"}) == list(range(10, 0, -1))
    assert await ids(world, **{"from": "2026-11-22"}) == []


@pytest.mark.parametrize("name", ["from", "to"])
async def test_what_is_no_time_is_refused(world: World, name: str) -> None:
    wrong = (
        "yesterday",
        "2026-11-21T00:00:00",
        "2026-13-01",
        "2026-02-30",
        "0000-01-01",
        "21/11/2026",
        "1764000000",
        "٢٠٢٦-١١-٢١",
        "\x00",
        "9999-12-31T23:59:59-14:00",
    )
    for text in wrong:
        answer = await world.api.get("/api/payments", params={name: text})
        refused(answer, 422, f"invalid_{name}")
    for text in ("0001-01-01", "9999-12-31"):
        well_shaped(await world.api.get("/api/payments", params={name: text}))


async def test_all_filters_hold_together(world: World) -> None:
    await history(world)
    both = {"status": "completed,failed", "q": "wanjiku", "from": "2026-11-20", "limit": 200}
    assert await ids(world, **both) == [7, 1]


async def test_items_carry_whole_shillings_and_the_full_phone(world: World) -> None:
    await history(world)
    items = (await world.api.get("/api/payments")).json()["items"]
    for item in items:
        assert set(item) >= FIELDS
        assert type(item["amount"]) is int
        assert len(item["phone_number"]) == 12
        moment(item["created_at"])
        assert (item["payment_date"] is None) == (item["status"] != "completed")


async def test_old_rows_with_cents_can_be_read(world: World) -> None:
    await history(world, 1)
    async with world.runtime.database.write() as session:
        row = await session.get_one(Payment, 1)
        row.amount, row.amount_refunded = 1_000 + 1 / 2, 1 / 2  # type: ignore[assignment]
    body = (await world.api.get("/api/payments/1")).json()
    assert (body["amount"], body["amount_refunded"]) == (1_000, 0)


async def test_loaded_history_is_never_swept(world: World) -> None:
    await history(world)
    world.clock.advance(30 * 24 * 3_600)
    assert await world.runtime.reconciler.tick() == 0
    assert await world.runtime.inbox.drain() == 0


async def test_a_payment_of_another_phone_is_not_found_by_this_one(world: World) -> None:
    await world.pushed(await world.booking())
    second = await world.pushed(await world.booking(), phone=OTHER_PHONE)
    assert await ids(world, q="0722 000 000") == [second.payment_id]
