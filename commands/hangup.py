"""/toingg hangup: ends a call, by its card or by its callSid."""

import re
from collections.abc import Callable
from functools import partial

from bot.access import Deed, may
from bot.calling.cards import Cards
from bot.calling.hangup import HangUps
from bot.clock import Clock
from bot.errors import InputError, OutOfDate, UnknownToToingg
from bot.slack.blocks import notices
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.calls_list import calls_list
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import unwrap
from commands.rows import row_of
from storage import audit, hangups, statuses
from storage import cards as stored_cards
from storage.engine import Database
from storage.rows import Call

FLOW = Flow(
    word="hangup",
    summary="Hang up a call",
    usage="[call id]",
    examples=("/toingg-hangup", "/toingg-hangup CA0123456789abcdef0123456789abcdef"),
)

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")


class HangUpFlow:
    """Finds the call that is meant, and ends it."""

    def __init__(
        self,
        *,
        database: Database,
        hang_ups: HangUps,
        cards: Cards,
        directory: Directory,
        source: Callable[[str], Source],
        clock: Clock,
    ) -> None:
        self._database = database
        self._hang_ups = hang_ups
        self._cards = cards
        self._directory = directory
        self._source = source
        self._clock = clock

    async def command(self, ask: Ask) -> Answer:
        """By callSid; without one, the calls that can be hung up."""
        call_sid = unwrap(ask.text)
        if not call_sid:
            return await self._choose(ask)
        if not _CALL_SID.fullmatch(call_sid):
            raise InputError(
                {
                    "call_sid": "A call id is CA and 32 digits of 0-9 and a-f. `/toingg-hangup`"
                    " alone lists the calls that can be hung up."
                }
            )
        call = await self._database.read(
            partial(statuses.by_sid, workspace_id=ask.workspace.id, call_sid=call_sid)
        )
        if call is None:
            return await self._unseen(ask, call_sid)
        if not may(ask.actor, Deed.HANG_UP, ask.workspace.id, asked_by=call.requested_by):
            raise UnknownToToingg
        claimed = await self._hang_ups.ask(call, ask.actor.user_id)
        return Answer(
            notices.ephemeral("Hanging up. The card says when it's done."),
            partial(self._hang_ups.send, claimed),
        )

    async def _choose(self, ask: Ask) -> Answer:
        live = await self._database.read(
            partial(stored_cards.recent, workspace_id=ask.workspace.id, which="live")
        )
        mine = [call for call in live if self._may(ask, call)]
        return Answer(
            calls_list(
                mine,
                "live",
                self._source(ask.workspace.id),
                team_url=ask.workspace.at.url,
                sees=partial(self._may, ask),
                hangs_up=partial(self._may, ask),
            )
        )

    def _may(self, ask: Ask, call: Call) -> bool:
        return may(ask.actor, Deed.HANG_UP, ask.workspace.id, asked_by=call.requested_by)

    async def _unseen(self, ask: Ask, call_sid: str) -> Answer:
        """A call that the bot never saw: an owner's business, written down; else unknown."""
        elsewhere = await self._database.read(partial(hangups.is_anybodys, call_sid=call_sid))
        if elsewhere or not may(ask.actor, Deed.HANG_UP_UNSEEN, ask.workspace.id):
            raise UnknownToToingg
        await self._database.write(
            partial(
                audit.append,
                workspace_id=ask.workspace.id,
                actor=ask.actor.user_id,
                deed="hang_up_unseen",
                subject=call_sid,
                now=self._clock(),
            )
        )

        async def then() -> None:
            await self._hang_ups.send_unseen(ask.workspace.id, call_sid)
            api = self._directory.api(ask.workspace.id)
            await api.respond(ask.response_url, notices.message("Hung up."))

        return Answer(
            notices.ephemeral(
                "The bot didn't place this call. Toingg is asked to end it; that is in the audit"
                " log under your name."
            ),
            then,
        )

    async def on_card(self, ask: Ask) -> Answer:
        """Hang Up on the call's own card."""
        call = await row_of(ask, Deed.HANG_UP, self._database, self._cards)
        return await self._end(ask, call)

    async def in_list(self, ask: Ask) -> Answer:
        """Hang Up in a list that one person sees."""
        call = await row_of(ask, Deed.HANG_UP, self._database, self._cards, on_card=False)
        return await self._end(ask, call)

    async def _end(self, ask: Ask, call: Call) -> Answer:
        try:
            claimed = await self._hang_ups.ask(call, ask.actor.user_id)
        except OutOfDate:
            if call.hang_up_at is not None or call.is_over:  # this click, or another, did it
                return Answer()
            raise
        return Answer(then=partial(self._hang_ups.send, claimed))


def register(routes: Routes, flow: HangUpFlow) -> None:
    """The command, and Hang Up wherever it stands."""
    routes.command(FLOW, Deed.HANG_UP, flow.command)
    routes.add(Kind.CLICK, "call.hang_up", Deed.HANG_UP, flow.on_card)
    routes.add(Kind.CLICK, "calls.hang_up", Deed.HANG_UP, flow.in_list)
