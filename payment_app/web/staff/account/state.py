"""A member's own account: authenticator app, password, sessions. Open to everybody signed in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payment_app.services.shared.policy import MEMBER
from payment_app.web.services import services
from payment_app.web.staff.account.texts import ACCOUNT
from payment_app.web.staff.account.view import SessionLine, show_sessions
from payment_app.web.staff.state import StaffState, acting, member_event

PATH = "/staff/account"


class AccountState(StaffState):
    """One open account page. Secrets stand in it only between two steps of the enrolment."""

    enrolled: bool = False
    must_enrol: bool = False
    must_change: bool = False
    qr: str = ""
    key: str = ""
    codes: list[str] = []  # noqa: RUF012
    codes_text: str = ""
    sessions: list[SessionLine] = []  # noqa: RUF012

    @member_event(MEMBER)
    async def open_page(self) -> None:
        """Show the account, and forget what another visit showed."""
        async with self:
            self.qr, self.key, self.codes, self.codes_text = "", "", [], ""
        await self._read()

    @member_event(MEMBER)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._read()

    @member_event(MEMBER)
    async def begin_totp(self, form: dict[str, Any]) -> None:
        """Show a fresh secret, to whoever knows the password."""
        made = await services().accounts.begin_totp(acting(), str(form.get("password", "")))
        async with self:
            self.qr, self.key = made.qr, made.secret

    @member_event(MEMBER)
    async def confirm_totp(self, form: dict[str, Any]) -> None:
        """Connect the app, and show the recovery codes once."""
        codes = await services().accounts.confirm_totp(acting(), str(form.get("code", "")))
        async with self:
            self.qr, self.key, self.codes = "", "", codes
            self.codes_text = "\n".join(codes)
            self._say(ACCOUNT["app_done"])
        await self._read()

    @member_event(MEMBER)
    async def new_codes(self, form: dict[str, Any]) -> None:
        """Make recovery codes anew, and show them once."""
        password = str(form.get("password", ""))
        codes = await services().accounts.new_recovery_codes(acting(), password)
        async with self:
            self.codes, self.codes_text = codes, "\n".join(codes)

    @member_event(MEMBER)
    async def change_password(self, form: dict[str, Any]) -> None:
        """Change the password; other sessions end."""
        new = str(form.get("new", ""))
        if new != str(form.get("again", "")):
            async with self:
                self._say(ACCOUNT["password_differ"], "bad")
            return
        await services().accounts.change_password(acting(), str(form.get("old", "")), new)
        async with self:
            self._say(ACCOUNT["password_done"])
        await self._read(changed=True)

    @member_event(MEMBER)
    async def end_session(self, session_id: int) -> None:
        """End one of the member's own sessions."""
        await services().sessions.end(acting(), session_id)
        async with self:
            self._say(ACCOUNT["session_ended"])
        await self._read()

    async def _read(self, *, changed: bool = False) -> None:
        """Read and show the account; `changed` = the password is not a temporary one any more."""
        who, now = acting(), services().clock()
        if changed:
            who = replace(who, must_change=False)
        enrolled = await services().accounts.has_totp(who)
        opened = await services().sessions.list_for(who)
        lines = show_sessions(opened, now)
        async with self:
            if self.router.url.path == PATH:
                self.enrolled, self.sessions = enrolled, lines
                self.must_change = who.must_change
                self.must_enrol = who.must_enrol and not enrolled
                self._loaded()
