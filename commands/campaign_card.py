"""The buttons on a campaign's card that move it: each checked against who, where and when."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.errors import BotError, OutOfDate
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_rows import campaign_of
from storage import Connection, lists
from storage.campaigns import Campaign, Stage
from storage.rows import State

_NOBODY = "Nobody on this list can be called. Edit the list, or discard it."

Move = Callable[[Campaign, str], Awaitable[Campaign]]
"""One of `Control`'s: what a person does to a campaign."""


def _stopped(campaign: Campaign, _: str) -> bool:
    return campaign.stopped_by is not None


def _moved(to: Stage) -> Callable[[Campaign, str], bool]:
    """Whether this person has just made that move."""
    return lambda campaign, actor: campaign.state is to and campaign.moved_by == actor


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
        done: Callable[[Campaign, str], bool],
        *,
        on_card: bool = True,
    ) -> Handler:
        """The handler of a click that makes this move; nothing where its double has made it."""

        async def clicked(ask: Ask) -> Answer:
            try:
                campaign = await campaign_of(ask, deed, self.parts, on_card=on_card)
                await move(campaign, ask.actor.user_id)
            except OutOfDate:
                now = await campaign_of(ask, deed, self.parts, on_card=on_card, moved=True)
                if not done(now, ask.actor.user_id):
                    raise
            return Answer()

        return clicked


def register(routes: Routes, flow: CampaignCardFlow) -> None:
    """Start, Pause, Resume, Cancel Campaign, Discard, Unschedule, Stop All: on the card."""
    control, run, steer = flow.parts.control, Deed.RUN_CAMPAIGN, Deed.CONTROL_CAMPAIGN
    approvals = flow.parts.approvals
    moves: dict[str, tuple[Deed, Move, Callable[[Campaign, str], bool]]] = {
        "start": (run, flow.start, _moved(Stage.RUNNING)),
        "resume": (run, control.resume, _moved(Stage.RUNNING)),
        "pause": (steer, control.pause, _moved(Stage.PAUSED)),
        "cancel": (steer, control.cancel, _moved(Stage.CANCELLED)),
        "discard": (steer, control.cancel, _moved(Stage.CANCELLED)),
        "unschedule": (steer, control.unschedule, _moved(Stage.READY)),
        "ask_approval": (run, approvals.ask, _moved(Stage.AWAITING_APPROVAL)),
        "approve": (Deed.APPROVE_CAMPAIGN, approvals.approve, _moved(Stage.READY)),
        "decline": (Deed.APPROVE_CAMPAIGN, approvals.decline, _moved(Stage.READY)),
        "stop": (steer, control.stop, _stopped),
    }
    for word, (deed, move, done) in moves.items():
        routes.add(Kind.CLICK, f"campaign.{word}", deed, flow.does(deed, move, done))
