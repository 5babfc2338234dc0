"""The accounts of a business: paybill money lands in Utility, till money in Merchant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UTILITY, MERCHANT = "Utility Account", "Merchant Account"
WORKING, CHARGES = "Working Account", "Charges Paid Account"


@dataclass
class Accounts:
    """What one shortcode holds, whole shillings, and whether it may pay out to phones."""

    utility: int = 0
    merchant: int = 0
    working: int = 0
    charges: int = 0
    pays_out: bool = True

    def take_in(self, amount: int, *, till: bool) -> None:
        """A customer paid."""
        if till:
            self.merchant += amount
        else:
            self.utility += amount

    def take_back(self, amount: int, *, till: bool) -> bool:
        """A payment goes back out of where it landed; False if that holds too little."""
        held = self.merchant if till else self.utility
        if held < amount:
            return False
        self.take_in(-amount, till=till)
        return True

    def as_text(self) -> str:
        """As balance results write it: name, currency, current, available, reserved, uncleared."""
        held: Mapping[str, int] = {
            WORKING: self.working,
            UTILITY: self.utility,
            MERCHANT: self.merchant,
            CHARGES: self.charges,
        }
        return "&".join(f"{name}|KES|{sum_}.00|{sum_}.00|0.00|0.00" for name, sum_ in held.items())


class AccountBook:
    """Accounts by shortcode."""

    def __init__(self, opening: int) -> None:
        self._opening = opening
        self._accounts: dict[str, Accounts] = {}

    def of(self, shortcode: str) -> Accounts:
        """The accounts of a business, opened when first asked for."""
        return self._accounts.setdefault(shortcode, Accounts(utility=self._opening))

    def clear(self) -> None:
        """Back to the opening balances."""
        self._accounts.clear()
