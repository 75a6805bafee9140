"""Each workspace has its own secrets, and knows Stripe's events by its own"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAMING = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
_ONCE = "uq_webhook_events_provider_event_id"
_ONCE_EACH = "uq_webhook_events_workspace_id_provider_event_id"


def upgrade() -> None:
    op.add_column("settings", sa.Column("secrets", sa.String(), nullable=True))
    with op.batch_alter_table("webhook_events", naming_convention=_NAMING) as events:
        events.drop_constraint(_ONCE, type_="unique")
        events.create_unique_constraint(_ONCE_EACH, ["workspace_id", "provider", "event_id"])


def downgrade() -> None:
    with op.batch_alter_table("webhook_events", naming_convention=_NAMING) as events:
        events.drop_constraint(_ONCE_EACH, type_="unique")
        events.create_unique_constraint(_ONCE, ["provider", "event_id"])
    op.drop_column("settings", "secrets")
