"""The tables of money that goes back. Every rule that can be a constraint is one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from payment_app.domain.refunds import LIVE, NOTHING_MOVED, RefundStatus
from payment_app.storage.types import Shillings, time_field


def _among(statuses: frozenset[RefundStatus] | type[RefundStatus]) -> str:
    return "(" + ", ".join(f"'{s}'" for s in RefundStatus if s in statuses) + ")"


_LIVE_SQL = f"status IN {_among(LIVE)}"
_COUNTS_SQL = f"status NOT IN {_among(NOTHING_MOVED)}"


class Refund(SQLModel, table=True):
    """Money of one payment on its way back.

    `returned_before` is what had gone back when this was requested. With the two constraints on it
    no two refunds of a payment can start from the same sum, and none can pass what was paid.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("returned_before >= 0", name="returned_before_not_negative"),
        CheckConstraint("returned_before + amount <= paid", name="not_beyond_paid"),
        CheckConstraint(f"status IN {_among(RefundStatus)}", name="status_known"),
        CheckConstraint("way IN ('reversal', 'payout', 'external')", name="way_known"),
        Index(
            "uq_refund_live_payment",
            "payment_id",
            unique=True,
            sqlite_where=text(_LIVE_SQL),
            postgresql_where=text(_LIVE_SQL),
        ),
        Index(
            "uq_refund_sum",
            "payment_id",
            "returned_before",
            unique=True,
            sqlite_where=text(_COUNTS_SQL),
            postgresql_where=text(_COUNTS_SQL),
        ),
        Index(
            "ix_refund_due_check",
            "next_check_at",
            sqlite_where=text("next_check_at IS NOT NULL"),
            postgresql_where=text("next_check_at IS NOT NULL"),
        ),
        Index("ix_refund_status_refund_id", "status", "refund_id"),
    )

    refund_id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.payment_id", index=True)
    booking_id: int = Field(foreign_key="booking.booking_id", index=True)
    amount: Decimal = Field(sa_type=Shillings)
    paid: Decimal = Field(sa_type=Shillings)
    returned_before: Decimal = Field(sa_type=Shillings)
    way: str = Field(max_length=20)
    phone_number: str = Field(max_length=20)
    status: str = Field(default=RefundStatus.REQUESTED.value, max_length=20)
    reason: str = Field(max_length=200)
    close_booking: bool = False
    requested_by: str = Field(max_length=60)
    requested_at: datetime = time_field()
    needs_second: bool = False
    decided_by: str | None = Field(default=None, max_length=60)
    decided_at: datetime | None = time_field(default=None)
    originator_conversation_id: str | None = Field(default=None, max_length=100, unique=True)
    submitted_at: datetime | None = time_field(default=None)
    settled_at: datetime | None = time_field(default=None)
    receipt: str | None = Field(default=None, max_length=100, unique=True)
    result_code: str | None = Field(default=None, max_length=40)
    result_desc: str | None = Field(default=None, max_length=500)
    next_check_at: datetime | None = time_field(default=None)
    checks_done: int = 0
    not_found: int = 0
    sendings: int = 0
    may_resend: bool = True
    seal: str | None = Field(default=None, max_length=80)


class OperatorOrder(SQLModel, table=True):
    """One request of the API operator and its answer, found by the token in its ResultURL.

    A refund may have several: the order itself, one more under the same id of ours, questions.
    """

    __tablename__ = "operator_order"

    order_id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    refund_id: int | None = Field(default=None, foreign_key="refund.refund_id", index=True)
    payment_id: int | None = Field(default=None, foreign_key="payment.payment_id")
    token_hash: str = Field(max_length=64, unique=True)
    asked_at: datetime = time_field(index=True)
    answered_at: datetime | None = time_field(default=None)
    result_code: str | None = Field(default=None, max_length=40)
    result_desc: str | None = Field(default=None, max_length=500)
    facts: str = Field(default="{}", sa_type=Text, sa_column_kwargs={"server_default": "{}"})
