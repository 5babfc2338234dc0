"""The gallery's state: every state of the action card from fixed views."""

from __future__ import annotations

import reflex as rx

from payment_app.services.shared.policy import ANYONE, declares
from payment_app.web.gallery.examples import example_receipts, example_views
from payment_app.web.gallery.texts import NAMES
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.pay.bill import Bill, show_bill
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import Card, show_card, show_missing
from payment_app.web.payer.receipt.view import Receipt, show_receipt
from payment_app.web.services import services
from payment_app.web.texts import DEFAULT, words


class GalleryState(LanguageState):
    """Filled when the page opens, so that the examples are not built into every page."""

    home: dict[str, str] = {k: str(v) for k, v in words(DEFAULT)["home"].items()}  # noqa: RUF012
    cards: list[Card] = []  # noqa: RUF012
    names: list[str] = []  # noqa: RUF012
    receipts: list[Receipt] = []  # noqa: RUF012
    bill: Bill = Bill()
    problem: Problem = Problem()

    @rx.event
    @declares(ANYONE)
    async def open_page(self) -> None:
        """Fill the gallery; it stays empty outside the simulator."""
        self._speak_as_asked()
        self._fill()

    @rx.event
    @declares(ANYONE)
    async def set_language(self, lang: str) -> None:
        """Speak another language."""
        self._speak(lang)
        self._fill()

    @rx.event
    @declares(ANYONE)
    async def look_again(self) -> None:
        """Nothing changes here."""
        self.looked += 1

    def _fill(self) -> None:
        if not services().settings.simulated:
            return
        texts = words(self.lang)
        self.home = {key: str(value) for key, value in texts["home"].items()}
        views = example_views()
        self.cards = [show_card(view, texts, key=name) for name, view in views.items()]
        self.cards.append(show_missing(texts))
        names = NAMES[texts["code"]]
        self.names = [names[name] for name in (*views, "not_found")]
        origin = services().settings.origin
        self.receipts = [show_receipt(view, texts, origin) for view in example_receipts()]
        self.bill = show_bill(views["ready"], texts, "0712 345 678")
        notices = texts["notices"]
        self.problem = Problem(
            phone=notices["invalid_phone_number"],
            amount=notices["wrong_amount"],
            notice=notices["mpesa_unavailable"],
        )
        self._loaded()
