"""The tables of the staff console: members, their sessions, what they did and wrote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from payment_app.domain.staff import Role
from payment_app.storage.types import time_field

_ROLES_SQL = "role IN (" + ", ".join(f"'{role}'" for role in Role) + ")"


class Staff(SQLModel, table=True):
    """A member of staff. `email` is lower case; a demo member exists in simulator mode only."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint(_ROLES_SQL, name="role_known"),)

    staff_id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=120)
    role: str = Field(max_length=20)
    password_hash: str = Field(max_length=200)
    # Told to the member by somebody else: nothing works before it was changed.
    password_temporary: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}
    )
    demo: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    # Encrypted with SECRET_KEY; it counts once `totp_confirmed_at` is set.
    totp_secret: str | None = Field(default=None, max_length=400)
    totp_confirmed_at: datetime | None = time_field(default=None)
    totp_last_step: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = time_field()
    password_changed_at: datetime = time_field()
    disabled_at: datetime | None = time_field(default=None)


class StaffRecoveryCode(SQLModel, table=True):
    """A code that stands in for the authenticator app, once."""

    __tablename__ = "staff_recovery_code"

    code_id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.staff_id", index=True)
    code_hash: str = Field(max_length=64, unique=True)
    used_at: datetime | None = time_field(default=None)


class StaffSession(SQLModel, table=True):
    """One signed-in browser; the cookie's token is stored as its SHA-256 only."""

    __tablename__ = "staff_session"

    session_id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.staff_id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = time_field()
    seen_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)
    ended_at: datetime | None = time_field(default=None)
    address: str = Field(max_length=60)
    browser: str = Field(default="", max_length=200)


class SignInTry(SQLModel, table=True):
    """A failed sign-in, once for each thing that it is counted for; all as keyed hashes.

    `about` is the account that was tried.
    """

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("ix_sign_in_try_key_hash_at", "key_hash", "at"),)

    try_id: int | None = Field(default=None, primary_key=True)
    key_hash: str = Field(max_length=64)
    about: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    at: datetime = time_field(index=True)


class AuditLog(SQLModel, table=True):
    """What staff did. Append-only by trigger. `before` and `after` are JSON, without secrets."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_staff_id_audit_id", "staff_id", "audit_id"),
        Index("ix_audit_log_action_audit_id", "action", "audit_id"),
        Index("ix_audit_log_subject_audit_id", "subject", "audit_id"),
    )

    audit_id: int | None = Field(default=None, primary_key=True)
    at: datetime = time_field(index=True)
    staff_id: int | None = Field(default=None, foreign_key="staff.staff_id")
    actor: str = Field(max_length=254)
    action: str = Field(max_length=40)
    subject: str = Field(default="", max_length=80)
    before: str = Field(default="", sa_type=Text)
    after: str = Field(default="", sa_type=Text)
    address: str = Field(default="", max_length=60)


class SavedView(SQLModel, table=True):
    """A named address of the payments list, its owner's alone or shared with all staff."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    view_id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.staff_id")
    name: str = Field(max_length=60)
    query: str = Field(max_length=1000)
    shared: bool = Field(default=False, index=True)
    created_at: datetime = time_field()


class PaymentNote(SQLModel, table=True):
    """What somebody wrote to a payment."""

    __tablename__ = "payment_note"

    note_id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.payment_id", index=True)
    at: datetime = time_field()
    author: str = Field(max_length=254)
    text: str = Field(sa_type=Text)


class GateEntry(SQLModel, table=True):
    """A booking that was let in at the gate, on the receipt of one of its payments: once."""

    __tablename__ = "gate_entry"

    entry_id: int | None = Field(default=None, primary_key=True)
    booking_id: int = Field(foreign_key="booking.booking_id", unique=True)
    payment_id: int = Field(foreign_key="payment.payment_id")
    at: datetime = time_field()
    actor: str = Field(max_length=120)
