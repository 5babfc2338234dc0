"""Money back in tests: two finance users, and what the simulator's ledger says of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from payment_app.domain.refunds import Way
from payment_app.domain.staff import Role
from payment_app.services.refunds.requests import Wish
from payment_app.services.staff.member import Member
from payment_app.storage.refund_tables import Refund
from payment_app.storage.tables import Payment
from tests.integration.kit import completed
from tests.integration.members import hire
from tests.integration.world import World

PASSWORD = "correct horse battery"


class Money:
    """One world with people who may give money back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asker: Member
        self.other: Member

    async def hire(self) -> Money:
        """Two of finance, with passwords."""
        database, clock = self.world.runtime.database, self.world.clock
        self.asker, self.other = [
            await hire(database, clock, Role.FINANCE, name, password=PASSWORD)
            for name in ("Amina Otieno", "Brian Mwangi")
        ]
        return self

    async def paid(self, amount: int = 2_500) -> Payment:
        """A payment that its customer paid."""
        payment = await completed(self.world, amount)
        self.world.clock.advance(121)  # M-Pesa's own pause between prompts to one phone
        return payment

    async def ask(self, payment: Payment, amount: int | None = None, **more: Any) -> int:
        """Ask for a refund; its id."""
        wanted = None if amount is None else Decimal(amount)
        wish = Wish(payment.payment_id or 0, wanted, more.pop("reason", "paid twice"), **more)
        return (await self.world.runtime.refunds.ask(self.asker, wish)).refund_id

    async def approve(self, refund_id: int) -> None:
        """The other one agrees."""
        await self.world.runtime.refunds.approve(self.other, refund_id, PASSWORD)

    async def run(self) -> None:
        """Send what was agreed to and read what M-Pesa says to it."""
        await self.world.runtime.refund_sender.tick()
        await self.world.settle()

    async def later(self, seconds: float) -> None:
        """Time passes; what is due is asked, answered and, if need be, sent again."""
        self.world.clock.advance(seconds)
        await self.world.runtime.refund_questions.tick()
        await self.world.settle()

    async def refunded(self, payment: Payment, amount: int | None = None) -> Refund:
        """Asked for, sent, answered."""
        refund_id = await self.ask(payment, amount)
        await self.run()
        return await self.refund(refund_id)

    async def refund(self, refund_id: int) -> Refund:
        return await self.world.runtime.refund_views.get(refund_id)

    async def refunds(self) -> list[Refund]:
        async with self.world.runtime.database.read() as session:
            rows = await session.execute(select(Refund).order_by(col(Refund.refund_id)))
            return list(rows.scalars())

    async def statuses(self) -> list[str]:
        return [refund.status for refund in await self.refunds()]

    @property
    def movements(self) -> list[tuple[str, int]]:
        """What the simulator says went back."""
        return [(one.kind, one.amount) for one in self.world.simulator.ledger.returned]

    async def agree(self) -> None:
        """Our tables and the simulator's ledger agree to the shilling, and the books are whole."""
        async with self.world.runtime.database.read() as session:
            rows = (await session.execute(select(Payment))).scalars()
            returned = sum(payment.amount_refunded for payment in rows)
        assert returned == self.world.simulator.ledger.total_returned
        found = await self.world.runtime.invariants.look()
        assert found.broken == []


EXTERNAL = Way.EXTERNAL
