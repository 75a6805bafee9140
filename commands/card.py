"""The buttons on a call's card through which a person decides what the bot must not."""

import re
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.calling.cards import Cards
from bot.calling.place import Placer
from bot.errors import InputError, OutOfDate, PolicyRefusal
from bot.slack.blocks.attach import attach_form
from bot.slack.routes import Answer, Ask, Kind, Routes
from bot.slack.text import tidy
from commands.ordering import Ordering, fields_of
from commands.rows import row_of
from storage import ledger
from storage.rows import Call

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")


@dataclass(frozen=True)
class CardFlow:
    """It Rang, Call Again, Call Now, Discard, Edit and Try Again, Attach Call ID."""

    ordering: Ordering
    placer: Placer
    cards: Cards
    run: str

    async def _row(self, ask: Ask, *, on_card: bool = True) -> Call:
        return await row_of(
            ask, Deed.SETTLE_CALL, self.ordering.database, self.cards, on_card=on_card
        )

    def _moved(self, call: Call, moved: Call | None) -> None:
        """Raises OutOfDate where somebody, or something, was quicker."""
        self.cards.wake(call.id, call.workspace_id)
        if moved is None:
            raise OutOfDate

    async def it_rang(self, ask: Ask) -> Answer:
        """`uncertain → placed`."""
        call = await self._row(ask)
        now = self.ordering.clock()
        move = partial(ledger.it_rang, call=call, actor=ask.actor.user_id, now=now)
        self._moved(call, await self.ordering.database.write(move))
        return Answer()

    async def discard(self, ask: Ask) -> Answer:
        """`offered → cancelled`."""
        call = await self._row(ask)
        now = self.ordering.clock()
        move = partial(ledger.discard, call=call, actor=ask.actor.user_id, now=now)
        self._moved(call, await self.ordering.database.write(move))
        return Answer()

    async def dial(self, ask: Ask) -> Answer:
        """Call Now, or Call Again on an uncertain one: the same row's next attempt."""
        call = await self._row(ask)
        verdict = await self.ordering.door.judge(call)
        if verdict.reason is not None:
            raise PolicyRefusal(
                verdict.message, reason=verdict.reason, may_override=verdict.may_override
            )
        moved = await self.ordering.database.write(
            partial(
                ledger.call_now,
                call=call,
                run=self.run,
                actor=ask.actor.user_id,
                now=self.ordering.clock(),
            )
        )
        self._moved(call, moved)
        return Answer(then=partial(self.placer.place, moved or call))

    async def again(self, ask: Ask) -> Answer:
        """Call Again on a call that is over: a new row, which remembers the old one."""
        call = await self._row(ask)
        typed = fields_of(call) | {"retry_of": call.id}
        flow = "script" if call.script is not None else "call"
        return await self.ordering.order(ask, flow, typed, retry_of=call.id)

    async def edit(self, ask: Ask) -> Answer:
        """Edit and Try Again: the modal with what was sent, and what Toingg said of it."""
        call = await self._row(ask)
        flow = "script" if call.script is not None else "call"
        return self.ordering.open(ask, flow, fields_of(call), problem=call.said or "")

    async def attach(self, ask: Ask) -> Answer:
        """Attach Call ID: asks for it."""
        await self._row(ask)
        return Answer(then=partial(self.ordering.show, ask, attach_form(_where(ask))))

    async def attached(self, ask: Ask) -> Answer:
        """The id, checked in its own field."""
        value, channel, message_ts = [*ask.metadata.split("|"), "", "", ""][:3]
        card = Ask(
            kind=ask.kind,
            name=ask.name,
            actor=ask.actor,
            workspace=ask.workspace,
            key=ask.key,
            value=value,
            channel=channel,
            message_ts=message_ts,
        )
        call = await self._row(card)
        call_sid = tidy(ask.typed.get("call_sid", ""))
        if not _CALL_SID.fullmatch(call_sid):
            raise InputError({"call_sid": "A call id is CA and 32 digits of 0-9 and a-f."})
        moved = await self.ordering.database.write(
            partial(
                ledger.attach,
                call=call,
                call_sid=call_sid,
                actor=ask.actor.user_id,
                now=self.ordering.clock(),
            )
        )
        self._moved(call, moved)
        return Answer()


def _where(ask: Ask) -> str:
    """What the modal remembers: the row's id and attempt, and on which card it was clicked."""
    return f"{ask.value}|{ask.channel}|{ask.message_ts}"


def register(routes: Routes, flow: CardFlow) -> None:
    """Every button of the card, but Hang Up."""
    routes.add(Kind.CLICK, "call.it_rang", Deed.SETTLE_CALL, flow.it_rang)
    routes.add(Kind.CLICK, "call.retry", Deed.SETTLE_CALL, flow.dial)
    routes.add(Kind.CLICK, "call.now", Deed.SETTLE_CALL, flow.dial)
    routes.add(Kind.CLICK, "call.discard", Deed.SETTLE_CALL, flow.discard)
    routes.add(Kind.CLICK, "call.again", Deed.PLACE_CALL, flow.again)
    routes.add(Kind.CLICK, "call.edit", Deed.SETTLE_CALL, flow.edit)
    routes.add(Kind.CLICK, "call.attach", Deed.SETTLE_CALL, flow.attach)
    routes.add(Kind.SUBMISSION, "attach.form", Deed.SETTLE_CALL, flow.attached)
