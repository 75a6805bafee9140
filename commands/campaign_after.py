"""Results, Retry No-Answers and Run Again: what comes after a campaign's calls."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.campaigns.again import Which
from bot.errors import OutOfDate
from bot.slack.blocks import notices
from bot.slack.blocks.campaign_parts import link_of
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from commands.campaign_rows import campaign_of
from commands.ordering import Ordering
from storage import audit
from storage.campaigns import Campaign, Stage

_SENT = "`results.csv` and `results.xlsx` are in your direct messages with me."


@dataclass(frozen=True)
class CampaignAfterFlow:
    """Files for who may see numbers, and new campaigns out of an old one's people."""

    parts: Campaigns
    ordering: Ordering

    async def results(self, ask: Ask) -> Answer:
        """Results, at any time: by direct message to who asks."""
        campaign = await campaign_of(ask, Deed.READ_RESULTS, self.parts)
        return Answer(then=partial(self._send, ask, campaign))

    async def _send(self, ask: Ask, campaign: Campaign) -> None:
        who = (campaign.workspace_id, ask.actor.user_id, "results_sent", campaign.id)
        now = self.ordering.clock()
        await self.ordering.database.write(lambda each: audit.append(each, *who, now=now))
        await self.parts.results.send(campaign, ask.actor.user_id)
        await self.ordering.whisper(ask, notices.message(_SENT))

    def again(self, which: Which) -> Handler:
        """A new campaign, with its own card and its own checks; one at a time."""

        async def clicked(ask: Ask) -> Answer:
            campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
            if campaign.state not in (Stage.DONE, Stage.CANCELLED):
                raise OutOfDate
            begun = await self.parts.again.begin(campaign, which, actor=ask.actor.user_id)
            if begun.is_new:
                return Answer()
            said = notices.message(_made_already(begun.campaign, ask.workspace.at.url))
            return Answer(then=partial(self.ordering.whisper, ask, said))

        return clicked


def _made_already(campaign: Campaign, team_url: str) -> str:
    link = link_of(campaign, team_url, "It waits for its Start, or for Discard")
    return f"Made already. {link or 'Its card is about to be posted'}."


def register(routes: Routes, flow: CampaignAfterFlow) -> None:
    """The three buttons."""
    run = Deed.RUN_CAMPAIGN
    routes.add(Kind.CLICK, "campaign.results", Deed.READ_RESULTS, flow.results)
    routes.add(Kind.CLICK, "campaign.retry", run, flow.again(Which.UNREACHED))
    routes.add(Kind.CLICK, "campaign.again", run, flow.again(Which.ALL))
