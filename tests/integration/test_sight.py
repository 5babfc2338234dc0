"""What a role may see and search by: no more digits of a number than its mask, nowhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus

import pytest

from payment_app.domain.sight import EVERYTHING, Sight, sight_of
from payment_app.domain.staff import Role
from payment_app.services.bookings.bookings import NewBooking
from payment_app.services.bookings.management import BookingFile, BookingForm
from payment_app.services.search.export import Wanted, cells
from payment_app.services.search.query import PaymentRow
from payment_app.services.search.reading.parse import parse
from payment_app.services.staff.activity import ActivityQuery
from payment_app.services.staff.audit import note_action
from payment_app.storage.tables import Payment
from payment_app.web.staff.activity.view import show_activity
from payment_app.web.staff.booking.view import show_booking
from payment_app.web.staff.booking_form.view import read_change
from payment_app.web.staff.bookings.view import show_listing as show_bookings
from payment_app.web.staff.payment.view import show_detail, show_payloads
from payment_app.web.staff.payments.view import show_line, show_views
from payment_app.web.staff.waiting.view import show_waiting
from tests.integration.kit import run_sql
from tests.integration.members import actions, hire
from tests.integration.world import PHONE, World, success

MASKED = (Role.VIEWER, Role.CASHIER)
FULL = (Role.FINANCE, Role.ADMIN)
HIDDEN = "345"
"""The digits of PHONE that a mask hides. Nothing else here holds them."""
LEAK = re.compile(r"712\W{0,3}3\W{0,2}4\W{0,2}5|3\W{0,2}4\W{0,2}5\W{0,3}678")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def paid(world: World, **more: Any) -> Payment:
    """A payment whose customer and booking hold the number in every field that people fill in."""
    world.references.append("x")
    facts: dict[str, Any] = {
        "reference": "0712345678",
        "title": "For 0712 345 678",
        "amount": Decimal(2_500),
        "customer_name": "Wanjiku 0712-345-678",
        "phone_number": PHONE,
        "email": "wanjiku@example.co.ke",
        "details": [("Call", "+254712345678"), ("Mail", "wanjiku@example.co.ke")],
    }
    booking = await world.runtime.bookings.create(NewBooking(**facts | more))
    payment = await world.pushed(booking)
    await world.callback(success(payment))
    await world.settle()
    return await world.payment(payment.payment_id)


async def found(world: World, sight: Sight, **params: str) -> list[PaymentRow]:
    query = parse(params, NOW, sight)
    rows = (await world.runtime.search.page(query)).rows
    count = sum(c.number for c in (await world.runtime.search.counts(query)).values())
    assert bool(rows) == bool(count), "the numbers of the tabs tell no more than the list"
    streamed = [row async for some in world.runtime.search.stream(query) for row in some]
    assert streamed == rows, "nor does an export"
    return rows


BEYOND = [
    {"q": "2345678"},
    {"q": "5678"},
    {"q": "0712345678"},
    {"q": "254712345678"},
    {"q": "+254 712 345 678"},
    {"q": "0712 345 678"},
    {"q": "07123"},
    {"q": "2547123"},
    {"q": '"0712-345-678"'},
    {"q": "phone:5678"},
    {"q": "phone:07123"},
    {"q": "phone:0712345678"},
    {"q": "phone:(0712)345678"},
    {"q": "name:345"},
    {"q": "name:3"},
    {"q": "name:0712"},
    {"q": 'name:"wanjiku 345"'},
    {"q": "wanjiku 345"},
    {"q": "booking:07123"},
    {"booking": "07123"},
    {"q": "0712345678-P1"},
    {"q": "CHECKOUT_ID"},
    {"q": "checkout_id"},
    {"q": "0712 5678"},
    {"q": "\uff10\uff17\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18"},
]


@pytest.mark.parametrize("params", BEYOND, ids=str)
async def test_a_masked_role_finds_nothing_by_digits_that_it_is_not_shown(
    world: World, params: dict[str, str]
) -> None:
    payment = await paid(world)
    checkout_id = str(payment.checkout_request_id)
    asked = {
        key: value.replace("CHECKOUT_ID", checkout_id).replace("checkout_id", checkout_id[-12:])
        for key, value in params.items()
    }
    for role in MASKED:
        assert await found(world, sight_of(role), **asked) == [], role


@pytest.mark.parametrize(
    "q",
    ["678", "0712", "254712", "phone:678", "phone:0712", "wanjiku", "name:wanj", "2500", "2,500",
     "SKJ7", "receipt:SKJ", "0712 678", "amount:2500"],
)  # fmt: skip
async def test_every_role_finds_by_what_it_is_shown(world: World, q: str) -> None:
    payment = await paid(world)
    for role in Role:
        rows = await found(world, sight_of(role), q=q)
        assert [row.payment_id for row in rows] == [payment.payment_id], role


@pytest.mark.parametrize("q", ["5678", "0712345678", "phone:07123", "name:345", "booking:07123"])
async def test_a_role_that_may_reveal_searches_by_every_digit(world: World, q: str) -> None:
    payment = await paid(world)
    for role in FULL:
        rows = await found(world, sight_of(role), q=q)
        assert [row.payment_id for row in rows] == [payment.payment_id], role


async def test_digits_of_names_and_references_that_are_no_numbers_are_found(world: World) -> None:
    await paid(world, reference="BK123456", customer_name="Shop 24 Traders", title="x")
    for q in ("BK1234", "booking:BK12", "name:24", "shop 24"):
        assert await found(world, sight_of(Role.VIEWER), q=q), q


@pytest.mark.parametrize(
    "q", ["0712345678", "0712 345 678", "254712345678", "07123", "345", "wanjiku 345", "0712-345"]
)
async def test_the_list_of_bookings_keeps_to_the_mask_too(world: World, q: str) -> None:
    await paid(world)
    bookings = world.runtime.booking_list
    for role in MASKED:
        assert (await bookings.page(sight_of(role), q)).rows == [], role
        assert len((await bookings.page(sight_of(role), "wanjiku")).rows) == 1, role
    if q != "0712-345":
        assert len((await bookings.page(EVERYTHING, q)).rows) == 1


async def everything_shown(world: World, payment: Payment, role: Role) -> str:
    """All that the pages would send to a member with this role, as text."""
    console = world.runtime
    who = await hire(world.runtime.database, world.clock, role)
    sight = who.sight
    story = await console.payments.story(payment.payment_id or 0)
    file = await console.booking_management.get(payment.booking_id)
    rows = await found(world, sight, q="wanjiku")
    page = await console.booking_list.page(sight)
    waiting = await console.waiting.look()
    shown = [
        show_detail(story, "http://localhost:3000", sight),
        show_payloads(await console.payments.payloads(who, payment.payment_id or 0)),
        show_booking(file, origin="http://localhost:3000", merchant="Shop", sight=sight),
        [show_line(row, NOW, sight) for row in rows],
        show_bookings(page, {}, NOW, sight),
        show_waiting(waiting, sight),
        show_views(await console.saved_views.list_for(who)),
    ]
    return json.dumps(shown, default=lambda value: vars(value), ensure_ascii=False)


@pytest.mark.parametrize("role", MASKED)
async def test_no_page_holds_a_number(world: World, role: Role) -> None:
    payment = await paid(world)
    await with_traces(world, payment)
    shown = await everything_shown(world, payment, role)
    assert "678" in shown
    assert "Wanjiku" in shown
    assert not LEAK.search(shown)
    assert not LEAK.search(unquote_plus(shown)), "nor an address"


async def test_a_viewer_gets_no_pay_link_and_no_address(world: World) -> None:
    payment = await paid(world)
    await with_traces(world, payment)
    booking = (await world.runtime.bookings.get(payment.booking_id))[0]
    viewer = await everything_shown(world, payment, Role.VIEWER)
    cashier = await everything_shown(world, payment, Role.CASHIER)
    for secret in (booking.pay_token, str(payment.receipt_token), "wanjiku@example.co.ke"):
        assert secret not in viewer, secret
    assert booking.pay_token in cashier
    assert "wanjiku@example.co.ke" in cashier
    token = world.token()
    assert token not in viewer
    assert token not in cashier


async def with_traces(world: World, payment: Payment) -> None:
    """A note, a shared view, a case and a timeline that all hold the number, and a link."""
    console = world.runtime
    finance = await hire(world.runtime.database, world.clock, Role.FINANCE)
    booking = (await world.runtime.bookings.get(payment.booking_id))[0]
    note = f"Called 0712 345 678; http://localhost:3000/pay/{booking.pay_token}"
    await console.payments.add_note(finance, payment.payment_id or 0, note)
    await console.saved_views.save(finance, "Wanjiku 0712345678", "q=0712+345+678", shared=True)
    await console.saved_views.save(
        finance, "Her id", f"q={payment.checkout_request_id}", shared=True
    )
    await run_sql(
        world,
        "INSERT INTO payment_case (kind, state, payment_id, booking_id, evidence, dedupe, "
        f"opened_at) VALUES ('overpaid', 'open', {payment.payment_id}, {payment.booking_id}, "
        "'{}', 'x', '2026-11-23 09:00:00+00:00')",
    )


@pytest.mark.parametrize("role", Role)
async def test_an_id_that_holds_the_number_is_masked_until_it_was_revealed(
    world: World, role: Role
) -> None:
    payment = await paid(world)
    whole = str(payment.checkout_request_id)
    assert whole.endswith(PHONE[-9:])
    story = await world.runtime.payments.story(payment.payment_id or 0)
    sight = sight_of(role)

    def facts(*, revealed: bool) -> list[str]:
        shown = show_detail(story, "", sight, revealed=revealed)
        return [fact.value for fact in shown.facts]

    assert f"{whole[:-9]}•••678" in facts(revealed=False)
    assert whole not in facts(revealed=False)
    assert (whole in facts(revealed=True)) is (role in FULL)


async def test_the_activity_log_holds_no_number(world: World) -> None:
    database = world.runtime.database
    admin = await hire(database, world.clock, Role.ADMIN)
    async with database.write() as session:
        facts = {"filter": "q=0712+345+678", "id": "ws_CO_27112026101112000712345678", "n": 3}
        note_action(session, admin, "exported", "payments", at=NOW, before=facts, after=facts)
    ((_, _, after),) = await actions(database)
    assert HIDDEN not in json.dumps(after)
    assert after["n"] == 3
    log = world.runtime.activity
    shown = show_activity(await log.page(admin, ActivityQuery()), [], {}, NOW)
    assert HIDDEN not in json.dumps(shown, default=vars)


async def test_a_line_from_before_is_masked_when_it_is_read(world: World) -> None:
    await run_sql(
        world,
        "INSERT INTO audit_log (at, actor, action, subject, before, after, address) VALUES "
        "('2026-11-23 09:00:00+00:00', 'a@b', 'exported', 'payments', '', "
        """'{"filter": "q=0712345678", "number": 254712345678}', '')""",
    )
    admin = await hire(world.runtime.database, world.clock, Role.ADMIN)
    (line,) = (await world.runtime.activity.page(admin, ActivityQuery())).lines
    assert line.after == {"filter": "q=0712 •••678", "number": "0712 •••678"}


async def test_an_export_without_full_numbers_holds_none(world: World) -> None:
    await paid(world)
    (row,) = await found(world, EVERYTHING)
    masked = " ".join(str(cell) for cell in cells(row, Wanted()))
    full = " ".join(str(cell) for cell in cells(row, Wanted(reveal=True)))
    assert HIDDEN not in masked
    assert PHONE in full


async def test_what_a_cashier_leaves_as_shown_stays_as_it_is(world: World) -> None:
    payment = await paid(world)
    management = world.runtime.booking_management
    cashier = await hire(world.runtime.database, world.clock, Role.CASHIER)
    before = await management.get(payment.booking_id)
    form = _form_of(before, cashier.sight)
    assert HIDDEN not in json.dumps(form)
    form["details"] = form["details"].replace("\n", "\r\n")
    changed = read_change(form | {"title": "Another title"}, before, cashier.sight)
    await management.edit(cashier, payment.booking_id, changed)
    after = await management.get(payment.booking_id)
    assert after.booking.title == "Another title"
    assert after.customer.name == before.customer.name == "Wanjiku 0712-345-678"
    assert after.customer.phone_number == PHONE
    assert after.details == before.details
    unchanged = read_change(_form_of(after, cashier.sight), after, cashier.sight)
    assert isinstance(unchanged, BookingForm)
    assert unchanged.title == "Another title"


def _form_of(file: BookingFile, sight: Sight) -> dict[str, Any]:
    """What a browser sends back of the form that it was given."""
    form = show_booking(file, origin="", merchant="", sight=sight).form
    return {**vars(form), "phone_number": ""}
