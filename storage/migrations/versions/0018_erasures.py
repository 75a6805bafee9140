"""Erasures: of a person, and of what is older than a workspace keeps"""

import sqlalchemy as sa
from alembic import op

from storage.models import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ERASED = sa.text("erasure_id IS NOT NULL")
_UNERASED = sa.text("done_at IS NULL")
_LEFT = sa.text("outcome IS NULL")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("phone_key", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_erasures_workspace_id_workspaces")
        ),
    )
    op.create_index(
        "ix_erasures_unerased",
        "erasures",
        ["asked_at"],
        sqlite_where=_UNERASED,
        postgresql_where=_UNERASED,
    )
    op.create_table(
        "erasure_tasks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_tasks")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_erasure_tasks_workspace_id_workspaces"),
        ),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasures.id"], name=op.f("fk_erasure_tasks_erasure_id_erasures")
        ),
        sa.UniqueConstraint(
            "erasure_id", "channel", "ts", name=op.f("uq_erasure_tasks_erasure_id_channel_ts")
        ),
    )
    op.create_index(
        "ix_erasure_tasks_left",
        "erasure_tasks",
        ["erasure_id"],
        sqlite_where=_LEFT,
        postgresql_where=_LEFT,
    )
    op.add_column("campaigns", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.add_column("calls", sa.Column("erasure_id", sa.String(), nullable=True))
    op.create_index(
        "ix_calls_erasure_id",
        "calls",
        ["erasure_id"],
        sqlite_where=_ERASED,
        postgresql_where=_ERASED,
    )


def downgrade() -> None:
    op.drop_index("ix_calls_erasure_id", "calls")
    with op.batch_alter_table("calls") as batch_op:
        batch_op.drop_column("erasure_id")
    with op.batch_alter_table("campaigns") as batch_op:
        batch_op.drop_column("erased_at")
    op.drop_table("erasure_tasks")
    op.drop_table("erasures")
