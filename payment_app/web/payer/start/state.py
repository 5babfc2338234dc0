"""The simulator's start page: demo bookings."""

from __future__ import annotations

import reflex as rx

from payment_app.services.shared.policy import ANYONE, declares
from payment_app.web.payer.language import LanguageState
from payment_app.web.payer.start.view import DemoCard, demo_card
from payment_app.web.services import services
from payment_app.web.texts import words


class HomeState(LanguageState):
    """The list of demo bookings, read when the page opens."""

    home: dict[str, str] = {key: str(value) for key, value in words("en")["home"].items()}  # noqa: RUF012
    bookings: list[DemoCard] = []  # noqa: RUF012

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
            self.bookings = [demo_card(booking, texts) for booking in found]
        self._loaded()
