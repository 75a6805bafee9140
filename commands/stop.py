"""/toingg stop: every campaign of the workspace is stopped, from anywhere."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import OutOfDate
from bot.slack.blocks import notices
from bot.slack.blocks.campaign_parts import Standing, noun
from bot.slack.blocks.campaigns_list import stop_question
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from commands.campaigns_shown import CampaignsShown
from storage import Connection, campaigns, stops
from storage.campaigns import Campaign, Stage

FLOW = Flow(
    word="stop",
    summary="Stop all campaigns, and hang up their calls",
    usage="[now]",
    examples=("/toingg-stop", "/toingg-stop now"),
)

_BEGINS = (Stage.RUNNING, Stage.HELD, Stage.SCHEDULED)
_MOST = 1000
_NOTHING = "No campaign runs, and none is scheduled: there is nothing to stop."


@dataclass(frozen=True)
class StopFlow:
    """Freezes every queue at once, then hangs up."""

    shown: CampaignsShown

    async def command(self, ask: Ask) -> Answer:
        """Asks, with what runs; `now` doesn't ask."""
        if ask.text.strip().lower() == "now":
            return Answer(notices.ephemeral(await self._stop(ask)))
        standings = [each for each in await self.shown.under_way(ask) if _is_stoppable(each)]
        if not standings:
            return Answer(notices.ephemeral(_NOTHING))
        return Answer(stop_question(standings))

    async def confirmed(self, ask: Ask) -> Answer:
        """Stop All, below the list."""
        said = notices.message(await self._stop(ask)) | {"replace_original": True}
        api = self.shown.parts.calling.directory.api(ask.workspace.id)
        return Answer(then=partial(api.respond, ask.response_url, said))

    async def _stop(self, ask: Ask) -> str:
        """Stops each, before anything is counted over whole lists; what was done, for who asked."""
        live, stopped, unscheduled, left = 0, 0, 0, 0
        for campaign, calls in await self._stoppable(ask):
            try:
                await self._move(campaign, ask.actor.user_id)
            except OutOfDate:  # it moved at the same instant
                left += 1
                continue
            unscheduled += campaign.state is Stage.SCHEDULED
            stopped += campaign.state is not Stage.SCHEDULED
            live += calls
        return _said(stopped, live, unscheduled, left)

    async def _move(self, campaign: Campaign, actor: str) -> None:
        control = self.shown.parts.control
        is_scheduled = campaign.state is Stage.SCHEDULED
        await (control.unschedule if is_scheduled else control.stop)(campaign, actor)

    async def _stoppable(self, ask: Ask) -> list[tuple[Campaign, int]]:
        """What dials, what talks, and what would begin by itself, each with its live calls."""

        def look(connection: Connection) -> list[tuple[Campaign, int]]:
            found = campaigns.open_ones(connection, ask.workspace.id, limit=_MOST)
            counted = [(each, stops.live_count(connection, each)) for each in found]
            return [(each, live) for each, live in counted if each.state in _BEGINS or live]

        return await self.shown.parts.calling.database.scan(look)


def _is_stoppable(standing: Standing) -> bool:
    return standing.campaign.state in _BEGINS or not standing.tally.is_quiet


def _said(stopped: int, live: int, unscheduled: int, left: int) -> str:
    said = []
    if stopped:
        said.append(
            f"Stopped {stopped:,} {noun(stopped, 'campaign')}: nobody else is called. Live calls"
            f" that are being hung up: {live:,}. Each campaign's thread says when that is done."
        )
    if unscheduled:
        said.append(
            f"{unscheduled:,} scheduled {noun(unscheduled, 'campaign')} won't start by"
            f" {noun(unscheduled, 'itself', 'themselves')}."
        )
    if left:
        said.append(f"{left:,} moved at the same moment: type `/toingg stop now` again.")
    return "\n".join(said) or _NOTHING


def register(routes: Routes, flow: StopFlow) -> None:
    """The command, and its button."""
    routes.command(FLOW, Deed.STOP_ALL, flow.command)
    routes.add(Kind.CLICK, "campaigns.stop_all", Deed.STOP_ALL, flow.confirmed)
