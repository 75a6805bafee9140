"""Campaigns: lists of people to reach"""

import sqlalchemy as sa
from alembic import op

import storage.models

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pacing",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tat", sa.Double(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("ceiling", sa.Double(), nullable=True),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pacing")),
    )
    op.create_table(
        "budget_entries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", storage.models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_budget_entries_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_entries")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_budget_entries_workspace_id_key")),
    )
    held = sa.text("kind = 'reserve' AND NOT settled")
    op.create_index(
        "ix_budget_entries_held",
        "budget_entries",
        ["call_id"],
        sqlite_where=held,
        postgresql_where=held,
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("click_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("script", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("skip_days", sa.Integer(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=False),
        sa.Column("created_at", storage.models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("moved_by", sa.String(), nullable=True),
        sa.Column("moved_at", storage.models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("start_at", storage.models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("started_at", storage.models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", storage.models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("retry_of", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("card_ts", sa.String(), nullable=True),
        sa.Column("elsewhere", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_campaigns_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint(
            "workspace_id", "click_key", name=op.f("uq_campaigns_workspace_id_click_key")
        ),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state"], unique=False)
    op.create_index(
        "ix_campaigns_workspace_id_created_at",
        "campaigns",
        ["workspace_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "campaign_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("at", storage.models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_events_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_events")),
    )
    op.create_index(
        op.f("ix_campaign_events_campaign_id"), "campaign_events", ["campaign_id"], unique=False
    )
    op.create_index(
        "ix_campaign_events_untold",
        "campaign_events",
        ["at"],
        unique=False,
        sqlite_where=sa.text("NOT told"),
        postgresql_where=sa.text("NOT told"),
    )
    op.create_table(
        "refused_rows",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("given", sa.String(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("mend", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_refused_rows_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_rows")),
    )
    op.create_index(
        op.f("ix_refused_rows_campaign_id"), "refused_rows", ["campaign_id"], unique=False
    )
    op.create_index(
        "ix_calls_campaign_id_state",
        "calls",
        ["campaign_id", "state", "not_before", "seq"],
        unique=False,
    )
    op.add_column("opt_outs", sa.Column("phone", sa.String(), nullable=True))
    op.add_column("workspaces", sa.Column("balance", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("workspaces") as batch_op:
        batch_op.drop_column("balance")
    with op.batch_alter_table("opt_outs") as batch_op:
        batch_op.drop_column("phone")
    op.drop_index("ix_calls_campaign_id_state", table_name="calls")
    op.drop_index(op.f("ix_refused_rows_campaign_id"), table_name="refused_rows")
    op.drop_table("refused_rows")
    op.drop_index(
        "ix_campaign_events_untold",
        table_name="campaign_events",
        sqlite_where=sa.text("NOT told"),
        postgresql_where=sa.text("NOT told"),
    )
    op.drop_index(op.f("ix_campaign_events_campaign_id"), table_name="campaign_events")
    op.drop_table("campaign_events")
    op.drop_index("ix_campaigns_workspace_id_created_at", table_name="campaigns")
    op.drop_index("ix_campaigns_state", table_name="campaigns")
    op.drop_table("campaigns")
    op.drop_index("ix_budget_entries_held", table_name="budget_entries")
    op.drop_table("budget_entries")
    op.drop_table("pacing")
