"""Paying without scripts: links over plain HTTP, and the form sent by an ordinary POST."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from payment_app.storage.tables import Booking
from payment_app.web.texts import LANGUAGES, words
from tests.conftest import FakeClock
from tests.integration.kit import anonymous, completed
from tests.integration.world import PHONE, World, close_world, failure, open_world

EN = words("en")
FORM = "application/x-www-form-urlencoded"


@pytest_asyncio.fixture
async def visitor(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with anonymous(world) as caller:
        yield caller


def path(booking: Booking) -> str:
    return f"/pay/{booking.pay_token}"


async def pay(
    visitor: httpx.AsyncClient, booking: Booking, phone: str = PHONE, query: str = "", **more: str
) -> httpx.Response:
    return await visitor.post(
        path(booking) + query, data={"phone": phone, "attempt": "0"} | more, headers={}
    )


def status(page: httpx.Response) -> str:
    found = re.search(r'data-payment-status="(\w+)"', page.text)
    assert found, page.text
    return found.group(1)


async def test_the_page_holds_what_a_payer_needs(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking(2_500)
    page = await visitor.get(path(booking))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["content-security-policy"]
    for said in (
        "Smart Storage",
        booking.title,
        booking.reference,
        "KSh\u00a02,500",
        'method="post"',
    ):
        assert said in page.text
    assert status(page) == "none"


async def test_language_by_address_then_by_browser(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking()
    swahili = words("sw")["ui"]["phone_label"]
    asked = await visitor.get(path(booking) + "?lang=sw", headers={"Accept-Language": "en"})
    preferred = await visitor.get(path(booking), headers={"Accept-Language": "sw-KE,en;q=0.5"})
    for page in (asked, preferred):
        assert swahili in page.text
        assert '<html lang="sw"' in page.text
    assert swahili not in (await visitor.get(path(booking))).text


async def test_a_form_sends_a_prompt_and_leads_back_to_the_page(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking()
    sent = await pay(visitor, booking, "0712 345 678", "?lang=sw&x=//evil.example")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path(booking)}?lang=sw")
    assert len(world.pushes) == 1
    waiting = await visitor.get(sent.headers["location"])
    assert status(waiting) == "pending"
    assert 'http-equiv="refresh"' in waiting.text
    world.simulator.enter_pin(PHONE, "1234")
    await world.settle()
    paid = await visitor.get(path(booking))
    assert status(paid) == "completed"
    assert 'http-equiv="refresh"' not in paid.text
    link = re.search(r'href="(/receipt/[^"]+)"', paid.text)
    assert link
    receipt = await visitor.get(link.group(1))
    payment = (await world.api.get(f"/api/bookings/{booking.booking_id}")).json()["payments"][0]
    assert payment["mpesa_receipt_number"] in paid.text
    assert payment["mpesa_receipt_number"] in receipt.text
    assert receipt.headers["cache-control"] == "no-store"


async def test_a_form_sent_twice_sends_one_prompt(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking()
    answers = [await pay(visitor, booking) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(world.pushes) == 1


async def test_another_number_while_a_prompt_waits_is_refused_with_words(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking()
    await pay(visitor, booking)
    refused = await pay(visitor, booking, "0722000000", attempt="1")
    assert refused.status_code == 409
    assert EN["notices"]["payment_in_progress"] in refused.text
    assert len(world.pushes) == 1


@pytest.mark.parametrize("phone", ["", "020 1234567", "07123", "x" * 5_000, "\x00", "\ud83d\ude00"])
async def test_a_bad_number_is_said_at_its_field(
    world: World, visitor: httpx.AsyncClient, phone: str
) -> None:
    booking = await world.booking()
    body = urlencode({"phone": phone.encode("utf-8", "surrogatepass"), "attempt": "0"})
    refused = await visitor.post(path(booking), content=body, headers={"Content-Type": FORM})
    assert refused.status_code == 422
    assert EN["notices"]["invalid_phone_number"] in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert refused.headers["cache-control"] == "no-store"
    assert world.pushes == []


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "invalid_amount"),
        ("", "invalid_amount"),
        ("1,5", "invalid_amount"),
        ("9999", "wrong_amount"),
    ],
)
async def test_a_bad_amount_is_said_at_its_field(
    world: World, visitor: httpx.AsyncClient, amount: str, said: str
) -> None:
    booking = await world.booking(2_500, allow_instalments=True)
    refused = await pay(visitor, booking, amount=amount)
    assert refused.status_code == 422
    assert EN["notices"][said] in refused.text  # type: ignore[literal-required]
    assert world.pushes == []


async def test_a_part_is_paid_where_the_booking_allows_parts(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking(2_500, allow_instalments=True)
    assert (await pay(visitor, booking, amount="1,000")).status_code == 303
    assert world.pushes[0]["Amount"] in (1_000, "1000")


async def test_where_it_does_not_a_made_up_amount_is_refused(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking(2_500)
    assert (await pay(visitor, booking, amount="1")).status_code == 422
    assert world.pushes == []


async def test_too_soon_says_how_long_to_wait(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking()
    await pay(visitor, booking)
    payments = (await world.api.get(f"/api/bookings/{booking.booking_id}")).json()["payments"]
    await world.callback(failure(await world.payment(payments[0]["payment_id"]), 1037))
    await world.settle()
    page = await visitor.get(path(booking))
    for way in ("wait_reason", "another_number", "menu_instead"):
        said = EN["pay"]["wait_reason"] if way == "wait_reason" else EN["ui"][way]  # type: ignore[literal-required]
        assert html.escape(said.format(phone="0712 •••678"), quote=False) in page.text
    assert world.runtime.settings.shortcode in page.text
    refused = await pay(visitor, booking, attempt="1")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 120
    assert "Nothing was sent" in refused.text
    assert len(world.pushes) == 1


async def test_the_limit_for_each_booking_holds_here_too(
    world: World, visitor: httpx.AsyncClient
) -> None:
    booking = await world.booking()
    answers = []
    for number in range(7):
        answers.append(await pay(visitor, booking, f"07120000{number:02d}", attempt=str(number)))
        payments = (await world.api.get(f"/api/bookings/{booking.booking_id}")).json()["payments"]
        newest = await world.payment(max(each["payment_id"] for each in payments))
        await world.callback(failure(newest))
        await world.settle()
    assert [answer.status_code for answer in answers] == [303] * 6 + [429]


async def test_a_paid_booking_shows_that_it_is_paid(
    world: World, visitor: httpx.AsyncClient
) -> None:
    payment = await completed(world)
    async with world.runtime.database.read() as session:
        booking = await session.get_one(Booking, payment.booking_id)
    pushes = len(world.pushes)
    sent = await pay(visitor, booking, attempt="7")
    assert sent.status_code == 303
    assert len(world.pushes) == pushes
    assert status(await visitor.get(path(booking))) == "completed"


@pytest.mark.parametrize(
    "link",
    ["/pay/unknown", "/pay/" + "A" * 43, "/pay/" + "A" * 3_000, "/receipt/unknown", "/pay/%00"],
)
async def test_an_unknown_link_is_404_with_words_for_whoever_has_paid(
    visitor: httpx.AsyncClient, link: str
) -> None:
    for lang in LANGUAGES:
        answer = await visitor.get(link, params={"lang": lang})
        assert answer.status_code == 404
        said = html.unescape(answer.text)
        assert "Smart Storage" in said
        ui, screens = words(lang)["ui"], words(lang)["screens"]
        reason = screens["not_found"]["reason"] if "/pay/" in link else ui["no_receipt_reason"]
        assert reason in said
        assert f'<html lang="{lang}"' in said
        assert "<script" not in said, "nothing takes the page's place"
    if link.startswith("/pay/"):
        form = {"phone": PHONE, "attempt": "0"}
        assert (await visitor.post(link, data=form)).status_code == 404


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        (None, True),
        ("http://localhost:3000", True),
        ("https://evil.example", False),
        ("http://localhost:3001", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
async def test_another_sites_form_sends_nothing(
    world: World, visitor: httpx.AsyncClient, origin: str | None, accepted: bool
) -> None:
    booking = await world.booking()
    headers = {} if origin is None else {"Origin": origin}
    form = {"phone": PHONE, "attempt": "0"}
    answer = await visitor.post(path(booking), data=form, headers=headers)
    assert answer.status_code == (303 if accepted else 403)
    assert len(world.pushes) == int(accepted)


async def test_a_page_opened_under_another_name_of_this_host_works(
    world: World, visitor: httpx.AsyncClient
) -> None:
    """Its socket is refused there: the form is all that it has."""
    booking = await world.booking()
    headers = {"Origin": "http://192.168.1.7:3000", "Host": "192.168.1.7:3000"}
    form = {"phone": PHONE, "attempt": "0"}
    answer = await visitor.post(path(booking), data=form, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, path(booking))


@pytest.mark.parametrize(
    ("body", "kind", "answered"),
    [
        (b'{"phone": "0712345678"}', "application/json", 415),
        (b"phone=0712345678", "text/plain", 415),
        (b"", FORM, 422),
        (b"&" * 60_000, FORM, 422),
        (b"phone=" + b"%ff" * 1_000, FORM, 422),
        (b"phone=1&phone=2", FORM, 422),
        (b"a" * 70_000, FORM, 413),
    ],
)
async def test_no_body_is_a_5xx(
    world: World, visitor: httpx.AsyncClient, body: bytes, kind: str, answered: int
) -> None:
    booking = await world.booking()
    answer = await visitor.post(path(booking), content=body, headers={"Content-Type": kind})
    assert answer.status_code == answered
    assert world.pushes == []


async def test_other_verbs_reach_nothing(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking()
    for verb in ("PUT", "DELETE", "PATCH"):
        assert (await visitor.request(verb, path(booking))).status_code in (404, 405)
    assert (await visitor.post("/receipt/unknown", data={})).status_code in (404, 405)


async def test_a_page_costs_one_read(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking()
    reads = 0
    real = world.runtime.database.read

    def counted() -> object:
        nonlocal reads
        reads += 1
        return real()

    world.runtime.database.read = counted  # type: ignore[method-assign, assignment]
    await visitor.get(path(booking))
    assert reads == 1


async def test_while_the_database_is_away_the_page_says_so(
    world: World, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await world.booking()

    async def away(_: str) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(world.runtime.pages, "view", away)
    for lang in LANGUAGES:
        page = await visitor.get(path(booking), params={"lang": lang})
        assert (page.status_code, page.headers["retry-after"]) == (503, "30")
        assert words(lang)["trouble"]["away"]["reason"] in html.unescape(page.text)
    refused = await pay(visitor, booking, "not a number")
    assert refused.status_code == 409
    assert "Look at your phone" in refused.text


async def test_a_fault_of_ours_has_a_page_too(
    world: World, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = await world.booking()

    async def broken(_: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.runtime.pages, "view", broken)
    page = await visitor.get(path(booking))
    assert page.status_code == 500
    assert EN["trouble"]["away"]["headline"] in page.text


async def test_gzip_only_where_it_is_understood(world: World, visitor: httpx.AsyncClient) -> None:
    booking = await world.booking()
    packed = await visitor.get(path(booking), headers={"Accept-Encoding": "gzip, br"})
    loose = await visitor.get(path(booking), headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in loose.headers
    assert packed.text == loose.text


async def test_the_help_line_leads_to_the_business(database_url: str, clock: FakeClock) -> None:
    world = await open_world(database_url, clock, merchant_phone="0712 000 111")
    try:
        booking = await world.booking()
        async with anonymous(world) as visitor:
            page = await visitor.get(path(booking))
        assert "tel:+254712000111" in page.text
        assert "https://wa.me/254712000111" in page.text
    finally:
        await close_world(world)
