"""What runs in a workspace, in a list for one person's eyes, with its controls."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.errors import OutOfDate
from bot.slack.blocks.campaign_parts import Standing
from bot.slack.blocks.campaigns_list import campaigns_list
from bot.slack.blocks.parts import Block, Message
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_rows import campaign_of
from storage.campaigns import Campaign, Stage

_UNDER_WAY = (Stage.RUNNING, Stage.PAUSED, Stage.HELD, Stage.SCHEDULED, Stage.AWAITING_APPROVAL)


@dataclass(frozen=True)
class CampaignsShown:
    """The list, and its buttons."""

    parts: Campaigns

    async def under_way(self, ask: Ask) -> list[Standing]:
        """The workspace's campaigns that were started, or will start by themselves."""
        standings = await self.parts.standings.open_ones(ask.workspace.id)
        return [each for each in standings if each.campaign.state in _UNDER_WAY]

    async def message(self, ask: Ask) -> Message:
        """The list as this person may see it, their controls in it."""
        return self._drawn(ask, await self.under_way(ask))

    async def blocks(self, ask: Ask) -> list[Block]:
        """The same, for the head of something else: nothing where nothing runs."""
        if not may(ask.actor, Deed.SEE_CALLS, ask.workspace.id):
            return []
        shown = await self.under_way(ask)
        return list(self._drawn(ask, shown)["blocks"]) if shown else []

    def _drawn(self, ask: Ask, shown: Sequence[Standing]) -> Message:
        def controls(campaign: Campaign) -> bool:
            return may(ask.actor, Deed.CONTROL_CAMPAIGN, ask.workspace.id, asked_by=campaign.owner)

        return campaigns_list(shown, team_url=ask.workspace.at.url, controls=controls)

    def does(self, deed: Deed, move: Callable[[Campaign, str], Awaitable[Campaign]]) -> Handler:
        """A click in the list; it is drawn anew, whether or not there was something to do."""

        async def clicked(ask: Ask) -> Answer:
            try:
                campaign = await campaign_of(ask, deed, self.parts, on_card=False)
                await move(campaign, ask.actor.user_id)
            except OutOfDate:
                return Answer(then=partial(self._redraw, ask))
            return Answer(then=partial(self._redraw, ask))

        return clicked

    async def _redraw(self, ask: Ask) -> None:
        api = self.parts.calling.directory.api(ask.workspace.id)
        message = await self.message(ask)
        await api.respond(ask.response_url, message | {"replace_original": True})


def register(routes: Routes, shown: CampaignsShown) -> None:
    """Pause, Resume and Stop All, in the list."""
    control, steer = shown.parts.control, Deed.CONTROL_CAMPAIGN
    routes.add(Kind.CLICK, "campaigns.pause", steer, shown.does(steer, control.pause))
    routes.add(Kind.CLICK, "campaigns.stop", steer, shown.does(steer, control.stop))
    run = Deed.RUN_CAMPAIGN
    routes.add(Kind.CLICK, "campaigns.resume", run, shown.does(run, control.resume))
