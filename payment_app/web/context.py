"""What the pages need from the rest of the app, named as one protocol and set once at start."""

from __future__ import annotations

from typing import Protocol

from payment_app.live.hub import Hub
from payment_app.services.console.console import Console
from payment_app.services.demo.bookings import DemoBooking
from payment_app.services.pay_pages.view import PayView
from payment_app.services.receipts.receipt import ReceiptView


class PayPageServices(Protocol):
    """The use cases behind the public pages; tokens come from the page's address."""

    @property
    def hub(self) -> Hub:
        """Where pages wait for hints."""

    @property
    def merchant_name(self) -> str:
        """The business, as the payer knows it."""

    @property
    def merchant_phone(self) -> str:
        """The number for help; empty means that no help line is shown."""

    @property
    def simulated(self) -> bool:
        """Payments are pretended; the start page and the gallery exist only then."""

    @property
    def public_url(self) -> str:
        """The origin that browsers use."""

    @property
    def console(self) -> Console:
        """What the staff pages work with."""

    async def booking_id(self, token: str) -> int | None:
        """The booking behind a pay link, `None` for an unknown token."""

    async def view(self, token: str) -> PayView | None:
        """What the pay page shows now, freshly read."""

    async def pay(
        self, token: str, phone: str, amount: int | None, after_attempt: int, address: str
    ) -> None:
        """Send a prompt; `after_attempt` is how many the payer had seen when they clicked.

        Raises:
            Refusal: it was not sent; the code says why.
        """

    def payer_address(self, peer: str, forwarded_for: str) -> str:
        """Where a click comes from: the peer, or what trusted proxies say about it."""

    async def receipt(self, token: str) -> ReceiptView | None:
        """The receipt behind a link, `None` for an unknown token or while nothing was paid."""

    async def receipt_booking_id(self, token: str) -> int | None:
        """The booking behind a receipt link, `None` for an unknown token."""

    async def demo_bookings(self) -> list[DemoBooking]:
        """What the simulator's start page lists."""


_services: PayPageServices | None = None


def use(services: PayPageServices) -> None:
    """Set the services; the wiring does this once, before the first page is served."""
    global _services
    _services = services


def services() -> PayPageServices:
    """The services that the pages use."""
    if _services is None:
        raise RuntimeError("The pages are not wired: call payment_app.web.context.use first.")
    return _services


def console() -> Console:
    """The services of the staff console."""
    return services().console
