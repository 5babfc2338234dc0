"""What is still done, and what is held back, while M-Pesa does not answer or after a restore."""

from __future__ import annotations

from payment_app.services.operations.restore import Restore
from payment_app.services.payments.asking.circuit_breaker import RailHealth
from payment_app.services.payments.asking.reconciliation import Reconciler


class OutagePolicy:
    """Decides for checkout, which knows neither of outages nor of backups."""

    def __init__(self, restore: Restore, rail_health: RailHealth, reconciler: Reconciler) -> None:
        self._restore = restore
        self._rail_health = rail_health
        self._reconciler = reconciler

    def admit(self) -> None:
        """Let a new prompt pass.

        Raises:
            Unavailable: nothing was sent; the refusal says why not.
        """
        self._restore.admit()
        self._rail_health.admit()

    async def ask_while_answered(self, payment_id: int, checkout_request_id: str) -> None:
        """Query one payment, unless M-Pesa is known not to answer: its customer is waiting."""
        if not self._rail_health.slow:
            await self._reconciler.ask(payment_id, checkout_request_id)
