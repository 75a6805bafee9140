"""What runs in a workspace, in a list for one person's eyes, with its controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.errors import OutOfDate
from bot.slack.blocks.campaign_parts import title_of
from bot.slack.blocks.campaigns_list import MOST, campaigns_list
from bot.slack.blocks.parts import Block, Message
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_rows import Done, Move, campaign_of, is_stopped, moved_to, stands
from storage.campaigns import Campaign, Stage
from storage.under_way import UnderWay


@dataclass(frozen=True)
class CampaignsShown:
    """The list, and its buttons."""

    parts: Campaigns

    async def under_way(self, ask: Ask) -> list[UnderWay]:
        """The workspace's campaigns that were started, or will start by themselves."""
        return await self.parts.standings.under_way(ask.workspace.id)

    async def blocks(self, ask: Ask) -> list[Block]:
        """The same, for the head of something else: nothing where nothing runs."""
        if not may(ask.actor, Deed.SEE_CALLS, ask.workspace.id):
            return []
        found = await self.under_way(ask)
        return list((await self._drawn(ask, found))["blocks"]) if found else []

    async def _drawn(self, ask: Ask, found: Sequence[UnderWay], note: str = "") -> Message:
        def controls(campaign: Campaign) -> bool:
            return may(ask.actor, Deed.CONTROL_CAMPAIGN, ask.workspace.id, asked_by=campaign.owner)

        shown = [await self.parts.standings.of(each.campaign) for each in found[:MOST]]
        return campaigns_list(
            shown,
            more=len(found) - len(shown),
            team_url=ask.workspace.at.url,
            controls=controls,
            resumes=may(ask.actor, Deed.RUN_CAMPAIGN, ask.workspace.id),
            note=note,
        )

    def does(self, deed: Deed, move: Move, done: Done, word: str, *, moved: bool) -> Handler:
        """A click in the list, which is drawn anew; what couldn't be done is said above it.

        `word`: how it is called once it is done. `moved`: the campaign may have moved since the
        list was drawn, as it always may, for a list is never kept up.
        """
        find = partial(campaign_of, deed=deed, parts=self.parts, on_card=False)

        async def clicked(ask: Ask) -> Answer:
            note = ""
            try:
                await move(await find(ask, moved=moved), ask.actor.user_id)
            except OutOfDate:
                now = await find(ask, moved=True)
                if not done(now, ask.actor.user_id):
                    note = f"*Not {word}*: {title_of(now)} has moved. This is how it stands now."
            return Answer(then=partial(self._redraw, ask, note))

        return clicked

    async def _redraw(self, ask: Ask, note: str) -> None:
        api = self.parts.calling.directory.api(ask.workspace.id)
        message = await self._drawn(ask, await self.under_way(ask), note)
        await api.respond(ask.response_url, message | {"replace_original": True})


def register(routes: Routes, shown: CampaignsShown) -> None:
    """Pause, Resume and Stop All, in the list."""
    control, steer, run = shown.parts.control, Deed.CONTROL_CAMPAIGN, Deed.RUN_CAMPAIGN
    pause = shown.does(steer, control.pause, stands(Stage.PAUSED), "paused", moved=True)
    stop = shown.does(steer, control.stop, is_stopped, "stopped", moved=True)
    resume = shown.does(run, control.resume, moved_to(Stage.RUNNING), "resumed", moved=False)
    routes.add(Kind.CLICK, "campaigns.pause", steer, pause)
    routes.add(Kind.CLICK, "campaigns.stop", steer, stop)
    routes.add(Kind.CLICK, "campaigns.resume", run, resume)
