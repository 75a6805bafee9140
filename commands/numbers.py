"""Show Number: a masked number in full, for the eyes of one person who may, and audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.errors import OutOfDate
from bot.slack.blocks import notices
from bot.slack.blocks.campaign_thread import calls_of
from bot.slack.routes import Answer, Ask, Kind, Routes
from bot.slack.text import inline, pretty
from commands.campaign_rows import campaign_of
from commands.ordering import Ordering
from commands.rows import note_seen, row_of
from storage import Connection, campaigns, rows
from storage.campaigns import Campaign
from storage.rows import Call, is_erased

_DIGITS = 12
_MOST = 40
"""Numbers of one message."""
_NOBODY = "Nobody whom this message named is known any more."


@dataclass(frozen=True)
class NumbersFlow:
    """The choice in a card's menu, and the button below what a campaign's thread was told."""

    ordering: Ordering
    parts: Campaigns

    async def show(self, ask: Ask) -> Answer:
        """The number of the card's row; nothing is shown that wasn't written down."""
        database = self.ordering.database
        call = await row_of(ask, Deed.SEE_NUMBER, database, self.parts.calling.cards)
        await note_seen(ask, database, [call.phone_key], self.ordering.clock())
        return self._told(ask, [call])

    async def of_campaign(self, ask: Ask) -> Answer:
        """The numbers of those whom a message in the campaign's thread names."""
        campaign = await campaign_of(ask, Deed.SEE_NUMBER, self.parts, on_card=False, moved=True)
        database = self.ordering.database
        event_ids = [int(each) for each in ask.value.rpartition(".")[2].split("-") if _is_id(each)]
        find = partial(_named, campaign=campaign, event_ids=event_ids)
        calls = await database.read(find)
        if not calls:
            raise OutOfDate(_NOBODY)
        await note_seen(ask, database, [each.phone_key for each in calls], self.ordering.clock())
        return self._told(ask, calls)

    def _told(self, ask: Ask, calls: Sequence[Call]) -> Answer:
        lines = [f"{inline(each.name, 80)} *{pretty(each.phone)}*".strip() for each in calls]
        message = notices.message("\n".join(lines))
        return Answer(then=partial(self.ordering.whisper, ask, message))


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < _DIGITS


def _named(connection: Connection, campaign: Campaign, event_ids: Sequence[int]) -> list[Call]:
    """The rows of the campaign that these events of its name, and that weren't erased."""
    named = calls_of(campaigns.by_ids(connection, campaign.id, event_ids))[:_MOST]
    found = [rows.get(connection, campaign.workspace_id, each) for each in named]
    return [
        each
        for each in found
        if each and each.campaign_id == campaign.id and not is_erased(each.phone)
    ]


def register(routes: Routes, flow: NumbersFlow) -> None:
    """Show Number, and Show Numbers."""
    routes.add(Kind.CLICK, "number.show", Deed.SEE_NUMBER, flow.show)
    routes.add(Kind.CLICK, "campaign.numbers", Deed.SEE_NUMBER, flow.of_campaign)
