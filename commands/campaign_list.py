"""Columns and Preview, on the card of a list that was read: is it understood as it was meant?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.campaigns.source import Found, read_source
from bot.errors import BotError, InputError, OutOfDate
from bot.recipients.intake import Mapping as Columns
from bot.recipients.intake import fill
from bot.slack.blocks.campaign_form import columns_form, preview_form
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.campaign_rows import campaign_of, value_of
from commands.ordering import Ordering
from storage import Connection, lists, reading
from storage.campaigns import Campaign
from storage.lists import ListRow
from storage.rows import State

_NO_COLUMNS = "This list has no columns to choose: it was read as text. Edit changes the list."
_NOBODYS_NAME = "there"
"""As in “Hello there”: the door wants a name, and this row has none."""
_NO_ROW = "Nobody on this list can be called, so there is nothing to preview. Edit the list."


@dataclass(frozen=True)
class CampaignListFlow:
    """How the list was read, corrected; how its first call will be, heard."""

    parts: Campaigns
    ordering: Ordering

    # Columns

    async def columns(self, ask: Ask) -> Answer:
        """Asks which column is which."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        found = read_source(campaign.source).found
        if not found.columns:
            raise BotError(_NO_COLUMNS)
        if not reading.may_be_edited(campaign):
            raise OutOfDate
        guessed = found.mapping or Columns(None, None)
        view = columns_form(
            found.columns,
            found.samples,
            phone=guessed.phone,
            name=guessed.name,
            timezone=guessed.timezone,
            header=guessed.has_header,
            metadata=value_of(campaign),
        )
        return Answer(then=partial(self.ordering.show, ask, view))

    async def chosen(self, ask: Ask) -> Answer:
        """Reads the list again, by what was chosen."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts, on_card=False, moved=True)
        source = read_source(campaign.source)
        mapping = read_columns(ask.typed, source.found)
        again = partial(
            reading.again,
            campaign=campaign,
            changes={"source": replace(source, mapping=mapping).stored(campaign.script)},
            actor=ask.actor.user_id,
            run=self.parts.calling.run,
            now=self.parts.calling.clock(),
        )
        draft = await self.parts.calling.database.write(again)
        if draft is None:
            self.parts.wake(campaign)
            raise OutOfDate
        return Answer(then=partial(self._begin, draft))

    async def _begin(self, campaign: Campaign) -> None:
        self.parts.preflight.begin(campaign)
        self.parts.wake(campaign)

    # Preview

    async def preview(self, ask: Ask) -> Answer:
        """What the first person of the list will hear."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts)
        row = await self._first(campaign)
        script = _filled(campaign, row)
        view = preview_form(
            script, row.name, row.row, campaign.campaign, metadata=value_of(campaign)
        )
        return Answer(then=partial(self.ordering.show, ask, view))

    async def call_me(self, ask: Ask) -> Answer:
        """Call Me First: one call, through the door that every single call goes through."""
        campaign = await campaign_of(ask, Deed.RUN_CAMPAIGN, self.parts, on_card=False, moved=True)
        row = await self._first(campaign)
        script = _filled(campaign, row)
        typed = {
            "campaign": campaign.campaign,
            "name": row.name or _NOBODYS_NAME,
            "phone": ask.typed.get("phone", ""),
            "script": script or "",
            "language": campaign.language or "",
            "channel": await self._own_place(ask),
        }
        return await self.ordering.order(ask, "call" if script is None else "script", typed)

    async def _own_place(self, ask: Ask) -> str:
        """Where the call's own card goes: to who asks, whose number it is."""
        return await self.parts.calling.directory.api(ask.workspace.id).dm(ask.actor.user_id)

    async def _first(self, campaign: Campaign) -> ListRow:
        def look(connection: Connection) -> list[ListRow]:
            return lists.with_state(connection, campaign.id, State.PENDING, limit=1)

        rows = await self.parts.calling.database.read(look)
        if not rows:
            raise BotError(_NO_ROW)
        return rows[0]


def _filled(campaign: Campaign, row: ListRow) -> str | None:
    if campaign.script is None:
        return None
    return fill(campaign.script, {**row.variables, "name": row.name})


def read_columns(typed: Mapping[str, str], found: Found) -> Columns:
    """The columns that were chosen; InputError carries every field's fault at once. Pure."""
    names = [_index(word, found) for word in typed.get("name", "").split()]
    phone, zone = _index(typed.get("phone", ""), found), _index(typed.get("timezone", ""), found)
    faults = {}
    if phone is None:
        faults["phone"] = "Choose the column with the phone numbers."
    elif phone == zone:
        faults["timezone"] = "This is the column of phone numbers. Choose another, or none."
    elif phone in names:
        faults["name"] = "This is the column of phone numbers. Choose another, or none."
    if faults:
        raise InputError(faults)
    first = found.mapping.header if found.mapping and found.mapping.header else 1
    header = first if "header" in typed.get("header", "").split() else None
    return Columns(header, phone, tuple(name for name in names if name is not None), zone)


def _index(word: str, found: Found) -> int | None:
    known = word.isascii() and word.isdecimal() and int(word) < len(found.columns)
    return int(word) if known else None


def register(routes: Routes, flow: CampaignListFlow) -> None:
    """Columns and Preview, their modals, and Call Me First."""
    run = Deed.RUN_CAMPAIGN
    routes.add(Kind.CLICK, "campaign.columns", run, flow.columns)
    routes.add(Kind.SUBMISSION, "campaign.columns_form", run, flow.chosen)
    routes.add(Kind.CLICK, "campaign.preview", run, flow.preview)
    routes.add(Kind.SUBMISSION, "campaign.preview_form", run, flow.call_me)
