"""A callSid is looked for in all workspaces, too"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_calls_workspace_id_call_sid", "calls")
    op.create_index("ix_calls_call_sid_workspace_id", "calls", ["call_sid", "workspace_id"])


def downgrade() -> None:
    op.drop_index("ix_calls_call_sid_workspace_id", "calls")
    op.create_index("ix_calls_workspace_id_call_sid", "calls", ["workspace_id", "call_sid"])
