"""refunds, and the orders of the API operator

Revision: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from payment_app.storage.types import Shillings, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund",
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("amount", Shillings(), nullable=False),
        sa.Column("paid", Shillings(), nullable=False),
        sa.Column("returned_before", Shillings(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("phone_number", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("close_booking", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.String(length=60), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("originator_conversation_id", sa.String(length=100), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("receipt", sa.String(length=100), nullable=True),
        sa.Column("result_code", sa.String(length=40), nullable=True),
        sa.Column("result_desc", sa.String(length=500), nullable=True),
        sa.Column("next_check_at", UtcDateTime(), nullable=True),
        sa.Column("checks_done", sa.Integer(), nullable=False),
        sa.Column("not_found", sa.Integer(), nullable=False),
        sa.Column("sendings", sa.Integer(), nullable=False),
        sa.Column("may_resend", sa.Boolean(), nullable=False),
        sa.Column("seal", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'submitting', 'sent', 'rejected', 'failed', 'external', 'done')",
            name=op.f("ck_refund_status_known"),
        ),
        sa.CheckConstraint(
            "way IN ('reversal', 'payout', 'external')", name=op.f("ck_refund_way_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.CheckConstraint(
            "returned_before + amount <= paid", name=op.f("ck_refund_not_beyond_paid")
        ),
        sa.CheckConstraint(
            "returned_before >= 0", name=op.f("ck_refund_returned_before_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.booking_id"], name=op.f("fk_refund_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_refund_payment_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_refund")),
        sa.UniqueConstraint(
            "originator_conversation_id", name=op.f("uq_refund_originator_conversation_id")
        ),
        sa.UniqueConstraint("receipt", name=op.f("uq_refund_receipt")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(
            "ix_refund_due_check",
            ["next_check_at"],
            unique=False,
            sqlite_where=sa.text("next_check_at IS NOT NULL"),
            postgresql_where=sa.text("next_check_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_refund_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index("ix_refund_status_refund_id", ["status", "refund_id"], unique=False)
        batch_op.create_index(
            "uq_refund_live_payment",
            ["payment_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('requested', 'approved', 'submitting', 'sent')"),
            postgresql_where=sa.text("status IN ('requested', 'approved', 'submitting', 'sent')"),
        )
        batch_op.create_index(
            "uq_refund_sum",
            ["payment_id", "returned_before"],
            unique=True,
            sqlite_where=sa.text("status NOT IN ('rejected', 'failed')"),
            postgresql_where=sa.text("status NOT IN ('rejected', 'failed')"),
        )

    op.create_table(
        "operator_order",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("result_code", sa.String(length=40), nullable=True),
        sa.Column("result_desc", sa.String(length=500), nullable=True),
        sa.Column("facts", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.payment_id"], name=op.f("fk_operator_order_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.refund_id"], name=op.f("fk_operator_order_refund_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_operator_order")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_order_token_hash")),
    )
    with op.batch_alter_table("operator_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_order_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_operator_order_refund_id"), ["refund_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("operator_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operator_order_refund_id"))
        batch_op.drop_index(batch_op.f("ix_operator_order_asked_at"))

    op.drop_table("operator_order")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_refund_sum",
            sqlite_where=sa.text("status NOT IN ('rejected', 'failed')"),
            postgresql_where=sa.text("status NOT IN ('rejected', 'failed')"),
        )
        batch_op.drop_index(
            "uq_refund_live_payment",
            sqlite_where=sa.text("status IN ('requested', 'approved', 'submitting', 'sent')"),
            postgresql_where=sa.text("status IN ('requested', 'approved', 'submitting', 'sent')"),
        )
        batch_op.drop_index("ix_refund_status_refund_id")
        batch_op.drop_index(batch_op.f("ix_refund_payment_id"))
        batch_op.drop_index(
            "ix_refund_due_check",
            sqlite_where=sa.text("next_check_at IS NOT NULL"),
            postgresql_where=sa.text("next_check_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_refund_booking_id"))

    op.drop_table("refund")
