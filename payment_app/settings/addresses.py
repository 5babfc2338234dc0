"""Addresses in the settings: what is one, what leads to this machine, and whom strangers reach."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from payment_app.settings.variables import DARAJA_HOSTS, Environment, Settings

_WIDEST_PUBLIC = {4: 12, 6: 28}
"""No proxy service publishes a wider network of its own (Cloudflare's widest are /13 and /29)."""
_WIDEST_PRIVATE = {4: 8, 6: 7}
"""10.0.0.0/8 and fc00::/7."""


def split_address(address: str) -> SplitResult | None:
    """The address in its parts, or `None` when it is none that a path can be added to."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    plain = address.isascii() and address.isprintable() and not set(address) & set(" ?#@")
    return parts if usable and plain else None


def is_loopback(host: str) -> bool:
    """Nobody but this machine reaches it."""
    ip = _ip(host)
    return host == "localhost" or (ip is not None and ip.is_loopback)


def leads_to_loopback(address: str) -> bool:
    """The host of a web address is this machine."""
    parts = split_address(address)
    return parts is not None and is_loopback(parts.hostname or "")


def origin_problems(settings: Settings) -> Iterable[str]:
    """PUBLIC_URL is one origin."""
    parts = split_address(settings.origin)
    if "*" in settings.origin:
        yield "PUBLIC_URL must be one origin, not a pattern with *."
    elif parts is None or settings.origin != f"{parts.scheme}://{parts.netloc}":
        yield "PUBLIC_URL must be an origin such as https://pay.example.co.ke, without a path."


def exposure_problems(settings: Settings) -> Iterable[str]:
    """Simulator mode has known keys and pretended money: it stays on this machine."""
    named = "" if settings.mpesa_environment else ", because MPESA_CONSUMER_KEY is not set"
    if not is_loopback(settings.listen_host):
        yield (
            "HOST must be 127.0.0.1 or localhost in simulator mode, whose payments are pretended"
            f" (this is simulator mode{named})."
        )
    for name, address in {
        "PUBLIC_URL": settings.origin,
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }.items():
        if split_address(address) is not None and not leads_to_loopback(address):
            yield (
                f"{name} must lead to localhost or 127.0.0.1 in simulator mode, whose payments are"
                f" pretended (this is simulator mode{named})."
            )


def transport_problems(settings: Settings) -> Iterable[str]:
    """What is said to others goes by https."""
    addresses = {
        "PUBLIC_URL": settings.origin,
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }
    for name, address in addresses.items():
        if address and not _is_safe(address, settings.environment):
            yield (
                f"{name} must start with https:// "
                "(http is accepted for loopback hosts in sandbox only)."
            )


def rail_problems(settings: Settings) -> Iterable[str]:
    """Each environment speaks to its own Daraja, and production is called back from outside."""
    host = _host(settings.mpesa_base_url)
    others = {"sandbox": "production", "production": "sandbox"}
    foreign = others.get(settings.environment, "")
    if host and host == _host(DARAJA_HOSTS.get(foreign, "")):
        yield (
            f"MPESA_BASE_URL is Safaricom's {foreign} host and MPESA_ENVIRONMENT is "
            f"{settings.environment}: remove it, or change the environment."
        )
    callback = split_address(settings.mpesa_callback_url)
    asked = settings.environment == "production" and callback and callback.scheme == "https"
    if asked and not _is_public(_host(settings.mpesa_callback_url)):
        yield (
            "MPESA_CALLBACK_URL must be reachable by Safaricom in production, and its host is "
            "this machine or a private network."
        )


def proxy_problems(settings: Settings) -> Iterable[str]:
    """Whoever is in TRUSTED_PROXIES may write down any address as the caller's."""
    networks = [ipaddress.ip_network(one, strict=False) for one in settings.trusted_proxies]
    joined: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (
        *ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network)),
    )
    if any(map(_is_too_wide, joined)):
        yield (
            "TRUSTED_PROXIES is far too wide, so that strangers could choose the address they "
            "seem to come from: name your own reverse proxies only, such as 127.0.0.1."
        )


def _is_too_wide(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    widest = _WIDEST_PRIVATE if network.is_private else _WIDEST_PUBLIC
    return network.prefixlen < widest[network.version]


def _is_safe(address: str, environment: Environment) -> bool:
    parts = split_address(address)
    if parts is None:
        return True  # that it is no address at all is said elsewhere
    if parts.scheme == "https":
        return True
    return environment == "sandbox" and is_loopback(parts.hostname or "")


def _host(address: str) -> str:
    parts = split_address(address)
    return (parts.hostname or "").rstrip(".") if parts else ""


def _is_public(host: str) -> bool:
    """As far as the name shows; what is missing or no address is said elsewhere."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    ip = _ip(host)
    return ip is None or ip.is_global


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, in any spelling that connects; `None` for a name."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        if not host[:1].isdigit():
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f000001, 2130706433
        except OSError:
            return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
