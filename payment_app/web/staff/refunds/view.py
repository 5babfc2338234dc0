"""The lists of refunds in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from payment_app.daraja import order_code
from payment_app.domain.refunds import RefundStatus
from payment_app.domain.sight import Sight
from payment_app.services.refunds.balances import Balance
from payment_app.services.refunds.views import RefundLine, RefundsNow
from payment_app.web.staff.formats import age, money, short_moment
from payment_app.web.staff.refund_box.texts import STATUSES, WAYS
from payment_app.web.staff.refunds.texts import PAGE


@dataclass(frozen=True)
class Row:
    """One refund in a list."""

    key: str = ""
    age: str = ""
    amount: str = ""
    word: str = ""
    tone: str = "plain"
    way: str = ""
    customer: str = ""
    phone: str = ""
    reason: str = ""
    asked: str = ""
    agree_text: str = ""
    means: str = ""
    open: str = ""
    href: str = ""


@dataclass(frozen=True)
class Lists:
    """The page of refunds; `balance` says what is in the account, `down` why nothing is sent."""

    waiting: list[Row] = field(default_factory=list)
    agreed: list[Row] = field(default_factory=list)
    under_way: list[Row] = field(default_factory=list)
    gave_up: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    waiting_hint: str = ""
    balance: str = ""
    down: str = ""
    empty: bool = True


def show_lists(now: RefundsNow, balance: Balance | None, limit: Decimal, sight: Sight) -> Lists:
    """The page."""
    groups = (now.waiting, now.agreed, now.under_way, now.gave_up, now.ended)

    def rows(group: Sequence[RefundLine]) -> list[Row]:
        return [_row(line, now.read_at, sight) for line in group]

    return Lists(
        waiting=rows(now.waiting),
        agreed=rows(now.agreed),
        under_way=rows(now.under_way),
        gave_up=rows(now.gave_up),
        ended=rows(now.ended),
        waiting_hint=PAGE["waiting_hint"].format(limit=money(limit)),
        balance=_balance(balance, now.read_at),
        down=PAGE["operator_down"] if now.operator_down else "",
        empty=not any(groups),
    )


def _row(line: RefundLine, now: datetime, sight: Sight) -> Row:
    word, tone = STATUSES[line.status]
    failed = line.status is RefundStatus.FAILED and line.result_code
    return Row(
        key=str(line.refund_id),
        age=age(line.changed_at, now),
        amount=money(line.amount),
        word=word,
        tone=tone,
        way=WAYS[line.way],
        customer=sight.text(line.customer),
        phone=line.phone,
        reason=sight.text(line.reason),
        asked=line.requested_by,
        agree_text=PAGE["agree_text"].format(amount=money(line.amount), phone=line.phone),
        means=order_code(line.result_code).meaning if failed else "",
        open=PAGE["open"].format(number=line.payment_id),
        href=f"/staff/payments/{line.payment_id}",
    )


def _balance(balance: Balance | None, now: datetime) -> str:
    if balance is None:
        return PAGE["balance_none"]
    at = short_moment(balance.at, now)
    if balance.utility is None:
        return PAGE["balance_failed"].format(at=at, desc=f"{balance.code} {balance.desc}")
    return PAGE["balance"].format(held=money(balance.utility), at=at)
