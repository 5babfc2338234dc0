"""What must not be believed: words under a wrong code, refused questions, amounts, ids, dates.

The bodies are made by hand: the simulator is too honest to send most of them.
"""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from payment_app.domain.calendar import nairobi
from payment_app.domain.cases import CaseKind
from payment_app.services.operations.health import LinkState
from payment_app.services.pay_pages.view import Screen
from payment_app.services.payments.asking.refusals import STANDING, standing_refusal
from payment_app.storage.tables import Booking, Payment
from payment_app.web.payer.pay.view import page_title, show_card
from payment_app.web.payer.receipt.view import show_receipt
from payment_app.web.texts import words
from tests.integration.kit import completed, refused, run_sql
from tests.integration.world import PHONE, World, failure, success

PENDING = "The transaction is still under processing"
HTML = b"<html><head><title>Request Rejected</title></head><body>Support ID 77</body></html>"


class Scripted(httpx.AsyncBaseTransport):
    """Daraja, but calls to some paths are answered from a script; the last answer stays."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for end, answers in self.answers.items():
            if request.url.path.endswith(end) and answers:
                self.asked += 1
                status, body = answers.pop(0) if len(answers) > 1 else answers[0]
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                return httpx.Response(status, content=raw)
        return await self._inner.handle_async_request(request)


def script(world: World, end: str, *answers: tuple[int, Any]) -> Scripted:
    """Answer calls to paths that end in `end`."""
    client = world.runtime.daraja._http
    if not isinstance(client._transport, Scripted):
        client._transport = Scripted(client._transport)
    client._transport.answers[end] = list(answers)
    return client._transport


def queries(world: World, *answers: tuple[int, Any]) -> Scripted:
    return script(world, "/stkpushquery/v1/query", *answers)


def found(payment: Payment, code: Any, words: str, **more: Any) -> dict[str, Any]:
    """A query's answer for a payment."""
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": payment.merchant_request_id,
        "CheckoutRequestID": payment.checkout_request_id,
        "ResultCode": code,
        "ResultDesc": words,
        **more,
    }


def error(code: str, text: str) -> dict[str, str]:
    return {"requestId": "1", "errorCode": code, "errorMessage": text}


async def ask(world: World, payment: Payment) -> httpx.Response:
    wish = {"checkout_request_id": payment.checkout_request_id}
    return await world.api.post("/api/mpesa/query", json=wish)


async def told(world: World, body: bytes | dict[str, Any]) -> int:
    """Post a callback under the newest push's token and read the inbox; the HTTP status."""
    answer = await world.callback(body)
    await world.runtime.inbox.drain()
    return answer.status_code


# Pending by words


@pytest.mark.parametrize("code", ["1", 0, "1032", "500.001.1001"])
async def test_a_query_that_is_still_at_it_ends_nothing_whatever_its_code(
    world: World, code: Any
) -> None:
    payment = await world.pushed(await world.booking())
    queries(world, (200, found(payment, code, PENDING)))
    world.clock.advance(21)
    await world.runtime.reconciler.tick()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == ("pending", None)
    assert (await ask(world, payment)).json()["data"]["ResultCode"] == "4999"
    second = await world.push(await world.fresh(await _booking(world, payment)), phone="0722000000")
    refused(second, 409, "payment_in_progress")


async def _booking(world: World, payment: Payment) -> Any:
    booking, *_ = await world.runtime.bookings.get(payment.booking_id)
    return booking


@pytest.mark.parametrize("code", [1, 0, 1032, "500.001.1001"])
async def test_a_callback_that_is_still_at_it_ends_nothing_and_a_query_follows(
    world: World, code: Any
) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment) if code == 0 else failure(payment, code)
    body["Body"]["stkCallback"]["ResultDesc"] = f"[STK_CB - ] {PENDING}"
    assert await told(world, body) == 200
    after = await world.payment(payment.payment_id)
    assert (after.status, after.result_code) == ("pending", None)
    assert after.next_check_at == world.clock.now
    assert await world.cases() == []
    assert await told(world, success(payment)) == 200
    assert (await world.payment(payment.payment_id)).status == "completed"


async def test_a_push_that_is_still_at_it_is_not_refused(world: World) -> None:
    script(
        world, "/processrequest", (500, error("400.002.02", "The transaction is being processed"))
    )
    answer = await world.push(await world.booking())
    assert answer.status_code == 202
    assert (await world.payment(answer.json()["payment_id"])).status == "unknown"


# Refused questions

REFUSALS = {
    "400.002.02": ((400, error("400.002.02", "Bad Request - Invalid BusinessShortCode")),),
    "404.001.03": ((404, error("404.001.03", "Invalid Access Token")),),
    "html 403": ((403, HTML),),
    "html 200": ((200, HTML),),
    "bare 403": ((403, b""),),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refused_question_is_502_in_whose_words_it_was(world: World, name: str) -> None:
    payment = await world.pushed(await world.booking())
    queries(world, *REFUSALS[name])
    sentence = refused(await ask(world, payment), 502, "query_refused")
    assert "Support ID" not in sentence
    if "." in name:
        assert f"M-Pesa said: {name}" in sentence
    else:
        assert "M-Pesa said" not in sentence
    if name.startswith("html"):
        assert "firewall" in sentence
    assert (await world.payment(payment.payment_id)).status == "pending"


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_standing_refusal_is_seen_everywhere_and_ends_with_an_answer(
    world: World, name: str
) -> None:
    payment = await world.pushed(await world.booking())
    queries(world, *REFUSALS[name])
    health, said = world.runtime.health, []
    for times in range(1, STANDING + 1):
        await ask(world, payment)
        standing = await standing_refusal(world.runtime.database)
        assert (standing is not None) is (times == STANDING)
    assert standing is not None
    assert (standing.times, standing.since) == (STANDING, world.clock.now)
    said.append(standing.sentence)
    link = {link.name: link for link in (await health._read()).links}["questions"]
    assert (link.state, link.since) == (LinkState.DOWN, world.clock.now)
    said.append(link.sentence)
    assert "payment_queries_refused 1.0" in (await world.api.get("/metrics")).text
    assert not any("Support ID" in text for text in said)
    if name.startswith("html"):
        assert not any("M-Pesa said" in text for text in said)
        assert "keys" in standing.advice
    queries(world, (200, found(payment, "4999", PENDING)))
    await ask(world, payment)
    assert await standing_refusal(world.runtime.database) is None
    assert "payment_queries_refused 0.0" in (await world.api.get("/metrics")).text


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_person_is_called_once_the_prompt_is_dead_and_nobody_can_be_asked(
    world: World, name: str
) -> None:
    payment = await world.pushed(await world.booking())
    queries(world, *REFUSALS[name])
    for _ in range(17):
        world.clock.advance(10)
        await world.runtime.reconciler.tick()
    assert await world.cases() == [], "its callback may still come"
    for _ in range(60):
        world.clock.advance(30)
        await world.runtime.reconciler.tick()
    assert await world.cases() == ["query_refused"], "one, however often it is refused"
    assert (await world.payment(payment.payment_id)).status == "pending"
    assert await told(world, success(payment)) == 200
    assert await world.runtime.cases.count_open() == {}, "the callback came after all"


async def test_our_own_pace_calls_nobody(world: World) -> None:
    payment = await world.pushed(await world.booking())
    queries(world, (500, error("500.003.02", "Error Occurred: Spike Arrest Violation")))
    world.clock.advance(300)
    for _ in range(3):
        refused(await ask(world, payment), 502, "query_refused")
    assert await standing_refusal(world.runtime.database) is None
    assert await world.cases() == []


async def test_a_payment_that_has_ended_needs_no_case(world: World) -> None:
    payment = await completed(world)
    queries(world, *REFUSALS["400.002.02"])
    world.clock.advance(300)
    answer = await ask(world, payment)
    assert answer.json()["data"]["ResultCode"] == "0", "what we hold is told"
    assert await world.cases() == []


async def test_a_firewalls_page_is_no_refusal_by_m_pesa(world: World) -> None:
    script(world, "/processrequest", (403, HTML))
    sentence = refused(await world.push(await world.booking()), 502, "refused_by_mpesa")
    assert "M-Pesa said" not in sentence
    assert "firewall" in sentence
    (payment,) = [await world.payment(1)]
    assert (payment.status, payment.result_code) == ("rejected", "not_daraja")
    assert payment.result_desc is None


async def test_a_bare_status_is_not_quoted(world: World) -> None:
    script(world, "/processrequest", (403, b""))
    sentence = refused(await world.push(await world.booking()), 502, "refused_by_mpesa")
    assert "M-Pesa said" not in sentence


# Amounts that contradict


async def test_a_success_without_an_amount_does_not_settle_a_disputed_one(world: World) -> None:
    booking = await world.booking(5_000)
    payment = await world.pushed(booking)
    assert await told(world, success(payment, amount=1.0)) == 200
    queries(world, (200, found(payment, "0", "The service request is processed successfully.")))
    for _ in range(3):
        assert (await ask(world, payment)).json()["data"]["ResultCode"] == "4999"
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("pending", None)
    assert (await world.fresh(booking)).amount_paid == 0
    assert await world.cases() == ["amount_mismatch"]


async def test_nor_after_a_person_closed_the_case_nor_after_a_day(world: World) -> None:
    payment = await world.pushed(await world.booking(5_000))
    await told(world, success(payment, amount=1.0))
    await world.runtime.cases.resolve(1, "Asha", "The customer paid one shilling.")
    queries(world, (200, found(payment, "0", "The service request is processed successfully.")))
    for _ in range(60):
        world.clock.advance(1_800)
        await world.runtime.reconciler.tick()
    after = await world.payment(payment.payment_id)
    assert (after.status, after.next_check_at) == ("pending", None), "asking has ended"


async def test_a_callback_without_an_amount_does_not_either(world: World) -> None:
    payment = await world.pushed(await world.booking(5_000))
    await told(world, success(payment, amount=1.0))
    bare = success(payment, receipt="SKJ7RT61ZZ")
    bare["Body"]["stkCallback"]["CallbackMetadata"]["Item"].pop(0)
    await told(world, bare)
    assert (await world.payment(payment.payment_id)).status == "pending"


async def test_evidence_with_the_amount_settles_a_disputed_one(world: World) -> None:
    payment = await world.pushed(await world.booking(5_000))
    await told(world, success(payment, amount=1.0))
    await told(world, success(payment))
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")


async def test_a_definite_failure_is_still_believed(world: World) -> None:
    payment = await world.pushed(await world.booking(5_000))
    await told(world, success(payment, amount=1.0))
    queries(world, (200, found(payment, "1032", "Request cancelled by user")))
    await ask(world, payment)
    assert (await world.payment(payment.payment_id)).status == "cancelled"


async def test_the_page_says_that_we_do_not_know_while_the_amount_is_disputed(
    world: World,
) -> None:
    booking = await world.booking(5_000)
    payment = await world.pushed(booking)
    await told(world, success(payment, amount=1.0))
    for answer in ("0", "4999"):
        queries(world, (200, found(payment, answer, "words")))
        await ask(world, payment)
        view = await world.runtime.pages.view(booking.pay_token)
        assert view is not None
        assert (view.screen, view.payment_status) == (Screen.NOT_KNOWN, "pending")
    await told(world, success(payment))
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert view.screen is Screen.PAID


# Money after the end


async def late(world: World, how: str) -> tuple[Booking, Payment]:
    """A payment of KSh 2,500 that came when its booking was over."""
    end = None if how == "cancelled" else world.clock.now + timedelta(seconds=30)
    booking = await world.booking(2_500, expires_at=end)
    payment = await world.pushed(booking)
    if how == "cancelled":
        await run_sql(world, "UPDATE booking SET status = 'closed'")
    world.clock.advance(60)
    body = success(payment)
    items = body["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    items[3]["Value"] = int(f"{nairobi(world.clock.now):%Y%m%d%H%M%S}")
    await told(world, body)
    assert await world.cases() == ["paid_after_close"]
    return booking, await world.payment(payment.payment_id)


@pytest.mark.parametrize("lang", ["en", "sw"])
@pytest.mark.parametrize("how", ["ended", "cancelled"])
async def test_money_after_the_end_does_not_say_you_are_booked(
    world: World, how: str, lang: str
) -> None:
    booking, payment = await late(world, how)
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert (view.screen, view.amount_late) == (Screen.PAID_AFTER_CLOSE, 2_500)
    said = words(lang)
    card = show_card(view, said)
    assert card.headline == said["screens"]["paid_after_close"]["headline"]
    assert view.merchant in card.reason
    assert booking.reference in card.reason
    assert (card.tone, card.has_form, card.has_receipt) == ("warn", False, True)
    assert "✓" not in page_title(view, card, said)
    receipt = await world.runtime.pages.receipt(payment.receipt_token or "")
    assert receipt is not None
    shown = show_receipt(receipt, said, "https://pay.example")
    assert shown.notice == card.headline
    assert view.merchant in shown.notice_reason


async def test_the_day_after_it_still_says_so(world: World) -> None:
    booking, _ = await late(world, "ended")
    world.clock.advance(24 * 3_600)
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert view.screen is Screen.PAID_AFTER_CLOSE


@pytest.mark.parametrize("how", ["ended", "cancelled"])
async def test_once_the_shop_accepts_it_the_page_says_paid(world: World, how: str) -> None:
    booking, payment = await late(world, how)
    async with world.runtime.database.write() as session:
        end = None if how == "cancelled" else world.clock.now + timedelta(days=1)
        await session.execute(update(Booking).values(status="paid", expires_at=end))
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert view.screen is Screen.PAID
    receipt = await world.runtime.pages.receipt(payment.receipt_token or "")
    assert receipt is not None
    assert not receipt.after_close


async def test_money_in_time_for_a_booking_that_was_cancelled_later_came_in_time(
    world: World,
) -> None:
    payment = await completed(world)
    await run_sql(world, "UPDATE booking SET status = 'closed'")
    booking = await _booking(world, payment)
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert (view.screen, view.amount_late) == (Screen.CLOSED, 0)


# Ids


@pytest.mark.parametrize("odd", [None, "", "  ", 5, True, [], {}, ["ws_CO_1"], "w" * 101])
@pytest.mark.parametrize("which", ["both", "checkout_id", "merchant_id"])
async def test_without_both_ids_nothing_settles_and_a_query_decides(
    world: World, odd: Any, which: str
) -> None:
    payment = await world.pushed(await world.booking())
    names = ["checkout_id", "merchant_id"] if which == "both" else [which]
    for body in (
        success(payment, **dict.fromkeys(names, odd)),
        failure(payment, **dict.fromkeys(names, odd)),
    ):
        assert await told(world, body) == 200
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("pending", None)
    assert after.next_check_at == world.clock.now
    assert await world.cases() == []


async def test_ids_that_are_left_out_count_as_missing(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    del body["Body"]["stkCallback"]["MerchantRequestID"]
    await told(world, body)
    del body["Body"]["stkCallback"]["CheckoutRequestID"]
    await told(world, body)
    assert (await world.payment(payment.payment_id)).status == "pending"
    assert [row.outcome for row in await world.inbox()] == ["ids_missing", "ids_missing"]
    world.simulator.misbehave("lost")
    world.simulator.enter_pin(PHONE, "1234")
    await world.runtime.reconciler.tick()
    assert (await world.payment(payment.payment_id)).status == "completed", "the query decided"


async def test_the_first_ids_that_we_learn_are_believed(world: World) -> None:
    world.simulator.fault("stk_push", "html")
    answer = await world.push(await world.booking())
    payment = await world.payment(answer.json()["payment_id"])
    assert (payment.status, payment.checkout_request_id) == ("unknown", None)
    assert await told(world, success(payment, checkout_id="ws_CO_new", merchant_id="m-1")) == 200
    after = await world.payment(payment.payment_id)
    assert after.status == "completed"
    assert (after.checkout_request_id, after.merchant_request_id) == ("ws_CO_new", "m-1")


async def test_a_lone_first_id_is_only_asked_about(world: World) -> None:
    world.simulator.fault("stk_push", "html")
    answer = await world.push(await world.booking())
    payment = await world.payment(answer.json()["payment_id"])
    await told(world, success(payment, checkout_id="ws_CO_new", merchant_id=""))
    after = await world.payment(payment.payment_id)
    assert (after.status, after.checkout_request_id) == ("unknown", "ws_CO_new")
    assert after.next_check_at == world.clock.now


# Times and receipts


@pytest.mark.parametrize(
    "told_at", [20991231235959, 19700101030000, 20261124120001, 20261122115959]
)
async def test_a_date_more_than_a_day_away_is_no_date(world: World, told_at: int) -> None:
    booking = await world.booking(expires_at=world.clock.now + timedelta(hours=2))
    payment = await world.pushed(booking)
    body = success(payment)
    body["Body"]["stkCallback"]["CallbackMetadata"]["Item"][3]["Value"] = told_at
    await told(world, body)
    after = await world.payment(payment.payment_id)
    assert (after.status, after.payment_date) == ("completed", world.clock.now)
    assert await world.cases() == [], "the booking was open"


async def test_a_date_of_the_same_day_is_believed(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    body["Body"]["stkCallback"]["CallbackMetadata"]["Item"][3]["Value"] = 20261122121000
    await told(world, body)
    paid = (await world.payment(payment.payment_id)).payment_date
    assert paid is not None
    assert paid == world.clock.now - timedelta(hours=23, minutes=50)


async def test_a_receipt_in_other_letters_is_the_same_receipt(world: World) -> None:
    payment = await world.pushed(await world.booking())
    await told(world, success(payment, receipt="skj7rt61sv"))
    assert (await world.payment(payment.payment_id)).mpesa_receipt_number == "SKJ7RT61SV"
    await told(world, success(payment, receipt="SKJ7RT61SV"))
    await told(world, success(payment, receipt="sKJ7RT61Sv"))
    assert await world.cases() == [], "no second receipt"


@pytest.mark.parametrize("loaded", ["SKJ7RT61SV", "skj7rt61sv"])
@pytest.mark.parametrize("receipt", ["SKJ7RT61SV", "skj7rt61sv"])
async def test_a_receipt_pays_once_in_any_letters(world: World, loaded: str, receipt: str) -> None:
    first = await completed(world)
    async with world.runtime.database.write() as session:
        await session.execute(
            update(Payment)
            .where(col(Payment.payment_id) == first.payment_id)
            .values(mpesa_receipt_number=loaded)
        )
    second = await world.pushed(await world.booking(), phone="254722000000")
    await told(world, success(second, receipt=receipt))
    assert (await world.payment(second.payment_id)).status == "pending"
    assert await world.cases() == ["receipt_used_twice"]


# Bodies that are a little broken


def with_tab(raw: bytes) -> bytes:
    return raw.replace(b"The service", b"The\tservice")


def with_list(raw: bytes) -> bytes:
    body = json.loads(raw)
    callback = body["Body"]["stkCallback"]
    callback["CallbackMetadata"] = callback["CallbackMetadata"]["Item"]
    return json.dumps(body).encode()


def with_tail(raw: bytes) -> bytes:
    return raw + b"\r\n\x00</html>"


def with_latin_1(raw: bytes) -> bytes:
    return raw.replace(b"processed", b"proc\xe9d")


@pytest.mark.parametrize("spoil", [with_tab, with_list, with_tail, with_latin_1, gzip.compress])
async def test_a_little_broken_is_understood_and_its_receipt_kept(world: World, spoil: Any) -> None:
    payment = await world.pushed(await world.booking())
    raw = spoil(json.dumps(success(payment)).encode())
    assert await told(world, raw) == 200
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", "SKJ7RT61SV")
    assert [row.body for row in await world.inbox()] == [raw], "as it came"


async def test_metadata_that_is_an_empty_text_says_no_amount_and_no_receipt(world: World) -> None:
    payment = await world.pushed(await world.booking())
    body = success(payment)
    body["Body"]["stkCallback"]["CallbackMetadata"] = ""
    assert await told(world, body) == 200
    after = await world.payment(payment.payment_id)
    assert (after.status, after.mpesa_receipt_number) == ("completed", None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-20],
        lambda raw: raw + raw,
        lambda raw: gzip.compress(raw)[:-12],
        lambda raw: raw.replace(b"2500.0", b'"2,500"'),
        lambda raw: raw.replace(b'"ResultCode": 0', b'"ResultCode": 1032, "ResultCode": 0'),
        lambda raw: b"",
    ],
)
async def test_what_cannot_be_understood_is_kept_answered_400_and_asked_about(
    world: World, spoil: Any
) -> None:
    payment = await world.pushed(await world.booking())
    raw = spoil(json.dumps(success(payment)).encode())
    assert await told(world, raw) == 400
    after = await world.payment(payment.payment_id)
    assert (after.status, after.next_check_at) == ("pending", world.clock.now)
    assert [(row.body, row.payment_id) for row in await world.inbox()] == [
        (raw, payment.payment_id)
    ]
    assert all(row.processed_at is not None for row in await world.inbox())


@pytest.mark.parametrize("empty", ["", None, " "])
async def test_a_query_answer_with_an_empty_id_counts_for_the_id_that_was_asked(
    world: World, empty: Any
) -> None:
    payment = await world.pushed(await world.booking())
    said = "The service request is processed successfully."
    queries(world, (200, found(payment, "0", said, CheckoutRequestID=empty)))
    assert (await ask(world, payment)).json()["data"]["ResultCode"] == "0"
    assert (await world.payment(payment.payment_id)).status == "completed"


def test_a_case_for_a_refused_question_has_its_words() -> None:
    from payment_app.domain.cases import WORDS

    assert WORDS[CaseKind.QUERY_REFUSED]


async def together(world: World, *told_of: tuple[Payment, dict[str, Any]]) -> list[str | None]:
    """Settle callbacks in one transaction; what became of each."""
    for payment, body in told_of:
        raw = json.dumps(body).encode()
        await world.runtime.callbacks.store(payment.payment_id or 0, raw)
    await world.runtime.inbox.drain()
    return [row.outcome for row in await world.inbox()]


async def test_a_dispute_counts_for_what_is_settled_together_with_it(world: World) -> None:
    payment = await world.pushed(await world.booking(5_000))
    bare = success(payment)
    bare["Body"]["stkCallback"]["CallbackMetadata"] = ""
    done = await together(world, (payment, success(payment, amount=1)), (payment, bare))
    assert done == ["amount_mismatch", "no_change"]
    assert (await world.payment(payment.payment_id)).status == "pending"


async def test_one_receipt_settles_one_payment_of_those_that_are_settled_together(
    world: World,
) -> None:
    payments = [
        await world.pushed(await world.booking(), phone=f"25471100000{number}")
        for number in range(4)
    ]
    spelled = zip(payments, ("same01", "SAME01", "Same01", "SAME01"), strict=True)
    done = await together(world, *((p, success(p, receipt=receipt)) for p, receipt in spelled))
    assert done == ["completed", *["receipt_used_twice"] * 3]
    assert (await world.payment(payments[0].payment_id)).mpesa_receipt_number == "SAME01"


async def test_a_receipt_that_another_payment_holds_makes_a_query_follow(world: World) -> None:
    """As every other contradiction does, also when the ladder of queries is over."""
    await completed(world)
    taken = (await world.payment(1)).mpesa_receipt_number
    payment = await world.pushed(await world.booking(), phone="254722000000")
    await told(world, failure(payment))
    world.clock.advance(10)
    queries(world, (200, found(payment, "1032", "Request cancelled by user")))
    await world.runtime.reconciler.tick()
    assert (await world.payment(payment.payment_id)).next_check_at is None
    await told(world, success(payment, receipt=taken))
    assert await world.cases() == [CaseKind.RECEIPT_USED_TWICE]
    assert (await world.payment(payment.payment_id)).next_check_at == world.clock()
