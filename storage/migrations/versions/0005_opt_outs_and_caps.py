"""Opt-outs newest first, the calls of a day, the audit log of one subject"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_opt_outs_workspace_id_at",
        "opt_outs",
        ["workspace_id", "at", "phone_key"],
        unique=False,
    )
    op.create_index(
        "ix_calls_at_once",
        "calls",
        ["workspace_id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending' AND campaign_id IS NULL"),
        postgresql_where=sa.text("state = 'pending' AND campaign_id IS NULL"),
    )
    op.create_index(
        "ix_calls_intended",
        "calls",
        ["workspace_id", "intent_at", "state"],
        unique=False,
        sqlite_where=sa.text("intent_at IS NOT NULL"),
        postgresql_where=sa.text("intent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_workspace_id_subject", "audit", ["workspace_id", "subject"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_audit_workspace_id_subject", table_name="audit")
    op.drop_index(
        "ix_calls_intended",
        table_name="calls",
        sqlite_where=sa.text("intent_at IS NOT NULL"),
        postgresql_where=sa.text("intent_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_calls_at_once",
        table_name="calls",
        sqlite_where=sa.text("state = 'pending' AND campaign_id IS NULL"),
        postgresql_where=sa.text("state = 'pending' AND campaign_id IS NULL"),
    )
    op.drop_index("ix_opt_outs_workspace_id_at", table_name="opt_outs")
