"""Templates of texts: saved per workspace under a name, each change a new version.

Nothing that was saved is changed: a campaign that used a version goes on saying what that said.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from storage.models import TemplateRow, table_of
from storage.rows import take_turn

TEMPLATES = table_of(TemplateRow)
MOST = 100
"""Templates of a workspace: Slack shows so many options of a select."""


@dataclass(frozen=True)
class Template:
    """One version of a template; `text` may hold variables, as `{name}`."""

    id: str
    name: str
    version: int
    text: str
    by: str
    at: datetime


_COLUMNS = [TEMPLATES.c[name] for name in ("id", "name", "version", "text", "by", "at")]


def save(
    connection: Connection, workspace_id: str, *, name: str, text: str, by: str, now: datetime
) -> Template:
    """The next version of the template with this name; the one there is where it says the same."""
    take_turn(connection, f"template {workspace_id} {name}")
    before = _newest(connection, workspace_id, name)
    if before is not None and not before.removed and before.text == text:
        return _template(before)
    version = 1 if before is None else before.version + 1
    saved = {"id": uuid.uuid4().hex, "name": name, "version": version, "text": text}
    connection.execute(
        insert(TEMPLATES).values(workspace_id=workspace_id, by=by, at=now, removed=False, **saved)
    )
    return Template(by=by, at=now, **saved)  # type: ignore[arg-type]


def remove(connection: Connection, workspace_id: str, template_id: str) -> bool:
    """Nobody is offered the template with this id's name any more; False where it isn't there."""
    found = get(connection, workspace_id, template_id)
    if found is None:
        return False
    named = (TEMPLATES.c.workspace_id == workspace_id, TEMPLATES.c.name == found.name)
    connection.execute(update(TEMPLATES).where(*named).values(removed=True))
    return True


def current(connection: Connection, workspace_id: str) -> list[Template]:
    """The newest version of each template, by name."""
    mine = TEMPLATES.c.workspace_id == workspace_id
    newest = (
        select(TEMPLATES.c.name, func.max(TEMPLATES.c.version).label("version"))
        .where(mine)
        .group_by(TEMPLATES.c.name)
        .subquery()
    )
    same = (TEMPLATES.c.name == newest.c.name) & (TEMPLATES.c.version == newest.c.version)
    query = (
        select(*_COLUMNS)
        .join(newest, same)
        .where(mine, ~TEMPLATES.c.removed)
        .order_by(TEMPLATES.c.name)
        .limit(MOST)
    )
    return [_template(row) for row in connection.execute(query)]


def get(connection: Connection, workspace_id: str, template_id: str) -> Template | None:
    """One version, by its id."""
    mine = (TEMPLATES.c.workspace_id == workspace_id, TEMPLATES.c.id == template_id)
    row = connection.execute(select(*_COLUMNS).where(*mine)).first()
    return None if row is None else _template(row)


def _newest(connection: Connection, workspace_id: str, name: str) -> Any:
    mine = (TEMPLATES.c.workspace_id == workspace_id, TEMPLATES.c.name == name)
    query = select(TEMPLATES).where(*mine).order_by(TEMPLATES.c.version.desc()).limit(1)
    return connection.execute(query).first()


def _template(row: Any) -> Template:
    return Template(row.id, row.name, row.version, row.text, row.by, row.at)
