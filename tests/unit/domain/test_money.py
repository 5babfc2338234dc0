"""Money: whole shillings in, whole shillings out, and one refusal for everything else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.errors import BadInput
from payment_app.domain.money import MAX_AMOUNT, MAX_PER_TRANSACTION, format_ksh, shillings

wholes = st.integers(1, int(MAX_AMOUNT))
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=30),
    st.binary(max_size=10),
    st.lists(st.integers(), max_size=2),
)


def refused(value: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        shillings(value)
    return caught.value


@given(wholes)
def test_a_whole_amount_is_read_from_every_form_it_comes_in(amount: int) -> None:
    forms = (amount, str(amount), Decimal(amount), f"{amount}.00", f"{amount:,}", f" {amount} ")
    for form in forms:
        assert shillings(form) == amount
    assert shillings(float(amount)) == amount


@given(wholes)
def test_reading_gives_a_decimal_without_a_fraction_or_exponent(amount: int) -> None:
    read = shillings(Decimal(amount) * 1)
    assert isinstance(read, Decimal)
    assert read.as_tuple().exponent == 0


@given(anything)
def test_any_value_is_an_amount_or_one_refusal(value: object) -> None:
    try:
        amount = shillings(value)
    except BadInput:
        assert refused(value).code == "invalid_amount"
    else:
        assert 1 <= amount <= MAX_AMOUNT
        assert amount == int(amount)


@pytest.mark.parametrize(
    "value", [0, -1, "0", "-5", 0.5, "1.5", 1.01, Decimal("2.50"), "2500.99", -0.0, "-0"]
)
def test_zero_less_and_cents_are_refused(value: object) -> None:
    refused(value)


@pytest.mark.parametrize("value", [True, False, None, [], {}, b"5", object()])
def test_what_is_no_number_is_refused(value: object) -> None:
    refused(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "abc",
        "1_000",
        "0x10",
        "1e3",
        "٣",
        "５",
        "1,5",
        "2,50",
        ",1",
        "1,,000",
        "1,0000",
        "12,34",
        "NaN",
        "Infinity",
        "1 000",
        "5\x00",
        "\ud800",
        "KSh 5",
        "--5",
    ],
)
def test_text_that_could_mean_something_else_is_refused(value: str) -> None:
    refused(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        1e308,
        5e-324,
        10**40,
        10**4_000,
        "9" * 5_000,
        "1e9999999",
        "1e-9999999",
        Decimal("1e999999"),
        Decimal("1e-999999"),
        Decimal("sNaN"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_monstrous_numbers_are_refused_and_break_nothing(value: object) -> None:
    refused(value)


def test_the_largest_amount_and_one_more() -> None:
    assert shillings(MAX_AMOUNT) == MAX_AMOUNT
    refused(MAX_AMOUNT + 1)
    assert shillings(250_000, most=MAX_PER_TRANSACTION) == 250_000
    with pytest.raises(BadInput, match="250,000"):
        shillings(250_001, most=MAX_PER_TRANSACTION)


@given(wholes)
def test_an_amount_as_shown_reads_back_as_itself(amount: int) -> None:
    shown = format_ksh(Decimal(amount))
    assert shown.startswith("KSh ")
    assert shillings(shown.removeprefix("KSh ")) == amount


def test_amounts_are_shown_with_thousands_separators() -> None:
    assert format_ksh(Decimal(2_500)) == "KSh 2,500"
    assert format_ksh(Decimal(1_000_000)) == "KSh 1,000,000"
