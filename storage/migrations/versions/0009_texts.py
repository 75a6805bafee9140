"""Texts are rows of the ledger; what is sent to us; templates"""

import sqlalchemy as sa
from alembic import op

from storage.models import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INTENDED = sa.text("intent_at IS NOT NULL")
_UNTOLD = sa.text("NOT told")


def _intended(*columns: str) -> None:
    op.create_index(
        "ix_calls_intended",
        "calls",
        ["workspace_id", "intent_at", "state", *columns],
        sqlite_where=_INTENDED,
        postgresql_where=_INTENDED,
    )


def upgrade() -> None:
    op.add_column("calls", sa.Column("kind", sa.String(), nullable=False, server_default="call"))
    op.add_column("calls", sa.Column("parts", sa.Integer(), nullable=True))
    op.drop_index("ix_calls_intended", "calls")
    _intended("kind")
    op.create_table(
        "inbound_texts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("message_sid", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_key", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_inbound_texts_workspace_id_workspaces"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbound_texts"),
        sa.UniqueConstraint(
            "workspace_id", "message_sid", name="uq_inbound_texts_workspace_id_message_sid"
        ),
    )
    op.create_index(
        "ix_inbound_texts_untold",
        "inbound_texts",
        ["at"],
        sqlite_where=_UNTOLD,
        postgresql_where=_UNTOLD,
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_templates_workspace_id_workspaces"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        sa.UniqueConstraint(
            "workspace_id", "name", "version", name="uq_templates_workspace_id_name_version"
        ),
    )


def downgrade() -> None:
    op.drop_table("templates")
    op.drop_index("ix_inbound_texts_untold", "inbound_texts")
    op.drop_table("inbound_texts")
    op.execute(
        "DELETE FROM call_events WHERE call_id IN (SELECT id FROM calls WHERE kind = 'text')"
    )
    op.execute("DELETE FROM calls WHERE kind = 'text'")
    op.drop_index("ix_calls_intended", "calls")
    op.drop_column("calls", "parts")
    op.drop_column("calls", "kind")
    _intended()
