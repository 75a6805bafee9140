"""Why a card doesn't stand where it was asked for"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BEFORE = {
    "ix_calls_unposted": "card_ts IS NULL AND coalesce(campaign_id, '') = ''",
    "ix_calls_undrawn": (
        "drawn < version AND card_ts IS NOT NULL AND coalesce(campaign_id, '') = ''"
    ),
}
_AFTER = {
    name: f"{where} AND coalesce(elsewhere, '') <> 'nowhere'" for name, where in _BEFORE.items()
}


def _index_anew(conditions: dict[str, str]) -> None:
    for name, where in conditions.items():
        op.drop_index(name, "calls")
        condition = sa.text(where)
        op.create_index(
            name, "calls", ["created_at"], sqlite_where=condition, postgresql_where=condition
        )


def upgrade() -> None:
    op.add_column("calls", sa.Column("elsewhere", sa.String(), nullable=True))
    # The only reason there was so far.
    op.execute("UPDATE calls SET elsewhere = 'closed' WHERE channel <> asked_in")
    _index_anew(_AFTER)


def downgrade() -> None:
    _index_anew(_BEFORE)
    with op.batch_alter_table("calls") as batch_op:
        batch_op.drop_column("elsewhere")
