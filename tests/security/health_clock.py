"""Asks a server how it is, four times a second, and prints how long each answer took, as JSON.

    python -m tests.security.health_clock ADDRESS SECONDS

A process of its own: whoever makes the load has no time to measure.
"""

from __future__ import annotations

import json
import sys
import time

import httpx

EVERY = 0.25


def ask(url: str, seconds: float) -> list[float]:
    """Seconds that each answer took, in their order."""
    took: list[float] = []
    until = time.monotonic() + seconds
    with httpx.Client(base_url=url, timeout=30) as http:
        while time.monotonic() < until:
            begun = time.monotonic()
            http.get("/healthz").raise_for_status()
            took.append(time.monotonic() - begun)
            time.sleep(EVERY)
    return took


if __name__ == "__main__":
    json.dump(ask(sys.argv[1], float(sys.argv[2])), sys.stdout)
