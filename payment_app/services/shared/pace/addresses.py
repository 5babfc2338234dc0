"""Network addresses: whose request it is, seen through proxies that we trust."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an IP address lies in one of the networks; anything else lies in none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(network, strict=False) for network in networks)


def client_address(peer: str, forwarded_for: str, trusted: tuple[str, ...]) -> str:
    """The caller's address: X-Forwarded-For counts only as far as trusted proxies wrote it."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not within(address, trusted):
            break
        address = hop
    return address


def network_of(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that a line gets of IPv6.

    Anything that is no address stays as it is.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))
