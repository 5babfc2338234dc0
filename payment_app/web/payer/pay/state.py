"""The pay page's state: shows a `PayView`, and passes one click on."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import reflex as rx

from payment_app.services.pay_pages.view import PayView
from payment_app.services.shared.policy import LINK, declares
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.link_page import LinkPage
from payment_app.web.payer.pay.bill import Bill, show_bill
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.sending import send
from payment_app.web.payer.pay.view import Card, page_title, show_card, show_missing
from payment_app.web.services import services
from payment_app.web.texts import words

_LONGEST_SEND = 40.0
"""Seconds; a click that is older than this was lost with its worker."""


class PayState(LinkPage, LanguageState):
    """One open pay page. Handlers take the form and nothing else; the link is the authority."""

    title: str = ""
    bill: Bill = Bill()
    card: Card = Card()
    payment_status: str = "none"
    problem: Problem = Problem()
    sending: bool = False

    _sending_since: float = 0.0
    _locked_until: float = 0.0
    _locked_phone: str = ""

    @rx.event(background=True)
    @declares(LINK)
    async def pay(self, form: dict[str, Any]) -> None:
        """Send a prompt to the phone in the form. A second click while one is sent does nothing."""
        async with self:
            if self.sending and time.time() - self._sending_since < _LONGEST_SEND:
                return
            token, lang = self._link_token(), self.lang
            address = self._client_address()
            card = replace(self.card)
            self._start_sending()
        problem = await send(services().pay_pages, token, form, address, words(lang))
        async with self:
            if self._link_token() == token:
                self._stop_sending(problem)
                if problem != Problem():
                    self.card = card  # a fresh read may have to wait for the database
        await self._refresh()

    async def _find_booking(self, token: str) -> int | None:
        return await services().pay_pages.booking_id(token)

    async def _read(self, token: str) -> PayView | None:
        return await services().pay_pages.view(token)

    def _changes_in(self, view: PayView) -> float:
        return view.changes_in

    def _forget_words(self) -> None:
        self.problem = Problem()

    def _open(self) -> None:
        """Forget what belonged to another page of this tab, and a click that was lost."""
        if self.loaded_path != self.router.url.path:
            self.card, self.bill, self.problem = Card(), Bill(), Problem()
            self.payment_status, self.sending, self._locked_until = "none", False, 0.0
        self.sending = self.sending and time.time() - self._sending_since < _LONGEST_SEND

    def _start_sending(self) -> None:
        """Lock the button, and say so at once."""
        said = words(self.lang)["screens"]["sending"]
        self.sending = True
        self._sending_since = time.time()
        self.problem = Problem()
        self.card = replace(
            self.card,
            screen="sending",
            tone="wait",
            headline=said["headline"],
            reason=said["reason"],
            has_form=False,
        )

    def _stop_sending(self, problem: Problem) -> None:
        self.sending = False
        self.problem = problem
        self._locked_until = time.time() + problem.wait
        self._locked_phone = problem.wait_phone

    def _show(self, view: PayView | None) -> None:
        """Set everything that the browser sees; a problem is over once the card has moved on."""
        texts = words(self.lang)
        if view is None:
            self._show_missing()
            return
        card = self._locked(show_card(view, texts, sending=self.sending))
        if not self.sending and card.screen not in (self.card.screen, "sending"):
            self.problem = self.problem if self.card.screen == "sending" else Problem()
        self.bill = show_bill(view, texts, services().settings.merchant_phone)
        self.card = card
        self.payment_status = view.payment_status
        self.title = page_title(view, card, texts)
        self._loaded()

    def _locked(self, card: Card) -> Card:
        """The card, its button locked for as long, and for the phone, that a refusal said."""
        locked = math.ceil(self._locked_until - time.time())
        if locked <= card.resend_in:
            return card
        waits = self._locked_phone
        reason = words(self.lang)["pay"]["wait_reason"].format(phone=waits) if waits else ""
        return replace(card, resend_in=locked, wait_phone=waits, wait_reason=reason)

    def _show_missing(self) -> None:
        self.card = show_missing(words(self.lang))
        self.bill = Bill()
        self.title = self.card.headline
        self._loaded()
