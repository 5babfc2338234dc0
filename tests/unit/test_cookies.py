"""One cookie among others: whatever stands beside it, and however long it is."""

from __future__ import annotations

import pytest

from payment_app.services.shared.cookies import cookie_value
from tests.security.hostile_text import LIMIT, TEXTS, seconds

NEIGHBOURS = {
    "JSON": 'consent={"ads": false, "at": "2026"}',
    "brackets": "cart[0]=x",
    "a lone word": "seen",
    "round brackets": "a(b)=1",
    "a slash": "a/b=1",
    "letters of elsewhere": "é=ü",
    "a blank in a value": "name=Jane Wanjiku",
    "an open quote": 'a="b',
    "an attribute's name": "expires=never",
    "a name of nothing": "=x",
    "nothing": "",
    "ours as a value": "other=staff_session=x",
    "a longer name": "staff_session_old=x",
}


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_a_neighbours_cookie_hides_ours_neither_before_nor_behind_it(neighbour: str) -> None:
    """`http.cookies` forgot all of them, so that nobody could sign in beside such an app."""
    other = NEIGHBOURS[neighbour]
    assert cookie_value(f"{other}; staff_session=abc", "staff_session") == "abc"
    assert cookie_value(f"staff_session=abc; {other}", "staff_session") == "abc"
    assert cookie_value(other, "staff_session") == ""


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("", ""),
        ("staff_session=", ""),
        ("staff_session", ""),
        ("staff_session=abc", "abc"),
        (" staff_session = abc ", "abc"),
        ('staff_session="abc"', "abc"),
        ("staff_session=a=b", "a=b"),
        ("staff_session=one; staff_session=two", "two"),
        ("STAFF_SESSION=abc", ""),
        (r'staff_session="a\142c"', r"a\142c"),
    ],
)
def test_what_counts(header: str, value: str) -> None:
    assert cookie_value(header, "staff_session") == value


@pytest.mark.parametrize("shape", TEXTS)
def test_a_long_header_costs_nothing(shape: str) -> None:
    """64 KB of backslashes between quotes took Python 3.11.7 half a minute."""
    for header in (TEXTS[shape], f'staff_session="{TEXTS[shape]}"', f"a={TEXTS[shape]};" * 2):
        assert seconds(lambda header=header: cookie_value(header, "staff_session")) < LIMIT
