"""Who is behind a request or an open page: the session cookie leads to a member of staff."""

from __future__ import annotations

from payment_app.services.shared.pace.addresses import client_address
from payment_app.services.staff.member import Member
from payment_app.services.staff.sessions import Sessions, token_of
from payment_app.settings import Settings


class Visitors:
    """Recognises members by what their browser sent."""

    def __init__(self, sessions: Sessions, settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings

    async def member(self, cookies: str, peer: str, forwarded_for: str = "") -> Member | None:
        """Whoever signed in with the session cookie among `cookies` (a Cookie header)."""
        token = token_of(cookies, self._settings)
        if not token:
            return None
        address = client_address(peer, forwarded_for, self._settings.trusted_proxies)
        return await self._sessions.member(token, address)
