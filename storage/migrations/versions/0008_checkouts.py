"""Checkout links: who asked for one, where it stands, what was paid"""

import sqlalchemy as sa
from alembic import op

import storage.models

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SOME = {
    "ix_checkouts_asking": ("state = 'asking'", "run"),
    "ix_checkouts_linked": ("state = 'open'", "expires_at"),
    "ix_checkouts_unshown": ("drawn < version AND state <> 'asking'", "asked_at"),
}


def upgrade() -> None:
    op.create_table(
        "checkouts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("click_key", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=False),
        sa.Column("thread_ts", sa.String(), nullable=True),
        sa.Column("campaign_id", sa.String(), nullable=True),
        sa.Column("asked_at", storage.models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("expires_at", storage.models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("paid_currency", sa.String(), nullable=True),
        sa.Column("paid_by", sa.String(), nullable=True),
        sa.Column("paid_at", storage.models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("credited", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("card_ts", sa.String(), nullable=True),
        sa.Column("elsewhere", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_checkouts_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint(
            "workspace_id", "click_key", name=op.f("uq_checkouts_workspace_id_click_key")
        ),
    )
    op.create_index("ix_checkouts_session_id", "checkouts", ["session_id"])
    op.create_index(
        "ix_checkouts_workspace_id_asked_by", "checkouts", ["workspace_id", "asked_by", "asked_at"]
    )
    for name, (condition, column) in _SOME.items():
        where = sa.text(condition)
        op.create_index(name, "checkouts", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in (*_SOME, "ix_checkouts_workspace_id_asked_by", "ix_checkouts_session_id"):
        op.drop_index(name, table_name="checkouts")
    op.drop_table("checkouts")
