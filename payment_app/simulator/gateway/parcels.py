"""A callback made up for posting: where it goes, when, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payment_app.simulator.gateway.callbacks import Callback, body_of, to_bytes


@dataclass(frozen=True)
class Parcel:
    """One POST to make.

    Args:
        delay: seconds to wait first.
        note: what is odd about it, for people; empty for a true callback.
        held: goes out only behind the next other callback, or after `delay` at the latest.
        lost: never goes out; kept for the log.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    delay: float = 0.0
    note: str = ""
    held: bool = False
    lost: bool = False


def plain(callback: Callback, note: str = "") -> Parcel:
    """The callback as it should be."""
    return Parcel(callback.url, to_bytes(body_of(callback)), callback.headers, note=note)
