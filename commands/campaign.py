"""/toingg campaign: a list of people, checked before anything rings."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.campaigns.asked import Asked, check_pasted, kept_of, read_asked, ticked_in
from bot.campaigns.cards import card_key
from bot.campaigns.source import ListSource, read_source
from bot.errors import InputError, OutOfDate
from bot.slack.blocks.campaign_form import LONGEST_NUMBERS, campaign_form
from bot.slack.blocks.parts import Block
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import unwrap
from commands.campaign_rows import campaign_of
from commands.ordering import Ordering
from storage import Connection, campaigns, cards, reading
from storage.campaigns import Campaign, NewCampaign

FLOW = Flow(
    word="campaign",
    summary="Call a list of people",
    usage="[campaign]",
    examples=("/toingg-campaign", "/toingg-campaign Spring Sale"),
)

DRAFT, CAMPAIGN = "draft:", "campaign:"
"""What a form's metadata begins with: an id of what was typed before, or of what is edited."""


@dataclass(frozen=True)
class CampaignFlow:
    """From the modal to a campaign whose list is read."""

    parts: Campaigns
    ordering: Ordering

    # The modal

    async def command(self, ask: Ask) -> Answer:
        """Opens the modal; what follows the command is the campaign."""
        name = unwrap(ask.text)
        return self._open(ask, {"campaign": name, "channel": ask.channel})

    async def new(self, ask: Ask) -> Answer:
        """The shortcut that belongs to no channel."""
        return self._open(ask, {})

    def _open(self, ask: Ask, filled: dict[str, str]) -> Answer:
        view = self.form(ask, filled, ListSource(), metadata="")
        return Answer(then=partial(self.ordering.show, ask, view))

    def form(
        self,
        ask: Ask,
        filled: dict[str, str],
        before: ListSource,
        *,
        metadata: str,
        problem: str = "",
    ) -> Block:
        """The modal with what is known; `before` is the list that was given already."""
        fits = len(before.numbers) <= LONGEST_NUMBERS
        known = {
            "campaign": self.ordering.default_campaign(ask.workspace.id),
            "numbers": before.numbers * fits,
        }
        return campaign_form(
            known | {name: value for name, value in filled.items() if value},
            metadata=metadata,
            kept=kept_of(before),
            shared=None if metadata.startswith(CAMPAIGN) else self.ordering.offers_shared,
            problem=problem,
        )

    async def edit(self, ask: Ask) -> Answer:
        """Edit, on the card of what wasn't started: the modal with all that was given."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        if not reading.may_be_edited(campaign):
            raise OutOfDate
        filled = {
            "campaign": campaign.campaign,
            "script": campaign.script or "",
            "language": campaign.language or "",
            "skip_days": str(campaign.skip_days or ""),
        }
        view = self.form(
            ask,
            filled,
            read_source(campaign.source),
            metadata=f"{CAMPAIGN}{campaign.id}",
            problem=campaign.said or "",
        )
        return Answer(then=partial(self.ordering.show, ask, view))

    # Its submission

    async def submitted(self, ask: Ask) -> Answer:
        """The campaign is committed before the answer; its list is read after it."""
        edited = await self.edited(ask)
        before = await self.before(ask, edited)
        asked = read_asked(ask.typed, ask.files.get("file", ()), before)
        region = self.parts.calling.rules.region(ask.workspace.id)
        await asyncio.to_thread(check_pasted, asked, region)
        return await self.take(ask, asked, edited)

    async def take(
        self,
        ask: Ask,
        asked: Asked,
        edited: Campaign | None,
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> Answer:
        """A new campaign, or the edited one; `more` is kept with what its list is read from."""
        source = {**asked.source.stored(asked.script), **more}
        if edited is None:
            campaign = await self._create(ask, asked, source)
        else:
            campaign = await self._again(ask, edited, asked, source)
        if campaign is None:  # this submission became a campaign before
            return Answer()
        return Answer(then=partial(self._begin, campaign))

    async def _begin(self, campaign: Campaign) -> None:
        self.parts.preflight.begin(campaign)
        self.parts.wake(campaign)

    async def edited(self, ask: Ask) -> Campaign | None:
        """The campaign whose modal this is; None for a new one."""
        if not ask.metadata.startswith(CAMPAIGN):
            return None
        named = replace(ask, metadata=ask.metadata.removeprefix(CAMPAIGN))
        return await campaign_of(named, Deed.RUN_CAMPAIGN, self.parts, on_card=False, moved=True)

    async def before(self, ask: Ask, edited: Campaign | None) -> ListSource:
        """What was given before this modal was opened, as far as it is still ticked."""
        if edited is not None:
            return read_source(edited.source)
        if not (ask.metadata.startswith(DRAFT) and ticked_in(ask.typed)):
            return ListSource()
        draft = await self.ordering.draft(ask, ask.metadata.removeprefix(DRAFT))
        return read_source(draft.fields)

    async def _create(self, ask: Ask, asked: Asked, source: Mapping[str, Any]) -> Campaign | None:
        channel = ask.typed.get("channel", "")
        if not channel:
            raise InputError({"channel": "Choose where the campaign's card goes."})
        new = NewCampaign(
            workspace_id=ask.workspace.id,
            click_key=ask.key,
            kind=asked.kind,
            title=asked.campaign,
            campaign=asked.campaign,
            requested_by=ask.actor.user_id,
            asked_in=channel,
            script=asked.script,
            language=asked.language,
            skip_days=asked.skip_days,
            source=source,
        )
        return await self.parts.calling.database.write(partial(self._enter, new=new))

    def _enter(self, connection: Connection, new: NewCampaign) -> Campaign | None:
        now, run = self.parts.calling.clock(), self.parts.calling.run
        campaign = campaigns.create(connection, new, run=run, now=now)
        if campaign is not None:
            cards.intend(
                connection,
                workspace_id=new.workspace_id,
                key=card_key(campaign),
                subject=campaign.id,
                run=run,
                channel=new.asked_in,
                thread_ts=None,
                now=now,
            )
        return campaign

    async def _again(
        self, ask: Ask, edited: Campaign, asked: Asked, source: Mapping[str, Any]
    ) -> Campaign | None:
        changes = {
            "title": asked.campaign,
            "campaign": asked.campaign,
            "script": asked.script,
            "language": asked.language,
            "skip_days": asked.skip_days,
            "source": source,
            "retry_of": None,  # its people were copied; from now on they are read
        }
        again = partial(
            reading.again,
            campaign=edited,
            changes=changes,
            actor=ask.actor.user_id,
            run=self.parts.calling.run,
            now=self.parts.calling.clock(),
        )
        campaign = await self.parts.calling.database.write(again)
        if campaign is None:
            self.parts.wake(edited)
            raise OutOfDate
        return campaign


def register(routes: Routes, flow: CampaignFlow) -> None:
    """The command, the shortcut, the modal, and Edit."""
    routes.command(FLOW, Deed.RUN_CAMPAIGN, flow.command)
    routes.add(Kind.SHORTCUT, "campaign.new", Deed.RUN_CAMPAIGN, flow.new)
    routes.add(Kind.SUBMISSION, "campaign.form", Deed.RUN_CAMPAIGN, flow.submitted)
    routes.add(Kind.CLICK, "campaign.edit", Deed.RUN_CAMPAIGN, flow.edit)
