"""What the pages behind a link share: the link, the language, one more look."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import reflex as rx

from payment_app.services.shared.pace.addresses import client_address
from payment_app.services.shared.policy import LINK, declares
from payment_app.web.payer.language import LanguageState
from payment_app.web.services import services
from payment_app.web.watching import looks, until_read


def tab_title(title: str) -> rx.Var[str]:
    """The state's title; until it has one, the title that came with the page stays."""
    from_page: rx.Var[str] = rx.Var("(globalThis.document?.title ?? '')")
    return rx.cond(title != "", title, from_page)


class LinkPage(LanguageState, mixin=True):
    """A page whose link is its only authority; its state names `LanguageState` as well.

    Reflex gives each such state handlers of its own, copied from here.
    """

    @rx.event(background=True)
    @declares(LINK)
    async def watch(self: Any) -> None:
        """Follow the booking for as long as the page is open; Reflex ends it with the socket."""
        async with self:
            token = self._link_token()
            self._speak_as_asked()
            self._open()
        booking_id = await until_read(lambda: self._find_booking(token))
        if booking_id is not None:
            read = functools.partial(self._read, token)
            async with contextlib.aclosing(looks(booking_id, read, self._changes_in)) as views:
                async for view in views:
                    async with self:
                        self._show(view)
        async with self:
            self._show(None)

    @rx.event(background=True)
    @declares(LINK)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._refresh()

    @rx.event(background=True)
    @declares(LINK)
    async def set_language(self: Any, lang: str) -> None:
        """Speak another language."""
        async with self:
            self._speak(lang)
            self._forget_words()
        await self._refresh()

    async def _refresh(self: Any) -> None:
        """One fresh read outside the lock, shown inside it."""
        async with self:
            token = self._link_token()
        view = await self._read(token)
        async with self:
            self._show(view)

    async def _find_booking(self, token: str) -> int | None:
        """The booking that the page of `token` follows, `None` for an unknown token."""
        raise NotImplementedError

    async def _read(self, token: str) -> Any:
        """What the page of `token` shows now, `None` when there is nothing."""
        raise NotImplementedError

    def _show(self, view: Any) -> None:
        """Set everything that the browser sees, or that there is nothing for `None`."""
        raise NotImplementedError

    def _changes_in(self, _view: Any) -> float:
        """Seconds until the clock alone changes the view; 0: it does not."""
        return 0.0

    def _open(self) -> None:
        """Forget what belonged to another page of this tab."""

    def _forget_words(self) -> None:
        """Drop what was said in another language and is not read anew."""

    def _link_token(self) -> str:
        """The last part of the page's address."""
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    def _client_address(self) -> str:
        """Where a click comes from: the peer, or what trusted proxies say about it."""
        return client_address(
            self.router.session.client_ip,
            self.router.headers.raw_headers.get("x-forwarded-for", ""),
            services().settings.trusted_proxies,
        )
