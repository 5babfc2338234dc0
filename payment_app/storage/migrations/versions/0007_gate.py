"""who was let in at the gate

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from payment_app.storage.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate_entry",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.booking_id"],
            name=op.f("fk_gate_entry_booking_id_booking"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.payment_id"],
            name=op.f("fk_gate_entry_payment_id_payment"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_gate_entry")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_gate_entry_booking_id")),
    )


def downgrade() -> None:
    op.drop_table("gate_entry")
