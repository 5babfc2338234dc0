"""temporary passwords, and which account a counted sign-in tried

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    temporary: sa.Column[bool] = sa.Column(
        "password_temporary", sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
    op.add_column("staff", temporary)
    about: sa.Column[str] = sa.Column(
        "about", sa.String(length=64), server_default="", nullable=False
    )
    op.add_column("sign_in_try", about)


def downgrade() -> None:
    op.drop_column("sign_in_try", "about")
    op.drop_column("staff", "password_temporary")
