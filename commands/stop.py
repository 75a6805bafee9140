"""/toingg stop: every campaign of the workspace is stopped, from anywhere."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import OutOfDate
from bot.slack.blocks import notices
from bot.slack.blocks.campaign_parts import noun
from bot.slack.blocks.campaigns_list import stop_question
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from commands.campaigns_shown import CampaignsShown
from storage.campaigns import Stage
from storage.under_way import UnderWay

FLOW = Flow(
    word="stop",
    summary="Stop all campaigns, and hang up their calls",
    usage="[now]",
    examples=("/toingg-stop", "/toingg-stop now"),
)

_NOTHING = "No campaign runs, and none is scheduled: there is nothing to stop."


@dataclass(frozen=True)
class StopFlow:
    """Freezes every queue at once, then hangs up."""

    shown: CampaignsShown

    async def command(self, ask: Ask) -> Answer:
        """Asks, with what runs; `now` doesn't ask."""
        if ask.text.strip().lower() == "now":
            return Answer(notices.ephemeral(await self._stop(ask)))
        found = await self._stoppable(ask)
        fresh = [each for each in found if each.campaign.stopped_by is None]
        if not fresh:
            return Answer(notices.ephemeral(_said(Counter(stopping=len(found)))))
        return Answer(stop_question(fresh))

    async def confirmed(self, ask: Ask) -> Answer:
        """Stop All, below the list."""
        said = notices.message(await self._stop(ask)) | {"replace_original": True}
        api = self.shown.parts.calling.directory.api(ask.workspace.id)
        return Answer(then=partial(api.respond, ask.response_url, said))

    async def _stop(self, ask: Ask) -> str:
        """Stops all of them at once; what was done, for who asked."""
        actor = ask.actor.user_id
        ends = [self._end(each, actor) for each in await self._stoppable(ask)]
        return _said(sum(await asyncio.gather(*ends), Counter()))

    async def _end(self, each: UnderWay, actor: str) -> Counter[str]:
        """One of them; what it adds to what is said."""
        campaign, control = each.campaign, self.shown.parts.control
        if campaign.stopped_by is not None:
            return Counter(stopping=1)
        try:
            if campaign.state is Stage.SCHEDULED:
                await control.unschedule(campaign, actor)
                return Counter(unscheduled=1)
            await control.stop(campaign, actor)
        except OutOfDate:  # it moved at the same instant
            return Counter(left=1)
        return Counter(stopped=1, live=each.live)

    async def _stoppable(self, ask: Ask) -> list[UnderWay]:
        return [each for each in await self.shown.under_way(ask) if each.can_be_stopped]


def _said(counted: Counter[str]) -> str:
    """What was done, by how many there were of each."""
    stopped, unscheduled = counted["stopped"], counted["unscheduled"]
    stopping, left = counted["stopping"], counted["left"]
    said = []
    if stopped:
        said.append(
            f"Stopped {stopped:,} {noun(stopped, 'campaign')}: nobody else is called. Live calls"
            f" that are being hung up: {counted['live']:,}. Each campaign's thread says when that"
            " is done."
        )
    if unscheduled:
        said.append(
            f"{unscheduled:,} scheduled {noun(unscheduled, 'campaign')} won't start by"
            f" {noun(unscheduled, 'itself', 'themselves')}."
        )
    if stopping:
        said.append(
            f"{stopping:,} {noun(stopping, 'campaign is', 'campaigns are')} being stopped already."
        )
    if left:
        said.append(f"{left:,} moved at the same moment: type `/toingg stop now` again.")
    return "\n".join(said) or _NOTHING


def register(routes: Routes, flow: StopFlow) -> None:
    """The command, and its button."""
    routes.command(FLOW, Deed.STOP_ALL, flow.command)
    routes.add(Kind.CLICK, "campaigns.stop_all", Deed.STOP_ALL, flow.confirmed)
