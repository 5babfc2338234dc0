"""The action card: every state, and what its button may be called."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.web.gallery.examples import READY, example_views
from payment_app.web.gallery.texts import NAMES
from payment_app.web.payer.pay.bill import show_bill
from payment_app.web.payer.pay.view import Card, page_title, show_card, show_missing
from payment_app.web.texts import LANGUAGES, words

EXAMPLES = example_views()
EN = words("en")


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_of(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_of(inner)]
    return [value] if isinstance(value, str) else []


def test_the_examples_show_every_screen_and_every_reason() -> None:
    assert {view.screen for view in EXAMPLES.values()} == set(Screen)
    assert {view.reason for view in EXAMPLES.values()} - {""} == EN["reasons"].keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_example_has_a_name_of_its_own_in_plain_words(lang: str) -> None:
    names = NAMES[lang]
    assert list(names) == [*EXAMPLES, "not_found"]
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_state_is_said_in_full(name: str, lang: str) -> None:
    view = EXAMPLES[name]
    card = show_card(view, words(lang))
    assert card.headline
    assert card.reason
    assert card.payment_status == view.payment_status
    filled = [text for text in texts_of(asdict(card)) if text != card.button_wait]
    assert not [text for text in filled if "{" in text]
    assert page_title(view, card, words(lang)).endswith("Smart Storage")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_button_is_named_as_the_contract_says(name: str) -> None:
    view = EXAMPLES[name]
    card = show_card(view, EN)
    expected = {
        Screen.READY: ("Pay",),
        Screen.PART_PAID: ("Pay",),
        Screen.FAILED: ("Send again", "Try again"),
        Screen.NOT_KNOWN: ("Send again",),
    }.get(view.screen)
    assert card.has_form is (expected is not None)
    if expected:
        assert card.button.startswith(expected)
        assert card.button_wait == f"{card.button} in {{time}}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_money_is_green(name: str) -> None:
    view = EXAMPLES[name]
    if show_card(view, EN).tone == "good":
        assert view.payment_status == "completed"
        assert view.screen in (Screen.PAID, Screen.ALREADY_PAID, Screen.PART_PAID)


def test_red_is_for_definite_failures_only() -> None:
    red = {name for name, view in EXAMPLES.items() if show_card(view, EN).tone == "bad"}
    assert red
    assert not red & {"not_known", "unknown_expired", "other", "cancelled", "still_waiting"}
    assert all(EXAMPLES[name].screen is Screen.FAILED for name in red)


def test_the_loudest_button_never_risks_a_second_payment() -> None:
    for name in ("not_known", "other", "unknown_expired"):
        assert not show_card(EXAMPLES[name], EN).loud


def test_an_unknown_reason_speaks_as_other() -> None:
    view = replace(EXAMPLES["other"], reason="never_heard_of")
    assert show_card(view, EN).headline == EN["reasons"]["other"]["headline"]


def test_paid_without_a_receipt_says_that_it_is_on_its_way() -> None:
    card = show_card(EXAMPLES["paid_no_receipt"], EN)
    assert "on its way" in card.headline
    assert (card.receipt_number, card.tone) == ("", "good")


def test_a_click_on_its_way_shows_sending_until_the_view_has_moved_on() -> None:
    assert show_card(READY, EN, sending=True).screen == "sending"
    assert show_card(EXAMPLES["cancelled"], EN, sending=True).screen == "sending"
    assert show_card(EXAMPLES["prompt_sent"], EN, sending=True).screen == "prompt_sent"
    assert show_card(EXAMPLES["paid"], EN, sending=True).screen == "paid"


def test_part_paid_changes_the_headline() -> None:
    card = show_card(EXAMPLES["part_paid"], EN)
    assert card.headline == "KSh\u00a01,000 received, KSh\u00a01,500 left"
    assert card.paid_share == 40
    assert card.has_amount


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_prompt_for_a_part_says_the_part_everywhere(lang: str) -> None:
    texts = words(lang)
    live = replace(
        EXAMPLES["prompt_sent"],
        amount_total=6000,
        amount_due=6000,
        attempt_amount=1000,
        allow_instalments=True,
    )
    assert "1,000" in show_card(live, texts).reason
    bill = show_bill(live, texts, "")
    assert (bill.amount_plain, bill.amount_label) == ("1000", texts["pay"]["in_prompt"])
    assert [row.value for row in bill.rows][-1] == "KSh\u00a06,000"
    for screen in (Screen.FAILED, Screen.NOT_KNOWN):
        again = show_card(replace(live, screen=screen, reason="cancelled"), texts)
        assert (again.has_amount, again.amount_typed) == (True, "1000")
    failed = show_bill(replace(live, screen=Screen.FAILED, reason="cancelled"), texts, "")
    assert failed.amount_plain == "6000", "nothing was paid: all of it is due"


def test_a_prompt_for_more_than_is_left_does_not_stay_in_the_field() -> None:
    late = replace(EXAMPLES["cancelled"], attempt_amount=2500, amount_due=1500, amount_paid=1000)
    assert show_card(late, EN).amount_typed == "1500"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_after_a_part_its_receipt_comes_first_then_the_rest(lang: str) -> None:
    texts = words(lang)
    view = replace(EXAMPLES["part_paid"], amount_paid=2000, amount_due=500)
    card = show_card(view, texts)
    assert (card.has_receipt, card.receipt_number, card.tone) == (True, "SG722NMVXQ", "good")
    assert "1,000" in card.headline, "what this payment brought, not all of them"
    assert card.button == texts["pay"]["pay_rest"]
    later = show_card(replace(view, received=0), texts)
    assert ("2,000" in later.headline, later.tone) == (True, "plain"), "no news any more"


@pytest.mark.parametrize(("paid", "share"), [(0, -1), (1, 1), (1250, 50), (2499, 99), (2500, -1)])
def test_the_bar_is_never_empty_nor_full_while_something_is_left(paid: int, share: int) -> None:
    view = replace(EXAMPLES["part_paid"], amount_paid=paid)
    assert show_card(view, EN).paid_share == share


def test_the_title_says_the_state_first() -> None:
    def title(view: PayView) -> str:
        return page_title(view, show_card(view, EN), EN)

    assert title(READY) == "Pay Smart Storage"
    assert title(EXAMPLES["paid"]) == "✓ Paid — Smart Storage"
    assert title(EXAMPLES["prompt_sent"]) == "Check your phone — Smart Storage"


def test_a_missing_link_has_no_form() -> None:
    card = show_missing(EN)
    assert (card.has_form, card.payment_status) == (False, Card().payment_status)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pause_for_one_phone_says_which_and_why(lang: str) -> None:
    card = show_card(EXAMPLES["cancelled"], words(lang))
    assert card.resend_in > 0
    assert (card.wait_phone, card.wait_phone in card.wait_reason) == ("0712 •••678", True)
    assert "M-Pesa" in card.wait_reason
    assert show_card(EXAMPLES["not_known"], words(lang)).wait_phone == "", "no phone may be sent to"


def test_a_negative_wait_is_none() -> None:
    assert show_card(replace(READY, resend_in=-3), EN).resend_in == 0


@pytest.mark.parametrize(
    ("name", "label", "amount"),
    [
        ("ready", "To pay", "2500"),
        ("part_paid", "Left to pay", "1500"),
        ("paid", "Paid", "2500"),
        ("overpaid", "Paid", "5000"),
        ("closed", "Total", "2500"),
    ],
)
def test_the_bill_names_its_amount(name: str, label: str, amount: str) -> None:
    bill = show_bill(EXAMPLES[name], EN, "")
    assert (bill.amount_label, bill.amount_plain) == (label, amount)
    assert bill.call_href == ""


@pytest.mark.parametrize(
    ("phone", "call", "whatsapp"),
    [
        ("0722 000 111", "tel:+254722000111", "https://wa.me/254722000111?text=Booking%20BK7F2QX9"),
        ("020 271 1000", "tel:0202711000", ""),
        ("", "", ""),
        ("  ", "", ""),
    ],
)
def test_the_help_line_leads_to_a_call_and_for_mobiles_to_whatsapp(
    phone: str, call: str, whatsapp: str
) -> None:
    bill = show_bill(READY, EN, phone)
    assert bill.call_href == call
    assert bill.whatsapp_href.startswith(whatsapp)
    assert bool(bill.whatsapp_href) == bool(whatsapp)


class TestOutage:
    def test_it_offers_the_menu_and_no_prompt(self) -> None:
        card = show_card(EXAMPLES["outage"], words("en"))
        assert not card.has_form
        assert [(row.label, row.value) for row in card.manual] == [
            ("Business number", "174379"),
            ("Account number", "BK7F2QX9"),
            ("Amount", "2500"),
        ]
        assert card.manual_menu.endswith("Pay Bill")
        assert "no money was taken" in card.reason

    def test_a_till_has_no_account_number(self) -> None:
        card = show_card(EXAMPLES["outage_till"], words("en"))
        assert [row.label for row in card.manual] == ["Till number", "Amount"]
        assert "Buy Goods" in card.manual_menu

    @pytest.mark.parametrize("name", sorted(EXAMPLES))
    def test_elsewhere_it_is_folded_and_never_where_money_may_have_moved(self, name: str) -> None:
        view = EXAMPLES[name]
        card = show_card(view, words("en"))
        assert card.manual_folded != name.startswith("outage")
        if card.manual and card.manual_folded:
            assert view.screen is Screen.FAILED
            assert view.reason not in ("other", "unknown_expired", "limit_account", "pin_locked")

    def test_without_a_number_it_is_offered_nowhere(self) -> None:
        for view in EXAMPLES.values():
            assert not show_card(replace(view, paybill="", till=""), words("en")).manual


class TestAPauseIsNoDeadEnd:
    def test_it_says_why_names_the_phone_and_shows_the_menu(self) -> None:
        card = show_card(replace(EXAMPLES["expired"], resend_in=90), words("en"))
        assert "0712 •••678" in card.wait_reason
        assert card.wait_phone == "0712 •••678"
        assert card.manual

    def test_while_the_prompt_may_be_open_it_is_for_every_number(self) -> None:
        card = show_card(EXAMPLES["not_known"], words("en"))
        assert "paid twice" in card.wait_reason
        assert card.wait_phone == ""
        assert not card.manual

    def test_without_a_pause_there_is_no_reason_for_one(self) -> None:
        assert show_card(EXAMPLES["wrong_pin"], words("en")).wait_reason == ""
