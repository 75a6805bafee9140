"""Webhook events, payments, their messages, and who subscribed to them"""

import sqlalchemy as sa
from alembic import op

from storage.models import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNDONE = sa.text("done_at IS NULL")
_KEPT = sa.text("body IS NOT NULL")
_REMINDED = sa.text("remind_at IS NOT NULL")
_UNSAID = sa.text("drawn < version AND NOT given_up")


def upgrade() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("fact", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_webhook_events_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint(
            "provider", "event_id", name=op.f("uq_webhook_events_provider_event_id")
        ),
    )
    op.create_index(op.f("ix_webhook_events_payment_id"), "webhook_events", ["payment_id"])
    op.create_index(
        "ix_webhook_events_undone",
        "webhook_events",
        ["id"],
        sqlite_where=_UNDONE,
        postgresql_where=_UNDONE,
    )
    op.create_index(
        "ix_webhook_events_kept",
        "webhook_events",
        ["received_at"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("news", sa.JSON(), nullable=False),
        sa.Column("remind_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_payments_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "workspace_id", "identity", name=op.f("uq_payments_workspace_id_identity")
        ),
    )
    op.create_index(
        "ix_payments_remind_at",
        "payments",
        ["remind_at"],
        sqlite_where=_REMINDED,
        postgresql_where=_REMINDED,
    )
    op.create_table(
        "payment_aliases",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_payment_aliases_workspace_id_workspaces"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_aliases_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "alias", name=op.f("pk_payment_aliases")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("stands_in", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("elsewhere", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("lives", sa.Integer(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_announcements_workspace_id_workspaces"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_announcements_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint(
            "payment_id", "channel", name=op.f("uq_announcements_payment_id_channel")
        ),
    )
    op.create_index(
        "ix_announcements_unsaid",
        "announcements",
        ["created_at"],
        sqlite_where=_UNSAID,
        postgresql_where=_UNSAID,
    )
    op.create_table(
        "subscriptions",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("groups", sa.String(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_subscriptions_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "channel", name=op.f("pk_subscriptions")),
    )


def downgrade() -> None:
    op.drop_table("subscriptions")
    op.drop_index("ix_announcements_unsaid", "announcements")
    op.drop_table("announcements")
    op.drop_table("payment_aliases")
    op.drop_index("ix_payments_remind_at", "payments")
    op.drop_table("payments")
    op.drop_index("ix_webhook_events_kept", "webhook_events")
    op.drop_index("ix_webhook_events_undone", "webhook_events")
    op.drop_index(op.f("ix_webhook_events_payment_id"), "webhook_events")
    op.drop_table("webhook_events")
