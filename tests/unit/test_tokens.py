"""Tokens for URLs: none holds a word that Daraja refuses in an URL."""

from __future__ import annotations

import secrets

import pytest

from payment_app.daraja import BANNED_IN_URLS, banned_words
from payment_app.services.shared.keys.tokens import may_be_token, new_token


@pytest.mark.parametrize("word", BANNED_IN_URLS)
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_a_token_that_holds_a_banned_word_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch, word: str, spell: object
) -> None:
    spelled = spell(word)  # type: ignore[operator]
    drawn = iter([f"ab{spelled}cd", spelled, f"{spelled}_", "good-token"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: next(drawn))
    assert new_token() == "good-token"


def test_of_thousands_none_is_refused_and_all_are_tokens() -> None:
    # About one in 260 of these would hold a banned word by chance.
    tokens = {new_token() for _ in range(5_000)}
    assert len(tokens) == 5_000
    assert not [token for token in tokens if banned_words(token) or not may_be_token(token)]


def test_where_words_are_found() -> None:
    assert banned_words("https://pay.example.co.ke/hooks/stk") == []
    assert banned_words("https://pay.example.co.ke/MPesa/eXe") == ["mpesa", "exe"]
