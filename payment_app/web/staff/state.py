"""What every staff page shares: who is signed in, and the gate that each handler passes.

Every public method of a state can be called by anybody over the socket. A handler of the console
is therefore made with `staff_event`, which looks up the session behind the HttpOnly cookie of the
socket's handshake each time, before anything else happens. Signing out, a changed role and a
disabled account so bite at the next event, and a page that stays open asks again at each look.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

import reflex as rx
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from payment_app.domain.errors import Refusal
from payment_app.domain.sight import mask_numbers
from payment_app.domain.staff import Permission
from payment_app.services.operations.health import rail_in_use
from payment_app.services.shared.policy import Policy, declares, staff
from payment_app.services.staff.member import Member, admits
from payment_app.web.services import services
from payment_app.web.staff.formats import show_trouble
from payment_app.web.staff.texts import FIELDS_REFUSED, FRAME, REFUSED, ROLES
from payment_app.web.watching import until_read

log = logging.getLogger(__name__)

_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout, OSError)

_acting: ContextVar[Member] = ContextVar("acting")


@dataclass(frozen=True)
class Viewer:
    """The signed-in member as the frame shows them, and what their page may offer.

    `test` means that payments are pretended.
    """

    name: str = ""
    email: str = ""
    role: str = ""
    test: bool = False
    may_check: bool = False
    may_note: bool = False
    may_book: bool = False
    may_reveal: bool = False
    may_export: bool = False
    may_refund: bool = False
    may_administer: bool = False


@dataclass(frozen=True)
class Notice:
    """One sentence after an action.

    Attributes:
        number: makes the same sentence new again. An empty one only says that it was done.
        field: of the form, that a refusal is about; "" for none.
        at: path of the page that it is meant for: it does not follow to another one.
    """

    text: str = ""
    tone: str = "good"
    number: int = 0
    field: str = ""
    at: str = ""


class Visit(NamedTuple):
    """One opening of one page."""

    number: int
    path: str


class StaffState(rx.State):
    """One open page of the console."""

    viewer: Viewer = Viewer()
    notice: Notice = Notice()
    leave_to: str = ""
    waiting: int = 0
    trouble: str = ""
    looked: int = 0
    loaded_path: str = ""

    _visit: int = 0

    async def _enter(self: Any) -> Visit:
        """The visit of a page that stays; a later one in the same tab takes its place."""
        async with self:
            self._visit += 1
            return Visit(self._visit, self.router.url.path)

    async def _stays(
        self: Any, visit: Visit, permission: Permission, hint: asyncio.Event | None = None
    ) -> bool:
        """Whether that page is still open, and its member may still look at it.

        While the database is away nobody can say so: the page says that, and waits.
        """
        trouble = show_trouble(await services().health.look())
        async with self:
            if not self._is(visit):
                return False
            handshake = _handshake(self)
            self._surround(trouble, self.waiting)
        member = await until_read(lambda: services().member(*handshake), hint)
        admitted = admits(staff(permission), member)
        waiting = await until_read(services().waiting.badge, hint) if admitted else 0
        if member is not None:
            _acting.set(member)  # what is shown next is for the role of now
        if not admitted or waiting != self.waiting:
            async with self:
                if not self._is(visit):
                    return False
                if admitted:
                    self._surround(trouble, waiting)
                else:
                    self._leave()
        return admitted

    def _surround(self, trouble: str, waiting: int) -> None:
        """What the frame says around each page; what is as before is not sent again."""
        if self.trouble != trouble:
            self.trouble = trouble
        if self.waiting != waiting:
            self.waiting = waiting

    def _is(self, visit: Visit) -> bool:
        return Visit(self._visit, self.router.url.path) == visit

    def _view(self, member: Member) -> None:
        viewer = show_viewer(member)
        if viewer != self.viewer:
            self.viewer = viewer

    def _say(self, text: str, tone: str = "good", *, field: str = "", at: str = "") -> None:
        """Say it here, or on the page `at` that the tab is sent to."""
        path = at or self.router.url.path
        self.notice = Notice(mask_numbers(text), tone, self.notice.number + 1, field, path)

    def _loaded(self) -> None:
        """The contents are this page's, fresh."""
        self.loaded_path = self.router.url.path
        self.looked += 1
        self.leave_to = ""

    def _is_empty(self) -> bool:
        """Whether nothing was shown to anybody yet."""
        return self.viewer == Viewer() and not self.looked

    def _leave(self) -> None:
        """Nobody is signed in any more: forget what the page shows, and go to sign in."""
        self.reset()  # type: ignore[no-untyped-call]
        self.leave_to = f"/staff/login?next={quote(self._address())}"

    def _address(self) -> str:
        """Of the page that is open, with its query: what was read for another one is too late."""
        url = self.router.url
        return url.path + (f"?{url.query}" if url.query else "")


def staff_loaded() -> Any:
    """Whether the state holds the contents of the page that is open (in a component: a var)."""
    here = StaffState.loaded_path == StaffState.router.url.path
    # Before the first word from the server both are empty, and nothing was looked at yet.
    return (StaffState.looked != 0) & here


def acting() -> Member:
    """The member on whose behalf the present handler runs."""
    return _acting.get()


def staff_event(permission: Permission) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """An event handler for members who have `permission`; runs in the background.

    What was refused is said on the page in the refusal's own words.
    """
    return member_event(staff(permission))


def member_event(policy: Policy) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """The same for any policy."""

    def wrap(handler: Callable[..., Awaitable[Any]]) -> Any:
        @functools.wraps(handler)
        async def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            member = await _admitted(self, policy)
            if member is None:
                return None
            mark = _acting.set(member)
            try:
                return await handler(self, *args, **kwargs)
            except Refusal as refusal:
                await _tell(self, *refused(refusal))
            except _AWAY as error:
                log.warning("A staff page cannot reach the database: %r", error)
                await _tell(self, FRAME["database_away"])
            except Exception:
                log.exception("A staff page's event failed: %s", handler.__qualname__)
                await _tell(self, FRAME["unforeseen"])
            finally:
                _acting.reset(mark)
            return None

        # Reflex reads the arguments from here: the wrapper's own would be `*args`.
        guarded.__signature__ = inspect.signature(handler)  # type: ignore[attr-defined]
        return rx.event(declares(policy)(guarded), background=True)

    return wrap


def show_viewer(member: Member) -> Viewer:
    """A member in the words of the frame."""
    may = {f"may_{p.value}": member.may(p) for p in Permission if p is not Permission.READ}
    return Viewer(
        name=member.name,
        email=member.email,
        role=ROLES[member.role.value],
        test=rail_in_use(services().settings) != "live",
        **may,
    )


async def _admitted(state: Any, policy: Policy) -> Member | None:
    """The member, when `policy` serves them; otherwise the page says why not."""
    async with state:
        handshake = _handshake(state)
    try:
        member = await services().member(*handshake)
        waiting = await services().waiting.badge() if member else 0
    except _AWAY as error:
        log.warning("A session cannot be looked up: %r", error)
        await _tell(state, FRAME["database_away"])
        return None
    trouble = show_trouble(await services().health.look())
    async with state:
        if member is None:
            state._leave()
        elif not member.settled and not state.router.url.path.startswith("/staff/account"):
            state.leave_to = "/staff/account"
        elif admits(policy, member):
            state._view(member)
            state._surround(trouble, waiting)
            return member
        else:
            state._view(member)
            state._say(FRAME["not_allowed"].format(role=ROLES[member.role.value]), "bad")
            state._loaded()
    return None


def _handshake(state: Any) -> tuple[str, str, str]:
    """What the socket's handshake said: cookies, peer, X-Forwarded-For."""
    headers = state.router.headers.raw_headers
    peer = state.router.session.client_ip
    return headers.get("cookie", ""), peer, headers.get("x-forwarded-for", "")


def refused(refusal: Refusal) -> tuple[str, str]:
    """A refusal in the words that a payer would read, if there are some; the field it is about."""
    sentence = REFUSED.get(refusal.code, refusal.sentence)
    return sentence, FIELDS_REFUSED.get(refusal.code, refusal.code.removeprefix("invalid_"))


async def _tell(state: Any, sentence: str, field: str = "") -> None:
    async with state:
        state._say(sentence, "bad", field=field)
