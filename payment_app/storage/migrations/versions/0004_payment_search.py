"""indexes for the search of payments

On SQLite, whatever rebuilds `user_account` later must create the triggers of `sx_user_name` again.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from payment_app.storage import search_indexes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = {
    "ix_payment_created_at_payment_id": ["created_at", "payment_id"],
    "ix_payment_status_created_at": ["status", "created_at", "payment_id"],
    "ix_payment_amount_payment_id": ["amount", "payment_id"],
    "ix_payment_method_status_created_at": [
        "payment_method",
        "status",
        "created_at",
        "payment_id",
    ],
    "ix_payment_booking_id_payment_id": ["booking_id", "payment_id"],
}
_REPLACED = {"ix_payment_created_at": ["created_at"], "ix_payment_booking_id": ["booking_id"]}
_CODED = sa.text("result_code IS NOT NULL")


def upgrade() -> None:
    for name, columns in _NEW.items():
        op.create_index(name, "payment", columns, unique=False)
    op.create_index(
        "ix_payment_result_code_status_created_at",
        "payment",
        ["result_code", "status", "created_at", "payment_id"],
        unique=False,
        sqlite_where=_CODED,
        postgresql_where=_CODED,
    )
    for name in _REPLACED:
        op.drop_index(name, table_name="payment")
    for statement in search_indexes.SQLITE if _sqlite() else search_indexes.POSTGRESQL:
        op.execute(_raw(statement))


def downgrade() -> None:
    for statement in search_indexes.SQLITE_DROP if _sqlite() else search_indexes.POSTGRESQL_DROP:
        op.execute(_raw(statement))
    for name, columns in _REPLACED.items():
        op.create_index(name, "payment", columns, unique=False)
    op.drop_index("ix_payment_result_code_status_created_at", table_name="payment")
    for name in _NEW:
        op.drop_index(name, table_name="payment")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _raw(statement: str) -> sa.TextClause:
    # Only colons: they would be parameters. A backslash before anything else stays as it is.
    return sa.text(statement.replace(":", "\\:"))
