"""keyed seals of payments, events, bookings and cases

The columns stay empty here: a migration has no keys, and a program that seals by itself whatever it
finds would seal what somebody slipped in. `python -m payment_app seal-history` does it once, on an
operator's word; until then `check` names the rows.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW = (
    ("payment", "seal", 80),
    ("booking", "seal", 80),
    ("payment_case", "seal", 80),
    ("payment_event", "key_id", 16),
    ("payment_event", "facts", 64),
)


def upgrade() -> None:
    for table, name, length in _NEW:
        op.add_column(table, sa.Column(name, sa.String(length=length), nullable=True))


def downgrade() -> None:
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)
