"""Money back, from asking to the customer's phone: one movement each, by the simulator's ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import pytest_asyncio

from payment_app.domain.errors import BadInput, Conflict, Forbidden, NotFound, Refusal
from payment_app.domain.staff import Role
from payment_app.services.refunds.requests import Wish
from payment_app.storage.refund_tables import OperatorOrder
from payment_app.storage.tables import CallbackInbox
from tests.integration.kit import refused, run_sql
from tests.integration.members import actions, hire
from tests.integration.refund_world import EXTERNAL, PASSWORD, Money
from tests.integration.world import PHONE, World

pytestmark = pytest.mark.usefixtures("quick_hashes")
LARGE = 20_000


@pytest_asyncio.fixture
async def money(world: World) -> AsyncIterator[Money]:
    yield await Money(world).hire()


async def test_a_whole_payment_goes_back_by_reversal(money: Money) -> None:
    payment = await money.paid()
    before = money.world.simulator.handset(PHONE).balance
    refund = await money.refunded(payment)
    assert (refund.status, refund.way) == ("done", "reversal")
    assert money.movements == [("reversal", 2_500)]
    assert money.world.simulator.handset(PHONE).balance == before + 2_500
    after = await money.world.payment(payment.payment_id)
    assert (after.status, after.amount_refunded) == ("refunded", 2_500)
    booking = await money.world.runtime.bookings.get(payment.booking_id)
    assert (booking[0].amount_paid, booking[0].status) == (0, "open")
    assert refund.receipt == money.world.simulator.ledger.returned[0].receipt
    kinds = [event.kind for event in await money.world.events(payment)]
    assert kinds[-5:] == [
        "refund_requested",
        "refund_approved",
        "refund_submitting",
        "refund_sent",
        "refund_result",
    ]
    assert ("refund_requested", f"refund:{refund.refund_id}") in [
        line[:2] for line in await actions(money.world.runtime.database)
    ]
    await money.agree()


async def test_a_part_goes_back_to_the_phone_and_then_the_rest(money: Money) -> None:
    payment = await money.paid()
    first = await money.refunded(payment, 1_000)
    assert (first.status, first.way) == ("done", "payout")
    after = await money.world.payment(payment.payment_id)
    assert (after.status, after.amount_refunded) == ("completed", 1_000)
    rest = await money.refunded(payment)
    assert (rest.status, rest.way, rest.amount) == ("done", "payout", 1_500)
    assert (await money.world.payment(payment.payment_id)).status == "refunded"
    assert money.movements == [("payout", 1_000), ("payout", 1_500)]
    await money.agree()


async def test_above_the_limit_a_second_person_agrees(money: Money) -> None:
    refund_id = await money.ask(await money.paid(LARGE))
    await money.run()
    assert await money.statuses() == ["requested"]
    desk = money.world.runtime.refunds
    with pytest.raises(Forbidden, match="Somebody else"):
        await desk.approve(money.asker, refund_id, PASSWORD)
    with pytest.raises(Forbidden, match="not your password"):
        await desk.approve(money.other, refund_id, "guess")
    clerk = await hire(money.world.runtime.database, money.world.clock, Role.CASHIER)
    with pytest.raises(Forbidden, match="role"):
        await desk.approve(clerk, refund_id, PASSWORD)
    await money.run()
    assert money.movements == []
    await money.approve(refund_id)
    await money.run()
    assert money.movements == [("reversal", LARGE)]
    await money.agree()


async def test_parts_do_not_get_around_the_second_person(money: Money) -> None:
    payment = await money.paid(LARGE)
    assert (await money.refunded(payment, 9_000)).status == "done"
    await money.ask(payment, 2_000)
    await money.run()
    assert await money.statuses() == ["done", "requested"]
    assert money.movements == [("payout", 9_000)]


async def test_two_agree_at_once_and_money_moves_once(money: Money) -> None:
    refund_id = await money.ask(await money.paid(LARGE))
    third = await hire(
        money.world.runtime.database, money.world.clock, Role.ADMIN, "Carol", password=PASSWORD
    )
    both = (money.other, third)
    desk = money.world.runtime.refunds
    ended = await asyncio.gather(
        *(desk.approve(who, refund_id, PASSWORD) for who in both), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ended) == ["Conflict", "NoneType"]
    sender = money.world.runtime.refund_sender
    await asyncio.gather(*(sender.tick() for _ in range(4)))
    await money.world.settle()
    assert money.movements == [("reversal", LARGE)]
    await money.agree()


async def test_two_ask_at_once_and_one_refund_is_made(money: Money) -> None:
    payment = await money.paid()
    ended = await asyncio.gather(
        *(money.ask(payment, 2_000) for _ in range(5)), return_exceptions=True
    )
    assert [type(one) for one in ended].count(int) == 1
    assert all(isinstance(one, int | Conflict) for one in ended)
    await money.run()
    assert money.movements == [("payout", 2_000)]
    with pytest.raises(BadInput, match="KSh 500"):
        await money.ask(payment, 501)
    await money.agree()


async def test_a_rejected_refund_moves_nothing_and_makes_room(money: Money) -> None:
    payment = await money.paid(LARGE)
    refund_id = await money.ask(payment)
    desk = money.world.runtime.refunds
    with pytest.raises(BadInput, match="Write why"):
        await desk.reject(money.other, refund_id, " ")
    await desk.reject(money.other, refund_id, "not ours")
    with pytest.raises(Conflict):
        await money.approve(refund_id)
    await money.run()
    assert money.movements == []
    assert (await money.refunded(payment, 500)).status == "done"
    await money.agree()


@pytest.mark.parametrize(
    "answered",
    [
        "late",
        "duplicate",
        "early",
        "timed_out_first",
        "timed_out_envelope",
        "text_codes",
        "spaced_names",
        "one_parameter",
        "no_parameters",
        "null_values",
        "reference_list",
        "contradiction_after",
    ],
)
@pytest.mark.parametrize("amount", [None, 1_000])
async def test_however_the_result_comes_money_moves_once(
    money: Money, answered: str, amount: int | None
) -> None:
    payment = await money.paid()
    money.world.simulator.misbehave_result(answered, seconds=0)
    refund = await money.refunded(payment, amount)
    assert refund.status == "done"
    assert [moved for _, moved in money.movements] == [amount or 2_500]
    await money.later(600)
    assert len(money.movements) == 1
    await money.agree()


@pytest.mark.parametrize(
    "lost", ["lost", "timed_out_only", "mismatched_amount", "mismatched_ids", "pending", "not_json"]
)
@pytest.mark.parametrize("amount", [None, 1_000])
async def test_what_the_result_does_not_say_a_question_finds_out(
    money: Money, lost: str, amount: int | None
) -> None:
    payment = await money.paid()
    money.world.simulator.misbehave_result(lost)
    refund = await money.refunded(payment, amount)
    assert refund.status == "sent"
    await money.later(61)
    refund = await money.refund(refund.refund_id or 0)
    assert refund.status == "done"
    assert refund.receipt
    assert len(money.movements) == 1
    opened = [kind for kind in await money.world.cases() if kind != "overpaid"]
    assert opened == {
        "mismatched_amount": ["refund_amount_mismatch"],
        "mismatched_ids": ["id_mismatch"],
    }.get(lost, [])
    await money.agree()


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        *product(("timeout", "reset", "http_503", "order_unclear"), (True, False)),
        ("truncated", True),  # a body that was cut off is always after the work
    ],
)
@pytest.mark.parametrize("amount", [None, 1_000])
async def test_the_answer_to_the_order_is_lost(
    money: Money, kind: str, after: bool, amount: int | None
) -> None:
    payment = await money.paid()
    operation = "payout" if amount else "reversal"
    money.world.simulator.fault(operation, kind, seconds=0, after=after)
    refund_id = await money.ask(payment, amount)
    await money.run()
    for seconds in (61, 60, 120, 240, 480):
        await money.later(seconds)
    refund = await money.refund(refund_id)
    never_sent = kind == "order_unclear" and not after
    assert refund.status == ("sent" if never_sent else "done")
    assert len(money.movements) == (0 if never_sent else 1)
    assert money.movements in ([], [(operation, amount or 2_500)])
    await money.agree()


async def test_an_order_that_got_lost_inside_mpesa_is_never_taken_for_failed(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.force_order_result("dropped")
    refund_id = await money.ask(payment, 1_000)
    await money.run()
    for _ in range(10):
        await money.later(3 * 3_600)
    refund = await money.refund(refund_id)
    assert refund.status == "sent"
    (line,) = (await money.world.runtime.refund_views.look()).gave_up
    assert line.refund_id == refund_id
    with pytest.raises(Conflict):
        await money.ask(payment, 500)
    assert money.movements == []


async def test_a_refused_reversal_goes_out_as_a_payout(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.force_order_result("R000002")
    refund = await money.refunded(payment)
    assert (refund.status, refund.result_code) == ("failed", "R000002")
    assert money.movements == []
    again = await money.world.runtime.refunds.send_again(money.asker, refund.refund_id or 0)
    assert again.way == "payout"
    await money.run()
    assert money.movements == [("payout", 2_500)]
    assert await money.statuses() == ["failed", "done"]
    await money.agree()


async def test_reversed_already_means_that_it_had_happened(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.fault("reversal", "http_503", after=True)
    money.world.simulator.misbehave_result("lost")
    refund_id = await money.ask(payment)
    await money.run()
    money.world.simulator.fault("transaction_status", "busy", count=1)
    for seconds in (61, 60, 120, 240):
        await money.later(seconds)
    assert (await money.refund(refund_id)).status == "done"
    assert money.movements == [("reversal", 2_500)]
    await money.agree()


@pytest.mark.parametrize("code", ["1", "4", "8", "11", "2006", "2028", "2040", "SFC_IC0003", "26"])
async def test_a_definite_no_fails_and_can_be_sent_again(money: Money, code: str) -> None:
    payment = await money.paid()
    money.world.simulator.force_order_result(code)
    refund = await money.refunded(payment, 1_000)
    assert (refund.status, refund.result_code) == ("failed", code)
    await money.world.runtime.refunds.send_again(money.asker, refund.refund_id or 0)
    await money.run()
    assert money.movements == [("payout", 1_000)]
    await money.agree()


async def test_a_code_that_nobody_knows_is_not_believed(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.force_order_result("17")
    refund = await money.refunded(payment, 1_000)
    assert refund.status == "sent"
    await money.later(61)
    refund = await money.refund(refund.refund_id or 0)
    assert (refund.status, refund.result_code) == ("failed", "declined")
    assert money.movements == []


@pytest.mark.parametrize("code", ["2001", "8006", "21", "TP40153"])
async def test_two_refusals_of_our_operator_stop_further_orders(money: Money, code: str) -> None:
    payments = [await money.paid(amount) for amount in (2_500, 2_600, 2_700)]
    for payment in payments[:2]:
        money.world.clock.advance(130)
        money.world.simulator.force_order_result(code)
        assert (await money.refunded(payment, 500)).status == "failed"
    await money.ask(payments[2], 500)
    await money.run()
    assert await money.statuses() == ["failed", "failed", "approved"]
    assert (await money.world.runtime.refund_views.look()).operator_down
    money.world.clock.advance(601)
    await money.run()
    assert await money.statuses() == ["failed", "failed", "done"]
    assert money.movements == [("payout", 500)]
    await money.agree()


async def test_a_balance_that_is_answered_lets_orders_go_on(money: Money) -> None:
    payment, other = await money.paid(2_500), await money.paid(2_600)
    for one in (payment, other):
        money.world.simulator.force_order_result("2001")
        await money.refunded(one, 500)
    await money.ask(payment, 500)
    await money.run()
    assert money.movements == []
    order_id, _ = await money.world.runtime.balances.ask()
    await money.world.settle()
    balance = await money.world.runtime.balances.answer(order_id)
    assert balance is not None
    assert balance.utility == 200_000 + 5_100
    await money.run()
    assert money.movements == [("payout", 500)]


async def test_a_success_after_a_failure_is_asked_about(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.misbehave_result("contradiction_before", seconds=0)
    refund = await money.refunded(payment, 1_000)
    assert refund.status == "failed"
    with pytest.raises(Conflict, match="under way"):
        await money.world.runtime.refunds.send_again(money.asker, refund.refund_id or 0)
    await money.later(1)
    assert await money.statuses() == ["done"]
    assert money.movements == [("payout", 1_000)]
    await money.agree()


async def test_a_failure_is_not_turned_into_a_success_by_a_word(money: Money) -> None:
    payment = await money.paid()
    money.world.simulator.force_order_result("2040")
    money.world.simulator.misbehave_result("contradiction_after", seconds=0)
    await money.refunded(payment, 1_000)
    await money.later(1)
    assert await money.statuses() == ["failed"]
    assert money.movements == []
    assert (await money.refunded(payment, 1_000)).status == "done"
    await money.agree()


async def test_returned_another_way_is_written_down_and_nothing_is_sent(money: Money) -> None:
    payment = await money.paid()
    refund_id = await money.ask(payment, 700, way=EXTERNAL, reason="cash at the desk, slip 12")
    await money.run()
    assert (await money.refund(refund_id)).status == "external"
    after = await money.world.payment(payment.payment_id)
    assert after.amount_refunded == 700
    assert money.movements == []
    found = await money.world.runtime.invariants.look()
    assert found.broken == []


async def test_the_booking_is_cancelled_only_where_that_was_asked(money: Money) -> None:
    payment = await money.paid()
    await money.ask(payment, close_booking=True)
    booking, _ = await money.world.runtime.bookings.get(payment.booking_id)
    assert booking.status == "paid"
    await money.run()
    booking, _ = await money.world.runtime.bookings.get(payment.booking_id)
    assert (booking.status, booking.amount_paid) == ("closed", 0)
    await money.agree()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": Decimal(0)}, BadInput),
        ({"amount": Decimal(2_501)}, BadInput),
        ({"amount": Decimal("10.5")}, BadInput),
        ({"amount": Decimal(9)}, BadInput),
        ({"reason": "x"}, BadInput),
        ({"payment_id": 999}, NotFound),
    ],
)
async def test_what_cannot_be_asked_for(
    money: Money, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    payment = await money.paid()
    wish = {"payment_id": payment.payment_id, "amount": None, "reason": "paid twice", **change}
    with pytest.raises(refusal) as caught:
        await money.world.runtime.refunds.ask(money.asker, Wish(**wish))
    assert caught.value.sentence.endswith(".")
    assert await money.refunds() == []


async def test_an_unpaid_payment_has_nothing_to_give_back(money: Money) -> None:
    payment = await money.world.pushed(await money.world.booking())
    with pytest.raises(Conflict, match="no money to give back"):
        await money.ask(payment)


async def test_the_constraints_hold_without_the_code(money: Money) -> None:
    payment = await money.paid()
    await money.refunded(payment, 1_000)
    columns = (
        "payment_id, booking_id, amount, paid, returned_before, way, phone_number, status, reason, "
        "close_booking, requested_by, requested_at, needs_second, checks_done, not_found, "
        "sendings, may_resend"
    )
    row = (
        f"INSERT INTO refund ({columns}) SELECT payment_id, booking_id, {{amount}}, paid, "
        "{base}, way, phone_number, '{status}', reason, close_booking, requested_by, requested_at, "
        "needs_second, 0, 0, 0, may_resend FROM refund"
    )
    for amount, base, status in ((1_501, 1_000, "done"), (1, 0, "done"), (0, 1_000, "failed")):
        with pytest.raises(Exception, match=r"(?i)constraint"):
            await run_sql(money.world, row.format(amount=amount, base=base, status=status))


async def test_hooks_take_only_their_own_tokens_and_keep_no_credential(money: Money) -> None:
    api = money.world.api
    for name in ("result", "timeout"):
        refused(await api.post(f"/hooks/{name}/nonsense", json={}), 404, "not_found")
    payment = await money.paid()
    money.world.simulator.misbehave_result("timed_out_only")
    await money.refunded(payment)
    async with money.world.runtime.database.read() as session:
        order = await session.get_one(OperatorOrder, 1)
        rows = [await session.get_one(CallbackInbox, number) for number in (1, 2)]
    (echoed,) = [row for row in rows if row.kind == f"timeout:{order.order_id}"]
    assert b"SecurityCredential" in echoed.body
    (ordered,) = money.world.simulator.treasury.orders
    sent = str(ordered.request["SecurityCredential"])
    assert sent.encode() not in echoed.body
    url = next(url for url, _ in money.world.sent if "/hooks/timeout/" in url)
    path = url.replace("timeout", "result").partition("3000")[2]
    refused(await api.post(path, content=b"<html>"), 400, "not_a_callback")


async def test_over_the_api(money: Money) -> None:
    payment = await money.paid()
    path = f"/api/payments/{payment.payment_id}/refunds"
    body = {"amount": 1_000, "reason": "one night less"}
    headers = {"Idempotency-Key": "r-1"}
    answer = await money.world.api.post(path, json=body, headers=headers)
    assert answer.status_code == 202
    assert answer.json()["status"] == "approved"
    again = await money.world.api.post(path, json=body, headers=headers)
    assert again.json() == answer.json()
    await money.run()
    read = await money.world.api.get(f"/api/refunds/{answer.json()['refund_id']}")
    assert (read.json()["status"], read.json()["amount"]) == ("done", 1_000)
    assert read.json()["mpesa_receipt_number"]
    refused(await money.world.api.get("/api/refunds/99"), 404, "refund_not_found")
    refused(
        await money.world.api.post(path, json={"amount": 9_999, "reason": "too much"}),
        422,
        "invalid_amount",
    )
    large = await money.paid(LARGE)
    answer = await money.world.api.post(
        f"/api/payments/{large.payment_id}/refunds", json={"reason": "event cancelled"}
    )
    assert answer.json()["status"] == "requested"
    assert answer.json()["requested_by"] == "api"


async def test_what_waits_for_a_person_is_counted(money: Money) -> None:
    refund_id = await money.ask(await money.paid(LARGE))
    waiting = await money.world.runtime.waiting.look()
    assert [(item.refund, item.amount) for item in waiting.second.items] == [("requested", LARGE)]
    assert await money.world.runtime.waiting.badge() == 1
    await money.approve(refund_id)
    await money.run()
    assert (await money.world.runtime.waiting.look()).second.number == 0
