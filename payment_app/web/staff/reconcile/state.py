"""The reconcile page holds nothing: the file and what it says stay in the browser."""

from __future__ import annotations

from payment_app.domain.staff import Permission
from payment_app.web.staff.state import StaffState, staff_event


class ReconcileState(StaffState):
    """One open page."""

    @staff_event(Permission.EXPORT)
    async def open_page(self) -> None:
        """Show the form to whom the page serves."""
        await self._ready()

    @staff_event(Permission.EXPORT)
    async def look_again(self) -> None:
        """The page was in the background: the answer proves the line and the session."""
        await self._ready()

    async def _ready(self) -> None:
        async with self:
            self._loaded()
