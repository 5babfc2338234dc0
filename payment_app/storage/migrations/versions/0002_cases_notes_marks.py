"""cases, notes, marks

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from payment_app.storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_mark",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_app_mark")),
    )
    op.create_table(
        "case_note",
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["payment_case.case_id"], name=op.f("fk_case_note_case_id")
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_case_note")),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_note_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("payment_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resolved_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("resolved_by", sa.String(length=60), nullable=True))
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_payment_case_state_known"), "state IN ('open', 'resolved')"
        )


def downgrade() -> None:
    with op.batch_alter_table("payment_case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payment_case_state_known"), type_="check")
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("resolved_by")
        batch_op.drop_column("resolved_at")

    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_note_case_id"))

    op.drop_table("case_note")
    op.drop_table("app_mark")
