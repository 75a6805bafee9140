"""Live calls are counted workspace by workspace"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LIVE = sa.text("state = 'placed' AND ended_at IS NULL")


def _index(*columns: str) -> None:
    op.drop_index("ix_calls_live", "calls")
    op.create_index(
        "ix_calls_live", "calls", list(columns), sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def upgrade() -> None:
    _index("workspace_id", "done_at")


def downgrade() -> None:
    _index("done_at")
