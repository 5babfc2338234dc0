"""The gate page: one receipt after another."""

from __future__ import annotations

from typing import Any

from payment_app.domain.errors import Conflict
from payment_app.domain.staff import Permission
from payment_app.web.services import services
from payment_app.web.staff.gate.view import GateView, show_receipt_at_gate
from payment_app.web.staff.state import StaffState, acting, staff_event

_LONGEST_CODE = 300


class GateState(StaffState):
    """One open gate."""

    shown: GateView = GateView()

    _code: str = ""

    @staff_event(Permission.READ)
    async def open_page(self) -> None:
        """Show an empty gate."""
        async with self:
            self._code, self.shown = "", GateView()
            self._loaded()

    @staff_event(Permission.READ)
    async def look_again(self) -> None:
        """Say that the line is alive; what was shown stays until the next receipt."""
        async with self:
            self._loaded()

    @staff_event(Permission.READ)
    async def look(self, form: dict[str, Any]) -> None:
        """Look at the receipt whose code was scanned or typed."""
        code = str(form.get("code", ""))[:_LONGEST_CODE].strip()
        if code:
            await self._look(code)

    async def _look(self, code: str) -> None:
        seen = await services().gate.look(code)
        async with self:
            self._code = code
            self.shown = show_receipt_at_gate(seen, services().clock())
            self._loaded()

    @staff_event(Permission.READ)
    async def let_in(self) -> None:
        """Let in whoever showed the receipt that stands on the page."""
        async with self:
            code = self._code
        try:
            seen = await services().gate.let_in(code, acting())
        except Conflict:  # another gate was first, or the money went back meanwhile
            await self._look(code)
            return
        async with self:
            self.shown = show_receipt_at_gate(seen, services().clock(), entered=True)
            self._loaded()
