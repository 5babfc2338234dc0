"""What can be set from outside: the simulator's configuration and the seams that a test owns.

The sandbox's public facts (shortcode 174379 and its passkey, the other shortcodes) are
Safaricom's own and known to every Daraja integrator.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Clock = Callable[[], datetime]
"""Now, as an aware UTC time."""

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""

Deliver = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
"""Posts a body with these headers to a URL and returns the HTTP status; OSError if it cannot."""

SANDBOX_SHORTCODE = "174379"
# Published on Safaricom's developer portal for everybody; it opens nothing but the sandbox.
SANDBOX_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
SANDBOX_OTHERS = ("600000", "600984", "600992", "600996", "600999")


class SimulatorError(ValueError):
    """Something was asked that cannot be done; the message is one sentence for a person."""


class NoPrompt(SimulatorError):
    """The phone shows no prompt that could be answered."""


@dataclass(frozen=True)
class Shortcode:
    """A business number that the simulator knows.

    Args:
        number: 5 to 7 digits.
        name: as printed in prompts and SMS.
        kind: `paybill` can be paid with CustomerPayBillOnline, `till` with CustomerBuyGoodsOnline.
        passkey: lets this number start STK pushes; None if it can only be PartyB.
    """

    number: str
    name: str
    kind: Literal["paybill", "till"] = "paybill"
    passkey: str | None = None


@dataclass(frozen=True)
class SimulatorConfig:
    """How the simulator behaves; everything has a default that suits a demo.

    Args:
        auto_complete_seconds: an untouched prompt on a phone that is on pays by itself after so
            long; 0 means never.
        any_clock: takes any valid `Timestamp` instead of Nairobi time within 10 minutes.
        seed: makes ids, receipts, delays and random trouble repeatable; None draws a fresh seed.
        merchant_name: what 174379 is called on the phone.
        shortcodes: more business numbers, or other facts for the known ones.
        consumer_key: the only accepted key; None takes any that is not empty.
        consumer_secret: likewise.
        opening_balance: what a phone owns when first seen, whole shillings.
        opening_utility: what a business holds in its Utility account at first, whole shillings.
        order_seconds: how long an operator's order waits before it is carried out.
        callback_delay_seconds: longest pause between a customer's answer and its callback.
        instant_result_seconds: pause before the callback of a result that needs no customer.
        unreachable_seconds: how long M-Pesa tries a phone that is off.
        prompt_seconds: how long a prompt stays on the phone.
        delivery_timeout_seconds: how long a callback waits for its receiver's answer.
        strict_two_minutes: code 17 also follows a prompt that the customer declined or answered
            with a wrong PIN; whether the real M-Pesa does so is written nowhere.
    """

    auto_complete_seconds: float = 30
    any_clock: bool = False
    seed: int | None = None
    merchant_name: str = "Smart Storage"
    shortcodes: tuple[Shortcode, ...] = ()
    consumer_key: str | None = None
    consumer_secret: str | None = None
    opening_balance: int = 50_000
    opening_utility: int = 200_000
    order_seconds: float = 1.0
    callback_delay_seconds: float = 0.05
    instant_result_seconds: float = 1.0
    unreachable_seconds: float = 5.0
    prompt_seconds: float = 60.0
    delivery_timeout_seconds: float = 30.0
    strict_two_minutes: bool = False

    def known_shortcodes(self) -> dict[str, Shortcode]:
        """The sandbox's numbers and the configured ones, by number."""
        own = Shortcode(SANDBOX_SHORTCODE, self.merchant_name, "paybill", SANDBOX_PASSKEY)
        others = [Shortcode(number, self.merchant_name, "till") for number in SANDBOX_OTHERS]
        return {known.number: known for known in (own, *others, *self.shortcodes)}


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)
