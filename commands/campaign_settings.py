"""Schedule, Hand Over and Hand the List to Toingg: modals on a campaign's card."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.campaigns.moments import read_moment
from bot.errors import BotError, InputError, OutOfDate
from bot.slack.blocks.campaign_control import hand_list_form, hand_over_form, schedule_form
from bot.slack.blocks.parts import Block
from bot.slack.people import People
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.campaign_rows import campaign_of, value_of
from commands.ordering import Ordering
from storage.campaigns import Campaign, Stage
from storage.rows import Kind as What

_SOON = timedelta(days=1)
_NOBODY_NOW = "Nobody of this list may be called now: all are outside their calling hours."


@dataclass(frozen=True)
class CampaignSettingsFlow:
    """When a campaign starts, and who answers for it."""

    parts: Campaigns
    ordering: Ordering
    people: People

    async def schedule(self, ask: Ask) -> Answer:
        """Schedule, or Reschedule: asks for the moment."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        if campaign.state not in (Stage.READY, Stage.SCHEDULED):
            raise OutOfDate
        at = campaign.start_at or self.parts.calling.clock() + _SOON
        zone = campaign.zone or self.parts.calling.rules.limits(ask.workspace.id).workspace_zone
        return self._show(ask, schedule_form(campaign, at, zone, metadata=value_of(campaign)))

    def _show(self, ask: Ask, view: Block) -> Answer:
        return Answer(then=partial(self.ordering.show, ask, view))

    async def scheduled(self, ask: Ask) -> Answer:
        """The moment was chosen."""
        campaign = await self._submitted(ask, Deed.RUN_CAMPAIGN)
        typed = ask.typed
        zone = typed.get("zone", "")
        now = self.parts.calling.clock()
        at = read_moment(typed.get("day", ""), typed.get("time", ""), zone, now)
        if (campaign.state, campaign.start_at, campaign.zone) != (Stage.SCHEDULED, at, zone):
            await self.parts.control.schedule(campaign, ask.actor.user_id, at, zone)
        return Answer()

    async def hand_over(self, ask: Ask) -> Answer:
        """Hand Over: asks to whom."""
        campaign = await campaign_of(ask, Deed.CONTROL_CAMPAIGN, self.parts)
        return self._show(ask, hand_over_form(campaign, metadata=value_of(campaign)))

    async def handed_over(self, ask: Ask) -> Answer:
        """Somebody was chosen, who must be able to answer for it."""
        campaign = await self._submitted(ask, Deed.CONTROL_CAMPAIGN)
        to = ask.typed.get("person", "")
        if not to:
            raise InputError({"person": "Choose who answers for it from now on."})
        if to == campaign.owner:
            return Answer()
        api = self.parts.calling.directory.api(ask.workspace.id)
        heir = await self.people.actor(ask.workspace, api, to, None)
        if not may(heir, Deed.RUN_CAMPAIGN, ask.workspace.id):
            fault = "They may not run campaigns here. Choose an operator or an owner of Toingg."
            raise InputError({"person": fault})
        await self.parts.control.hand_over(campaign, ask.actor.user_id, to)
        return Answer()

    async def hand_list(self, ask: Ask) -> Answer:
        """Hand the List to Toingg…: warns, and asks."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        if campaign.state is not Stage.READY or campaign.kind is not What.CALL:
            raise OutOfDate
        reach = await self.parts.list_hand_over.reach(campaign)
        if reach.open == 0:
            raise BotError(_NOBODY_NOW)
        metadata = f"{value_of(campaign)}.{reach.open}"
        view = hand_list_form(campaign, reach.open, reach.closed, metadata=metadata)
        return self._show(ask, view)

    async def list_handed(self, ask: Ask) -> Answer:
        """It was confirmed, with the count."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts, on_card=False)
        reach = await self.parts.list_hand_over.reach(campaign)
        if str(reach.open) != ask.metadata.rpartition(".")[2]:
            raise OutOfDate
        if ask.typed.get("sure") != "sure":
            raise InputError({"sure": "Tick this, or close the window: nothing happens then."})
        await self.parts.list_hand_over.begin(campaign, ask.actor.user_id, reach.open)
        return Answer()

    async def _submitted(self, ask: Ask, deed: Deed) -> Campaign:
        return await campaign_of(ask, deed, self.parts, on_card=False, moved=True)


def register(routes: Routes, flow: CampaignSettingsFlow) -> None:
    """Schedule, Reschedule, Hand Over, and their modals."""
    run, steer = Deed.RUN_CAMPAIGN, Deed.CONTROL_CAMPAIGN
    routes.add(Kind.CLICK, "campaign.schedule", run, flow.schedule)
    routes.add(Kind.CLICK, "campaign.reschedule", run, flow.schedule)
    routes.add(Kind.SUBMISSION, "campaign.schedule_form", run, flow.scheduled)
    routes.add(Kind.CLICK, "campaign.hand_over", steer, flow.hand_over)
    routes.add(Kind.SUBMISSION, "campaign.hand_over_form", steer, flow.handed_over)
    routes.add(Kind.CLICK, "campaign.hand_list", run, flow.hand_list)
    routes.add(Kind.SUBMISSION, "campaign.hand_list_form", run, flow.list_handed)
