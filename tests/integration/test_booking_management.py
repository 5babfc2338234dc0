"""What staff do with bookings, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payment_app.domain.bookings import BookingStatus
from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound, Refusal
from payment_app.domain.sight import EVERYTHING
from payment_app.domain.staff import Role
from payment_app.live.hub import booking_topic
from payment_app.services.bookings.import_csv import BookingImport
from payment_app.services.bookings.management import BookingForm, BookingManagement
from payment_app.services.console.booking_list import BookingList
from payment_app.services.staff.member import Member
from tests.integration.members import actions, hire
from tests.integration.world import PHONE, World, success

FORM = BookingForm(
    title="Storage unit C1",
    amount=Decimal(3_000),
    customer_name="Otieno Ouma",
    phone_number="0722 000 111",
    details=(("Unit", "C1"), ("", "ground floor")),
)


@pytest.fixture
def management(world: World) -> BookingManagement:
    return BookingManagement(world.runtime.database, world.clock)


@pytest.fixture
def listing(world: World) -> BookingList:
    return BookingList(world.runtime.database, world.clock)


@pytest.fixture
def importer(world: World) -> BookingImport:
    return BookingImport(world.runtime.database, world.clock)


async def cashier(world: World) -> Member:
    return await hire(world.runtime.database, world.clock, Role.CASHIER)


async def log(world: World) -> list[str]:
    return [action for action, _, _ in await actions(world.runtime.database)]


async def code_of(work: object) -> str:
    with pytest.raises(Refusal) as caught:
        await work  # type: ignore[misc]
    return caught.value.code


async def test_a_booking_is_made_with_a_reference_of_its_own(
    world: World, management: BookingManagement
) -> None:
    who = await cashier(world)
    made = await management.get(await management.create(who, FORM))
    assert made.booking.reference.startswith("BK")
    assert len(made.booking.reference) == 8
    assert made.customer.phone_number == "254722000111"
    assert made.details == [("Unit", "C1"), ("", "ground floor")]
    named = await management.get(await management.create(who, FORM, "unit7"))
    assert named.booking.reference == "UNIT7"
    assert await code_of(management.create(who, FORM, "UNIT7")) == "duplicate_reference"
    assert await log(world) == ["booking_created", "booking_created"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "invalid_title"),
        ({"title": "x" * 121}, "invalid_title"),
        ({"customer_name": ""}, "invalid_name"),
        ({"phone_number": "020 123"}, "invalid_phone_number"),
        ({"email": "not one"}, "invalid_email"),
        ({"amount": Decimal(0)}, "invalid_amount"),
        ({"amount": Decimal("10.5")}, "invalid_amount"),
        ({"details": (("a", "b"),) * 21}, "invalid_details"),
        ({"expires_at": datetime(2027, 1, 1)}, "invalid_expires_at"),
    ],
)
async def test_bad_fields_make_nothing(
    world: World,
    management: BookingManagement,
    listing: BookingList,
    change: dict[str, object],
    code: str,
) -> None:
    who = await cashier(world)
    assert await code_of(management.create(who, replace(FORM, **change))) == code
    assert (await listing.page(EVERYTHING)).rows == []
    assert await log(world) == []


async def test_a_viewer_may_not_touch_a_booking(
    world: World, management: BookingManagement, importer: BookingImport, listing: BookingList
) -> None:
    viewer = await hire(world.runtime.database, world.clock, Role.VIEWER)
    booking = await world.booking()
    number = booking.booking_id or 0
    before = repr(await world.fresh(booking))
    for denied in (
        management.create(viewer, FORM),
        management.edit(viewer, number, FORM),
        management.cancel(viewer, number, "why"),
        management.reopen(viewer, number, "why"),
        importer.preview(viewer, "x"),
        importer.commit(viewer, "x"),
    ):
        with pytest.raises(Forbidden):
            await denied
    assert repr(await world.fresh(booking)) == before
    assert len((await listing.page(EVERYTHING)).rows) == 1
    assert await log(world) == []


async def test_a_change_is_logged_and_wakes_open_pages(
    world: World, management: BookingManagement
) -> None:
    who = await cashier(world)
    booking = await world.booking()
    number = booking.booking_id or 0
    with world.runtime.hub.subscribe(booking_topic(number)) as hint:
        await management.edit(who, number, replace(FORM, allow_instalments=True))
        assert hint.is_set()
    fresh = await world.fresh(booking)
    assert (fresh.title, fresh.amount) == ("Storage unit C1", 3_000)
    assert fresh.reference == booking.reference
    assert fresh.allow_instalments
    ((action, subject, after),) = await actions(world.runtime.database)
    assert (action, subject) == ("booking_changed", f"booking:{number}")
    assert after["amount"] == "3000"
    assert "254722000111" not in repr(after)


async def test_the_amount_stays_above_what_was_paid_and_still_while_money_is_on_its_way(
    world: World, management: BookingManagement
) -> None:
    who = await cashier(world)
    booking = await world.booking(2_500, allow_instalments=True)
    number = booking.booking_id or 0
    payment = await world.pushed(booking, amount=1_000)
    assert await code_of(management.edit(who, number, FORM)) == "payment_in_progress"
    assert await code_of(management.cancel(who, number, "why")) == "payment_in_progress"
    await management.edit(who, number, replace(FORM, amount=Decimal(2_500)))  # words may change
    await world.callback(success(payment))
    await world.settle()
    low = replace(FORM, amount=Decimal(999))
    assert await code_of(management.edit(who, number, low)) == "amount_below_paid"
    assert (await world.fresh(booking)).amount == 2_500
    await management.edit(who, number, replace(FORM, amount=Decimal(1_000)))
    assert (await world.fresh(booking)).status == BookingStatus.PAID
    await management.edit(who, number, replace(FORM, amount=Decimal(1_500)))
    assert (await world.fresh(booking)).status == BookingStatus.PART_PAID


async def test_cancelling_and_opening_again(world: World, management: BookingManagement) -> None:
    who = await cashier(world)
    booking = await world.booking()
    number = booking.booking_id or 0
    assert await code_of(management.cancel(who, number, " ")) == "reason_needed"
    assert await code_of(management.reopen(who, number, "why")) == "booking_open"
    await management.cancel(who, number, "Customer left")
    assert (await world.push(booking)).json()["code"] == "booking_closed"
    assert await code_of(management.cancel(who, number, "again")) == "booking_closed"
    assert await code_of(management.edit(who, number, FORM)) == "booking_closed"
    await management.reopen(who, number, "Came back")
    assert (await world.push(booking)).status_code == 200
    assert await log(world) == ["booking_cancelled", "booking_reopened"]


async def test_money_that_came_is_not_forgotten_by_cancelling(
    world: World, management: BookingManagement
) -> None:
    who = await cashier(world)
    booking = await world.booking()
    number = booking.booking_id or 0
    await world.callback(success(await world.pushed(booking)))
    await world.settle()
    with pytest.raises(Conflict, match="2,500 has been paid"):
        await management.cancel(who, number, "why")
    await management.cancel(who, number, "why", although_paid=True)
    fresh = await world.fresh(booking)
    assert (fresh.status, fresh.amount_paid) == (BookingStatus.CLOSED, 2_500)
    await management.reopen(who, number, "why")
    assert (await world.fresh(booking)).status == BookingStatus.PAID


@pytest.mark.parametrize("number", [0, -1, 999_999, 2**40])
async def test_an_unknown_booking(world: World, management: BookingManagement, number: int) -> None:
    who = await cashier(world)
    for call in (
        management.get(number),
        management.edit(who, number, FORM),
        management.cancel(who, number, "y"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_the_list_is_found_by_reference_phone_and_name(
    world: World, management: BookingManagement, listing: BookingList
) -> None:
    who = await cashier(world)
    await management.create(who, FORM, "UNIT7")
    for number in range(60):
        await world.booking(1_000 + number)
    first = await listing.page(EVERYTHING)
    assert len(first.rows) == 50
    second = await listing.page(EVERYTHING, before=first.next)
    assert len(second.rows) == 11
    assert second.next == 0
    assert second.rows[-1].reference == "UNIT7"

    async def found(text: str) -> list[str]:
        return [row.reference for row in (await listing.page(EVERYTHING, text)).rows]

    assert await found("unit7") == ["UNIT7"]
    assert await found("UNI") == ["UNIT7"]
    assert await found("0722 000 111") == ["UNIT7"]
    assert await found("otieno") == ["UNIT7"]
    assert await found("ouma oti") == ["UNIT7"]
    assert len(await found(PHONE)) == 50
    assert await found("nobody here") == []
    assert await found("'; DROP TABLE booking --") == []
    assert await code_of(listing.page(EVERYTHING, "x" * 81)) == "invalid_q"
    assert await code_of(listing.page(EVERYTHING, status="zzz")) == "invalid_status"


async def test_the_list_by_status_knows_the_time(
    world: World, management: BookingManagement, listing: BookingList
) -> None:
    who = await cashier(world)
    soon = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    await management.create(who, replace(FORM, expires_at=soon), "SOON")
    await management.create(who, FORM, "OPEN")
    await management.cancel(who, await management.create(who, FORM, "SHUT"), "why")

    async def with_status(word: str) -> set[str]:
        return {row.reference for row in (await listing.page(EVERYTHING, status=word)).rows}

    assert await with_status("open") == {"SOON", "OPEN"}
    world.clock.advance(7_200)
    assert await with_status("open") == {"OPEN"}
    assert await with_status("closed") == {"SOON", "SHUT"}
    assert await with_status("paid") == set()


GOOD = (
    "\ufeffReference; Title ;Amount;Customer Name;phone-number;email;expires_at;allow_instalments\n"
    'A1;"Unit; one";1,000;Jane Doe;0711000001;;2026-12-31;yes\n'
    "\n"
    ";Unit two;2000;John;+254 110 000 002;j@example.com;2026-12-31T10:00:00+03:00;no\n"
)


async def test_a_file_is_shown_first_and_made_at_once(
    world: World, importer: BookingImport, management: BookingManagement, listing: BookingList
) -> None:
    who = await cashier(world)
    preview = await importer.preview(who, GOOD)
    assert [(row.line, row.problem) for row in preview.rows] == [(2, ""), (4, "")]
    assert (await listing.page(EVERYTHING)).rows == []
    assert await importer.commit(who, GOOD) == 2
    rows = (await listing.page(EVERYTHING)).rows
    assert rows[1].reference == "A1"
    assert rows[1].title == "Unit; one"
    assert rows[0].reference.startswith("BK")
    first = await management.get(rows[1].booking_id)
    assert first.booking.allow_instalments
    assert first.booking.expires_at == datetime(2026, 12, 31, 21, 0, tzinfo=UTC)
    assert await log(world) == ["bookings_imported"]
    assert await code_of(importer.commit(who, GOOD)) == "import_has_errors"
    assert len((await listing.page(EVERYTHING)).rows) == 2


async def test_every_bad_line_is_named_and_nothing_is_made(
    world: World, importer: BookingImport, listing: BookingList
) -> None:
    who = await cashier(world)
    await world.booking()  # BK0000
    head = "reference,title,amount,customer_name,phone_number,allow_instalments\n"
    lines = [
        "OK1,Unit,1000,Jane,0711000001,",
        "OK1,Unit,1000,Jane,0711000001,",
        "bk0000,Unit,1000,Jane,0711000001,",
        "A/B,Unit,1000,Jane,0711000001,",
        "OK2,,1000,Jane,0711000001,",
        "OK3,Unit,ten,Jane,0711000001,",
        "OK4,Unit,1000,,0711000001,",
        "OK5,Unit,1000,Jane,12,",
        "OK6,Unit,1000,Jane,0711000001,perhaps",
        "OK7,Unit",
    ]
    preview = await importer.preview(who, head + "\n".join(lines))
    assert [row.line for row in preview.rows if not row.problem] == [2]
    assert preview.problems == 9
    assert await code_of(importer.commit(who, head + "\n".join(lines))) == "import_has_errors"
    assert len((await listing.page(EVERYTHING)).rows) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title,amount\nx,1",
        "title,amount,customer_name,phone_number\n",
        "title,amount,customer_name,phone_number,colour\nUnit,1,Jane,0711000001,red",
        "title,amount,customer_name,phone_number\n" + "Unit,1,Jane,0711000001\n" * 1_001,
        "x" * 600_000,
        'title,amount,customer_name,phone_number\n"' + "x" * 200_000,
        "\x00\x01\x02",
    ],
)
async def test_what_is_no_list_of_bookings(
    world: World, importer: BookingImport, text: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await importer.preview(await cashier(world), text)
    assert caught.value.code == "invalid_file"
    assert caught.value.sentence.endswith("Nothing was made.")


async def test_two_imports_at_once_make_each_booking_once(
    world: World, importer: BookingImport, listing: BookingList
) -> None:

    who = await cashier(world)
    file = "reference,title,amount,customer_name,phone_number\nA1,Unit,1,Jane,0711000001\n"
    results = await asyncio.gather(
        *(importer.commit(who, file) for _ in range(4)), return_exceptions=True
    )
    assert results.count(1) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert [row.reference for row in (await listing.page(EVERYTHING)).rows] == ["A1"]
