"""The buttons on a campaign's card that move it: each checked against who, where and when."""

from dataclasses import dataclass

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.errors import BotError, OutOfDate
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_rows import Done, Move, campaign_of, is_stopped, moved_to, stands
from storage import Connection, lists
from storage.campaigns import Campaign, Stage
from storage.rows import State

_HALTED = (Stage.PAUSED, Stage.DONE, Stage.CANCELLED)
_GOES_ON = "This campaign goes on since. Stop All, on its card, stops it."
_NONE_UP = "No call of this campaign is up any more: there is nothing to hang up."
_NOBODY = "Nobody on this list can be called. Edit the list, or discard it."

_AS_IT_IS_NOW = ("pause", "cancel", "stop")
"""Whoever clicks these means the campaign, not a state of it: they work on an older card, too."""


@dataclass(frozen=True)
class CampaignCardFlow:
    """What a person may do to a campaign, on its card or in a list of campaigns."""

    parts: Campaigns

    async def start(self, campaign: Campaign, actor: str) -> Campaign:
        """Starts it, unless there is nobody to call."""

        def look(connection: Connection) -> bool:
            return bool(lists.with_state(connection, campaign.id, State.PENDING, limit=1))

        if campaign.state is Stage.READY and not await self.parts.calling.database.read(look):
            raise BotError(_NOBODY)
        return await self.parts.control.start(campaign, actor)

    def does(
        self,
        deed: Deed,
        move: Move,
        done: Done,
        *,
        moved: bool,
    ) -> Handler:
        """The handler of a click that makes this move; nothing where its double has made it.

        `moved`: the campaign may have moved since the card was drawn.
        """

        async def clicked(ask: Ask) -> Answer:
            try:
                campaign = await campaign_of(ask, deed, self.parts, moved=moved)
                await move(campaign, ask.actor.user_id)
            except OutOfDate:
                now = await campaign_of(ask, deed, self.parts, moved=True)
                if not done(now, ask.actor.user_id):
                    raise
            return Answer()

        return clicked

    async def retry_stop(self, ask: Ask) -> Answer:
        """Retry, in the thread, of what Stop All couldn't hang up; never of what goes on since."""
        deed, control = Deed.CONTROL_CAMPAIGN, self.parts.control
        campaign = await campaign_of(ask, deed, self.parts, on_card=False, moved=True)
        if campaign.state not in _HALTED:
            raise BotError(_GOES_ON)
        try:
            await control.stop(campaign, ask.actor.user_id)
        except OutOfDate:
            now = await campaign_of(ask, deed, self.parts, on_card=False, moved=True)
            if now.stopped_by is None:
                raise BotError(_NONE_UP) from None
        return Answer()


def register(routes: Routes, flow: CampaignCardFlow) -> None:
    """Start, Pause, Resume, Cancel Campaign, Discard, Unschedule, Stop All, and its Retry."""
    control, run, steer = flow.parts.control, Deed.RUN_CAMPAIGN, Deed.CONTROL_CAMPAIGN
    approvals, approve = flow.parts.approvals, Deed.APPROVE_CAMPAIGN
    moves: dict[str, tuple[Deed, Move, Done]] = {
        "start": (run, flow.start, moved_to(Stage.RUNNING)),
        "resume": (run, control.resume, moved_to(Stage.RUNNING)),
        "pause": (steer, control.pause, stands(Stage.PAUSED)),
        "cancel": (steer, control.cancel, stands(Stage.CANCELLED)),
        "discard": (steer, control.discard, moved_to(Stage.CANCELLED)),
        "unschedule": (steer, control.unschedule, moved_to(Stage.READY)),
        "ask_approval": (run, approvals.ask, moved_to(Stage.AWAITING_APPROVAL)),
        "approve": (approve, approvals.approve, moved_to(Stage.READY)),
        "decline": (approve, approvals.decline, moved_to(Stage.READY)),
        "stop": (steer, control.stop, is_stopped),
    }
    for word, (deed, move, done) in moves.items():
        handler = flow.does(deed, move, done, moved=word in _AS_IT_IS_NOW)
        routes.add(Kind.CLICK, f"campaign.{word}", deed, handler)
    routes.add(Kind.CLICK, "campaign.retry_stop", steer, flow.retry_stop)
