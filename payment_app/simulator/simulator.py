"""The simulator as one object: Daraja, its customers, and the pages of their phones."""

from __future__ import annotations

from functools import cached_property

from starlette.types import ASGIApp

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.phone.routes import make_phone_app


class Simulator(SimulatorCore):
    """A Daraja with its customers; made and used as `SimulatorCore` says."""

    @cached_property
    def phone_app(self) -> ASGIApp:
        """ASGI app with the phone page, its feed, `/control` and `/ledger`."""
        return make_phone_app(self)
