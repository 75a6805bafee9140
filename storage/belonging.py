"""Which rows of which table are a workspace's: by a column, or by the row that they are of."""

from sqlalchemy import ColumnElement, ForeignKey, Table, false, or_, select

from storage.models import Base

TABLES = tuple(Base.metadata.sorted_tables)
"""Every table, one after those that it refers to."""


def belongs(table: Table, workspace_id: str) -> ColumnElement[bool] | None:
    """SQL: whether a row of this table is the workspace's; None: the table has no workspaces."""
    if table.name == "workspaces":
        return table.c.id == workspace_id
    if "workspace_id" in table.c:
        return table.c.workspace_id == workspace_id
    found = [_through(each, workspace_id) for each in table.foreign_keys]
    known = [each for each in found if each is not None]
    return or_(false(), *known) if known else None


def _through(key: ForeignKey, workspace_id: str) -> ColumnElement[bool] | None:
    """By the row that a foreign key names."""
    target = key.column
    theirs = belongs(target.table, workspace_id)
    if theirs is None:
        return None
    return key.parent.in_(select(target).where(theirs))
