"""A campaign's uncertain calls: left, gone through one by one, or called again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.campaigns import Campaigns
from bot.errors import BotError, OutOfDate
from bot.slack.api import SlackApi
from bot.slack.blocks.campaign_review import PAGE, review
from bot.slack.blocks.parts import Block
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.campaign_rows import campaign_of
from commands.ordering import Ordering
from commands.rows import note_seen
from storage import Connection, audit, doubts, ledger, rows
from storage.campaigns import Campaign, Stage
from storage.doubts import Decision
from storage.rows import Call
from storage.secrets import phone_key

_SOME = 200
"""Rows that are decided of in one write."""
_DIGITS = 9
_CANCELLED = "This campaign was cancelled: nobody of it is called any more."


@dataclass(frozen=True)
class CampaignReviewFlow:
    """What a person decides of calls whose outcome nobody knows."""

    parts: Campaigns
    ordering: Ordering

    # All at once

    async def leave(self, ask: Ask) -> Answer:
        """Leave Them: they stay uncertain."""
        campaign = await self._campaign(ask, Deed.CONTROL_CAMPAIGN)
        return await self._decide(ask, campaign, doubts.leave, "uncertain_left")

    async def again_all(self, ask: Ask) -> Answer:
        """Call All Again: as many as the question said, and no more."""
        campaign = await self._campaign(ask, Deed.RUN_CAMPAIGN)
        self._check(campaign)
        count = partial(doubts.count, campaign_id=campaign.id)
        if await self.parts.calling.database.scan(count) > _number(ask.value.rpartition(".")[2]):
            self.parts.wake(campaign)
            raise OutOfDate
        return await self._decide(ask, campaign, self._again, "uncertain_called_again")

    def _again(
        self, connection: Connection, campaign: Campaign, decision: Decision, **some: int
    ) -> int | None:
        run = self.parts.calling.run
        last = doubts.call_again(connection, campaign, decision, run=run, **some)
        if last is not None:
            actor, at = decision.actor, decision.at
            doubts.resume(connection, campaign, run=run, actor=actor, now=at)
        return last

    async def _decide(
        self, ask: Ask, campaign: Campaign, decide: Callable[..., int | None], deed: str
    ) -> Answer:
        """The first rows, in the transaction that makes this click the only one; then the rest."""
        who = (campaign.workspace_id, ask.actor.user_id, deed, campaign.id)
        decision = Decision(ask.actor.user_id, self.parts.calling.clock())
        some = partial(decide, campaign=campaign, decision=decision, limit=_SOME)

        def first(connection: Connection) -> tuple[bool, int | None]:
            if doubts.claim(connection, campaign) is None:
                return False, None
            audit.append(connection, *who, now=decision.at)
            return True, some(connection, after=-1)

        async def then() -> None:
            after = last
            while after is not None:
                after = await self.parts.calling.database.write(partial(some, after=after))
            self.parts.wake(campaign)

        is_claimed, last = await self.parts.calling.database.write(first)
        self.parts.wake(campaign)
        if not is_claimed:
            raise OutOfDate
        return Answer(then=then)

    # One by one

    async def review(self, ask: Ask) -> Answer:
        """Review: a modal with the first of them."""
        campaign = await self._campaign(ask, Deed.CONTROL_CAMPAIGN)
        view = await self._page(ask, campaign, -1)
        return Answer(then=partial(self.ordering.show, ask, view))

    async def turn(self, ask: Ask) -> Answer:
        """Next, or Back to the First."""
        campaign = await self._shown(ask, Deed.CONTROL_CAMPAIGN)
        return await self._redraw(ask, campaign, _number(ask.value))

    async def it_rang(self, ask: Ask) -> Answer:
        """It Rang, of one row."""
        campaign = await self._shown(ask, Deed.CONTROL_CAMPAIGN)
        call = await self._row(ask, campaign)
        now = self.parts.calling.clock()
        rang = partial(ledger.it_rang, call=call, actor=ask.actor.user_id, now=now)
        await self.parts.calling.database.write(rang)
        return await self._decided(ask, campaign)

    async def call_again(self, ask: Ask) -> Answer:
        """Call Again, of one row."""
        campaign = await self._shown(ask, Deed.RUN_CAMPAIGN)
        self._check(campaign)
        call = await self._row(ask, campaign)
        now, run, actor = self.parts.calling.clock(), self.parts.calling.run, ask.actor.user_id

        def write(connection: Connection) -> None:
            if ledger.call_now(connection, call, run=run, actor=actor, now=now) is not None:
                doubts.resume(connection, campaign, actor=actor, run=run, now=now)

        await self.parts.calling.database.write(write)
        return await self._decided(ask, campaign)

    async def _decided(self, ask: Ask, campaign: Campaign) -> Answer:
        """The same page, without the row that was decided of."""
        self.parts.wake(campaign)
        return await self._redraw(ask, campaign, _number(ask.metadata.rpartition(".")[2]))

    async def _redraw(self, ask: Ask, campaign: Campaign, after: int) -> Answer:
        view = await self._page(ask, campaign, after)
        api = self.parts.calling.directory.api(ask.workspace.id)
        return Answer(then=partial(_update, ask, view, api))

    async def _page(self, ask: Ask, campaign: Campaign, after: int) -> Block:
        """A page, with the numbers in full: who sees them is written down before."""

        def look(connection: Connection) -> tuple[list[str], Block]:
            found = doubts.page(connection, campaign.id, after=after, limit=PAGE)
            keys = [phone_key(ask.workspace.number_key, row.phone) for row in found]
            return keys, review(campaign, found, doubts.count(connection, campaign.id), after)

        database = self.parts.calling.database
        keys, view = await database.scan(look)
        await note_seen(ask, database, keys, self.parts.calling.clock())
        return view

    # Which ones

    async def _campaign(self, ask: Ask, deed: Deed) -> Campaign:
        """That of the message in its thread, which isn't its card."""
        return await campaign_of(ask, deed, self.parts, on_card=False)

    async def _shown(self, ask: Ask, deed: Deed) -> Campaign:
        """That of the modal."""
        return await campaign_of(ask, deed, self.parts, on_card=False, moved=True)

    async def _row(self, ask: Ask, campaign: Campaign) -> Call:
        call_id, _, attempt = ask.value.partition(".")
        call = await self.parts.calling.database.read(
            partial(rows.get, workspace_id=ask.workspace.id, call_id=call_id)
        )
        if call is None or call.campaign_id != campaign.id or attempt != str(call.attempt):
            raise OutOfDate
        return call

    def _check(self, campaign: Campaign) -> None:
        if campaign.state is Stage.CANCELLED:
            raise BotError(_CANCELLED)


async def _update(ask: Ask, view: Block, api: SlackApi) -> None:
    """The modal as it is now, unless something else was drawn there since."""
    await api.call("views.update", view_id=ask.view_id, hash=ask.view_hash, view=view)


def _number(word: str) -> int:
    """A number that a button carries; -1 for none, as for the first page."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) < _DIGITS else -1


def register(routes: Routes, flow: CampaignReviewFlow) -> None:
    """Leave Them, Call All Again, Review, and what stands in its modal."""
    run, steer = Deed.RUN_CAMPAIGN, Deed.CONTROL_CAMPAIGN
    routes.add(Kind.CLICK, "campaign.leave", steer, flow.leave)
    routes.add(Kind.CLICK, "campaign.again_all", run, flow.again_all)
    routes.add(Kind.CLICK, "campaign.review", steer, flow.review)
    routes.add(Kind.CLICK, "campaign.first_page", steer, flow.turn)
    routes.add(Kind.CLICK, "campaign.next_page", steer, flow.turn)
    routes.add(Kind.CLICK, "campaign.it_rang", steer, flow.it_rang)
    routes.add(Kind.CLICK, "campaign.call_again", run, flow.call_again)
