"""The language of an open page."""

from __future__ import annotations

import reflex as rx

from payment_app.web.texts import DEFAULT, pick_language, words
from payment_app.web.texts.shape import Texts


def _fixed_words(texts: Texts) -> dict[str, str]:
    return {key: str(value) for key, value in texts["ui"].items()}


class LanguageState(rx.State):
    """What every page shares: its language, the fixed words in it, and what it last showed.

    A browser tab keeps its state from page to page. `loaded_path` says whose contents are in it:
    a page shows them only when that is its own address (see `is_loaded`).
    """

    lang: str = DEFAULT
    ui: dict[str, str] = _fixed_words(words(DEFAULT))
    looked: int = 0
    loaded_path: str = ""

    _shown_for: str = ""
    """The link that everything in here was read for; see `web.tabs`."""

    def _speak(self, lang: str) -> Texts:
        """Use a language from now on; its texts."""
        texts = words(lang)
        if self.lang != texts["code"]:
            self.lang = texts["code"]
            self.ui = _fixed_words(texts)
        return texts

    def _speak_as_asked(self) -> Texts:
        """Use what the address asks for, else what the browser prefers."""
        asked = self.router.url.query_parameters.get("lang", "")
        return self._speak(pick_language(asked, self.router.headers.accept_language))

    def _loaded(self) -> None:
        """The contents are this page's, fresh."""
        self.loaded_path = self.router.url.path
        self.looked += 1


def is_loaded() -> bool:
    """Whether the state holds the contents of the page that is open (in a component: a var).

    Before the first word from the server both addresses are empty, and nothing was looked at yet.
    Both are empty as well when a state has died under an open page: its next look is shown.
    """
    here = LanguageState.loaded_path == LanguageState.router.url.path
    return (LanguageState.looked != 0) & here
