"""The simulator's start page: demo bookings."""

from __future__ import annotations

import reflex as rx

from payment_app.services.demo.login import demo_login
from payment_app.services.shared.policy import ANYONE, declares
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.start.view import DemoCard, demo_card
from payment_app.web.services import services
from payment_app.web.texts import words


class HomeState(LanguageState):
    """The list of demo bookings, read when the page opens."""

    home: dict[str, str] = {key: str(value) for key, value in words("en")["home"].items()}  # noqa: RUF012
    bookings: list[DemoCard] = []  # noqa: RUF012
    own: list[DemoCard] = []  # noqa: RUF012
    first_path: str = ""
    emails: list[str] = []  # noqa: RUF012
    password: str = ""

    @rx.event
    @declares(ANYONE)
    async def open_page(self) -> None:
        """Read the bookings; shows nothing outside the simulator."""
        self._speak_as_asked()
        await self._list()

    @rx.event
    @declares(ANYONE)
    async def set_language(self, lang: str) -> None:
        """Speak another language."""
        self._speak(lang)
        await self._list()

    @rx.event
    @declares(ANYONE)
    async def look_again(self) -> None:
        """Read once more, after the page was in the background."""
        await self._list()

    async def _list(self) -> None:
        texts = words(self.lang)
        self.home = {key: str(value) for key, value in texts["home"].items()}
        if services().settings.simulated:
            found = await services().demo_bookings()
            cards = [demo_card(booking, texts) for booking in found]
            self.bookings = [card for card in cards if card.fixed]
            self.own = [card for card in cards if not card.fixed]
            unpaid = [one.pay_path for one in found if one.fixed and one.status == "open"]
            self.first_path = unpaid[0] if unpaid else ""
            headers = self.router.headers.raw_headers
            login = demo_login(
                services().settings,
                self.router.session.client_ip,
                headers.get("x-forwarded-for", ""),
            )
            self.emails, self.password = list(login.emails), login.password
        self._loaded()
