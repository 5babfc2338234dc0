"""Phone numbers: every spelling that people use, nothing that is no Kenyan mobile, and masking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.errors import BadInput
from payment_app.domain.phone import local_phone, mask_phone, normalise_phone

WANTED = "254712345678"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
SPACES = " \t\u00a0\u2002\u2009\u202f\u3000"
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff\u00ad"

nationals = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
prefixes = st.sampled_from(["0", "254", "+254", "00254", "", "+254 (0) ", "254-0"])
separators = st.sampled_from(["", "", *DASHES, *SPACES, ".", "(", ")", "[", "]", "/"])


def refused(typed: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        normalise_phone(typed)
    return caught.value


@pytest.mark.parametrize(
    "typed",
    [
        "0712345678",
        "+254712345678",
        "254712345678",
        "712345678",
        "00254712345678",
        "00254 712 345 678",
        "0712 345 678",
        "0712-345-678",
        "0712.345.678",
        "(0712) 345678",
        "[0712] 345-678",
        "+254 (0) 712 345 678",
        "(+254) 712-345.678",
        "+254-712-345-678",
        "254 0712 345 678",
        "  0712345678  ",
        "0712/345678",
    ],
)
def test_every_spelling_of_a_number_is_read(typed: str) -> None:
    assert normalise_phone(typed) == WANTED


@pytest.mark.parametrize("typed", ["0110123456", "110123456", "+254110123456", "00254 110-123456"])
def test_the_new_01_numbers_are_read(typed: str) -> None:
    assert normalise_phone(typed) == "254110123456"


@pytest.mark.parametrize(
    "mark", [*DASHES, *SPACES, *INVISIBLE], ids=lambda mark: f"U+{ord(mark):04X}"
)
def test_every_dash_space_and_invisible_mark_is_a_separator(mark: str) -> None:
    assert normalise_phone(f"{mark}0712{mark}345{mark}678{mark}") == WANTED


def test_no_mobile_prefix_is_a_reason_to_refuse() -> None:
    for head in ("7", "1"):
        for rest in range(100):
            assert normalise_phone(f"0{head}{rest:02d}345678") == f"254{head}{rest:02d}345678"


@pytest.mark.parametrize(
    "typed",
    ["020 2345678", "0412345678", "0512345678", "0612345678", "254202345678", "+254 41 2345678"],
)
def test_landlines_are_refused(typed: str) -> None:
    refused(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "+",
        "254",
        "0",
        "07123456",
        "071234567",
        "07123456789",
        "2547123456789",
        "25471234567",
        "71234567",
        "7123456789",
        "00254071234567",
        "+254007123456789",
    ],
)
def test_wrong_lengths_are_refused(typed: str) -> None:
    refused(typed)


@pytest.mark.parametrize(
    "typed",
    ["+255712345678", "256712345678", "+1 712 345 6789", "+44 7123 456789", "00255712345678"],
)
def test_other_countries_are_refused(typed: str) -> None:
    refused(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "٠٧١٢٣٤٥٦٧٨",
        "０７１２３４５６７８",
        "०७१२३४५६७८",
        "07123４5678",
        "071234567²",
        "0712345678\x00",
        "\ud8000712345678",
        "0712345678a",
        "O712345678",
        "++254712345678",
        "0712+345678",
        "0712345678,0722000000",
        "0712,345,678",
    ],
)
def test_other_digits_and_letters_are_refused(typed: str) -> None:
    refused(typed)


@pytest.mark.parametrize("filler", ["0", " ", "-", "7", "254", "x", "\u2014", "+"])
def test_ten_thousand_characters_are_refused(filler: str) -> None:
    refused("0712345678" + filler * 10_000)
    refused(filler * 10_000 + "0712345678")


def test_the_refusal_is_the_public_one() -> None:
    refusal = refused("12345")
    assert (refusal.code, refusal.sentence) == ("invalid_phone_number", "Invalid phone number")


@given(nationals, prefixes, st.lists(separators, min_size=12, max_size=12))
def test_any_separators_between_the_digits_come_back_as_12_digits(
    national: str, prefix: str, between: list[str]
) -> None:
    typed = prefix + "".join(a + b for a, b in zip(national, between, strict=False))
    assert normalise_phone(typed) == f"254{national}"


@given(nationals)
def test_what_is_shown_can_be_typed_again(national: str) -> None:
    number = f"254{national}"
    assert normalise_phone(local_phone(number)) == number
    assert normalise_phone(number) == number


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_one_refusal(typed: str) -> None:
    try:
        number = normalise_phone(typed)
    except BadInput:
        assert refused(typed).code == "invalid_phone_number"
    else:
        assert len(number) == 12
        assert number.isascii()
        assert number.isdigit()
        assert number[:4] in ("2547", "2541")


def shown_digits(masked: str) -> int:
    return sum(character.isdigit() for character in masked)


@given(nationals)
def test_a_mask_shows_the_first_four_and_the_last_three_digits_only(national: str) -> None:
    masked = mask_phone(f"254{national}")
    assert masked == f"0{national[:3]} •••{national[-3:]}"
    assert national not in masked.replace(" ", "")


@given(st.text(alphabet="0123456789+* ", max_size=30))
def test_no_mask_shows_more_than_seven_digits_or_the_whole_number(number: str) -> None:
    masked = mask_phone(number)
    assert "•••" in masked
    assert shown_digits(masked) <= 7
    if shown_digits(number) >= 4:
        assert shown_digits(masked) < shown_digits(number)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("254712345678", "0712 •••678"),
        ("0712345678", "•••678"),
        ("712345678", "•••678"),
        ("25471****678", "071* •••678"),
        ("1234", "•••234"),
        ("123", "•••"),
        ("", "•••"),
    ],
)
def test_masks_of_other_lengths(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize("number", ["", "12", "25471234567", "2547123456789", "abc"])
def test_what_is_no_kenyan_number_is_shown_as_it_is(number: str) -> None:
    assert local_phone(number) == number
