"""What is older than a workspace keeps is erased, as a person is; workspaces that left, whole."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import StorageError
from bot.logs import Action, log
from bot.privacy.clearing import Clearing
from bot.slack.directory import Directory
from storage import Connection, audit, erasure, erasures, installations, leftovers, ours_in_slack
from storage.engine import Database
from storage.erasure import Erasable
from storage.erasures import Stage

EVERY = timedelta(hours=1)
_SOME = 100
"""Rows that one write erases: what dials waits for no more than that."""
_PAUSES = (0.1, 0.5, 2.0)
"""Seconds between tries."""
_LONGEST = timedelta(minutes=2)
"""Of one workspace's turn; the next hour goes on."""


class Retention:
    """Looks once an hour for what is to go."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clearing: Clearing,
        clock: Clock,
        *,
        run: str,
        days: Callable[[str], int | None],
        gone_for: timedelta,
    ) -> None:
        """`days`: how long a workspace keeps what it has, by its id; None: for ever. `gone_for`:
        how long ago a workspace that is erased whole removed the bot.
        """
        self._database = database
        self._directory = directory
        self._clearing = clearing
        self._clock = clock
        self._run = run
        self._days = days
        self._gone_for = gone_for

    async def look(self) -> None:
        """Every workspace that keeps things for so long only, and those that are gone."""
        leave = partial(installations.take_leave, before=self._clock() - self._gone_for)
        await erase_uninstalled(self._database, await self._database.write(leave))
        for workspace_id in self._directory.ids():
            days = self._days(workspace_id)
            if days is not None:
                await self._erase(workspace_id, self._clock() - timedelta(days=days))

    async def _erase(self, workspace_id: str, before: datetime) -> None:
        """Batch by batch, for so long and no longer."""
        await self._cut(workspace_id, before)
        look = partial(_look, workspace_id=workspace_id, before=before)
        is_any, since = await self._database.scan(look)
        if not is_any:
            return
        until = self._clock() + _LONGEST
        begin = partial(
            erasures.retention, workspace_id=workspace_id, run=self._run, now=self._clock()
        )
        erasure_id = await self._database.write(begin)
        some = partial(self._some, workspace_id=workspace_id, erasure_id=erasure_id, before=before)
        counts: Counter[str] = Counter()
        try:
            while self._clock() < until:
                gone, since = await self._database.write(partial(some, since=since))
                if not gone:
                    break
                counts += gone
        finally:
            to_slack = partial(erasures.go_on, erasure_id=erasure_id, stage=Stage.SLACK)
            await self._database.write(to_slack)
        await self._database.wipe()
        log(Action.RETENTION, workspace=workspace_id, erased=dict(counts))

    async def _cut(self, workspace_id: str, before: datetime) -> None:
        """The audit log's oldest entries, which name nobody's number in clear, go too."""
        cut = partial(audit.cut, workspace_id=workspace_id, before=before, now=self._clock())
        while await self._database.write(cut):
            continue

    def _some(
        self,
        connection: Connection,
        workspace_id: str,
        erasure_id: str,
        before: datetime,
        since: datetime | None,
    ) -> tuple[Counter[str], datetime | None]:
        """The next of it, and where the rows after these begin; none: nothing is left."""
        rows: list[Erasable] = []
        if since is not None:
            span = {"before": before, "since": since}
            rows = erasure.older(connection, workspace_id, **span, limit=_SOME)
        replied = erasure.replies(connection, workspace_id, before=before, limit=_SOME)
        counts = self._clearing.rows(connection, workspace_id, erasure_id, rows, replied)
        lists = leftovers.lists(
            connection, workspace_id, before=before, limit=_SOME, now=self._clock()
        )
        ours_in_slack.files_of(connection, workspace_id, erasure_id, lists.campaigns)
        counts["lists"] += lists.count
        counts["drafts"] += leftovers.drafts(connection, workspace_id, before=before, limit=_SOME)
        counts["bodies"] += leftovers.bodies(connection, workspace_id, before=before, limit=_SOME)
        found = +counts
        if found:
            erasures.learn(connection, erasure_id, counts=found)
        return found, rows[-1].created_at if rows else None


def _look(
    connection: Connection, workspace_id: str, before: datetime
) -> tuple[bool, datetime | None]:
    """Whether anything is older, and when the oldest row is of that may go."""
    mine = (connection, workspace_id)
    rows = erasure.older(*mine, before=before, limit=1)
    others = erasure.replies(*mine, before=before, limit=1) or leftovers.is_any(
        *mine, before=before
    )
    return bool(rows or others), rows[0].created_at if rows else None


async def _patiently(
    database: Database, erase: Callable[[Connection], Counter[str]]
) -> Counter[str]:
    """One batch. What was told of the workspace meanwhile may hang on a row that was to go: then
    both are seen at the next try. Raises StorageError after some.
    """
    for pause in _PAUSES:
        try:
            return await database.write(erase)
        except StorageError as error:
            log(Action.DATABASE_AWAY, level="warning", detail=error.detail)
            await asyncio.sleep(pause)
    return await database.write(erase)


async def erase_uninstalled(
    database: Database, workspace_ids: Collection[str]
) -> dict[str, Counter[str]]:
    """Erases these workspaces whole, batch by batch: what was deleted of each, by table.

    The receipt is in the log: the audit log of a workspace goes with it.
    """
    receipts = {}
    for workspace_id in workspace_ids:
        counts: Counter[str] = Counter()
        erase = partial(erasure.erase_workspace, workspace_id=workspace_id)
        while gone := await _patiently(database, erase):
            counts += gone
        log(Action.WORKSPACE_ERASED, workspace=workspace_id, rows=dict(counts))
        receipts[workspace_id] = counts
    if receipts:
        await database.wipe()
    return receipts
