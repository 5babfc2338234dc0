"""One payment in words: a `PaymentView` from its `Story`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from payment_app.daraja import result_code
from payment_app.domain import bookings
from payment_app.domain.cases import WORDS, CaseKind, CaseState
from payment_app.domain.lifecycle import FAILURES, LIVE, MONEY, PaymentStatus
from payment_app.domain.phone import local_phone, mask_phone
from payment_app.domain.sight import Sight, mask_numbers
from payment_app.services.console.payment_detail import Payload, Story
from payment_app.storage.tables import Payment
from payment_app.web.fact import Fact
from payment_app.web.staff.formats import age, moment, money, short_moment, status_words
from payment_app.web.staff.payment.story import Happened, show_timeline
from payment_app.web.staff.payment.texts import BANNERS, PAYMENT, WITNESSES
from payment_app.web.staff.texts import CHANNELS

LONG = timedelta(minutes=2)


@dataclass(frozen=True)
class Witness:
    """What one source, such as the callback, said last, or that it has said nothing yet."""

    name: str = ""
    said: str = ""
    at: str = ""


@dataclass(frozen=True)
class AttemptLine:
    """One attempt of the same booking, with the way to it; `here` is the one that is open."""

    href: str = ""
    number: str = ""
    word: str = ""
    tone: str = "plain"
    amount: str = ""
    at: str = ""
    here: bool = False


@dataclass(frozen=True)
class NoteLine:
    """What a member of staff wrote, and when."""

    author: str = ""
    at: str = ""
    text: str = ""


@dataclass(frozen=True)
class Raw:
    """A callback as it came: when, what became of it, and its body, phones masked or not."""

    at: str = ""
    said: str = ""
    body: str = ""


@dataclass(frozen=True)
class PaymentView:
    """What the page of one payment says.

    Attributes:
        missing: there is no such payment; only `heading` and `title` are filled.
        status: the contract's word; `word` and `tone` are the same for people.
        phone: masked; the full number never stands here.
        why, what_now, why_tone: why somebody may have come, and what to do; empty when nothing is.
        said, means, do_now: Safaricom's words after a failure, their meaning, the way on.
        can_check, can_send: what the payment allows; whether the member may is another matter.
        loud: the one action that is worth doing now: `check`, `send` or "" for none.
    """

    heading: str = ""
    title: str = ""
    missing: bool = False
    status: str = ""
    word: str = ""
    tone: str = "plain"
    amount: str = ""
    customer: str = ""
    phone: str = ""
    receipt: str = ""
    booking: str = ""
    booking_title: str = ""
    booking_href: str = ""
    pay_url: str = ""
    due: str = ""
    why: str = ""
    what_now: str = ""
    why_tone: str = "wait"
    said: str = ""
    means: str = ""
    do_now: str = ""
    can_check: bool = False
    can_send: bool = False
    loud: str = ""
    facts: list[Fact] = field(default_factory=list)
    money: list[Fact] = field(default_factory=list)
    timeline: list[Happened] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    attempts: list[AttemptLine] = field(default_factory=list)
    notes: list[NoteLine] = field(default_factory=list)


def show_missing() -> PaymentView:
    """There is no such payment."""
    return PaymentView(
        heading=PAYMENT["title_missing"], title=PAYMENT["title_missing"], missing=True
    )


def show_detail(story: Story, origin: str, sight: Sight, *, revealed: bool = False) -> PaymentView:
    """The page of one payment; the phone is masked, also where it stands within something else.

    Args:
        origin: what pay links start with.
        sight: of whoever looks.
        revealed: they asked for the full number, so that the id which holds it is shown too.
    """
    payment, now = story.payment, story.read_at
    why, what_now, why_tone = _banner(story)
    said, means, do_now = _error(story)
    return replace(
        _head(story, origin, sight),
        why=why,
        what_now=what_now,
        why_tone=why_tone,
        said=mask_numbers(said, [payment.phone_number]),
        means=means,
        do_now=do_now,
        can_check=payment.checkout_request_id is not None,
        can_send=_can_send(story),
        loud=_loud(story),
        facts=_facts(payment, sight, revealed=revealed and sight.numbers),
        money=_money(story),
        timeline=show_timeline(story.events, payment.phone_number),
        witnesses=_witnesses(story),
        attempts=[_attempt(n, one, payment, now) for n, one in enumerate(story.attempts, 1)],
        notes=[
            NoteLine(n.author, short_moment(n.at, now), sight.text(n.text)) for n in story.notes
        ],
    )


def _head(story: Story, origin: str, sight: Sight) -> PaymentView:
    """Which payment it is, for whom, and where it stands."""
    payment, booking = story.payment, story.booking
    word, tone = status_words(payment.status)
    amount, reference = money(payment.amount), sight.text(booking.reference)
    return PaymentView(
        heading=PAYMENT["heading"].format(number=payment.payment_id),
        title=PAYMENT["page_title"].format(amount=amount, reference=reference),
        status=payment.status,
        word=word,
        tone=tone,
        amount=amount,
        customer=sight.text(story.customer.name),
        phone=mask_phone(payment.phone_number),
        receipt=payment.mpesa_receipt_number or "",
        booking=reference,
        booking_title=sight.text(booking.title),
        booking_href=f"/staff/bookings/{booking.booking_id}",
        pay_url=sight.link(f"{origin}/pay/{booking.pay_token}"),
        due=money(bookings.amount_due(booking.amount, booking.amount_paid)),
    )


def show_payloads(payloads: Sequence[Payload]) -> list[Raw]:
    """Raw callbacks, oldest first."""
    return [
        Raw(
            at=moment(payload.received_at),
            said=" · ".join(
                [
                    payload.outcome,
                    *(
                        [PAYMENT["raw_copies"].format(number=payload.copies)]
                        if payload.copies > 1
                        else []
                    ),
                ]
            ),
            body=payload.body or PAYMENT["raw_forgotten"],
        )
        for payload in payloads
    ]


def full_phone(number: str) -> str:
    """`0712 345 678`."""
    return local_phone(number)


def _banner(story: Story) -> tuple[str, str, str]:
    """(what is the matter, what to do now, tone); empty when nothing is."""
    payment, now = story.payment, story.read_at
    open_cases = [case for case in story.cases if case.state == CaseState.OPEN]
    since = payment.submitted_at or payment.created_at
    status = PaymentStatus(payment.status)
    if open_cases:
        words = " ".join(WORDS[CaseKind(case.kind)] for case in open_cases)
        return _words("case", "warn", words=words)
    if status is PaymentStatus.UNKNOWN:
        return _words("unknown", "warn")
    if status is PaymentStatus.PENDING and now - since > LONG:
        return _words("waiting_long", "warn", age=age(since, now))
    if status is PaymentStatus.PENDING:
        return _words("waiting", "wait")
    if status in LIVE:
        return _words("sending", "wait")
    if status is PaymentStatus.COMPLETED and payment.mpesa_receipt_number is None:
        return _words("no_receipt", "wait")
    return "", "", "wait"


def _words(key: str, tone: str, **values: str) -> tuple[str, str, str]:
    why, what_now = BANNERS[key]
    return why.format(**values), what_now, tone


def _error(story: Story) -> tuple[str, str, str]:
    """Safaricom's own words, their meaning, and what to do; only after a failure."""
    payment = story.payment
    if payment.status not in FAILURES or payment.result_code is None:
        return "", "", ""
    row = result_code(payment.result_code)
    said = f"{payment.result_code} {payment.result_desc or ''}".strip()
    paid = story.booking.status == bookings.BookingStatus.PAID
    return said, row.meaning, PAYMENT["paid_otherwise"] if paid else row.advice


def _can_send(story: Story) -> bool:
    booking = story.booking
    status = bookings.status_now(booking.status, booking.expires_at, story.read_at)
    unpaid = status in (bookings.BookingStatus.OPEN, bookings.BookingStatus.PART_PAID)
    return unpaid and not any(one.status in LIVE for one in story.attempts)


def _loud(story: Story) -> str:
    """What the page itself says to do now; nothing once two witnesses agree that it was paid."""
    payment = story.payment
    status = PaymentStatus(payment.status)
    if any(case.state == CaseState.OPEN for case in story.cases):
        return ""
    if status is PaymentStatus.UNKNOWN:
        return "check"
    if status is PaymentStatus.PENDING:
        since = payment.submitted_at or payment.created_at
        return "check" if story.read_at - since > LONG else ""
    if status in FAILURES:
        return "send" if _can_send(story) else ""
    said = {event.source for event in story.events if event.source in WITNESSES and event.detail}
    return "check" if status is PaymentStatus.COMPLETED and len(said) == 1 else ""


def _facts(payment: Payment, sight: Sight, *, revealed: bool) -> list[Fact]:
    receipt = payment.mpesa_receipt_number
    if receipt is None:
        coming = payment.status in MONEY
        receipt = PAYMENT["receipt_coming"] if coming else PAYMENT["no_receipt"]

    def of_daraja(number: str | None) -> str:
        return (number or "") if revealed else mask_numbers(number or "", [payment.phone_number])

    rows = {
        "receipt": receipt,
        "started": moment(payment.created_at),
        "ended": moment(payment.settled_at),
        "paid_at": moment(payment.payment_date),
        "channel": CHANNELS.get(payment.payment_method, payment.payment_method),
        "transaction": sight.text(payment.transaction_id or ""),
        "checkout_id": of_daraja(payment.checkout_request_id),
        "merchant_id": of_daraja(payment.merchant_request_id),
    }
    return [Fact(PAYMENT[key], value) for key, value in rows.items() if value]


def _money(story: Story) -> list[Fact]:
    booking = story.booking
    refunded = sum((one.amount_refunded for one in story.attempts), start=booking.amount * 0)
    rows = {
        "price": money(booking.amount),
        "paid": money(booking.amount_paid),
        "refunded": money(refunded) if refunded else "",
        "due": money(bookings.amount_due(booking.amount, booking.amount_paid)),
    }
    return [Fact(PAYMENT[key], value) for key, value in rows.items() if value]


def _witnesses(story: Story) -> list[Witness]:
    phone = story.payment.phone_number
    last = {event.source: event for event in story.events if event.detail}
    return [
        Witness(name, mask_numbers(last[key].detail, [phone]), moment(last[key].at))
        if key in last
        else Witness(name, PAYMENT["nothing_said"], "")
        for key, name in WITNESSES.items()
    ]


def _attempt(number: int, one: Payment, here: Payment, now: datetime) -> AttemptLine:
    word, tone = status_words(one.status)
    return AttemptLine(
        href=f"/staff/payments/{one.payment_id}",
        number=str(number),
        word=word,
        tone=tone,
        amount=money(one.amount),
        at=short_moment(one.created_at, now),
        here=one.payment_id == here.payment_id,
    )
