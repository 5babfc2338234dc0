"""How often one network may do something, counted in memory: for what costs us, not for money."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import datetime

from payment_app.domain.errors import TooMany
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.pace.addresses import network_of

MOST_NETWORKS = 10_000
"""Kept at once; the one that was quiet longest is forgotten first."""


class AddressLimit:
    """A bucket for each network: `most` at once, filled up again within `seconds`."""

    def __init__(self, clock: Clock, *, most: int, seconds: float) -> None:
        self._clock = clock
        self._most = most
        self._each = seconds / most
        self._spent: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one.

        Raises:
            TooMany: `too_many_requests`, with the seconds to wait.
        """
        network, now = network_of(address), self._clock()
        spent = self._still_spent(network, now)
        if spent + 1 > self._most:
            wait = max(1, math.ceil((spent + 1 - self._most) * self._each))
            raise TooMany(
                "too_many_requests", f"Too many requests. Try again in {wait} seconds.", wait
            )
        self._spent[network] = (spent + 1, now)
        self._spent.move_to_end(network)
        if len(self._spent) > MOST_NETWORKS:
            self._spent.popitem(last=False)

    def _still_spent(self, network: str, now: datetime) -> float:
        spent, at = self._spent.get(network, (0.0, now))
        return max(0.0, spent - (now - at).total_seconds() / self._each)
