"""What keeps campaigns from going on until somebody acts, told in the notification channel.

Each time once: its key is the campaign and the moment at which it stopped. Where no channel is set
nobody is told but the campaign's thread.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import Lasting, SlackError
from bot.logs import Action, log
from bot.slack.blocks import campaign_notice
from bot.slack.blocks.campaign_parts import link_of
from bot.slack.deliver import Deliverer, Place, Post
from bot.slack.directory import Directory
from storage import campaigns
from storage.campaigns import Campaign
from storage.engine import Database

EVERY = timedelta(seconds=2)
_NEWS = timedelta(days=1)
"""What stopped before isn't news to a channel that is chosen only now."""


class Notices:
    """Tells it."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        deliverer: Deliverer,
        clock: Clock,
        *,
        channel: Callable[[str], str],
    ) -> None:
        """`channel` of a workspace, by its id; "" where none is set."""
        self._database = database
        self._directory = directory
        self._deliverer = deliverer
        self._clock = clock
        self._channel = channel
        self._told: set[str] = set()

    async def look(self) -> None:
        """Tells of those that stopped lately."""
        reachable = [each for each in self._deliverer.reachable() if self._channel(each)]
        if not reachable:
            return
        since = self._clock() - _NEWS
        find = partial(campaigns.stopped_short, workspaces=reachable, since=since)
        stopped = {_key(each): each for each in await self._database.scan(find)}
        self._told &= stopped.keys()
        for key, campaign in stopped.items():
            if key not in self._told:
                await self._tell(key, campaign)

    async def _tell(self, key: str, campaign: Campaign) -> None:
        of = campaign.workspace_id
        link = link_of(campaign, self._directory.workspace(of).at.url, "Its card")
        try:
            posted = await self._deliverer.post(
                Post(key, campaign.id, campaign_notice.POSSIBLY_REPEATED),
                Place(of, self._channel(of), campaign.owner),
                partial(campaign_notice.stopped, campaign, link),
                also=lambda *_: None,
            )
        except SlackError as error:
            log(Action.POST_FAILED, level="warning", campaign=campaign.id, detail=error.code)
            if isinstance(error, Lasting):  # there is nobody to tell
                self._told.add(key)
            return
        if posted is not None:  # else another process is about it
            self._told.add(key)


def _key(campaign: Campaign) -> str:
    return f"campaign:{campaign.id}:stopped:{int(campaign.moved_at.timestamp())}"
