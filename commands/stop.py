"""/toingg stop: every campaign of the workspace is stopped, from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import OutOfDate
from bot.slack.blocks import notices
from bot.slack.blocks.campaign_parts import Standing, noun
from bot.slack.blocks.campaigns_list import stop_question
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from commands.campaigns_shown import CampaignsShown
from storage.campaigns import Stage

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
        standings = await self._stoppable(ask)
        if not standings:
            return Answer(notices.ephemeral(_NOTHING))
        return Answer(stop_question(standings))

    async def confirmed(self, ask: Ask) -> Answer:
        """Stop All, below the list."""
        said = notices.message(await self._stop(ask)) | {"replace_original": True}
        api = self.shown.parts.calling.directory.api(ask.workspace.id)
        return Answer(then=partial(api.respond, ask.response_url, said))

    async def _stoppable(self, ask: Ask) -> list[Standing]:
        """What dials, what talks, and what would begin by itself."""
        return [each for each in await self.shown.under_way(ask) if _is_stoppable(each)]

    async def _stop(self, ask: Ask) -> str:
        """Stops each; what was done, for who asked."""
        stopped = []
        for standing in await self._stoppable(ask):
            move = self.shown.parts.control.stop
            if standing.campaign.state is Stage.SCHEDULED:
                move = self.shown.parts.control.unschedule
            try:
                await move(standing.campaign, ask.actor.user_id)
            except OutOfDate:  # it moved at the same instant: it is looked at again
                continue
            stopped.append(standing)
        left = await self._stoppable(ask)
        return _said(stopped, [each for each in left if each.campaign.stopped_by is None])


def _is_stoppable(standing: Standing) -> bool:
    state = standing.campaign.state
    return state in (Stage.RUNNING, Stage.HELD, Stage.SCHEDULED) or not standing.tally.is_quiet


def _said(stopped: Sequence[Standing], left: Sequence[Standing]) -> str:
    if not stopped and not left:
        return _NOTHING
    running = [each for each in stopped if each.campaign.state is not Stage.SCHEDULED]
    live = sum(each.tally.live + each.tally.dialling for each in running)
    many, waiting = len(running), len(stopped) - len(running)
    said = []
    if running:
        said.append(
            f"Stopped {many:,} {noun(many, 'campaign')}: nobody else is called, and {live:,} live"
            f" {noun(live, 'call')} are being hung up. Each thread says when that is done."
        )
    if waiting:
        said.append(f"{waiting:,} scheduled {noun(waiting, 'campaign')} won't start by itself.")
    if left:
        said.append(f"{len(left):,} moved at the same moment: type `/toingg stop now` again.")
    return "\n".join(said)


def register(routes: Routes, flow: StopFlow) -> None:
    """The command, and its button."""
    routes.command(FLOW, Deed.STOP_ALL, flow.command)
    routes.add(Kind.CLICK, "campaigns.stop_all", Deed.STOP_ALL, flow.confirmed)
