"""The settings page: staff for administrators, the rest for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payment_app.domain.errors import BadInput, NotFound
from payment_app.domain.staff import Permission, Role
from payment_app.services.staff.member import Member
from payment_app.services.staff.passwords import spoken_password
from payment_app.web.numbers import whole_number
from payment_app.web.services import services
from payment_app.web.staff.settings.texts import SETTINGS, STAFF, VIEWS
from payment_app.web.staff.settings.view import (
    SettingsView,
    StaffLine,
    show_settings,
    show_staff,
)
from payment_app.web.staff.state import StaffState, acting, staff_event
from payment_app.web.staff.texts import FRAME, ROLES

PATH = "/staff/settings"


@dataclass(frozen=True)
class Temporary:
    """A password that is shown once to whoever made it."""

    title: str = ""
    password: str = ""


class SettingsState(StaffState):
    """One open settings page."""

    view: SettingsView = SettingsView()
    members: list[StaffLine] = []  # noqa: RUF012
    temporary: Temporary = Temporary()

    @staff_event(Permission.READ)
    async def open_page(self) -> None:
        """Show everything that this member may see."""
        await self._forget_temporary()
        await self._read()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._read()

    @staff_event(Permission.READ)
    async def hide(self) -> None:
        """Forget the temporary password."""
        await self._forget_temporary()

    @staff_event(Permission.ADMINISTER)
    async def add_member(self, form: dict[str, Any]) -> None:
        """Make a member with a temporary password."""
        await self._forget_temporary()
        password, name = spoken_password(), _text(form, "name")
        await services().accounts.create(
            email=_text(form, "email"), name=name, role=_role(form), password=password, who=acting()
        )
        await self._done(STAFF["added"].format(name=name), Temporary(_title(name), password))

    @staff_event(Permission.ADMINISTER)
    async def change_role(self, form: dict[str, Any]) -> None:
        """Give a member another role."""
        role = _role(form)
        await services().accounts.change_role(acting(), _number(form, "staff_id"), role)
        await self._done(STAFF["role_changed"].format(role=ROLES[role.value]))

    @staff_event(Permission.ADMINISTER)
    async def disable(self, form: dict[str, Any]) -> None:
        """Let a member in no more."""
        await services().accounts.disable(acting(), _number(form, "staff_id"))
        await self._done(STAFF["disabled_now"])

    @staff_event(Permission.ADMINISTER)
    async def enable(self, form: dict[str, Any]) -> None:
        """Let a member in again."""
        await services().accounts.enable(acting(), _number(form, "staff_id"))
        await self._done(STAFF["enabled_now"])

    @staff_event(Permission.ADMINISTER)
    async def reset_password(self, form: dict[str, Any]) -> None:
        """Show a temporary password for a member."""
        await self._forget_temporary()
        staff_id = _number(form, "staff_id")
        password = await services().accounts.reset_password(acting(), staff_id)
        members = await services().accounts.list()
        name = next((m.name for m in members if m.staff_id == staff_id), "")
        await self._done("", Temporary(_title(name), password))

    @staff_event(Permission.ADMINISTER)
    async def reset_authenticator(self, form: dict[str, Any]) -> None:
        """Forget a member's authenticator."""
        await services().accounts.reset_totp(acting(), _number(form, "staff_id"))
        await self._done(STAFF["authenticator_reset"])

    @staff_event(Permission.READ)
    async def rename_view(self, form: dict[str, Any]) -> None:
        """Give one of the member's views another name."""
        name = _text(form, "name")
        await services().saved_views.rename(acting(), _number(form, "view_id"), name)
        await self._done(VIEWS["renamed"].format(name=" ".join(name.split())))

    @staff_event(Permission.READ)
    async def delete_view(self, form: dict[str, Any]) -> None:
        """Delete a view of the member's own, or a shared one for an administrator."""
        await services().saved_views.delete(acting(), _number(form, "view_id"))
        await self._done(VIEWS["deleted"])

    async def _done(self, sentence: str, temporary: Temporary = Temporary()) -> None:
        await self._read()
        async with self:
            if temporary.password:
                self.temporary = temporary
            self._say(sentence)

    async def _forget_temporary(self) -> None:
        async with self:
            self.temporary = Temporary()

    async def _read(self) -> None:
        """Read everything outside the lock, and show it inside."""
        who = acting()
        health = await services().health.look()
        views = await services().saved_views.list_for(who)
        members = await _members(who)
        view = show_settings(
            health,
            services().health.environment(),
            views,
            administers=who.may(Permission.ADMINISTER),
        )
        async with self:
            if self.router.url.path == PATH:
                self.view, self.members = view, members
                self._loaded()


async def _members(who: Member) -> list[StaffLine]:
    """The staff table, for administrators only."""
    if not who.may(Permission.ADMINISTER):
        return []
    return show_staff(await services().accounts.list(), who.staff_id)


def _title(name: str) -> str:
    return STAFF["temporary"].format(name=" ".join(name.split()))


def _text(form: dict[str, Any], name: str) -> str:
    return str(form.get(name, ""))[:500]


def _number(form: dict[str, Any], name: str) -> int:
    """An id from a hidden field.

    Raises:
        NotFound: `not_found`, it is no number.
    """
    number = whole_number(_text(form, name))
    if number is None:
        raise NotFound("not_found", FRAME["nothing_here"])
    return number


def _role(form: dict[str, Any]) -> Role:
    try:
        return Role(_text(form, "role"))
    except ValueError:
        raise BadInput("invalid_role", SETTINGS["no_role"]) from None
