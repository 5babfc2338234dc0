"""How a push can end, with the exact callback that follows."""

from __future__ import annotations

import re

import pytest
from simulator_kit import CALLBACK_URL, OTHER_PHONE, PHONE, World, settle

from payment_app.simulator import NoPrompt, Shortcode


async def test_paid_sends_this_callback(world: World) -> None:
    pushed = (await world.push(Amount="1")).json()
    assert world.simulator.enter_pin(PHONE, "1234") == "0"
    await settle()
    [(url, body, headers)] = world.receiver.got
    [entry] = world.simulator.ledger
    assert url == CALLBACK_URL
    assert headers == {
        "Content-Type": "application/json;charset=UTF-8",
        "Businessshortcode": "174379",
    }
    assert body.decode() == (
        '{"Body":{"stkCallback":{'
        f'"MerchantRequestID":"{pushed["MerchantRequestID"]}",'
        f'"CheckoutRequestID":"{pushed["CheckoutRequestID"]}",'
        '"ResultCode":0,"ResultDesc":"The service request is processed successfully.",'
        '"CallbackMetadata":{"Item":['
        '{"Name":"Amount","Value":1.00},'
        f'{{"Name":"MpesaReceiptNumber","Value":"{entry.receipt}"}},'
        '{"Name":"Balance"},'
        '{"Name":"TransactionDate","Value":20261123213000},'
        '{"Name":"PhoneNumber","Value":254712345678}]}}}}'
    )


async def test_paid_moves_the_money_once(world: World) -> None:
    checkout_id = await world.pay()
    [entry] = world.simulator.ledger
    assert world.simulator.ledger[0] is entry
    assert re.fullmatch(r"UKN[0-9A-Z]{7}", entry.receipt)  # 2026, November, the 23rd
    assert entry.checkout_request_id == checkout_id
    assert (entry.msisdn, entry.amount) == (PHONE, 2500)
    assert (entry.shortcode, entry.party_b) == ("174379", "174379")
    assert entry.account_reference == "BK7F2QX9"
    assert entry.at == world.time.now
    assert world.simulator.handset(PHONE).balance == 47_500
    assert world.simulator.handset(PHONE).inbox[0].text == (
        f"{entry.receipt} Confirmed. Ksh2,500.00 sent to Smart Storage for account BK7F2QX9 on "
        "23/11/26 at 9:30 PM New M-PESA balance is Ksh47,500.00. Transaction cost, Ksh0.00."
    )
    with pytest.raises(NoPrompt):
        world.simulator.enter_pin(PHONE, "1234")


async def test_the_prompt_reads_as_on_a_phone(world: World) -> None:
    await world.push()
    prompt = world.simulator.handset(PHONE).shown_prompt
    assert prompt is not None
    assert prompt.text == (
        "Do you want to pay KSh 2500 to Smart Storage? Account no. BK7F2QX9. Enter M-PESA PIN:"
    )


FAILURES = [
    ("cancel", 1032, "Request cancelled by user"),
    ("time_out", 1037, "No response from user."),
]


@pytest.mark.parametrize(("way", "code", "words"), FAILURES)
async def test_a_failure_sends_this_callback(world: World, way: str, code: int, words: str) -> None:
    pushed = (await world.push()).json()
    getattr(world.simulator, way)(PHONE)
    await settle()
    [(_, body, _)] = world.receiver.got
    assert body.decode() == (
        '{"Body":{"stkCallback":{'
        f'"MerchantRequestID":"{pushed["MerchantRequestID"]}",'
        f'"CheckoutRequestID":"{pushed["CheckoutRequestID"]}",'
        f'"ResultCode":{code},"ResultDesc":"{words}"}}}}}}'
    )
    assert len(world.simulator.ledger) == 0
    assert world.simulator.handset(PHONE).balance == 50_000


async def test_no_money(world: World) -> None:
    world.simulator.set_balance(PHONE, 2499)
    await world.push()
    assert world.simulator.enter_pin(PHONE, "1234") == "1"
    await settle()
    assert world.receiver.bodies[0]["ResultDesc"] == (
        "The balance is insufficient for the transaction."
    )
    assert world.simulator.handset(PHONE).balance == 2499
    assert "do not have enough money" in world.simulator.handset(PHONE).inbox[0].text


async def test_three_wrong_pins_lock_the_phone(world: World) -> None:
    for code in ("2001", "2001", "8006"):
        await world.push()
        assert world.simulator.enter_pin(PHONE, "9999") == code
    await world.push()
    assert world.simulator.enter_pin(PHONE, "1234") == "8006"
    await settle()
    assert world.receiver.codes == [2001, 2001, 8006, 8006]
    assert world.receiver.bodies[0]["ResultDesc"] == "The initiator information is invalid."
    world.simulator.unlock(PHONE)
    await world.push()
    assert world.simulator.enter_pin(PHONE, "1234") == "0"


async def test_a_right_pin_forgives_wrong_ones(world: World) -> None:
    for pin in ("9999", "9999", "1234", "9999"):
        await world.push(Amount=int(pin))
        world.simulator.enter_pin(PHONE, pin)
    assert not world.simulator.handset(PHONE).locked


async def test_a_phone_that_is_off_is_not_reached(world: World) -> None:
    world.simulator.switch_off(PHONE)
    checkout_id = await world.push_id()
    with pytest.raises(NoPrompt):
        world.simulator.enter_pin(PHONE, "1234")
    await world.time.advance(4.9)
    assert (await world.query(checkout_id)).json()["ResultCode"] == "4999"
    await world.time.advance(0.1)
    assert world.receiver.codes == [1037]


async def test_a_phone_switched_off_loses_its_prompt_and_on_gets_it_back(world: World) -> None:
    await world.push()
    world.simulator.switch_off(PHONE)
    await world.time.advance(3)
    world.simulator.switch_on(PHONE)
    await world.time.advance(10)
    assert world.simulator.enter_pin(PHONE, "1234") == "0"


async def test_an_unanswered_prompt_lives_out_its_minute(world: World) -> None:
    await world.push()
    await world.time.advance(59)
    assert world.receiver.got == []
    await world.time.advance(1)
    assert world.receiver.codes == [1037]


class TestPayingByItself:
    async def test_after_the_set_time(self) -> None:
        world = World(auto_complete_seconds=30)
        await world.push()
        await world.time.advance(29)
        assert world.receiver.got == []
        await world.time.advance(1)
        assert world.receiver.codes == [0]
        assert world.simulator.ledger.total == 2500
        await world.close()

    async def test_honours_the_balance(self) -> None:
        world = World(auto_complete_seconds=30, opening_balance=10)
        await world.push()
        await world.time.advance(30)
        assert world.receiver.codes == [1]
        await world.close()

    async def test_not_when_the_phone_is_off(self) -> None:
        world = World(auto_complete_seconds=2)
        world.simulator.switch_off(PHONE)
        await world.push()
        await world.time.advance(30)
        assert world.receiver.codes == [1037]
        await world.close()

    async def test_not_when_somebody_attends_to_it(self) -> None:
        world = World(auto_complete_seconds=30)
        await world.push()
        await world.time.advance(10)
        world.simulator.ignore(PHONE)
        await world.time.advance(49)
        assert world.receiver.got == []
        await world.time.advance(1)
        assert world.receiver.codes == [1037]
        await world.close()

    async def test_not_when_it_would_outlive_the_prompt(self) -> None:
        world = World(auto_complete_seconds=90)
        await world.push()
        await world.time.advance(90)
        assert world.receiver.codes == [1037]
        await world.close()

    async def test_can_be_changed_for_a_prompt_on_the_phone(self) -> None:
        world = World(auto_complete_seconds=30)
        await world.push()
        await world.time.advance(5)
        world.simulator.set_auto_complete(6)
        await world.time.advance(1)
        assert world.receiver.codes == [0]
        await world.close()


class TestTheRuleOfTwoMinutes:
    async def test_the_same_amount_again_too_soon(self, world: World) -> None:
        await world.pay()
        await world.time.advance(100)
        again = await world.push_id()
        assert world.simulator.handset(PHONE).shown_prompt is None
        await world.time.advance(1)
        assert world.receiver.codes == [0, 17]
        assert (await world.query(again)).json()["ResultDesc"] == "Rule limited."
        assert world.simulator.ledger.count == 1

    async def test_not_after_two_minutes(self, world: World) -> None:
        await world.pay()
        await world.time.advance(120)
        await world.pay()
        assert world.receiver.codes == [0, 0]

    async def test_not_for_another_amount_or_customer(self, world: World) -> None:
        await world.pay()
        await world.pay(Amount=2501)
        await world.pay(OTHER_PHONE)
        assert world.receiver.codes == [0, 0, 0]

    async def test_not_after_a_failure(self, world: World) -> None:
        await world.push()
        world.simulator.cancel(PHONE)
        await world.pay()
        assert world.receiver.codes == [1032, 0]


class TestLimits:
    async def test_of_a_transaction(self, world: World) -> None:
        await world.control(handset={"msisdn": PHONE, "transaction_limit": 2499})
        await world.push()
        assert world.simulator.enter_pin(PHONE, "1234") == "3"

    async def test_of_a_day(self, world: World) -> None:
        world.simulator.set_balance(PHONE, 10_000_000)
        for amount in (250_000, 249_999):
            await world.push(Amount=amount)
            assert world.simulator.enter_pin(PHONE, "1234") == "0"
        await world.push(Amount=2)
        assert world.simulator.enter_pin(PHONE, "1234") == "4"
        await world.push(Amount=1)
        assert world.simulator.enter_pin(PHONE, "1234") == "0"

    async def test_a_new_day_begins_at_nairobi_midnight(self, world: World) -> None:
        world.simulator.set_balance(PHONE, 10_000_000)
        for amount in (250_000, 249_999):
            await world.pay(Amount=amount)
        await world.time.advance(2.5 * 3600)
        await world.new_token()
        await world.push(Amount=200_000)
        assert world.simulator.enter_pin(PHONE, "1234") == "0"


PRODUCTS = [
    ("CustomerPayBillOnline", "600000", "SFC_IC0003"),
    ("CustomerPayBillOnline", "999999", "SFC_IC0003"),
    ("CustomerPayBillOnline", "888880", 2028),
    ("CustomerBuyGoodsOnline", "174379", 2028),
    ("CustomerBuyGoodsOnline", "999999", "SFC_IC0003"),
]


@pytest.mark.parametrize(("kind", "party_b", "code"), PRODUCTS)
async def test_a_wrong_product_fails_by_callback(kind: str, party_b: str, code: int | str) -> None:
    world = World(shortcodes=(Shortcode("888880", "Other paybill"),))
    assert (await world.push(TransactionType=kind, PartyB=party_b)).status_code == 200
    assert world.simulator.handset(PHONE).shown_prompt is None
    await world.time.advance(1)
    assert world.receiver.codes == [code]
    await world.close()


async def test_a_till_is_paid(world: World) -> None:
    await world.push(TransactionType="CustomerBuyGoodsOnline", PartyB="600000")
    prompt = world.simulator.live_prompt(PHONE)
    assert prompt is not None
    assert prompt.text == "Do you want to pay KSh 2500 to Smart Storage? Enter M-PESA PIN:"
    world.simulator.enter_pin(PHONE, "1234")
    await settle()
    [entry] = world.simulator.ledger
    assert (entry.shortcode, entry.party_b) == ("174379", "600000")
    assert "paid to Smart Storage on 23/11/26" in world.simulator.handset(PHONE).inbox[0].text


async def test_a_prompt_over_182_characters_is_not_sent() -> None:
    world = World(merchant_name="M" * 130)
    await world.push()
    await world.time.advance(1)
    assert world.receiver.codes == [1025]
    await world.close()


@pytest.mark.parametrize(
    ("number", "code"),
    [("254199900000", 0), ("254199900001", 1), ("254199901032", 1032), ("254199908006", 8006)],
)
async def test_some_numbers_answer_by_themselves(world: World, number: str, code: int) -> None:
    await world.push(PhoneNumber=number)
    await world.time.advance(1)
    assert world.receiver.codes == [code]
    assert world.simulator.ledger.count == (1 if code == 0 else 0)


@pytest.mark.parametrize(("given", "sent"), [("26", 26), ("SFC_IC0003", "SFC_IC0003"), ("77", 77)])
async def test_a_forced_result_ends_the_next_push_only(
    world: World, given: str, sent: int | str
) -> None:
    world.simulator.force_result(given)
    await world.push()
    await world.time.advance(1)
    assert world.receiver.codes == [sent]
    await world.pay()
    assert world.receiver.codes[1:] == [0]


class TestDelivery:
    @pytest.mark.parametrize("status", [500, 404, 302])
    async def test_is_tried_once_only(self, world: World, status: int) -> None:
        world.receiver.status = status
        await world.pay()
        await world.time.advance(3600)
        assert len(world.receiver.got) == 1
        assert world.simulator.courier.records[0].answer == str(status)

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (ConnectionRefusedError(), "no connection"),
            (TimeoutError(), "no answer"),
            (ValueError(), "failed: ValueError"),
        ],
    )
    async def test_that_fails_is_not_repeated(
        self, world: World, error: Exception, words: str
    ) -> None:
        world.receiver.error = error
        await world.pay()
        await world.time.advance(3600)
        assert len(world.receiver.got) == 1
        assert world.simulator.courier.records[0].answer == words
        assert world.simulator.ledger.count == 1

    async def test_keeps_the_merchants_secret_out_of_its_records(self, world: World) -> None:
        await world.pay()
        [record] = world.simulator.courier.records
        assert record.address == "pay.example.co.ke/hooks/stk/…"
