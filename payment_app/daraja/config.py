"""The credentials and limits of one Daraja app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from payment_app.daraja.operator import Operator


@dataclass(frozen=True, slots=True)
class DarajaConfig:
    """One Daraja app at one host. Raises `ValueError` naming the field that is wrong.

    `base_url` may carry a path (a simulator below another app); a trailing slash is dropped.
    For a till, `shortcode` is the store or Head Office number of go-live and `till_number` the
    till itself: they differ, and mixing them up gives ResultCode SFC_IC0003. `operator` gives money
    back and asks about it; without one only payments can be taken.

    Seconds: `connect_timeout` for each of waiting for a pooled connection, TCP and TLS;
    `read_timeout` for the longest silence while waiting for the answer (the customer is looking
    at the page, Daraja answers within a few seconds on good days); `queue_timeout` for the
    longest wait behind our own limit of `calls_per_second`, so that a push never goes out long
    after its customer has left.
    """

    base_url: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    shortcode: str
    passkey: str = field(repr=False)
    transaction_type: Literal["paybill", "till"] = "paybill"
    till_number: str | None = None
    operator: Operator | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    calls_per_second: float = 10.0
    queue_timeout: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        for name, right in self._rules():
            if not right:
                raise ValueError(f"Daraja configuration: {name} is missing or wrong")

    def _rules(self) -> list[tuple[str, bool]]:
        seconds = (self.connect_timeout, self.read_timeout, self.queue_timeout)
        return [
            ("base_url", _is_web_address(self.base_url)),
            ("consumer_key", bool(self.consumer_key)),
            ("consumer_secret", bool(self.consumer_secret)),
            ("shortcode", _is_short_code(self.shortcode)),
            ("passkey", bool(self.passkey)),
            ("transaction_type", self.transaction_type in ("paybill", "till")),
            ("till_number", self.transaction_type != "till" or _is_short_code(self.till_number)),
            ("a time-out", all(0 < value < float("inf") for value in seconds)),
            ("calls_per_second", 0 < self.calls_per_second < float("inf")),
        ]

    @property
    def deadline(self) -> float:
        """Seconds that one HTTP attempt may take in all, however slowly the bytes arrive."""
        return 3 * self.connect_timeout + self.read_timeout

    @property
    def wire_transaction_type(self) -> str:
        """Daraja's name of the transaction type."""
        return "CustomerBuyGoodsOnline" if self._is_till else "CustomerPayBillOnline"

    @property
    def party_b(self) -> str:
        """Who is paid: the till number for a till, else the shortcode."""
        return self.till_number or self.shortcode if self._is_till else self.shortcode

    @property
    def _is_till(self) -> bool:
        return self.transaction_type == "till"


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        plain = not (parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        return False
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and _is_clean(url)


def _is_clean(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _is_short_code(text: str | None) -> bool:
    # Daraja's pages say 5-6 digits in one place and 5-7 in another; 7-digit paybills exist.
    return text is not None and text.isascii() and text.isdigit() and 5 <= len(text) <= 7
