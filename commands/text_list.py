"""/toingg sms list, and Text the No-Answers: to many, measured and checked before any goes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.campaigns.again import Texts, Which
from bot.campaigns.asked import check_pasted, kept_of, read_texts
from bot.campaigns.source import ListSource, read_source
from bot.errors import InputError, NotAllowed, OutOfDate
from bot.recipients.intake import check_script
from bot.slack.blocks.campaign_form import LONGEST_NUMBERS
from bot.slack.blocks.campaign_parts import people
from bot.slack.blocks.parts import Block
from bot.slack.blocks.text_form import MESSAGE, message_block, next_block
from bot.slack.blocks.text_list_form import AFTER_IDS, LIST_IDS, text_after_form, text_list_form
from bot.slack.redraws import Redraws
from bot.slack.routes import Answer, Ask, Handler, Kind, Routes
from bot.texting.campaign import PLAIN
from bot.texting.message import fault_of, read_message
from bot.texting.meter import meter_of
from bot.texting.segments import simplified
from commands.campaign import CAMPAIGN, CampaignFlow
from commands.campaign_rows import campaign_of, value_of
from storage import Connection, lists, reading, tally, templates
from storage.campaigns import Campaign, Stage
from storage.templates import Template

LIST = "list"
"""The word that stands in the place of a number."""


@dataclass(frozen=True)
class TextListFlow:
    """Both modals, and the meter in them."""

    parts: Campaigns
    flow: CampaignFlow
    redraws: Redraws

    # The modal of a list

    async def new(self, ask: Ask) -> Answer:
        """Opens it, empty."""

        async def then() -> None:
            view = await self._form(ask, {"channel": ask.channel}, ListSource(), metadata="")
            await self.flow.ordering.show(ask, view)

        return Answer(then=then)

    async def edit(self, ask: Ask) -> Answer:
        """Edit, on the card of what wasn't started: the modal with all that was given."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        if not reading.may_be_edited(campaign):
            raise OutOfDate
        filled = {
            "campaign": campaign.title,
            MESSAGE: campaign.script or "",
            "skip_days": str(campaign.skip_days or ""),
        }
        source, metadata = read_source(campaign.source), f"{CAMPAIGN}{campaign.id}"
        problem = campaign.said or ""
        view = await self._form(ask, filled, source, metadata=metadata, problem=problem)
        return Answer(then=partial(self.flow.ordering.show, ask, view))

    async def _form(
        self,
        ask: Ask,
        filled: Mapping[str, str],
        before: ListSource,
        *,
        metadata: str,
        block: str = MESSAGE,
        problem: str = "",
    ) -> Block:
        fits = len(before.numbers) <= LONGEST_NUMBERS
        terms = self.parts.terms(ask.workspace.id)
        shared = self.flow.ordering.offers_shared
        return text_list_form(
            {"numbers": before.numbers * fits} | {k: v for k, v in filled.items() if v},
            meter_of([filled.get(MESSAGE, "")]),
            price=terms.part_price,
            currency=terms.currency,
            metadata=metadata,
            kept=kept_of(before),
            shared=None if metadata.startswith(CAMPAIGN) else shared,
            templates=await self._templates(ask),
            block=block,
            problem=problem,
        )

    async def _templates(self, ask: Ask) -> dict[str, str]:
        saved = partial(templates.current, workspace_id=ask.workspace.id)
        return {each.id: each.name for each in await self.parts.calling.database.read(saved)}

    async def submitted(self, ask: Ask) -> Answer:
        """The campaign is committed before the answer; its list is read after it."""
        edited = await self.flow.edited(ask)
        before = await self.flow.before(ask, edited)
        asked = read_texts(ask.typed, ask.files.get("file", ()), before)
        try:
            region = self.parts.calling.rules.region(ask.workspace.id)
            await asyncio.to_thread(check_pasted, asked, region)
        except InputError as error:
            raise _under(error, ask) from None
        used = await self._used(ask, asked.script or "")
        return await self.flow.take(ask, asked, edited, used)

    async def _used(self, ask: Ask, message: str) -> dict[str, Any]:
        """Which version of which template the message is, for as long as the campaign is known."""
        found = await self._template(ask, ask.typed.get("saved", ""))
        if found is None or read_message(found.text) != message:
            return {}
        return {"template": {"id": found.id, "name": found.name, "version": found.version}}

    async def _template(self, ask: Ask, template_id: str) -> Template | None:
        find = partial(templates.get, workspace_id=ask.workspace.id, template_id=template_id)
        return await self.parts.calling.database.read(find) if template_id else None

    async def plain(self, ask: Ask) -> Answer:
        """Use Plain Characters, on the card: in the message and in what is filled in; read anew."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        again = partial(
            reading.again,
            campaign=campaign,
            changes={"source": {**campaign.source, PLAIN: True}},
            actor=ask.actor.user_id,
            run=self.parts.calling.run,
            now=self.parts.calling.clock(),
        )
        draft = await self.parts.calling.database.write(again)
        if draft is None:
            raise OutOfDate

        async def then() -> None:
            self.parts.preflight.begin(draft)
            self.parts.wake(draft)

        return Answer(then=then)

    # After a campaign of calls

    async def after(self, ask: Ask) -> Answer:
        """Text the No-Answers: what shall they be told?"""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        if campaign.state not in (Stage.DONE, Stage.CANCELLED):
            raise OutOfDate
        view = await self._after_form(ask, campaign, "")
        return Answer(then=partial(self.flow.ordering.show, ask, view))

    async def _after_form(
        self, ask: Ask, campaign: Campaign, message: str, block: str = MESSAGE
    ) -> Block:
        terms = self.parts.terms(ask.workspace.id)
        now = self.parts.calling.clock()
        look = partial(tally.look, campaign=campaign, unheard_since=now)
        numbers = await self.parts.calling.database.scan(look)
        return text_after_form(
            message,
            people(numbers.unreached),
            meter_of([message]),
            price=terms.part_price,
            currency=terms.currency,
            metadata=value_of(campaign),
            templates=await self._templates(ask),
            block=block,
        )

    async def asked_after(self, ask: Ask) -> Answer:
        """A campaign of texts over just those people, with a card and checks of its own."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts, on_card=False, moved=True)
        block = message_block(ask.typed)
        message = read_message(ask.typed.get(block, ""))
        if fault := fault_of(message):
            raise InputError({block: fault})
        first = partial(_first_variables, campaign_id=campaign.id)
        try:
            check_script(message, await self.parts.calling.database.read(first))
        except InputError as error:
            raise _under(error, ask) from None
        await self.parts.again.text(
            campaign,
            Which.UNREACHED,
            Texts(message, await self._used(ask, message)),
            actor=ask.actor.user_id,
            click_key=ask.key,
        )
        return Answer()

    # While it is typed

    async def typing(self, ask: Ask) -> Answer:
        """The meter follows."""
        block = message_block(ask.typed)
        return await self._redrawn(ask, ask.typed.get(block, ""), block)

    async def swap(self, ask: Ask) -> Answer:
        """Use Plain Characters."""
        block = message_block(ask.typed)
        plain = simplified(ask.typed.get(block, ""))
        return await self._redrawn(ask, plain, next_block(block))

    async def template(self, ask: Ask) -> Answer:
        """A template was chosen: it is the message from now on."""
        found = await self._template(ask, ask.value)
        if found is None:
            return Answer()
        return await self._redrawn(ask, found.text, next_block(message_block(ask.typed)))

    async def _redrawn(self, ask: Ask, message: str, block: str) -> Answer:
        if ask.name in AFTER_IDS:
            campaign = await campaign_of(
                ask, Deed.RUN_CAMPAIGN, self.parts, on_card=False, moved=True
            )
            view = await self._after_form(ask, campaign, message, block)
        else:
            before = await self.flow.before(ask, await self.flow.edited(ask))
            filled = {**ask.typed, MESSAGE: message}
            view = await self._form(ask, filled, before, metadata=ask.metadata, block=block)

        async def then() -> None:
            self.redraws.show(ask, view)

        return Answer(then=then)


def _under(error: InputError, ask: Ask) -> InputError:
    """A script's fault, under the block that holds the message."""
    block = message_block(ask.typed)
    faults = dict(error.fields)
    if "script" in faults:
        faults[block] = faults.pop("script")
    return InputError(faults)


def _first_variables(connection: Connection, *, campaign_id: str) -> list[str]:
    """What the people of a campaign have values for: every row has the same."""
    rows = lists.rows_of(connection, campaign_id, limit=1)
    return list(rows[0].variables) if rows else []


def or_list(flow: TextListFlow, command: Handler) -> Handler:
    """The command of single texts, in which the word `list` asks for many."""

    async def asked(ask: Ask) -> Answer:
        if ask.text.strip().lower() == LIST:
            if not may(ask.actor, Deed.RUN_CAMPAIGN, ask.workspace.id):
                raise NotAllowed(detail=Deed.RUN_CAMPAIGN.value)
            return await flow.new(ask)
        return await command(ask)

    return asked


def register(routes: Routes, flow: TextListFlow) -> None:
    """Both modals, and what leads to them."""
    run = Deed.RUN_CAMPAIGN
    routes.add(Kind.CLICK, "sms.list_edit", run, flow.edit)
    routes.add(Kind.CLICK, "sms.list_plain", run, flow.plain)
    routes.add(Kind.CLICK, "sms.list_new", run, flow.new)
    routes.add(Kind.SUBMISSION, "sms.list_form", run, flow.submitted)
    routes.add(Kind.CLICK, "campaign.text_unreached", run, flow.after)
    routes.add(Kind.SUBMISSION, "sms.after_form", run, flow.asked_after)
    for ids in (LIST_IDS, AFTER_IDS):
        for name, handler in zip(ids, (flow.typing, flow.swap, flow.template), strict=True):
            routes.add(Kind.CLICK, name, run, handler)
