"""Puts a campaign's card where it belongs: posted once, redrawn in place, moved when it is lost."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.errors import Lasting, SlackError
from bot.logs import Action, log
from bot.slack.api import Posted
from bot.slack.blocks import campaign_card, campaign_thread
from bot.slack.blocks.campaign_card import POSSIBLY_REPEATED
from bot.slack.blocks.campaign_parts import Standing
from bot.slack.blocks.parts import Message
from bot.slack.deliver import Also, Budget, Deliverer, Draw, Place, Post
from storage import Connection, campaign_cards, campaigns, cards, lists
from storage.campaigns import Campaign, Event
from storage.engine import Database
from storage.rows import Elsewhere

Digest = bytes
"""What a message shows, in short: a redraw that would change nothing isn't sent."""


def card_key(campaign: Campaign) -> str:
    """The key of its card's posting: there is one, and another where it was moved."""
    return f"campaign:{campaign.id}:card" + _moved(campaign)


def doubts_key(campaign: Campaign) -> str:
    """The key of the posting about its uncertain calls."""
    return f"campaign:{campaign.id}:doubts" + _moved(campaign)


def _moved(campaign: Campaign) -> str:
    return ":moved" if campaign.elsewhere is Elsewhere.MOVED else ""


def place_of(campaign: Campaign) -> Place:
    """Where its card goes; where that is closed, to who answers for it."""
    moved = Elsewhere.MOVED if campaign.elsewhere is Elsewhere.MOVED else None
    return Place(campaign.workspace_id, campaign.asked_in, campaign.owner, elsewhere=moved)


def digest_of(message: Message) -> Digest:
    """The message's digest: pure."""
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).digest()


@dataclass
class Shown:
    """What Slack is known to show of a campaign; None: nothing, or nobody knows.

    `is_behind`: there was no room to draw what is known already.
    """

    card: Digest | None = None
    doubts: Digest | None = None
    is_behind: bool = True


class CampaignCards:
    """Draws a campaign as it stands. Raises SlackError for what may pass."""

    def __init__(self, database: Database, deliverer: Deliverer, budget: Budget) -> None:
        self._database = database
        self._deliverer = deliverer
        self._budget = budget

    async def draw(self, standing: Standing, shown: Shown) -> Posted | None:
        """The card as the campaign is now, if there is room for an update; where it stands.

        None: nowhere, for now or for good.
        """
        campaign = standing.campaign
        at = where(campaign)
        if at is None:
            return await self._post(standing, shown)
        digest = digest_of(campaign_card.card(standing))
        shown.is_behind = digest != shown.card
        room = shown.is_behind and self._budget.take(campaign.workspace_id, final=campaign.is_over)
        if not room:
            return at
        is_repeated = partial(
            cards.is_repeated, workspace_id=campaign.workspace_id, key=card_key(campaign)
        )
        heads = campaign_card.heads(campaign, repeated=await self._database.read(is_repeated))
        message = campaign_card.card(standing, heads=heads)
        await self._deliverer.redraw(campaign.workspace_id, at, message)
        shown.card, shown.is_behind = digest, False
        return at

    async def _post(self, standing: Standing, shown: Shown) -> Posted | None:
        campaign = standing.campaign

        def draw(heads: tuple[str, ...]) -> Message:
            return campaign_card.card(standing, heads=heads)

        def also(connection: Connection, at: Posted, drawn_at: datetime | None) -> None:
            campaign_cards.posted(
                connection, campaign, channel=at.channel, ts=at.ts, elsewhere=at.elsewhere
            )
            shown.card = digest_of(draw(())) if drawn_at is None else None
            shown.is_behind = drawn_at is not None

        what = Post(card_key(campaign), campaign.id, POSSIBLY_REPEATED)
        return await self._deliverer.post(what, place_of(campaign), draw, also=also)

    async def tell(self, standing: Standing, at: Posted, news: Sequence[Event]) -> None:
        """One message in the thread for all of the news."""
        numbers = await self._database.read(
            partial(lists.numbers, ids=campaign_thread.calls_of(news))
        )

        def draw(heads: tuple[str, ...]) -> Message:
            return campaign_thread.thread(news, standing, numbers, heads=heads)

        def also(connection: Connection, _at: Posted, drawn_at: datetime | None) -> None:
            first, *later = news
            told = [each for each in later if drawn_at is None or each.at <= drawn_at]
            campaigns.tell(connection, [each.id for each in (first, *told)])

        await self._in_thread(standing, at, f"thread:{news[0].id}", draw, also)

    async def ask(self, standing: Standing, at: Posted, shown: Shown) -> None:
        """The one message about the uncertain calls: posted, redrawn, closed."""
        campaign = standing.campaign
        message = campaign_thread.doubts(standing)
        digest = digest_of(message)
        if digest == shown.doubts:
            return
        key = doubts_key(campaign)
        find = partial(cards.stands_at, workspace_id=campaign.workspace_id, key=key)
        stands = await self._database.read(find)
        if stands is not None:
            if not self._budget.take(campaign.workspace_id, final=standing.tally.uncertain == 0):
                shown.is_behind = True
                return
            try:
                await self._deliverer.redraw(campaign.workspace_id, Posted(*stands), message)
            except Lasting as error:  # somebody deleted it: what it asks is asked anew
                log(Action.CARD_LOST, level="warning", campaign=campaign.id, detail=error.code)
                forget = partial(cards.forget, workspace_id=campaign.workspace_id, key=key)
                await self._database.write(forget)
                stands = None
        if stands is None and standing.tally.uncertain:
            await self._in_thread(
                standing,
                at,
                "doubts" + _moved(campaign),
                lambda heads: campaign_thread.doubts(standing, heads=heads),
                lambda *_: None,
            )
        shown.doubts = digest

    async def _in_thread(
        self, standing: Standing, at: Posted, key: str, draw: Draw, also: Also
    ) -> None:
        campaign = standing.campaign
        what = Post(f"campaign:{campaign.id}:{key}", campaign.id, POSSIBLY_REPEATED)
        place = Place(campaign.workspace_id, at.channel, campaign.owner, thread_ts=at.ts)
        await self._deliverer.post(what, place, draw, also=also)

    # What is lost

    async def lost(self, standing: Standing, at: Posted | None, refusal: SlackError) -> None:
        """The card doesn't stand at `at` any more, or can't be posted: it is moved, once.

        A campaign that is over needs no card: only others have something to decide.
        """
        campaign = standing.campaign
        if at is None or campaign.is_over or campaign.elsewhere is Elsewhere.MOVED:
            await self._give_up(standing, refusal)
            return
        if await self._database.write(partial(campaign_cards.move, campaign=campaign, ts=at.ts)):
            log(Action.CARD_MOVED, level="warning", campaign=campaign.id, detail=refusal.code)
            with contextlib.suppress(SlackError):  # it may be the thread alone that is closed
                moved = campaign_card.moved(campaign)
                await self._deliverer.redraw(campaign.workspace_id, at, moved)

    async def _give_up(self, standing: Standing, refusal: SlackError) -> None:
        """Tells who answers for it, where that is possible, and never draws the card again."""
        campaign = standing.campaign

        def draw(heads: tuple[str, ...]) -> Message:
            return campaign_card.report(standing, heads=heads)

        def also(connection: Connection, _at: Posted, _drawn_at: datetime | None) -> None:
            campaign_cards.give_up(connection, campaign)

        what = Post(f"campaign:{campaign.id}:lost", campaign.id, POSSIBLY_REPEATED)
        place = Place(campaign.workspace_id, "", campaign.owner, elsewhere=Elsewhere.NOWHERE)
        try:
            told = await self._deliverer.post(what, place, draw, also=also)
        except Lasting:
            await self._database.write(partial(campaign_cards.give_up, campaign=campaign))
        else:
            if told is None:  # another process is about it
                return
        log(Action.CARD_LOST, level="warning", campaign=campaign.id, detail=refusal.code)


def where(campaign: Campaign) -> Posted | None:
    """Where its card stands."""
    if campaign.card_ts is None or campaign.channel is None:
        return None
    return Posted(campaign.channel, campaign.card_ts, campaign.elsewhere)
