"""Web addresses as the doctor reads them: what is none, and what nobody outside can reach."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


def split_address(url: str) -> SplitResult | None:
    """The parts of a web address; `None` for anything that is none."""
    if not url.isascii() or re.search(r"[\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what finds a bad port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def host_of(url: str) -> str:
    parts = split_address(url)
    return (parts.hostname or "") if parts else url


def is_private(host: str) -> bool:
    """Not reachable from the internet: this machine or a network of its own."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
