"""The simulator as one object: Daraja, its customers, and the pages of their phones."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.phone.routes import make_phone_app
from payment_app.simulator.settings import Clock, Deliver, SimulatorConfig, Sleep, utc_now


class Simulator(SimulatorCore):
    """A Daraja with its customers; arguments, attributes and methods as in `SimulatorCore`.

    Attributes:
        phone_app: ASGI app with the phone page, its feed, `/control` and `/ledger`.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        clock: Clock = utc_now,
        deliver: Deliver,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(config, clock=clock, deliver=deliver, sleep=sleep)
        self.phone_app: ASGIApp = make_phone_app(self)
