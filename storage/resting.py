"""Workspaces that took the bot's token back: their work rests, and nothing of it is lost.

Nobody is dialled or texted for them, since nobody there could see it or hang up.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists

from storage.models import InstallationRow, table_of

INSTALLATIONS = table_of(InstallationRow)


class Standing(StrEnum):
    """Where an installation stands."""

    INSTALLED = "installed"
    REVOKED = "revoked"
    UNINSTALLED = "uninstalled"


def rests(workspace_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL: whether the workspace that this column names took the bot's token back.

    One without a row here isn't installed by OAuth: the environment has its token.
    """
    return exists().where(
        INSTALLATIONS.c.workspace_id == workspace_id,
        INSTALLATIONS.c.state != Standing.INSTALLED,
    )
