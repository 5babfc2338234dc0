"""What waits, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from payment_app.domain.cases import WORDS
from payment_app.domain.sight import Sight
from payment_app.services.console.waiting import MOST_COUNTED, Group, Item, WaitingNow
from payment_app.web.staff.formats import age, money, short_moment, status_words
from payment_app.web.staff.refund_box.texts import STATUSES
from payment_app.web.staff.waiting.texts import OPEN, WAITING


@dataclass(frozen=True)
class WaitingLine:
    """One thing that waits, how long already, and the way to where it is settled."""

    key: str = ""
    age: str = ""
    since: str = ""
    what: str = ""
    amount: str = ""
    booking: str = ""
    booking_href: str = ""
    customer: str = ""
    phone: str = ""
    open: str = ""
    href: str = ""


@dataclass(frozen=True)
class WaitingGroup:
    """A group; `number` is "" for none, `more` says that not all are shown."""

    number: str = ""
    more: str = ""
    lines: list[WaitingLine] = field(default_factory=list)


@dataclass(frozen=True)
class WaitingView:
    """The groups: what needs a person, a second person, an answer, or its receipt number."""

    person: WaitingGroup = field(default_factory=WaitingGroup)
    answer: WaitingGroup = field(default_factory=WaitingGroup)
    receipt: WaitingGroup = field(default_factory=WaitingGroup)
    second: WaitingGroup = field(default_factory=WaitingGroup)


def show_waiting(waiting: WaitingNow, sight: Sight) -> WaitingView:
    """The groups, each with its oldest, as far as `sight` reaches."""
    groups = (waiting.person, waiting.answer, waiting.receipt, waiting.second)
    return WaitingView(*(_group(group, waiting.read_at, sight) for group in groups))


def _group(group: Group, now: datetime, sight: Sight) -> WaitingGroup:
    if not group.number:
        return WaitingGroup()
    capped = group.number >= MOST_COUNTED
    number = WAITING["capped"].format(number=group.number) if capped else str(group.number)
    listed = len(group.items)
    more = WAITING["more"].format(shown=listed, number=number) if listed < group.number else ""
    return WaitingGroup(number, more, [_line(item, now, sight) for item in group.items])


def _line(item: Item, now: datetime, sight: Sight) -> WaitingLine:
    booking_href = f"/staff/bookings/{item.booking_id}"
    reference = sight.text(item.reference)
    if item.payment_id is None:
        href, open_ = booking_href, OPEN["booking"].format(number=reference)
    else:
        href = f"/staff/payments/{item.payment_id}"
        open_ = OPEN["payment"].format(number=item.payment_id)
    if item.refund is not None:
        href, open_ = "/staff/refunds", OPEN["refunds"]
    return WaitingLine(
        key=f"{item.case_id}-{item.payment_id}",
        age=age(item.since, now),
        since=WAITING["since"].format(time=short_moment(item.since, now)),
        what=_what(item),
        amount=money(item.amount),
        booking=reference,
        booking_href=booking_href,
        customer=sight.text(item.customer),
        phone=item.phone,
        open=open_,
        href=href,
    )


def _what(item: Item) -> str:
    if item.refund is not None:
        return STATUSES[item.refund][0]
    return WORDS[item.kind] if item.kind else status_words(item.status)[0]
