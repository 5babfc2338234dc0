"""Every word exists in every language, and says what it must."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest

from payment_app.daraja.result_codes import RESULT_CODES, ResultKind, result_code
from payment_app.services.pay_pages.view import Screen
from payment_app.web.texts import LANGUAGES, pick_language, words
from payment_app.web.texts.en import EN
from payment_app.web.texts.sw import SW

FROM_US = ("rejected", "unknown_expired")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{index}")
    else:
        yield path, value


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_keys_of_english_and_no_empty_text(lang: str) -> None:
    texts = dict(leaves(LANGUAGES[lang]))
    assert texts.keys() == dict(leaves(EN)).keys()
    assert all(text.strip() for text in texts.values())


def test_a_translation_fills_in_what_english_fills_in() -> None:
    swahili = dict(leaves(SW))
    different = [path for path, text in leaves(EN) if fields(text) != fields(swahili[path])]
    assert different == []


def test_every_failure_that_mpesa_can_name_has_words() -> None:
    reasons = {
        row.reason
        for row in RESULT_CODES.values()
        if row.kind not in (ResultKind.PAID, ResultKind.PROCESSING)
    }
    reasons |= {result_code("12345").reason, *FROM_US}
    for lang in LANGUAGES:
        assert reasons <= words(lang)["reasons"].keys()


def test_every_screen_has_words() -> None:
    for lang in LANGUAGES:
        missing = {screen.value for screen in Screen} - words(lang)["screens"].keys()
        assert missing == {"failed"}  # spoken by its reason


def test_a_failure_says_whether_money_moved() -> None:
    uncertain = {"expired", "other", "unknown_expired"}
    for reason, said in EN["reasons"].items():
        text = said["reason"]  # type: ignore[index]
        if reason in uncertain:
            assert "do not pay again" in text, reason
        else:
            assert "no money was taken" in text.lower(), reason


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whoever_gets_no_page_may_have_paid(lang: str) -> None:
    texts = words(lang)
    said = [texts["screens"]["not_found"]["reason"], texts["ui"]["no_receipt_reason"]]
    said += [
        trouble["reason"] for trouble in (texts["trouble"]["no_page"], texts["trouble"]["away"])
    ]
    for reason in said:
        assert not re.search("no money (was taken|moved)|hakuna pesa", reason.lower())
        assert re.search("paid|lipa", reason.lower())


def test_no_text_promises_a_paybill_an_sms_or_an_email() -> None:
    everything = " ".join(text.lower() for _, text in leaves(EN))
    for promise in ("paybill", "sms", "email", "refund me"):
        assert promise not in everything


def test_the_contract_names_the_field_and_the_buttons() -> None:
    assert EN["ui"]["phone_label"] == "M-Pesa phone number"
    assert EN["pay"]["pay"].startswith("Pay")
    assert EN["pay"]["pay_any"].startswith("Pay")
    assert (EN["pay"]["send_again"], EN["pay"]["try_again"]) == ("Send again", "Try again")


@pytest.mark.parametrize(
    ("asked", "accepted", "lang"),
    [
        ("", "", "en"),
        ("sw", "en-GB", "sw"),
        ("SW", "", "sw"),
        ("xx", "sw-KE,sw;q=0.9,en;q=0.8", "sw"),
        ("", "en;q=0.5, sw-KE;q=0.9", "sw"),
        ("", "fr-FR,fr;q=0.9", "en"),
        ("", "sw;q=0, en", "en"),
        ("", "sw;q=abc,,;", "en"),
        ("../../etc", "*", "en"),
    ],
)
def test_language_by_address_then_browser_then_english(
    asked: str, accepted: str, lang: str
) -> None:
    assert pick_language(asked, accepted) == lang


def test_an_unknown_language_speaks_english() -> None:
    assert words("xx") is EN
