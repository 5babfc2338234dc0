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
    """Where somebody is signed in: browser, network and since when; `here` is this browser."""

    session_id: int = 0
    browser: str = ""
    address: str = ""
    times: str = ""
    here: bool = False


def show_sessions(sessions: Sequence[OpenSession], now: datetime) -> list[SessionLine]:
    """The sessions in the order in which they came."""
    return [
        SessionLine(
            one.session_id,
            one.browser,
            one.address,
            ACCOUNT["session_since"].format(
                since=moment(one.created_at), age=age(one.seen_at, now)
            ),
            one.here,
        )
        for one in sessions
    ]
