"""The page that the server sends: every state, in both languages, with the live page's words."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.gallery.examples import READY, example_views
from payment_app.web.payer.pay.bill import show_bill
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import page_title, show_card
from payment_app.web.payer.plain.html import (
    SCRIPT,
    Document,
    Typed,
    notice_page,
    pay_page,
    read_document,
    receipt_page,
)
from payment_app.web.texts import LANGUAGES, words

EXAMPLES = example_views()
EN = words("en")
REFRESHING = {Screen.SENDING, Screen.PROMPT_SENT, Screen.STILL_WAITING}
ORIGIN = "https://pay.example"
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;{{ 7*7 }}"
RECEIPT = ReceiptView(
    merchant="Smart Storage",
    title="Storage unit",
    reference="BK7F2QX9",
    amount=2_500,
    paid_at="2026-11-23T11:32:00+00:00",
    status="completed",
    booking_total=2_500,
    booking_paid=2_500,
    booking_due=0,
    pay_path="/pay/token",
    details=[("Unit", "B12")],
    receipt_number="SG722NMVXQ",
    phone_masked="0712 •••678",
)


class Reader(HTMLParser):
    """The text of a page, and its tags with their attributes; fails on tags that do not match."""

    VOID = frozenset({"input", "meta", "br", "link", "img"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def shown(view: PayView, lang: str = "en", phone: str = "0712 345 678") -> Reader:
    return Reader(pay_page(view, words(lang), phone).block)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_what_the_live_page_says(name: str, lang: str) -> None:
    view, texts = EXAMPLES[name], words(lang)
    card, bill = show_card(view, texts), show_bill(view, texts, "0712 345 678")
    page = shown(view, lang)
    expected = [bill.merchant, bill.title, bill.amount, view.reference, card.headline, card.reason]
    expected += [*card.steps, card.manual_note if card.manual else ""]
    expected += [fact.value for fact in (*bill.about, *bill.rows, *card.manual)]
    expected += [text for asked in card.questions for text in (asked.question, asked.answer)]
    expected += [texts["ui"]["help"], texts["ui"]["call"], texts["ui"]["whatsapp"]]
    if card.has_receipt:
        expected += [card.receipt_number or texts["ui"]["receipt_coming"]]
        assert card.receipt_path in [link["href"] for link in page.all("a")]
    for text in expected:
        assert text in page.text
    assert pay_page(view, texts, "").title == page_title(view, card, texts)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_card_keeps_the_contract(name: str) -> None:
    view = EXAMPLES[name]
    card, page = show_card(view, EN), shown(view)
    (marked,) = [box for box in page.all("section") if "data-payment-status" in box]
    assert marked["data-payment-status"] == view.payment_status
    assert marked["data-resend-in"] == str(card.resend_in)
    assert [box["role"] for box in page.all("div") if "role" in box] == ["status"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_form_stands_where_the_live_page_has_one(name: str) -> None:
    view = EXAMPLES[name]
    card, page = show_card(view, EN), shown(view)
    fields = [field["name"] for field in page.all("input")]
    if not card.has_form:
        assert (fields, page.all("form")) == ([], [])
        return
    assert fields == ["phone", *(["amount"] if card.has_amount else []), "attempt"]
    (form,) = page.all("form")
    assert form["method"] == "post"
    assert "action" not in form, "the page's own address, whose language stays"
    assert card.button in page.said
    labels = {label["for"] for label in page.all("label")}
    assert labels == {field["id"] for field in page.all("input") if "id" in field}


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_a_waiting_prompt_makes_the_page_look_again_by_itself(name: str) -> None:
    view = EXAMPLES[name]
    whole = pay_page(view, EN, "").within(Document())
    refreshing = view.screen in REFRESHING
    assert ('http-equiv="refresh"' in whole) is refreshing
    if refreshing:
        assert re.search(r'<noscript><meta http-equiv="refresh"[^>]*></noscript>', whole)
        assert not Reader(whole).all("form"), "what is typed would be lost"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names_stay_text(lang: str) -> None:
    view = replace(
        EXAMPLES["part_paid"],
        merchant=HOSTILE,
        title=HOSTILE,
        reference=HOSTILE,
        details=[(HOSTILE, HOSTILE)],
        phone_masked=HOSTILE,
    )
    typed = Typed(phone=HOSTILE, amount=HOSTILE)
    page = pay_page(view, words(lang), HOSTILE, Problem(phone=HOSTILE, notice=HOSTILE), typed)
    whole = page.within(Document())
    assert "<script>alert" not in whole
    assert "<img" not in whole
    read = Reader(page.block)
    assert read.text.count(HOSTILE) >= 7
    assert {field.get("value") for field in read.all("input")} >= {HOSTILE}
    assert not [name for _, attributes in read.tags for name in attributes if name[:2] == "on"]
    assert "&lt;script&gt;alert" in whole.partition("</head>")[0], "in the title"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hostile_receipt_stays_text(lang: str) -> None:
    view = replace(RECEIPT, merchant=HOSTILE, title=HOSTILE, details=[(HOSTILE, HOSTILE)])
    whole = receipt_page(view, words(lang), ORIGIN).within(Document())
    assert "<script>alert" not in whole
    assert "<img" not in whole


def test_a_problem_stands_beside_its_field_and_what_was_typed_stays() -> None:
    page = pay_page(READY, EN, "", Problem(phone="Check it."), Typed(phone="020 1"))
    read = Reader(page.block)
    phone = next(field for field in read.all("input") if field["name"] == "phone")
    assert (phone["value"], phone["aria-invalid"]) == ("020 1", "true")
    assert "Check it." in read.said
    assert "data-held" in read.all("section")[0], "the live page would wipe it away"
    assert "data-held" not in shown(READY).all("section")[0]


def test_an_amount_that_was_typed_stays_and_else_what_is_due_is_offered() -> None:
    view = EXAMPLES["part_paid"]
    problem = Problem(amount="Too much.")
    read = Reader(pay_page(view, EN, "", problem, Typed("0712", "9999")).block)
    assert [field["value"] for field in read.all("input")][1] == "9999"
    assert [field["value"] for field in shown(view).all("input")][1] == str(view.amount_due)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_scripts_it_says_how_it_goes_on(lang: str) -> None:
    plain = words(lang)["plain"]
    assert plain["no_scripts_form"] in shown(READY, lang).text
    assert plain["no_scripts_wait"] in shown(EXAMPLES["prompt_sent"], lang).text
    assert plain["look_again"] in shown(EXAMPLES["not_known"], lang).text
    assert not shown(EXAMPLES["paid"], lang).all("noscript")


def test_a_missing_live_line_is_said_only_where_something_may_still_change() -> None:
    def line(name: str) -> str | None:
        boxes = shown(EXAMPLES[name]).all("div")
        return next(box["data-offline"] for box in boxes if "data-offline" in box)

    assert line("ready") == EN["plain"]["offline_form"]
    assert line("still_waiting") == EN["plain"]["offline_wait"]
    assert not line("paid")
    assert not line("closed")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_receipt_has_number_amount_and_the_way_back(lang: str) -> None:
    page = receipt_page(RECEIPT, words(lang), ORIGIN)
    read = Reader(page.block)
    for text in ("SG722NMVXQ", "KSh\u00a02,500", "BK7F2QX9", "B12", "0712 •••678"):
        assert text in read.said
    assert "/pay/token" in [link["href"] for link in read.all("a")]
    coming = Reader(receipt_page(replace(RECEIPT, receipt_number=""), words(lang), ORIGIN).block)
    assert words(lang)["ui"]["receipt_coming"] in coming.said


def test_a_notice_leads_back() -> None:
    read = Reader(notice_page("Look at your phone.", "/pay/token?lang=en", EN).block)
    assert "Look at your phone." in read.said
    assert read.all("a")[0]["href"] == "/pay/token?lang=en"


def test_it_stands_in_the_built_page_before_the_live_root(tmp_path: Path) -> None:
    built = tmp_path / "404.html"
    built.write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/></head>'
        '<body class="x"><div>root</div></body></html>'
    )
    page = pay_page(READY, words("sw"), "")
    whole = page.within(read_document(built))
    assert '<html lang="sw">' in whole
    head, body = whole.split("</head>")
    assert "<title>" in head
    assert body.startswith('<body class="x"><section id="plain"')
    assert body.endswith(f"<script>{SCRIPT}</script><div>root</div></body></html>")


def test_before_the_front_end_is_built_the_page_stands_alone(tmp_path: Path) -> None:
    assert read_document(tmp_path / "404.html") == Document()
    Reader(pay_page(READY, EN, "").within(Document()).removeprefix("<!doctype html>"))


def test_a_page_without_body_is_no_front_end(tmp_path: Path) -> None:
    (tmp_path / "404.html").write_text("nothing here")
    with pytest.raises(ValueError, match="no head and body"):
        read_document(tmp_path / "404.html")


def test_the_inline_script_needs_nothing_that_the_policy_forbids() -> None:
    for banned in ("eval(", "new Function", "innerHTML", "document.write", "</script"):
        assert banned not in SCRIPT


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_taken_for_a_method_of_the_table_that_holds_it(lang: str) -> None:
    page = receipt_page(RECEIPT, words(lang), ORIGIN).block
    assert "built-in" not in page
    assert f">{words(lang)['ui']['copy']}<" in page
