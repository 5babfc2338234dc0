"""The activity log's page: its address is its state."""

from __future__ import annotations

from collections.abc import Mapping

from payment_app.domain.errors import BadInput
from payment_app.domain.staff import Permission
from payment_app.services.staff.activity import ActivityPage, ActivityQuery, read_day
from payment_app.web.numbers import whole_number
from payment_app.web.services import services
from payment_app.web.staff.activity.view import (
    FIELDS,
    ActivityView,
    show_actions,
    show_activity,
    show_form,
)
from payment_app.web.staff.state import StaffState, acting, staff_event

_LONGEST_FIELD = 300


class ActivityState(StaffState):
    """One open page of the log."""

    log: ActivityView = ActivityView()

    @staff_event(Permission.ADMINISTER)
    async def open_page(self) -> None:
        """Show what the address asks for."""
        await self._read()

    @staff_event(Permission.ADMINISTER)
    async def look_again(self) -> None:
        """Read once more: the page was in the background, and the answer proves the line."""
        await self._read()

    async def _read(self) -> None:
        async with self:
            address, asked = self._address(), dict(self.router.url.query_parameters)
        params = {key: value[:_LONGEST_FIELD] for key, value in asked.items()}
        actions = await services().activity.actions(acting())
        try:
            page = await _page_of(params)
        except BadInput as refusal:
            log = ActivityView(
                form=show_form(params), actions=show_actions(actions), problem=refusal.sentence
            )
        else:
            log = show_activity(page, actions, params, services().clock())
        async with self:
            if self._address() == address:
                self.log = log
                self._loaded()


async def _page_of(params: Mapping[str, str]) -> ActivityPage:
    member, action, subject, since, until = (params.get(name, "") for name in FIELDS)
    wanted = ActivityQuery(member, action, subject, read_day(since), read_day(until))
    before, after = (whole_number(params.get(way, "")) for way in ("before", "after"))
    return await services().activity.page(acting(), wanted, before=before, after=after)
