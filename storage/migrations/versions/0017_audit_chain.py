"""The audit log is chained, and only added to"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.chain import GENESIS, Link, written
from storage.models import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_PAGE = 1000
_ADDED_TO = "the audit log is only added to"
_FORWARD = "the head of the audit log only goes forward"


_KEPT = (
    ("workspace_id", sa.String()),
    ("at", UtcDateTime()),
    ("actor", sa.String()),
    ("deed", sa.String()),
    ("subject", sa.String()),
    ("detail", sa.JSON()),
)
_CHAINED = (
    *_KEPT,
    ("seq", sa.Integer()),
    ("previous", sa.String()),
    ("hash", sa.String()),
)


def _columns(*named: tuple[str, sa.types.TypeEngine[Any]]) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name, kind in named]


def _table(name: str, *named: tuple[str, sa.types.TypeEngine[Any]]) -> sa.TableClause:
    return sa.table(name, *(sa.column(name, kind) for name, kind in named))


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("cut_seq", sa.Integer(), nullable=False),
        sa.Column("cut_hash", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=True),
        sa.Column("witnessed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_audit_heads_workspace_id_workspaces"
        ),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_audit_heads"),
    )
    op.drop_index("ix_audit_workspace_id_subject", table_name="audit")
    op.rename_table("audit", "audit_before")
    if op.get_bind().dialect.name == "postgresql":  # its names of keys are the whole schema's
        op.execute("ALTER TABLE audit_before RENAME CONSTRAINT pk_audit TO pk_audit_before")
    op.create_table(
        "audit",
        *_columns(*_CHAINED),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_audit_workspace_id_workspaces"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name="pk_audit"),
    )
    _chain()
    op.drop_table("audit_before")
    op.create_index("ix_audit_workspace_id_subject", "audit", ["workspace_id", "subject"])
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _chain() -> None:
    """Every entry that is there, in the order in which it was written."""
    connection = op.get_bind()
    new = _table("audit", *_CHAINED)
    old = _table("audit_before", ("id", sa.Integer()), *_KEPT)
    heads: dict[str, tuple[int, str]] = {}
    last = 0
    page = sa.select(*old.c).order_by(old.c.id).limit(_PAGE)
    while rows := connection.execute(page.where(old.c.id > last)).mappings().all():
        last = rows[-1]["id"]
        chained = []
        for row in rows:
            seq, previous = heads.get(row["workspace_id"], (0, GENESIS))
            fields = {name: row[name] for name in ("workspace_id", "actor", "deed", "subject")}
            fields |= {"seq": seq + 1, "previous": previous}
            at, detail = row["at"], row["detail"]
            digest = Link(at=written(at), detail=json.dumps(detail), **fields).digest()
            chained.append({**fields, "at": at, "detail": detail, "hash": digest})
            heads[row["workspace_id"]] = (seq + 1, digest)
        connection.execute(sa.insert(new), chained)
    table = sa.table("audit_heads", *map(sa.column, ("workspace_id", "seq", "hash", *_NEW)))
    for workspace_id, (seq, digest) in heads.items():
        first = {"workspace_id": workspace_id, "seq": seq, "hash": digest, **_NEW}
        connection.execute(sa.insert(table).values(first))


_NEW = {"cut_seq": 0, "cut_hash": GENESIS, "witness": None, "witnessed": 0}


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_index("ix_audit_workspace_id_subject", table_name="audit")
    op.rename_table("audit", "audit_chained")
    if connection.dialect.name == "postgresql":
        op.execute("ALTER TABLE audit_chained RENAME CONSTRAINT pk_audit TO pk_audit_chained")
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *_columns(*_KEPT),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_audit_workspace_id_workspaces"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    names = ", ".join(name for name, _ in _KEPT)
    op.execute(
        f"INSERT INTO audit ({names}) SELECT {names} FROM audit_chained ORDER BY at, seq"  # noqa: S608 - our own names
    )
    op.drop_table("audit_chained")
    op.drop_table("audit_heads")
    if connection.dialect.name == "postgresql":
        for name in ("audit_refuse", "audit_may_go", "audit_head_moves", "audit_head_goes"):
            op.execute(f"DROP FUNCTION {name}")
    op.create_index("ix_audit_workspace_id_subject", "audit", ["workspace_id", "subject"])


def _on_sqlite(name: str, when: str, condition: str, said: str) -> str:
    wanted = f" WHEN {condition}" if condition else ""
    return f"CREATE TRIGGER {name} BEFORE {when}{wanted} BEGIN SELECT RAISE(ABORT, '{said}'); END"


def _on_postgresql(name: str, when: str, condition: str, said: str) -> list[str]:
    """A function that refuses, and its trigger; an empty condition refuses always."""
    back = "OLD" if "DELETE" in when else "NEW"
    refuse = f"RAISE EXCEPTION '{said}';"
    body = f"IF {condition} THEN {refuse} END IF; RETURN {back};" if condition else refuse
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


_STAYS = (
    "NOT EXISTS (SELECT 1 FROM audit_heads WHERE workspace_id = OLD.workspace_id"
    " AND cut_seq >= OLD.seq)"
)
_BACKWARDS = (
    "NEW.workspace_id <> OLD.workspace_id OR NEW.seq < OLD.seq OR NEW.cut_seq < OLD.cut_seq"
    " OR NEW.cut_seq > NEW.seq"
)
_HAS_ENTRIES = "OLD.cut_seq < OLD.seq"
_IS_THERE = "EXISTS (SELECT 1 FROM audit WHERE workspace_id = NEW.workspace_id AND seq = NEW.seq)"
_NO_TRUNCATE = (
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT"
    " EXECUTE FUNCTION audit_refuse()"
)
_TRIGGERS = {
    "sqlite": [
        _on_sqlite("audit_refuse", "UPDATE ON audit", "", _ADDED_TO),
        _on_sqlite("audit_may_go", "DELETE ON audit", _STAYS, _ADDED_TO),
        # INSERT OR REPLACE removes without telling the trigger of removals.
        _on_sqlite("audit_is_new", "INSERT ON audit", _IS_THERE, _ADDED_TO),
        _on_sqlite("audit_head_moves", "UPDATE ON audit_heads", _BACKWARDS, _FORWARD),
        _on_sqlite("audit_head_goes", "DELETE ON audit_heads", _HAS_ENTRIES, _FORWARD),
    ],
    "postgresql": [
        *_on_postgresql("audit_refuse", "UPDATE ON audit", "", _ADDED_TO),
        _NO_TRUNCATE,
        *_on_postgresql("audit_may_go", "DELETE ON audit", _STAYS, _ADDED_TO),
        *_on_postgresql("audit_head_moves", "UPDATE ON audit_heads", _BACKWARDS, _FORWARD),
        *_on_postgresql("audit_head_goes", "DELETE ON audit_heads", _HAS_ENTRIES, _FORWARD),
    ],
}
