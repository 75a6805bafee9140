"""What an erasure takes away: rows with what was posted of them, then the posts themselves.

Sources: Slack, the errors of chat.delete, chat.update and files.delete.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from bot.clock import Clock
from bot.errors import Lasting, SlackError
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks import forget as blocks
from bot.slack.deliver import Budget, Deliverer
from storage import Connection, erasure, erasures, ours_in_slack
from storage.engine import Database
from storage.erasure import Erasable
from storage.erasures import Erasure, Outcome, Task, What

_AT_ONCE = 20
"""Requests of one look: other erasures have their turn between them."""
_GONE = frozenset({"message_not_found", "thread_not_found", "file_not_found", "file_deleted"})
"""Slack's words for what isn't there any more."""


class Clearing:
    """Takes away what an erasure found, within the budget of updates."""

    def __init__(
        self, database: Database, deliverer: Deliverer, budget: Budget, clock: Clock
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliverer = deliverer
        self._budget = budget

    def rows(
        self,
        connection: Connection,
        workspace_id: str,
        erasure_id: str,
        rows: Sequence[Erasable],
        replies: Sequence[str],
    ) -> Counter[str]:
        """Erases these, and writes down what stands of them in Slack. What was erased.

        A reply that is being told just now is left for the next time.
        """
        ids, now = [row.id for row in rows], self._clock()
        told = ours_in_slack.on_their_way(connection, workspace_id, replies, now=now)
        replies = [each for each in replies if each not in told]
        campaigns = {row.campaign_id for row in rows if row.campaign_id}
        here = (connection, workspace_id, erasure_id)
        ours_in_slack.of_rows(*here, [*ids, *replies])
        ours_in_slack.told_of(*here, ids, campaigns)
        ours_in_slack.files_of(*here, campaigns)
        counts = erasure.erase(connection, workspace_id, ids, erasure_id=erasure_id)
        counts["replies"] += erasure.drop_replies(connection, replies)
        return counts

    async def clear(self, it: Erasure) -> bool:
        """The next messages and files; whether none is left."""
        if it.workspace_id not in self._deliverer.reachable():
            return False
        find = partial(erasures.tasks, erasure_id=it.id, limit=_AT_ONCE)
        for task in await self._database.read(find):
            if not self._budget.take(it.workspace_id, final=it.is_of_person):
                return False
            try:
                outcome, reason = await self._take(it.workspace_id, task)
            except SlackError as error:  # it passes: the next look tries again
                log(Action.POST_FAILED, level="warning", erasure=it.id, detail=error.code)
                return False
            settled = partial(erasures.settle, task=task, outcome=outcome, reason=reason)
            await self._database.write(settled)
        return not await self._database.read(find)

    async def _take(self, workspace_id: str, task: Task) -> tuple[Outcome, str | None]:
        """Takes one away. Raises SlackError for what may pass."""
        try:
            if task.what is What.FILE:
                await self._deliverer.take_file(workspace_id, task.ts)
            else:
                await self._deliverer.take_away(workspace_id, Posted(task.channel, task.ts))
        except Lasting as error:
            if error.code in _GONE:
                return Outcome.GONE, None
            if task.what is What.FILE:
                return Outcome.FAILED, error.code
            return await self._blank(workspace_id, Posted(task.channel, task.ts))
        return Outcome.DELETED, None

    async def _blank(self, workspace_id: str, at: Posted) -> tuple[Outcome, str | None]:
        """What can't be deleted says nothing any more, at least."""
        try:
            await self._deliverer.redraw(workspace_id, at, blocks.erased_message())
        except Lasting as error:
            gone = error.code in _GONE
            return (Outcome.GONE, None) if gone else (Outcome.FAILED, error.code)
        return Outcome.EDITED, None
