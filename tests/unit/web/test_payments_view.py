"""The payments list in words: chips as the table has it, problems beside the rows, ways on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payment_app.domain.sight import EVERYTHING
from payment_app.services.search.advice import Advice, Way
from payment_app.services.search.counting import Count
from payment_app.services.search.payments import PaymentPage
from payment_app.services.search.query import Tab
from payment_app.services.search.reading.parse import parse, parse_kindly, to_params
from payment_app.services.search.reading.spelling import is_name, neighbours
from payment_app.web.staff.payments.view import PaymentsView, show_listing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def listing(found: int = 0, advice: Advice | None = None, **params: str) -> PaymentsView:
    query, problems = parse_kindly(params, NOW, EVERYTHING)
    counts = dict.fromkeys(Tab, Count(found))
    page = PaymentPage([], "", "")
    return show_listing(page, counts, query, params, advice or Advice(), problems)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"status": "completed"}, "Paid"),
        ({"status": "created,submitting"}, "Being sent"),
        ({"q": "status:paid"}, "Paid"),
        ({"channel": "mpesa"}, "M-Pesa prompt"),
        ({"date": "7d"}, "Last 7 days"),
        ({"amount": ">5000"}, "Amount over 5,000"),
        ({"amount": "<5000"}, "Amount under 5,000"),
        ({"amount": "KSh 2,500"}, "Amount 2,500"),
        ({"amount": "1000..2000"}, "Amount 1,000 to 2,000"),
        ({"amount": "2500.."}, "Amount 2,500 or more"),
        ({"q": "kamau"}, "“kamau”"),
        ({"q": "KSh 2,500"}, "“KSh 2,500”"),
        ({"code": "1032"}, "Result code 1032"),
    ],
)
def test_chips_speak_the_words_of_the_table(params: dict[str, str], words: str) -> None:
    chips = listing(**params).chips
    assert [chip.text for chip in chips] == [words]
    assert chips[0].remove == f"Remove {words}"


@pytest.mark.parametrize("text", ["over 5,000", "under 200", "1,000 to 2,000", "200 or less", "70"])
def test_an_amount_may_be_typed_as_chips_say_it(text: str) -> None:
    chip = listing(amount=text).chips[0]
    assert chip.text == f"Amount {text}"
    assert listing(amount=text).problem == ""


@pytest.mark.parametrize(
    ("typed", "kept", "sentence"),
    [
        ("kamau statuss:paid", {"q": "kamau"}, "Did you mean status:?"),
        ("status:payed amount:>5000", {"amount": ">5000"}, "Did you mean paid?"),
        ("amount:many kamau 0712", {"q": "kamau 0712"}, "whole shillings"),
        ("date:someday phone:x jane", {"q": "jane"}, "a number such as"),
        ("x" * 300, {}, "longer than 200"),
    ],
)
def test_a_mistyped_part_leaves_the_rest(typed: str, kept: dict[str, str], sentence: str) -> None:
    query, problems = parse_kindly({"q": typed, "tab": "paid"}, NOW, EVERYTHING)
    assert to_params(query) == {"tab": "paid", **kept}
    assert sentence in " ".join(problems)
    view = listing(q=typed)
    assert view.form.q == typed, "it stays in the box, to be corrected"
    assert sentence in view.problem


def test_what_is_wrong_everywhere_ends_all_the_same() -> None:
    names = ("tab", "sort", "status", "amount", "code", "channel", "booking", "from", "to", "date")
    query, problems = parse_kindly(dict.fromkeys(names, "?!"), NOW, EVERYTHING)
    assert to_params(query) == {}
    assert len(problems) == len(names)


def test_ways_on_say_how_many_they_find() -> None:
    kamau = parse({"q": "kamau"}, NOW, EVERYTHING)
    view = listing(advice=Advice(wider=Way(kamau, Count(1))), q="kamau", tab="failed")
    assert [way.text for way in view.ways] == ["None with these filters, 1 without: show"]
    assert view.ways[0].href == "/staff/payments?q=kamau"
    some = listing(2, Advice(wider=Way(kamau, Count(9_999, capped=True))), q="kamau", tab="failed")
    assert some.ways[0].text == "2 with these filters, 9,999+ without: show all"
    meant = listing(advice=Advice(meant=Way(kamau, Count(3))), q="kamua")
    assert meant.ways[0].text == "Did you mean “kamau”? Show 3"


def test_neighbours_are_one_slip_away() -> None:
    near = neighbours("wanjku")
    assert {"wanjiku", "wanku", "wajnku", "wanjka"} <= near
    assert "wanjku" not in near
    assert not any(abs(len(word) - 6) > 1 for word in near)
    assert len(near) < 400, "one look at an index, not a walk through a dictionary"


@pytest.mark.parametrize("word", ["abc", "0712345678", "KSh 500", "a" * 21, "ng'ang'a", "b12x"])
def test_only_words_that_may_be_names_are_spelled(word: str) -> None:
    assert not is_name(word)


def test_a_whole_amount_keeps_its_value_through_signs() -> None:
    for text, least, most in ((">5000", 5_001, None), ("..4999", None, 4_999), ("7", 7, 7)):
        query = parse({"amount": text}, NOW, EVERYTHING)
        assert (query.amount_from, query.amount_to) == (
            None if least is None else Decimal(least),
            None if most is None else Decimal(most),
        )
        assert parse(to_params(query), NOW, EVERYTHING) == query
