"""Other ways to a campaign: a message's menu, and what is written or dropped into the bot's DM."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from functools import partial

from bot.access import Deed, may
from bot.campaigns import Campaigns
from bot.campaigns.source import ListSource, read_source
from bot.errors import BotError, FileError, InputError, NotAllowed
from bot.recipients.files import TEMPLATE_NAME, template
from bot.recipients.intake import Listing, Reader, Summary, open_paste
from bot.slack.blocks import campaign_offer, notices
from bot.slack.blocks.parts import Message
from bot.slack.routes import MESSAGE, Answer, Ask, Kind, Routes
from bot.slack.text import unwrap
from commands.campaign import DRAFT, CampaignFlow
from storage import workspaces
from storage.workspaces import Draft

_NOTHING = (
    "There is no phone number and no file in this message. Use /toingg campaign to paste numbers"
    " or to add a file."
)
_NOT_YOURS = (
    "Your role doesn't cover campaigns. An owner of Toingg in this workspace can change that; one"
    " person can be called with /toingg call."
)
_LOOKED_AT = 3000
"""Characters of a message by which it is decided whether it holds numbers at all."""


@dataclass(frozen=True)
class CampaignDoorsFlow:
    """What was given in a message becomes a draft, and opens the campaign's modal."""

    parts: Campaigns
    flow: CampaignFlow

    async def from_message(self, ask: Ask) -> Answer:
        """Call These Numbers, in a message's menu."""
        source = await self._given(ask)
        if not source.is_given:
            raise BotError(_NOTHING)
        draft = await self._keep(ask, source)
        if draft is None:
            return Answer()
        return self._open(ask, draft, source)

    async def _given(self, ask: Ask) -> ListSource:
        """The message's file, and its text where that holds numbers: else it is about the file."""
        source = ListSource(_plain(ask.text), ask.files.get(MESSAGE, ()))
        if await asyncio.to_thread(self._counts, ask.workspace.id, source.numbers[:_LOOKED_AT]):
            return source
        return replace(source, numbers="")

    def _counts(self, workspace_id: str, text: str) -> bool:
        try:
            reader = self._reader(workspace_id)
            return bool(text.strip()) and self._count(reader, open_paste(text)) > 0
        except InputError:
            return False

    def _reader(self, workspace_id: str) -> Reader:
        return Reader(self.parts.calling.rules.region(workspace_id))

    def _draft(self, ask: Ask, source: ListSource) -> Draft:
        """What was given, under the message's own id: Slack tells of it more than once."""
        draft_id = hashlib.sha256(f"{ask.workspace.id} {ask.key}".encode()).hexdigest()
        fields = source.stored() | {"channel": ask.channel}
        return Draft(draft_id, ask.actor.user_id, "campaign", fields)

    async def _keep(self, ask: Ask, source: ListSource) -> Draft | None:
        """The draft; None where this was kept before."""
        return await self.parts.calling.database.write(
            partial(
                workspaces.keep_once,
                workspace_id=ask.workspace.id,
                draft=self._draft(ask, source),
                now=self.parts.calling.clock(),
            )
        )

    def _open(self, ask: Ask, draft: Draft, source: ListSource) -> Answer:
        filled = {"channel": str(draft.fields.get("channel", ""))}
        view = self.flow.form(ask, filled, source, metadata=f"{DRAFT}{draft.id}")
        return Answer(then=partial(self.flow.ordering.show, ask, view))

    async def written(self, ask: Ask) -> Answer:
        """Something written, or dropped, into the bot's direct messages: is it a list?

        Whoever may read the help may write here; a list is for who may run campaigns.
        """
        source = await self._given(ask)
        if source.is_given and not may(ask.actor, Deed.RUN_CAMPAIGN, ask.workspace.id):
            raise NotAllowed(_NOT_YOURS, detail=Deed.RUN_CAMPAIGN.value)
        draft = await self._keep(ask, source)
        return Answer(then=partial(self._answer, ask, source, draft) if draft else None)

    async def _answer(self, ask: Ask, source: ListSource, draft: Draft) -> None:
        message = await self._offer(ask, source, draft)
        await self.parts.calling.directory.api(ask.workspace.id).post(ask.channel, message)

    async def _offer(self, ask: Ask, source: ListSource, draft: Draft) -> Message:
        if not source.is_given:
            return campaign_offer.NOT_A_LIST
        try:
            count, reader = 0, self._reader(ask.workspace.id)
            async for _, listing in self.parts.preflight.opened(ask.workspace.id, source):
                count += await asyncio.to_thread(self._count, reader, listing)
        except (FileError, InputError) as error:
            return campaign_offer.unreadable(error.message)
        return campaign_offer.offer(count, draft.id)

    def _count(self, reader: Reader, listing: Listing) -> int:
        """How many people of the list can be reached. Raises InputError."""
        summary = Summary()
        for batch in reader.batches(listing):
            summary.add(batch.rows)
        return summary.ready

    async def from_draft(self, ask: Ask) -> Answer:
        """Make a Campaign: the modal with what was given in that message."""
        draft = await self.flow.ordering.draft(ask, ask.value)
        return self._open(ask, draft, read_source(draft.fields))

    async def template(self, ask: Ask) -> Answer:
        """Get a Template: a CSV file by direct message."""
        return Answer(then=partial(self._send_template, ask))

    async def _send_template(self, ask: Ask) -> None:
        api = self.parts.calling.directory.api(ask.workspace.id)
        await api.upload(
            await api.dm(ask.actor.user_id),
            name=TEMPLATE_NAME,
            data=template(),
            title=TEMPLATE_NAME,
            comment="Fill it in, one person a row, then add it to your campaign.",
        )
        sent = notices.view(f"`{TEMPLATE_NAME}` is in your direct messages with me.", "Template")
        await self.flow.ordering.show(ask, sent)


def _plain(marked: str) -> str:
    """A message's text as it was typed, its lines and tabs kept."""
    lines = marked.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(unwrap, line.split("\t"))) for line in lines)


def register(routes: Routes, flow: CampaignDoorsFlow) -> None:
    """The message's shortcut, what is written to the bot, and what leads on from there."""
    run = Deed.RUN_CAMPAIGN
    routes.add(Kind.SHORTCUT, "campaign.from_message", run, flow.from_message)
    routes.add(Kind.EVENT, "message.im", Deed.READ_HELP, flow.written)
    routes.add(Kind.CLICK, "campaign.from_draft", run, flow.from_draft)
    routes.add(Kind.CLICK, "campaign.template", run, flow.template)
