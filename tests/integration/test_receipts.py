"""Receipts to keep and to check: the files, the public check, and what a forger may try."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from payment_app.services.receipts.checking import Verdict
from payment_app.services.receipts.code import ReceiptCodes, ReceiptFacts
from payment_app.services.shared.keys.seals import Keyring
from payment_app.storage.tables import Payment
from payment_app.web.texts import LANGUAGES, words
from tests.integration.kit import anonymous, completed, run_sql
from tests.integration.world import World


@pytest_asyncio.fixture
async def visitor(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with anonymous(world) as caller:
        yield caller


@pytest_asyncio.fixture
async def payment(world: World) -> Payment:
    paid = await completed(world)
    await run_sql(world, 'UPDATE booking SET details = \'[["Dates", "1–31 December 2026"]]\'')
    return paid


async def code_of(world: World, payment: Payment) -> str:
    receipt = await world.runtime.pages.receipt(payment.receipt_token or "")
    assert receipt is not None
    return receipt.code


async def test_the_page_leads_to_its_files_and_to_its_check(
    world: World, payment: Payment, visitor: httpx.AsyncClient
) -> None:
    page = await visitor.get(f"/receipt/{payment.receipt_token}")
    links = {
        name: html.unescape(re.search(pattern, page.text).group(1))  # type: ignore[union-attr]
        for name, pattern in {
            "pdf": r'href="([^"]+receipt\.pdf[^"]*)"',
            "ics": r'href="([^"]+booking\.ics)"',
            "check": r'href="http://localhost:3000(/check/[^"]+)"',
            "whatsapp": r'href="(https://wa\.me/[^"]+)"',
            "sms": r'href="(sms:[^"]+)"',
        }.items()
    }
    for share in ("whatsapp", "sms"):
        assert payment.mpesa_receipt_number in links[share]
        assert f"/receipt/{payment.receipt_token}" in links[share].replace("%2F", "/")
    assert (await visitor.get(links["check"])).status_code == 200
    pdf = await visitor.get(links["pdf"])
    assert (pdf.headers["content-type"], pdf.headers["cache-control"]) == (
        "application/pdf",
        "no-store",
    )
    assert pdf.content.startswith(b"%PDF-")
    calendar = await visitor.get(links["ics"])
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20270101\r\n" in calendar.text
    assert max(len(line) for line in calendar.content.split(b"\r\n")) <= 75


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_anybody_may_check_and_learns_nothing_personal(
    world: World, payment: Payment, visitor: httpx.AsyncClient, lang: str
) -> None:
    code = await code_of(world, payment)
    page = await visitor.get(f"/check/{code}", params={"lang": lang})
    assert page.status_code == 200
    said = html.unescape(page.text)
    assert words(lang)["check"]["genuine"]["headline"] in said
    for fact in ("BK0000", "KSh\u00a02,500", payment.mpesa_receipt_number or "", "Smart Storage"):
        assert fact in said
    for secret in ("712", "Wanjiku", "Storage unit", payment.receipt_token or "", "December 2026"):
        assert secret not in said


async def test_what_a_forger_changes_is_refused(
    world: World, payment: Payment, visitor: httpx.AsyncClient
) -> None:
    code = await code_of(world, payment)
    parts = code.split(".")
    forged = [
        ".".join([*parts[:1], "9500", *parts[2:]]),
        ".".join(["BK0001", *parts[1:]]),
        ".".join([*parts[:2], "SKJ7RT61SX", *parts[3:]]),
        ".".join([*parts[:3], "202611240900", *parts[4:]]),
        ".".join([*parts[:4], "00000000", parts[5]]),
        code[:-1] + ("A" if code[-1] != "A" else "B"),
        code[:-1],
        f"{code}.{parts[5]}",
        "x",
        "%00",
        "x" * 5_000,
    ]
    for text in forged:
        answer = await visitor.get(f"/check/{text}")
        assert answer.status_code == 404, text
        assert html.unescape(words("en")["check"]["forged"]["reason"]) in html.unescape(answer.text)
        assert (await world.runtime.receipt_checks.check(text)).verdict is Verdict.FORGED


async def test_another_installations_code_is_forged_here(world: World, payment: Payment) -> None:
    facts = world.runtime.receipt_codes.read(await code_of(world, payment))
    assert facts is not None
    foreign = ReceiptCodes(Keyring(["another secret key of 40 characters!!!!"])).sign(facts)
    assert (await world.runtime.receipt_checks.check(foreign)).verdict is Verdict.FORGED


def test_a_code_outlives_the_key_that_signed_it() -> None:
    facts = ReceiptFacts("BK7F2QX9", 2_500, "SKJ7RT61SV", datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    code = ReceiptCodes(Keyring(["old"])).sign(facts)
    assert ReceiptCodes(Keyring(["new", "old"])).read(f" https://x/check/{code}?lang=sw ") == facts
    assert ReceiptCodes(Keyring(["new"])).read(code) is None


async def test_the_books_are_asked_what_became_of_it(
    world: World, payment: Payment, visitor: httpx.AsyncClient
) -> None:
    code = await code_of(world, payment)
    await run_sql(world, "UPDATE payment SET amount_refunded = 2500, status = 'refunded'")
    page = await visitor.get(f"/check/{code}")
    assert words("en")["check"]["refunded"]["headline"] in page.text
    await run_sql(world, "UPDATE payment SET mpesa_receipt_number = 'SKJ0000000'")
    checked = await world.runtime.receipt_checks.check(code)
    assert checked.verdict is Verdict.NOT_IN_BOOKS


async def test_before_m_pesas_number_there_is_nothing_to_check(
    world: World, payment: Payment, visitor: httpx.AsyncClient
) -> None:
    await run_sql(world, "UPDATE payment SET mpesa_receipt_number = NULL")
    assert await code_of(world, payment) == ""
    assert "/check/" not in (await visitor.get(f"/receipt/{payment.receipt_token}")).text
    pdf = await visitor.get(f"/receipt/{payment.receipt_token}/receipt.pdf")
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.parametrize("file", ["receipt.pdf", "booking.ics", "other.pdf"])
async def test_files_of_unknown_receipts_are_404(visitor: httpx.AsyncClient, file: str) -> None:
    assert (await visitor.get(f"/receipt/unknown/{file}")).status_code == 404
    assert (await visitor.post(f"/receipt/unknown/{file}")).status_code in (404, 405)


async def test_a_booking_without_days_has_no_calendar(
    world: World, payment: Payment, visitor: httpx.AsyncClient
) -> None:
    await run_sql(world, "UPDATE booking SET details = '[]'")
    assert "booking.ics" not in (await visitor.get(f"/receipt/{payment.receipt_token}")).text
    assert (await visitor.get(f"/receipt/{payment.receipt_token}/booking.ics")).status_code == 404
