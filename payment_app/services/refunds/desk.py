"""What people do with refunds: ask for one, agree, refuse, send again, write down another way.

Whatever is above the limit needs a second person, who enters their password again; nobody agrees to
their own. What is agreed to is sent by `sender`, never from here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from sqlalchemy.exc import IntegrityError

from payment_app.domain.errors import Conflict
from payment_app.domain.refunds import RefundStatus
from payment_app.domain.staff import Permission
from payment_app.services.refunds import requests
from payment_app.services.refunds.requests import (
    API,
    Asked,
    Wish,
    in_progress,
    no_refund,
    read_reason,
)
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.audit import note_action
from payment_app.services.staff.member import Member
from payment_app.storage.database import Database
from payment_app.storage.refund_tables import Refund


class RefundDesk:
    """Where refunds are asked for and agreed to.

    Args:
        limit: shillings above which a second person is needed.
        agreed: told after each commit that leaves something to send.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        *,
        limit: Decimal,
        agreed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._limit = limit
        self._agreed = agreed

    @property
    def limit(self) -> Decimal:
        """Shillings above which a second person is needed."""
        return self._limit

    async def ask(self, who: Member, wish: Wish) -> Asked:
        """Ask for a refund; up to the limit it is agreed to at once.

        Raises:
            Forbidden, NotFound: `payment_not_found`.
            BadInput: `invalid_amount`, `invalid_reason`, `no_way`.
            Conflict: `nothing_to_refund`, `refund_in_progress`.
        """
        who.require(Permission.REFUND)
        asked = await self._ask(wish, who.email[:60])
        await self._log(who, "refund_requested", asked.refund_id, amount=asked.amount)
        return asked

    async def ask_by_key(self, wish: Wish) -> Asked:
        """The same for a caller of the API; above the limit a member has to agree."""
        return await self._ask(wish, API)

    async def approve(self, who: Member, refund_id: int, password: str) -> None:
        """Agree to somebody else's refund.

        Raises:
            Forbidden: `not_allowed`, `own_refund`, `wrong_password`.
            NotFound: `refund_not_found`.
            Conflict: `refund_decided`.
            TooMany: `too_many_tries`.
        """
        who.require(Permission.REFUND)
        await self._accounts.prove(who, password)
        decide = partial(
            requests.approve, refund_id=refund_id, actor=who.email[:60], now=self._clock()
        )
        await self._database.transact(decide)
        reached(Step.AFTER_R1)
        await self._log(who, "refund_approved", refund_id)
        self._agreed()

    async def reject(self, who: Member, refund_id: int, why: str) -> None:
        """Refuse a refund that waits; whoever asked for it may take it back in the same way.

        Raises:
            Forbidden, NotFound: `refund_not_found`.
            BadInput: `invalid_reason`.
            Conflict: `refund_decided`.
        """
        who.require(Permission.REFUND)
        words = read_reason(why)
        refuse = partial(
            requests.reject, refund_id=refund_id, actor=who.email[:60], why=words, now=self._clock()
        )
        await self._database.transact(refuse)
        await self._log(who, "refund_rejected", refund_id, reason=words)

    async def send_again(self, who: Member, refund_id: int) -> Asked:
        """Ask once more for a refund that failed: a new one, in a way that was not refused.

        Raises:
            Conflict: `refund_not_failed`, and what `ask` raises.
        """
        async with self._database.read() as session:
            refund = await session.get(Refund, refund_id) if refund_id > 0 else None
        if refund is None:
            raise no_refund()
        if refund.status != RefundStatus.FAILED:
            raise Conflict(
                "refund_not_failed",
                "Only a refund that failed can be sent again. Nothing was sent.",
            )
        wish = Wish(refund.payment_id, refund.amount, refund.reason, refund.close_booking)
        return await self.ask(who, wish)

    async def _ask(self, wish: Wish, actor: str) -> Asked:
        write = partial(
            requests.request,
            wish=wish,
            reason=read_reason(wish.reason),
            actor=actor,
            limit=self._limit,
            now=self._clock(),
        )
        try:
            asked = await self._database.transact(write)
        except IntegrityError as error:  # the constraint said what two at once did not see
            raise in_progress() from error
        reached(Step.AFTER_R1)
        if asked.status is RefundStatus.APPROVED:
            self._agreed()
        return asked

    async def _log(self, who: Member, action: str, refund_id: int, **facts: object) -> None:
        async with self._database.write() as session:
            subject = f"refund:{refund_id}"
            note_action(session, who, action, subject, at=self._clock(), after=facts or None)
