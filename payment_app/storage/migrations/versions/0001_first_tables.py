"""first tables

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from payment_app.storage.types import Shillings, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daraja_call",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_daraja_call")),
    )
    with op.batch_alter_table("daraja_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_daraja_call_at"), ["at"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_idempotency_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotency_key_started_at"), ["started_at"], unique=False
        )

    op.create_table(
        "user_account",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone_number", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column(
            "created_at",
            UtcDateTime(),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_account")),
    )
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_account_phone_number"), ["phone_number"], unique=False
        )

    op.create_table(
        "booking",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("details", sa.Text(), server_default="[]", nullable=False),
        sa.Column("amount", Shillings(), nullable=False),
        sa.Column("amount_paid", Shillings(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="open", nullable=False),
        sa.Column(
            "allow_instalments", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("pay_token", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            UtcDateTime(),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            UtcDateTime(),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('open', 'part_paid', 'paid', 'closed')",
            name=op.f("ck_booking_status_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_booking_amount_positive")),
        sa.CheckConstraint("amount_paid >= 0", name=op.f("ck_booking_amount_paid_not_negative")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.user_id"], name=op.f("fk_booking_user_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_booking")),
        sa.UniqueConstraint("pay_token", name=op.f("uq_booking_pay_token")),
        sa.UniqueConstraint("reference", name=op.f("uq_booking_reference")),
    )
    with op.batch_alter_table("booking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_user_id"), ["user_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("amount", Shillings(), nullable=False),
        sa.Column("payment_method", sa.String(length=30), nullable=False),
        sa.Column("payment_date", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("transaction_id", sa.String(length=200), nullable=True),
        sa.Column("mpesa_receipt_number", sa.String(length=100), nullable=True),
        sa.Column("checkout_request_id", sa.String(length=100), nullable=True),
        sa.Column("merchant_request_id", sa.String(length=100), nullable=True),
        sa.Column("phone_number", sa.String(length=20), nullable=False),
        sa.Column("attempt_key", sa.String(length=80), nullable=True),
        sa.Column("callback_token_hash", sa.String(length=64), nullable=True),
        sa.Column("receipt_token", sa.String(length=64), nullable=True),
        sa.Column("amount_refunded", Shillings(), server_default="0", nullable=False),
        sa.Column("result_code", sa.String(length=20), nullable=True),
        sa.Column("result_desc", sa.String(length=500), nullable=True),
        sa.Column("witness", sa.String(length=20), nullable=True),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "created_at",
            UtcDateTime(),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("next_check_at", UtcDateTime(), nullable=True),
        sa.Column("checks_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_event_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "status IN ('created', 'submitting', 'unknown', 'pending', 'rejected', 'expired', 'failed', 'cancelled', 'completed', 'refunded')",
            name=op.f("ck_payment_status_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.booking_id"], name=op.f("fk_payment_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.user_id"], name=op.f("fk_payment_user_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "booking_id", "attempt_key", name=op.f("uq_payment_booking_id_attempt_key")
        ),
        sa.UniqueConstraint("callback_token_hash", name=op.f("uq_payment_callback_token_hash")),
        sa.UniqueConstraint("receipt_token", name=op.f("uq_payment_receipt_token")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_payment_transaction_id")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_address_hash"), ["address_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payment_checkout_request_id"), ["checkout_request_id"], unique=True
        )
        batch_op.create_index("ix_payment_created_at", ["created_at"], unique=False)
        batch_op.create_index(
            "ix_payment_due_check",
            ["next_check_at"],
            unique=False,
            sqlite_where=sa.text("next_check_at IS NOT NULL"),
            postgresql_where=sa.text("next_check_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_payment_mpesa_receipt_number"), ["mpesa_receipt_number"], unique=True
        )
        batch_op.create_index(
            "ix_payment_phone_number_created_at", ["phone_number", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_payment_status_payment_id", ["status", "payment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_payment_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_payment_live_booking",
            ["booking_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('created', 'submitting', 'unknown', 'pending')"),
            postgresql_where=sa.text("status IN ('created', 'submitting', 'unknown', 'pending')"),
        )

    op.create_table(
        "callback_inbox",
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("dedupe", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_callback_inbox_payment_id")
        ),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_callback_inbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_callback_inbox_dedupe")),
    )
    with op.batch_alter_table("callback_inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_callback_inbox_open",
            ["inbox_id"],
            unique=False,
            sqlite_where=sa.text("processed_at IS NULL"),
            postgresql_where=sa.text("processed_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_callback_inbox_payment_id"), ["payment_id"], unique=False
        )

    op.create_table(
        "payment_case",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.booking_id"], name=op.f("fk_payment_case_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_payment_case_payment_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_payment_case")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_payment_case_dedupe")),
    )
    with op.batch_alter_table("payment_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_case_booking_id"), ["booking_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payment_case_payment_id"), ["payment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_payment_case_state"), ["state"], unique=False)

    op.create_table(
        "payment_event",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=True),
        sa.Column("to_status", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_payment_event_payment_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_payment_event")),
    )
    with op.batch_alter_table("payment_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_event_payment_id"), ["payment_id"], unique=False
        )

    _make_events_append_only()


def _make_events_append_only() -> None:
    """History is never rewritten: the database itself refuses UPDATE and DELETE."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER payment_event_no_{verb} BEFORE {verb.upper()} ON payment_event "
                "BEGIN SELECT RAISE(ABORT, 'payment_event is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION payment_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'payment_event is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER payment_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON payment_event FOR EACH STATEMENT EXECUTE FUNCTION payment_event_append_only()"
    )


def downgrade() -> None:
    for table in (
        "payment_event",
        "payment_case",
        "callback_inbox",
        "payment",
        "booking",
        "user_account",
        "idempotency_key",
        "daraja_call",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION payment_event_append_only()")
