"""Saved views: named addresses of the payments list, a member's own or shared with all staff."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.domain.errors import BadInput, Conflict, NotFound
from payment_app.domain.sight import Sight
from payment_app.domain.staff import Permission
from payment_app.services.shared.clock import Clock
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.staff_tables import SavedView, Staff
from payment_app.storage.types import stored_id

MOST_VIEWS = 50
LONGEST_NAME = 60
LONGEST_QUERY = 1_000
_MOST_LISTED = 500
_MOST_FIELDS = 40
_FIELD = re.compile(r"[a-z][a-z_]{0,19}")
_PLACES = ("after", "before")
"""Where in the list one was; a view always opens at its top."""


@dataclass(frozen=True)
class View:
    """A saved view as one member sees it.

    Attributes:
        query: to stand behind `/staff/payments?`; "" is the plain list.
        shared: all staff see it.
        own: it belongs to this member.
        owner: name of whom it belongs to.
    """

    view_id: int
    name: str
    query: str
    shared: bool
    own: bool
    owner: str


class SavedViews:
    """What members do with saved views."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for(self, who: Member) -> list[View]:
        """The member's own views and those that others share, by name.

        Raises:
            Forbidden: `not_allowed`.
        """
        who.require(Permission.READ)
        async with self._database.read() as session:
            rows = await session.execute(
                select(SavedView, col(Staff.name))
                .join(Staff, col(Staff.staff_id) == col(SavedView.staff_id))
                .where((col(SavedView.staff_id) == who.staff_id) | col(SavedView.shared).is_(True))
                .order_by(func.lower(col(SavedView.name)), col(SavedView.view_id))
                .limit(_MOST_LISTED)
            )
            return [_view(view, owner, who) for view, owner in rows]

    async def save(self, who: Member, name: str, query: str, shared: bool = False) -> View:
        """Keep an address under a name.

        Raises:
            Forbidden: `not_allowed`; sharing needs `Permission.NOTE`.
            BadInput: `invalid_view_name` or `invalid_view_query`.
            Conflict: `view_name_taken` or `too_many_views`.
        """
        who.require(Permission.NOTE if shared else Permission.READ)
        view = SavedView(
            staff_id=who.staff_id,
            name=_name(name),
            query=clean_query(query),
            shared=shared,
            created_at=self._clock(),
        )
        try:
            async with self._database.write() as session:
                await _room_for_one(session, who)
                session.add(view)
                await session.flush()
                self._note(session, who, "view_saved", view, after=_facts(view))
        except IntegrityError:
            raise _taken(view.name) from None
        return _view(view, who.name, who)

    async def rename(self, who: Member, view_id: int, name: str) -> None:
        """Give one of the member's own views another name.

        Raises:
            Forbidden: `not_allowed`.
            NotFound: `view_not_found`, also for a view of somebody else.
            BadInput: `invalid_view_name`.
            Conflict: `view_name_taken`.
        """
        who.require(Permission.READ)
        words = _name(name)
        try:
            async with self._database.write() as session:
                view = await _get(session, view_id)
                if view is None or view.staff_id != who.staff_id:
                    raise _missing()
                who.require(Permission.NOTE if view.shared else Permission.READ)
                former, view.name = view.name, words
                self._note(
                    session, who, "view_renamed", view, before={"name": former}, after=_facts(view)
                )
                await session.flush()
        except IntegrityError:
            raise _taken(words) from None

    async def delete(self, who: Member, view_id: int) -> None:
        """Delete one of the member's own views; an administrator may delete any shared one.

        Raises:
            Forbidden: `not_allowed`.
            NotFound: `view_not_found`, also for a private view of somebody else.
        """
        who.require(Permission.READ)
        async with self._database.write() as session:
            view = await _get(session, view_id)
            if view is None or (view.staff_id != who.staff_id and not view.shared):
                raise _missing()
            if view.staff_id != who.staff_id:
                who.require(Permission.ADMINISTER)
            await session.delete(view)
            self._note(session, who, "view_deleted", view, before=_facts(view))

    def _note(
        self,
        session: AsyncSession,
        who: Member,
        action: str,
        view: SavedView,
        *,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> None:
        subject = f"view:{view.view_id}"
        note_action(session, who, action, subject, at=self._clock(), before=before, after=after)


def clean_query(query: str) -> str:
    """The query string of an address, written anew, without the place in the list.

    Raises:
        BadInput: `invalid_view_query`.
    """
    if len(query) > LONGEST_QUERY:
        raise _bad_query()
    try:
        fields = parse_qsl(
            query.removeprefix("?"),
            keep_blank_values=False,
            strict_parsing=bool(query.removeprefix("?")),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise _bad_query() from None
    if any(not _FIELD.fullmatch(name) or not value.isprintable() for name, value in fields):
        raise _bad_query()
    clean = urlencode([(name, value) for name, value in fields if name not in _PLACES])
    if len(clean) > LONGEST_QUERY:
        raise _bad_query()
    return clean


def _bad_query() -> BadInput:
    return BadInput(
        "invalid_view_query",
        "This is no address of the payments list. Nothing was saved: set the filters again, "
        "then save the view.",
    )


def _name(name: str) -> str:
    words = " ".join(name.split())
    if not 1 <= len(words) <= LONGEST_NAME or not words.isprintable():
        raise BadInput(
            "invalid_view_name",
            f"The name of a view must have 1 to {LONGEST_NAME} characters. Nothing was saved.",
        )
    return words


def _taken(name: str) -> Conflict:
    return Conflict(
        "view_name_taken",
        f"You have a view called “{name}” already. Nothing was saved: choose another name.",
    )


def _missing() -> NotFound:
    return NotFound("view_not_found", "There is no such view of yours. Nothing was changed.")


async def _get(session: AsyncSession, view_id: int) -> SavedView | None:
    if not 0 < view_id < 2**31:
        return None
    return await session.get(SavedView, view_id, with_for_update=True)


async def _room_for_one(session: AsyncSession, who: Member) -> None:
    """One save of a member at a time, so that two at once cannot pass the limit together."""
    await session.get(Staff, who.staff_id, with_for_update={"key_share": True})
    number = await session.execute(
        select(func.count()).where(col(SavedView.staff_id) == who.staff_id)
    )
    if number.scalar_one() >= MOST_VIEWS:
        raise Conflict(
            "too_many_views",
            f"You have {MOST_VIEWS} views already. Nothing was saved: delete one first.",
        )


def _facts(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "shared": view.shared}


def _seen(query: str, sight: Sight) -> str:
    """The query without numbers that the member may not see; such a view finds nothing then."""
    fields = [(name, sight.text(value)) for name, value in parse_qsl(query)]
    return urlencode(fields)


def _view(view: SavedView, owner: str, who: Member) -> View:
    sight = who.sight
    return View(
        stored_id(view.view_id),
        sight.text(view.name),
        _seen(view.query, sight),
        view.shared,
        own=view.staff_id == who.staff_id,
        owner=owner,
    )
