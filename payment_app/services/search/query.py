"""The query object: which payments, in which order. List, counts, export and API share it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from payment_app.domain.lifecycle import FAILURES, LIVE, PaymentStatus


class Tab(StrEnum):
    """The tabs above the list."""

    ALL = "all"
    PAID = "paid"
    WAITING = "waiting"
    CHECK = "check"
    FAILED = "failed"
    REFUNDED = "refunded"


class Sort(StrEnum):
    """The orders of the list; the payment id decides between equals."""

    NEWEST = "newest"
    OLDEST = "oldest"
    AMOUNT_HIGH = "amount_high"
    AMOUNT_LOW = "amount_low"
    BY_ID = "by_id"
    """Largest id first: the API's order, not offered on pages."""


TAB_STATUSES: dict[Tab, tuple[PaymentStatus, ...]] = {
    Tab.PAID: (PaymentStatus.COMPLETED,),
    Tab.WAITING: tuple(s for s in PaymentStatus if s in LIVE),
    Tab.FAILED: tuple(s for s in PaymentStatus if s in FAILURES),
    Tab.REFUNDED: (PaymentStatus.REFUNDED,),
}
"""The statuses behind a tab; a tab that is not here (all, check) does not look at them."""


@dataclass(frozen=True)
class PaymentQuery:
    """Which payments; all conditions hold together, and an empty one is no condition.

    Attributes:
        text: free words; each must match as something (phone, receipt, reference, name, …).
        phone: full number, the beginning (`0712…`) or the last digits.
        receipt: M-Pesa receipt number or its beginning, in capitals.
        reference: booking reference or its beginning, in capitals.
        name: beginnings of words of the customer's name.
        statuses: any of these.
        channels: any of these payment methods.
        codes: any of these result codes.
        amount_from, amount_to: whole shillings, both inclusive.
        ids: payments that somebody ticked, any of these; empty = all.
        date: the preset that `since` and `until` came from, or "".
        since, until: creation time, UTC; `until` is exclusive.
        masked: whoever asks sees masked numbers: no more digits of one than the mask shows can
            be searched for, wherever they stand. Not part of an address.
    """

    tab: Tab = Tab.ALL
    text: tuple[str, ...] = ()
    phone: str = ""
    receipt: str = ""
    reference: str = ""
    name: str = ""
    statuses: tuple[PaymentStatus, ...] = ()
    channels: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    ids: tuple[int, ...] = ()
    date: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sort: Sort = Sort.NEWEST
    masked: bool = True

    def wanted_statuses(self) -> tuple[PaymentStatus, ...] | None:
        """The statuses that tab and filter leave; `None` = all, empty = no payment can match."""
        behind = TAB_STATUSES.get(self.tab)
        if behind is None:
            return self.statuses or None
        if not self.statuses:
            return behind
        return tuple(status for status in behind if status in self.statuses)


def narrowed(
    query: PaymentQuery,
    statuses: tuple[PaymentStatus, ...],
    since: datetime | None,
    until: datetime | None,
) -> PaymentQuery | None:
    """The query with further conditions, which hold beside its own; `None` = none can match."""
    both = tuple(s for s in statuses if not query.statuses or s in query.statuses)
    if statuses and not both:
        return None
    return replace(
        query,
        statuses=both or query.statuses,
        since=max(filter(None, (query.since, since)), default=None),
        until=min(filter(None, (query.until, until)), default=None),
    )


@dataclass(frozen=True)
class PaymentRow:
    """One payment as lists show it; the phone number is full, pages mask it.

    Attributes:
        attempt: number of this attempt within its booking, from 1; counted up to 1,000.
        open_cases: how many cases of this payment wait for a person.
        key: the value that the list is ordered by, as the database holds it;
            not part of what the payment is.
    """

    payment_id: int
    created_at: datetime
    payment_date: datetime | None
    status: str
    amount: Decimal
    amount_refunded: Decimal
    customer_name: str
    phone_number: str
    booking_id: int
    reference: str
    title: str
    channel: str
    receipt: str | None
    transaction_id: str | None
    result_code: str | None
    attempt: int
    open_cases: int
    key: str = field(default="", compare=False)
