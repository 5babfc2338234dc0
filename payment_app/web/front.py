"""The services behind the public pages, as `context.PayPageServices` names them."""

from __future__ import annotations

from payment_app.bootstrap import Runtime
from payment_app.live.hub import Hub
from payment_app.services.console.console import Console
from payment_app.services.demo.bookings import DemoBooking, list_demo
from payment_app.services.pay_pages.view import PayView
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.services.shared.addresses import client_address


class Front:
    """One process's services, cut down to what the public pages may do."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._pages = runtime.pages

    @property
    def hub(self) -> Hub:
        """Where pages wait for hints."""
        return self._runtime.hub

    @property
    def merchant_name(self) -> str:
        """The business, as the payer knows it."""
        return self._runtime.settings.merchant_name

    @property
    def merchant_phone(self) -> str:
        """The number for help; empty means that no help line is shown."""
        return self._runtime.settings.merchant_phone

    @property
    def simulated(self) -> bool:
        """Payments are pretended."""
        return self._runtime.settings.simulated

    @property
    def public_url(self) -> str:
        """The origin that browsers use."""
        return self._runtime.settings.origin

    @property
    def console(self) -> Console:
        """What the staff pages work with."""
        return self._runtime.console

    async def booking_id(self, token: str) -> int | None:
        """The booking behind a pay link, `None` for an unknown token."""
        return await self._pages.booking_id(token)

    async def view(self, token: str) -> PayView | None:
        """What the pay page shows now, freshly read."""
        return await self._pages.view(token)

    async def pay(
        self, token: str, phone: str, amount: int | None, after_attempt: int, address: str
    ) -> None:
        """Send a prompt."""
        await self._pages.pay(token, phone, amount, after_attempt, address)

    def payer_address(self, peer: str, forwarded_for: str) -> str:
        """Where a click comes from: the peer, or what trusted proxies say about it."""
        return client_address(peer, forwarded_for, self._runtime.settings.trusted_proxies)

    async def receipt(self, token: str) -> ReceiptView | None:
        """The receipt behind a link."""
        return await self._pages.receipt(token)

    async def receipt_booking_id(self, token: str) -> int | None:
        """The booking behind a receipt link."""
        return await self._pages.receipt_booking_id(token)

    async def demo_bookings(self) -> list[DemoBooking]:
        """What the simulator's start page lists."""
        return await list_demo(self._runtime.database, self._runtime.clock)
