"""How soon a phone may get its next prompt: the rail's own rules, one of which is learned.

Safaricom writes that the same amount is refused to the same customer within 2 minutes (result code
17). Whether that holds after a prompt that the customer declined, or answered with a wrong PIN, is
written nowhere. So such a customer may try again at once, until the rail has once said no: from
then on this installation waits there too. The fact is a mark in the database: every worker has it,
and a restart does not forget it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import structlog
from sqlalchemy import Connection, Select, bindparam, select

from payment_app.daraja import result_code
from payment_app.domain.lifecycle import MONEY, PaymentStatus
from payment_app.storage.dialect import insert_once, table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Mark, Payment
from payment_app.storage.transaction import after_commit

log = structlog.get_logger("payment_app.settlement")

SAME_AMOUNT = timedelta(minutes=2)
"""Daraja refuses the same amount to the same customer within 2 minutes (result code 17)."""
SAME_PHONE = timedelta(minutes=1)
"""A phone with a prompt on it is locked for others for about a minute (result code 1001)."""
LOOK_BACK = timedelta(minutes=10)
"""Older prompts do not matter here: none is open for longer than 3 minutes, and 2 follow it."""
LEARNED = "pause_after_refusal"
"""The mark: since when, and from which payment, it is known that the customer's no counts too."""
TOO_SOON = "17"

_BY_THE_CUSTOMER = frozenset({"cancelled", "wrong_pin"})
"""Reasons of `daraja.result_code`: the prompt is surely off the phone, and no money moved."""


@dataclass(frozen=True)
class Sent:
    """A former payment of a phone or an address: the columns that limits and pauses look at."""

    amount: Decimal
    status: str
    submitted_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    payment_date: datetime | None
    result_code: str | None
    attempt_key: str | None


_payment = table_of(Payment).c
_FACTS: Select[Any] = select(*(_payment[fact.name] for fact in fields(Sent)))
_JUST_BEFORE = _FACTS.where(
    _payment.phone_number == bindparam("phone"),
    _payment.amount == bindparam("amount"),
    _payment.payment_id != bindparam("but"),
    _payment.created_at > bindparam("since"),
    _payment.created_at <= bindparam("until"),
)
_MARK = select(table_of(Mark).c.name).where(table_of(Mark).c.name == bindparam("name"))


def sent_since(connection: Connection, column: str, value: str, since: datetime) -> list[Sent]:
    """Payments since some time of one phone or one address."""
    rows = connection.execute(_payments_by(column), {"value": value, "since": since})
    return [Sent(*row) for row in rows]


@cache
def _payments_by(column: str) -> Select[Any]:
    """Built once: building it costs as much as SQLite needs to run it."""
    same = _payment[column] == bindparam("value")
    return _FACTS.where(same, _payment.created_at > bindparam("since"))


def seconds_until_free(
    connection: Connection, *, phone_number: str, amount: Decimal, now: datetime
) -> int:
    """Whole seconds until the rail takes another prompt for this phone and amount; 0 = now."""
    of_phone = sent_since(connection, "phone_number", phone_number, now - LOOK_BACK)
    return seconds_to_wait(connection, of_phone, amount, now)


def seconds_to_wait(
    connection: Connection, of_phone: Iterable[Sent], amount: Decimal, now: datetime
) -> int:
    """The same from the phone's payments of the last `LOOK_BACK` at least."""
    recent = [sent for sent in of_phone if sent.created_at > now - LOOK_BACK and _was_sent(sent)]
    careful = _longest(recent, amount, now)
    at_once = _longest([s for s in recent if not _ended_by_the_customer(s)], amount, now)
    # Asked only where the answer matters: not on the way of a first prompt.
    return careful if careful > at_once and is_learned(connection) else at_once


def is_learned(connection: Connection) -> bool:
    """Whether the rail has shown that its 2 minutes run after a cancelled prompt as well."""
    return connection.execute(_MARK, {"name": LEARNED}).first() is not None


def learn_from(rows: Rows, payment: Payment, at: datetime) -> None:
    """Take in that the rail answered 17 to `payment`.

    It teaches something only if nothing else explains it: within the 2 minutes before, the same
    amount was asked of the same phone, and each time the customer ended it.
    """
    sent = payment.submitted_at or payment.created_at
    before = [
        other
        for other in _just_before(rows, payment, sent)
        if _was_sent(other) and _since(other) > sent - SAME_AMOUNT
    ]
    if not before or not all(map(_ended_by_the_customer, before)):
        return
    mark = {"name": LEARNED, "at": at, "detail": f"payment {payment.payment_id}"}
    if insert_once(rows.connection, Mark, [mark], "name"):
        names = {"payment_id": payment.payment_id}
        after_commit(rows, partial(log.warning, "pause_after_refusal_learned", **names))


def _just_before(rows: Rows, payment: Payment, sent: datetime) -> list[Sent]:
    wanted = {
        "phone": payment.phone_number,
        "amount": payment.amount,
        "but": payment.payment_id,
        "since": sent - LOOK_BACK,
        "until": sent,
    }
    return [Sent(*row) for row in rows.execute(_JUST_BEFORE, wanted)]


def _longest(sent: Iterable[Sent], amount: Decimal, now: datetime) -> int:
    return max((_rest(each, each.amount == amount, now) for each in sent), default=0)


def _rest(sent: Sent, same_amount: bool, now: datetime) -> int:
    """Whole seconds that are left after a prompt; 0 = none."""
    over = _since(sent) + (SAME_AMOUNT if same_amount else SAME_PHONE)
    return max(0, -int(-(over - now).total_seconds() // 1))


def _since(sent: Sent) -> datetime:
    """From when the rail counts: the end where M-Pesa has told it, else the moment of asking."""
    asked = sent.submitted_at or sent.created_at
    if sent.status in MONEY:
        return max(asked, sent.payment_date or sent.settled_at or asked)
    if _ended_by_the_customer(sent):
        return max(asked, sent.settled_at or asked)
    return asked


def _ended_by_the_customer(sent: Sent) -> bool:
    ended = sent.status in (PaymentStatus.CANCELLED, PaymentStatus.FAILED)
    return ended and result_code(sent.result_code or "").reason in _BY_THE_CUSTOMER


def _was_sent(sent: Sent) -> bool:
    if sent.status == PaymentStatus.REJECTED:
        return False
    return sent.submitted_at is not None or sent.status == PaymentStatus.CREATED
