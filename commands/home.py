"""The Home tab: published when it is opened; its buttons are checked as everywhere."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.campaigns.home import Homes
from bot.errors import OutOfDate
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_card import Move
from commands.campaign_rows import campaign_of


@dataclass(frozen=True)
class HomeFlow:
    """What is asked on Home."""

    homes: Homes
    parts: Campaigns

    async def opened(self, ask: Ask) -> Answer:
        """Somebody looks at it."""
        return self._redrawn(ask)

    def _redrawn(self, ask: Ask) -> Answer:
        return Answer(then=partial(self.homes.opened, ask.workspace.id, ask.actor.user_id))

    def does(self, deed: Deed, move: Move) -> Handler:
        """A click that moves a campaign; Home is drawn anew, whether or not it still could."""

        async def clicked(ask: Ask) -> Answer:
            try:
                campaign = await campaign_of(ask, deed, self.parts, on_card=False)
                await move(campaign, ask.actor.user_id)
            except OutOfDate:
                return self._redrawn(ask)
            return self._redrawn(ask)

        return clicked


def register(routes: Routes, flow: HomeFlow, *, campaign: Handler, settings: Handler) -> None:
    """Its event and its buttons; `campaign` and `settings` open those modals."""
    control, approvals = flow.parts.control, flow.parts.approvals
    run, steer = Deed.RUN_CAMPAIGN, Deed.CONTROL_CAMPAIGN
    routes.add(Kind.EVENT, "app_home_opened", Deed.READ_HELP, flow.opened)
    routes.add(Kind.CLICK, "home.campaign", run, campaign)
    routes.add(Kind.CLICK, "home.settings", Deed.CHANGE_SETTINGS, settings)
    routes.add(Kind.CLICK, "home.pause", steer, flow.does(steer, control.pause))
    routes.add(Kind.CLICK, "home.stop", steer, flow.does(steer, control.stop))
    routes.add(Kind.CLICK, "home.resume", run, flow.does(run, control.resume))
    approve = Deed.APPROVE_CAMPAIGN
    routes.add(Kind.CLICK, "home.approve", approve, flow.does(approve, approvals.approve))
    routes.add(Kind.CLICK, "home.decline", approve, flow.does(approve, approvals.decline))
