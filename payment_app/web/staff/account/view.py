"""A member's open sessions in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payment_app.services.staff.sessions import OpenSession
from payment_app.web.staff.account.texts import ACCOUNT
from payment_app.web.staff.formats import age, moment


@dataclass(frozen=True)
class SessionLine:
    """Where somebody is signed in: device, network and since when; `here` is this browser.

    `device` is what people call it, `browser` what it calls itself.
    """

    session_id: int = 0
    device: str = ""
    browser: str = ""
    address: str = ""
    times: str = ""
    here: bool = False


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""What stands in a user agent → what people call it; the first that fits: most say several."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """`Chrome on Android` for a user agent."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not browser or not system:
        return ACCOUNT["unknown_device"]
    return ACCOUNT["device"].format(browser=browser, system=system)


def show_sessions(sessions: Sequence[OpenSession], now: datetime) -> list[SessionLine]:
    """The sessions in the order in which they came."""
    return [
        SessionLine(
            one.session_id,
            device_name(one.browser),
            one.browser,
            one.address,
            ACCOUNT["session_since"].format(
                since=moment(one.created_at), age=age(one.seen_at, now)
            ),
            one.here,
        )
        for one in sessions
    ]
