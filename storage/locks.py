"""Whose turn it is on PostgreSQL; SQLite's writes take turns by themselves.

All of them end with the transaction that took them.
"""

from sqlalchemy import Connection, func, select

from storage.models import WorkspaceRow
from storage.statements import given, values

_OPT_OUTS = func.hashtextextended(
    func.concat("opt-outs ", given("workspace_id", WorkspaceRow.id)), 0
)
_ALONE = select(func.pg_advisory_xact_lock(_OPT_OUTS))
_SHARED = select(func.pg_advisory_xact_lock_shared(_OPT_OUTS))


def lock_out(connection: Connection, workspace_id: str) -> None:
    """Waits for every intent of the workspace that is about to be committed, and holds up others.

    For whoever writes an opt-out. Taken before any row is: whoever intends takes it first too.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE, values(workspace_id=workspace_id))


def lock_shared(connection: Connection, workspace_id: str) -> None:
    """Waits for an opt-out that is about to be committed; intents don't hold up each other.

    For whoever claims rows: the statement after this one sees every opt-out that was committed
    before, and none is committed before this transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_SHARED, values(workspace_id=workspace_id))
