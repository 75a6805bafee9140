"""Campaigns whose card isn't final yet"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("drawn < version")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("drawn", sa.Integer(), nullable=True))
    op.execute("UPDATE campaigns SET drawn = 0")
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.alter_column("drawn", existing_type=sa.Integer(), nullable=False)
    op.create_index(
        "ix_campaigns_unfinished",
        "campaigns",
        ["created_at"],
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def downgrade() -> None:
    op.drop_index("ix_campaigns_unfinished", "campaigns")
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.drop_column("drawn")
