"""The pay page's state without a browser: what it shows, what a click passes on, how it follows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from payment_app.domain.errors import BadInput, TooMany
from payment_app.live.hub import Hub, booking_topic
from payment_app.services.demo.bookings import DemoBooking
from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.settings import Settings
from payment_app.web import services as wired
from payment_app.web import watching
from payment_app.web.gallery.examples import READY, example_views
from payment_app.web.payer.pay import sending
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.state import PayState
from payment_app.web.payer.start.view import demo_card
from payment_app.web.texts import words

EXAMPLES = example_views()


class Fake:
    """Services that remember the click and answer as told."""

    settings = Settings(_env_file=None)

    def __init__(self) -> None:
        self.pay_pages = self
        self.hub = Hub()
        self.clicks: list[tuple[str, str, int | None, int, str]] = []
        self.refusal: Exception | None = None
        self.current: PayView | None = READY
        self.reads = 0

    async def booking_id(self, token: str) -> int | None:
        return 7 if token == "known" else None

    async def view(self, token: str) -> PayView | None:
        self.reads += 1
        return self.current

    async def pay(
        self, token: str, phone: str, amount: int | None, after_attempt: int, address: str
    ) -> None:
        self.clicks.append((token, phone, amount, after_attempt, address))
        if self.refusal:
            raise self.refusal

    async def receipt(self, token: str) -> ReceiptView | None:
        return None

    async def demo_bookings(self) -> list[DemoBooking]:
        return []


@pytest.fixture
def fake() -> Iterator[Fake]:
    before = wired._services
    services = Fake()
    wired.use(services)
    yield services
    wired._services = before


@pytest.fixture
def state(fake: Fake) -> PayState:
    return PayState(_reflex_internal_init=True)  # type: ignore[call-arg]


async def send(form: dict[str, Any]) -> Problem:
    return await sending.send(wired.services().pay_pages, "known", form, "1.2.3.4", words("en"))


def test_unwired_pages_say_so() -> None:
    before = wired._services
    wired._services = None
    try:
        with pytest.raises(RuntimeError, match="not wired"):
            wired.services()
    finally:
        wired._services = before


def test_showing_a_view_sets_the_exact_status_word(state: PayState) -> None:
    state._show(EXAMPLES["prompt_sent"])
    assert state.payment_status == "pending"
    assert state.card.screen == "prompt_sent"
    assert state.title.startswith("Check your phone")
    assert state.looked == 1


def test_a_click_shows_sending_at_once_and_its_problem_after(state: PayState) -> None:
    state._show(READY)
    state._start_sending()
    assert (state.card.screen, state.card.has_form) == ("sending", False)
    state._stop_sending(Problem(phone="wrong"))
    state._show(READY)
    assert state.card.has_form
    assert state.problem.phone == "wrong"


def test_a_read_in_the_middle_of_a_click_still_shows_sending(state: PayState) -> None:
    state._show(READY)
    state._start_sending()
    state._show(READY)
    assert state.card.screen == "sending"


def test_a_problem_is_over_when_the_card_has_moved_on(state: PayState) -> None:
    state._show(READY)
    state.problem = Problem(notice="old")
    state._show(READY)
    assert state.problem.notice == "old"
    state._show(EXAMPLES["prompt_sent"])
    assert state.problem == Problem()


def test_a_limit_locks_the_button_although_the_view_does_not(state: PayState) -> None:
    state._start_sending()
    state._stop_sending(Problem(notice="slow down", wait=90))
    state._show(READY)
    assert 89 <= state.card.resend_in <= 90


def test_a_missing_link_forgets_the_bill(state: PayState) -> None:
    state._show(READY)
    state._show_missing()
    assert (state.bill.merchant, state.card.screen) == ("", "not_found")


def test_another_page_of_the_same_tab_starts_clean(state: PayState) -> None:
    state._show(EXAMPLES["paid"])
    state.loaded_path = "/pay/other"
    state._open()
    assert (state.payment_status, state.bill.merchant, state.sending) == ("none", "", False)


def test_a_click_that_was_lost_with_its_worker_unlocks(state: PayState) -> None:
    state._start_sending()
    state._sending_since -= 60
    state._open()
    assert state.sending is False


async def test_a_click_passes_on_the_form_and_nothing_else(fake: Fake) -> None:
    problem = await send({"phone": " 0712345678 ", "attempt": "2", "token": "x", "user": "y"})
    assert problem == Problem()
    assert fake.clicks == [("known", "0712345678", None, 2, "1.2.3.4")]


async def test_an_instalment_is_read_as_whole_shillings(fake: Fake) -> None:
    await send({"phone": "0712345678", "amount": "1,000", "attempt": "0"})
    assert fake.clicks[0][2] == 1000


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.5", "abc", "NaN", ["1"], None])
async def test_a_broken_amount_never_reaches_the_checkout(fake: Fake, amount: object) -> None:
    problem = await send({"phone": "0712345678", "amount": amount})
    assert problem.amount
    assert fake.clicks == []


@pytest.mark.parametrize("attempt", ["", "x", "-1", "²", "9999999", None, 3])
async def test_a_broken_attempt_counts_as_none(fake: Fake, attempt: object) -> None:
    await send({"phone": "0712345678", "attempt": attempt})
    assert fake.clicks[0][3] == 0


async def test_a_phone_of_another_type_is_an_empty_one(fake: Fake) -> None:
    await send({"phone": {"a": 1}})
    assert fake.clicks[0][1] == ""


async def test_a_refusal_becomes_words(fake: Fake) -> None:
    fake.refusal = BadInput("invalid_phone_number", "x")
    assert (await send({"phone": "1"})).phone
    fake.refusal = TooMany("too_soon", "x", 30)
    told = await send({"phone": "0712 345 678"})
    assert (told.wait, told.wait_phone) == (30, "0712 •••678"), "another number need not wait"
    fake.refusal = TooMany("too_many_prompts", "x", 30)
    assert (await send({"phone": "0712 345 678"})).wait_phone == ""


async def test_a_crash_is_logged_and_said_without_detail(
    fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.refusal = ValueError("secret")
    problem = await send({"phone": "0712345678"})
    assert problem.notice
    assert "secret" not in problem.notice
    assert "A click on the pay page failed" in caplog.text


async def follow(fake: Fake) -> Any:
    return watching.looks(7, lambda: fake.view("known"), lambda view: view.changes_in)


async def test_a_page_reads_at_once_and_then_only_when_hinted(fake: Fake) -> None:
    views = await follow(fake)
    await anext(views)
    waiting = asyncio.ensure_future(anext(views))
    await asyncio.sleep(0.05)
    assert (fake.reads, waiting.done()) == (1, False)
    fake.current = EXAMPLES["paid"]
    fake.hub.notify(booking_topic(7))
    assert (await asyncio.wait_for(waiting, 1)).screen is Screen.PAID
    await views.aclose()
    assert fake.hub.watching == 0


async def test_a_hint_during_the_read_is_not_lost(fake: Fake) -> None:
    class Racing(Fake):
        async def view(self, token: str) -> PayView | None:
            if self.reads == 0:
                self.hub.notify(booking_topic(7))
            return await super().view(token)

    racing = Racing()
    wired.use(racing)
    views = await follow(racing)
    await anext(views)
    await asyncio.wait_for(anext(views), 1)
    assert racing.reads == 2
    await views.aclose()


async def test_a_page_looks_again_when_the_view_changes_by_the_clock(fake: Fake) -> None:
    fake.current = replace(READY, changes_in=0.01)
    views = await follow(fake)
    await anext(views)
    await asyncio.wait_for(anext(views), 1)
    await views.aclose()


async def test_the_heartbeat_heals_a_lost_hint(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT", 0.02)
    views = await follow(fake)
    await anext(views)
    await asyncio.wait_for(anext(views), 1)
    await views.aclose()


async def test_a_failed_read_is_tried_again(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AFTER_TROUBLE", 0.01)
    outcomes: list[Exception | PayView] = [OSError("database away"), READY]

    async def read() -> PayView | None:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    views = watching.looks(7, read, lambda view: view.changes_in)
    assert await asyncio.wait_for(anext(views), 1) is READY
    await views.aclose()  # type: ignore[attr-defined]


async def test_a_booking_that_is_gone_ends_the_watch(fake: Fake) -> None:
    fake.current = None
    assert [view async for view in await follow(fake)] == []
    assert fake.hub.watching == 0


def test_a_demo_booking_in_words() -> None:
    booking = DemoBooking("Lake house", "BK1", 18000, 6000, "part_paid", "/pay/x")
    card = demo_card(booking, words("en"))
    assert (card.status, card.progress) == ("Part paid", "KSh\u00a06,000 of KSh\u00a018,000 paid")
