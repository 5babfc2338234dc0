"""Accounts and sessions around one database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from payment_app.domain.staff import Role
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.sessions import Sessions, SignedIn
from payment_app.storage.database import Database
from tests.books import KEYS
from tests.conftest import FakeClock
from tests.integration.members import hire

KEY = "k" * 40
PASSWORD = "correct horse battery"


class StaffWorld:
    """What signing in needs."""

    def __init__(
        self,
        database_url: str,
        clock: FakeClock,
        *,
        enrolment_required: bool = False,
        demo_allowed: bool = True,
    ) -> None:
        self.clock = clock
        self.database = Database(database_url, KEYS)
        self.accounts = Accounts(self.database, clock, KEY)
        self.sessions = Sessions(
            self.database,
            clock,
            KEY,
            enrolment_required=enrolment_required,
            demo_allowed=demo_allowed,
        )

    async def hire(self, email: str, role: Role = Role.CASHIER) -> int:
        """A member with the usual password; their id."""
        who = await hire(
            self.database, self.clock, role, "Amina Ali", email=email, password=PASSWORD
        )
        return who.staff_id

    async def sign_in(
        self,
        email: str,
        password: str = PASSWORD,
        *,
        code: str = "",
        address: str = "192.0.2.99",
        devices: str = "",
    ) -> SignedIn:
        """A new session; `devices` is the cookie by which the browser may be known."""
        return await self.sessions.sign_in(email, password, code, address=address, devices=devices)

    async def rows(self, table: Any) -> list[Any]:
        """Every row of `table`."""
        async with self.database.read() as session:
            return list((await session.execute(select(table))).scalars())
