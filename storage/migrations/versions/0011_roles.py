"""Roles that are given to people and to user groups"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("settings", sa.Column("roles", sa.JSON(), nullable=True))
    op.execute("UPDATE settings SET roles = '{}'")
    with op.batch_alter_table("settings") as batch_op:
        batch_op.alter_column("roles", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("settings") as batch_op:
        batch_op.drop_column("roles")
