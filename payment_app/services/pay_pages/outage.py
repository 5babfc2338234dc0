"""The way around an outage that the pages offer: paying from the M-Pesa menu."""

from __future__ import annotations

from payment_app.services.pay_pages.view import Outage
from payment_app.services.payments.circuit_breaker import RailHealth


class OutageNotice:
    """Knows the number to pay to, and whether it is needed now."""

    def __init__(self, rail_health: RailHealth, *, paybill: str = "", till: str = "") -> None:
        """Args:
        paybill, till: where else to pay; one of them is empty.
        """
        self._rail_health = rail_health
        self._paybill = paybill
        self._till = till

    def now(self) -> Outage | None:
        """What the pages offer while prompts are held back, `None` while they are not."""
        since = self._rail_health.slow_since
        if since is None:
            return None
        return Outage(paybill=self._paybill, till=self._till, since=since.isoformat())
