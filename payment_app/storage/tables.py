"""The tables. Every rule that can be a constraint is one, beside the code that keeps it.

Names and types of `payment`, `booking` and `user_account` are a public contract.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from payment_app.domain.lifecycle import LIVE, PaymentStatus
from payment_app.storage.types import Shillings, stored_id, time_field

_LIVE_SQL = "status IN (" + ", ".join(f"'{s}'" for s in PaymentStatus if s in LIVE) + ")"
_ALL_SQL = "status IN (" + ", ".join(f"'{s}'" for s in PaymentStatus) + ")"
_NOW = {"server_default": text("CURRENT_TIMESTAMP")}


def _money(**more: Any) -> Any:
    return Field(sa_type=Shillings, **more)


class UserAccount(SQLModel, table=True):
    """A customer: whoever a booking is for."""

    __tablename__ = "user_account"

    user_id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    phone_number: str = Field(max_length=20, index=True)
    email: str | None = Field(default=None, max_length=254)
    created_at: datetime = time_field(sa_column_kwargs=_NOW)


class Booking(SQLModel, table=True):
    """Something to be paid for, under one pay link and one account number (`reference`)."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("amount_paid >= 0", name="amount_paid_not_negative"),
        CheckConstraint("status IN ('open', 'part_paid', 'paid', 'closed')", name="status_known"),
    )

    booking_id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.user_id", index=True)
    reference: str = Field(max_length=12, unique=True)
    title: str = Field(max_length=120)
    details: str = Field(default="[]", sa_type=Text, sa_column_kwargs={"server_default": "[]"})
    amount: Decimal = _money()
    amount_paid: Decimal = _money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})
    status: str = Field(default="open", max_length=20, sa_column_kwargs={"server_default": "open"})
    allow_instalments: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}
    )
    expires_at: datetime | None = time_field(default=None)
    pay_token: str = Field(max_length=64, unique=True)
    created_at: datetime = time_field(sa_column_kwargs=_NOW)
    updated_at: datetime = time_field(sa_column_kwargs=_NOW)
    seal: str | None = Field(default=None, max_length=80)


class Payment(SQLModel, table=True):
    """One attempt to pay: at most one prompt on one phone."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(_ALL_SQL, name="status_known"),
        UniqueConstraint("booking_id", "attempt_key"),
        Index(
            "uq_payment_live_booking",
            "booking_id",
            unique=True,
            sqlite_where=text(_LIVE_SQL),
            postgresql_where=text(_LIVE_SQL),
        ),
        Index(
            "ix_payment_due_check",
            "next_check_at",
            sqlite_where=text("next_check_at IS NOT NULL"),
            postgresql_where=text("next_check_at IS NOT NULL"),
        ),
        Index("ix_payment_phone_number_created_at", "phone_number", "created_at"),
        Index("ix_payment_booking_id_payment_id", "booking_id", "payment_id"),
        # The orders of the payments list, each with the filters that it is walked by.
        Index("ix_payment_status_payment_id", "status", "payment_id"),
        Index("ix_payment_created_at_payment_id", "created_at", "payment_id"),
        Index("ix_payment_status_created_at", "status", "created_at", "payment_id"),
        Index("ix_payment_amount_payment_id", "amount", "payment_id"),
        Index(
            "ix_payment_method_status_created_at",
            "payment_method",
            "status",
            "created_at",
            "payment_id",
        ),
        Index(
            "ix_payment_result_code_status_created_at",
            "result_code",
            "status",
            "created_at",
            "payment_id",
            sqlite_where=text("result_code IS NOT NULL"),
            postgresql_where=text("result_code IS NOT NULL"),
        ),
    )

    payment_id: int | None = Field(default=None, primary_key=True)
    booking_id: int = Field(foreign_key="booking.booking_id")
    user_id: int = Field(foreign_key="user_account.user_id", index=True)
    amount: Decimal = _money()
    payment_method: str = Field(default="mpesa", max_length=30)
    payment_date: datetime | None = time_field(default=None)
    status: str = Field(default=PaymentStatus.CREATED.value, max_length=20)
    transaction_id: str | None = Field(default=None, max_length=200, unique=True)
    mpesa_receipt_number: str | None = Field(default=None, max_length=100, unique=True, index=True)
    checkout_request_id: str | None = Field(default=None, max_length=100, unique=True, index=True)
    merchant_request_id: str | None = Field(default=None, max_length=100)
    phone_number: str = Field(max_length=20)
    # Beside the contract's columns; defaults let a bulk load of history name only those.
    attempt_key: str | None = Field(default=None, max_length=80)
    callback_token_hash: str | None = Field(default=None, max_length=64, unique=True)
    receipt_token: str | None = Field(default=None, max_length=64, unique=True)
    amount_refunded: Decimal = _money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})
    result_code: str | None = Field(default=None, max_length=20)
    result_desc: str | None = Field(default=None, max_length=500)
    witness: str | None = Field(default=None, max_length=20)
    address_hash: str | None = Field(default=None, max_length=64, index=True)
    created_at: datetime = time_field(sa_column_kwargs=_NOW)
    submitted_at: datetime | None = time_field(default=None)
    settled_at: datetime | None = time_field(default=None)
    next_check_at: datetime | None = time_field(default=None)
    checks_done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_event_hash: str | None = Field(default=None, max_length=64)
    seal: str | None = Field(default=None, max_length=80)


def id_of(row: Booking | Payment) -> int:
    """The id of a row that is in the database.

    Raises:
        LookupError: it was never written: 0 or nothing would end up in a foreign key.
    """
    # Not by its class: on the way of money rows are plain (`storage.rows`).
    return stored_id(row.payment_id if hasattr(row, "payment_id") else row.booking_id)


class PaymentEvent(SQLModel, table=True):
    """One line of a payment's history. Append-only by trigger; each row seals the one before."""

    __tablename__ = "payment_event"

    event_id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.payment_id", index=True)
    at: datetime = time_field()
    kind: str = Field(max_length=40)
    actor: str = Field(max_length=60)
    source: str = Field(max_length=20)
    from_status: str | None = Field(default=None, max_length=20)
    to_status: str | None = Field(default=None, max_length=20)
    detail: str = Field(default="", sa_type=Text)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    # Null in rows from before there were keys; `facts` also where nothing vouched for the payment.
    key_id: str | None = Field(default=None, max_length=16)
    facts: str | None = Field(default=None, max_length=64)


class CallbackInbox(SQLModel, table=True):
    """What Daraja posted, raw, before anyone thinks about it. `dedupe` makes copies one row."""

    __tablename__ = "callback_inbox"
    __table_args__ = (
        Index(
            "ix_callback_inbox_open",
            "inbox_id",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
    )

    inbox_id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    payment_id: int | None = Field(default=None, foreign_key="payment.payment_id", index=True)
    dedupe: str = Field(max_length=64, unique=True)
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = time_field()
    copies: int = 1
    attempts: int = 0
    not_before: datetime | None = time_field(default=None)
    processed_at: datetime | None = time_field(default=None)
    outcome: str | None = Field(default=None, max_length=200)


class IdempotencyKey(SQLModel, table=True):
    """The first answer to a POST under a caller's `Idempotency-Key`, kept 72 hours."""

    __tablename__ = "idempotency_key"

    key_hash: str = Field(primary_key=True, max_length=64)
    request_hash: str = Field(max_length=64)
    started_at: datetime = time_field(index=True)
    status_code: int | None = None
    answer: str | None = Field(default=None, sa_type=Text)


class PaymentCase(SQLModel, table=True):
    """Something a person must decide; evidence that contradicts the record lands here."""

    __tablename__ = "payment_case"
    __table_args__ = (CheckConstraint("state IN ('open', 'resolved')", name="state_known"),)

    case_id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    state: str = Field(default="open", max_length=20, index=True)
    payment_id: int | None = Field(default=None, foreign_key="payment.payment_id", index=True)
    booking_id: int = Field(foreign_key="booking.booking_id", index=True)
    evidence: str = Field(sa_type=Text)
    dedupe: str = Field(max_length=64, unique=True)
    opened_at: datetime = time_field()
    resolved_at: datetime | None = time_field(default=None)
    resolved_by: str | None = Field(default=None, max_length=60)
    seal: str | None = Field(default=None, max_length=80)


class CaseNote(SQLModel, table=True):
    """What somebody wrote to a case; the last note of a resolved case says how it was resolved."""

    __tablename__ = "case_note"

    note_id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="payment_case.case_id", index=True)
    at: datetime = time_field()
    author: str = Field(max_length=60)
    text: str = Field(sa_type=Text)


class Mark(SQLModel, table=True):
    """A named moment that all processes share: the last daily check, a restore from a backup."""

    __tablename__ = "app_mark"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = time_field()
    detail: str = Field(default="", sa_type=Text)


class DarajaCallRecord(SQLModel, table=True):
    """One call to Daraja and its answer, masked: for support, never for decisions."""

    __tablename__ = "daraja_call"

    call_id: int | None = Field(default=None, primary_key=True)
    at: datetime = time_field(index=True)
    operation: str = Field(max_length=40)
    http_status: int | None = None
    error_code: str | None = Field(default=None, max_length=40)
    outcome: str = Field(max_length=60)
    duration_ms: int
    request: str = Field(sa_type=Text)
    response: str = Field(sa_type=Text)
