"""How to sign in to the simulator's console, for whoever sits at the machine that runs it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from payment_app.domain.staff import Role
from payment_app.services.demo.members import demo_email, demo_password
from payment_app.settings import Settings


@dataclass(frozen=True)
class DemoLogin:
    """The demo members; `password` is "" for a visitor from elsewhere."""

    emails: tuple[str, ...] = ()
    password: str = ""


def demo_login(settings: Settings, peer: str, forwarded: str) -> DemoLogin:
    """The logins, with their password only on the machine itself: the terminal shows it there too.

    Args:
        peer: the address that the visitor's connection comes from.
        forwarded: its X-Forwarded-For; with one somebody else may stand behind a proxy.
    """
    if not settings.simulated:
        return DemoLogin()
    emails = tuple(demo_email(role) for role in reversed(Role))
    at_home = not forwarded and _is_loopback(peer)
    return DemoLogin(emails, demo_password(settings) if at_home else "")


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
