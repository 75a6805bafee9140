"""Rows of lists by their own numbers, and all that was given of those that are refused"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("row", sa.Integer(), nullable=True))
    calls = sa.table("calls", sa.column("row", sa.Integer()), sa.column("seq", sa.Integer()))
    op.execute(calls.update().where(calls.c.seq.is_not(None)).values(row=calls.c.seq + 1))
    op.add_column("refused_rows", sa.Column("listing", sa.Integer(), nullable=True))
    op.add_column("refused_rows", sa.Column("cells", sa.JSON(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    listed = "json_array(given)" if is_sqlite else "json_build_array(given)"
    op.execute(f"UPDATE refused_rows SET listing = 0, cells = {listed}")  # noqa: S608 - of these two
    with op.batch_alter_table("refused_rows") as batch_op:
        batch_op.alter_column("listing", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("cells", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("refused_rows") as batch_op:
        batch_op.drop_column("cells")
        batch_op.drop_column("listing")
    with op.batch_alter_table("calls") as batch_op:
        batch_op.drop_column("row")
