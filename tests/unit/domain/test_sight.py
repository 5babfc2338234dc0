"""Masks: a phone number is found wherever it stands, and nothing else is touched."""

from __future__ import annotations

import time

import pytest

from payment_app.domain.sight import (
    EVERYTHING,
    NOTHING,
    holds_number,
    mask_facts,
    mask_numbers,
    sight_of,
)
from payment_app.domain.staff import Role

PHONE = "254712345678"
HIDDEN = "345"
"""The digits of PHONE that no mask shows; none of the texts below holds them elsewhere."""


@pytest.mark.parametrize(
    "text",
    [
        "ws_CO_27112026101112000712345678",
        "accepted as ws_CO_27112026101112000712345678, then nothing",
        "WS_CO_27112026101112000712345678",
        "254712345678",
        "+254712345678",
        "+254 (0) 712 345 678",
        "00254-712-345-678",
        "0712345678",
        "0712 345 678",
        "0712.345.678",
        "0712\u2010345\u2010678",
        "\u202a0712\u00a0345\u00a0678\u202c",
        "712345678",
        "Jane 0712345678",
        "q=0712+345+678",
        '{"PhoneNumber": 254712345678}',
        '{"PhoneNumber": 254712345678.0}',
        "0712345678-P1",
        "call 0712345678, or 0712345678",
    ],
)
def test_a_number_is_masked_wherever_it_stands(text: str) -> None:
    masked = mask_numbers(text)
    assert HIDDEN not in masked
    assert masked.count("678") == text.count("678"), "its owner may recognise it"
    assert holds_number(text)
    assert not holds_number(masked)


@pytest.mark.parametrize(
    "text",
    [
        "2.54712345678E11",
        "id-99712345678-x",
        "xs_QZ_1124712345678000",
    ],
)
def test_a_known_number_is_masked_in_forms_that_nobody_has_seen(text: str) -> None:
    assert HIDDEN not in mask_numbers(text, [PHONE])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Storage unit B12, December",
        "KSh 2,500 of 10,000",
        "SKJ7RT61SV",
        "2026-11-23 12:00:10+03:00",
        "20261123120010",
        "29115-34620561-1",
        "1032 Request cancelled by user",
        "4 of 12345678",
        "0712 •••678",
    ],
)
def test_other_digits_stay(text: str) -> None:
    assert mask_numbers(text) == text
    assert not holds_number(text)


def test_what_each_role_may_see() -> None:
    assert sight_of(Role.VIEWER) == NOTHING
    cashier = sight_of(Role.CASHIER)
    assert (cashier.numbers, cashier.links, cashier.contacts) == (False, True, True)
    assert sight_of(Role.FINANCE) == sight_of(Role.ADMIN) == EVERYTHING


def test_what_people_wrote_is_cut_to_what_a_role_may_see() -> None:
    note = "Jane (jane.w@example.co.ke, 0712 345 678): http://x/pay/abcdefghijklmnop"
    seen = NOTHING.text(note)
    assert seen == "Jane (j•••@example.co.ke, 0712 •••678): http://x/pay/…"
    assert sight_of(Role.CASHIER).text(note) == note.replace("0712 345 678", "0712 •••678")
    assert EVERYTHING.text(note) == note


def test_facts_are_masked_in_their_places() -> None:
    facts = {"phone": PHONE, "number": 254712345678, "list": ["0712345678", 3], "yes": True}
    assert mask_facts(facts) == {
        "phone": "0712 •••678",
        "number": "0712 •••678",
        "list": ["0712 •••678", 3],
        "yes": True,
    }


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "254", "254 0", "07", "a.", "a@", "ws_CO_1", "/pay/a"]
)
def test_a_hostile_text_is_masked_in_no_time(piece: str) -> None:
    text = piece * (65_536 // len(piece))
    began = time.process_time()
    NOTHING.text(text)
    mask_numbers(text, [PHONE])
    assert time.process_time() - began < 0.2
