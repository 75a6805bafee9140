"""The buttons on a call's card through which a person decides what the bot must not."""

from dataclasses import dataclass, replace
from functools import partial

from bot.access import Deed, may
from bot.calling.cards import Cards
from bot.calling.door import policy_lifted
from bot.calling.place import Placer
from bot.errors import OutOfDate, PolicyRefusal
from bot.recipients.policy import Reason, Verdict
from bot.slack.blocks import orders
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.ordering import Ordering, fields_of, flow_of
from commands.rows import row_of
from storage import Connection, ledger
from storage.rows import Call


@dataclass(frozen=True)
class CardFlow:
    """What a person may decide of a row that waits for that, or that is over."""

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
        verdict = await self.ordering.door.judge(call, ask.actor.user_id)
        if verdict.reason is None:
            return await self._dial(ask, call)
        if verdict.may_override and may(ask.actor, Deed.OVERRIDE_POLICY, ask.workspace.id):
            return await self._question(ask, ask.value, verdict)
        raise PolicyRefusal(
            verdict.refusal, reason=verdict.reason, may_override=verdict.may_override
        )

    async def _question(
        self, ask: Ask, row: str, verdict: Verdict, lifted: frozenset[Reason] = frozenset()
    ) -> Answer:
        """The policy says no, to somebody who may set that aside."""
        kept = {"row": row, "lift": " ".join([*lifted, str(verdict.reason)])}
        draft = await self.ordering.keep(ask, "row", kept)
        label = "Send Anyway" if ask.name.startswith("text.") else "Call Anyway"
        message = orders.row_question(verdict.message, draft.id, label)
        return Answer(then=partial(self.ordering.whisper, ask, message))

    async def anyway(self, ask: Ask) -> Answer:
        """Call Anyway: an owner sets aside what the question named; it is audited."""
        draft = await self.ordering.draft(ask, ask.value)
        row = draft.fields.get("row", "")
        call = await self._row(replace(ask, value=row), on_card=False)
        lifted = frozenset(Reason(word) for word in draft.fields.get("lift", "").split())
        verdict = await self.ordering.door.judge(call, ask.actor.user_id, lifted=lifted)
        if verdict.reason is None:
            return await self._dial(ask, call, lifted)
        if verdict.may_override:
            return await self._question(ask, row, verdict, lifted)
        raise PolicyRefusal(verdict.refusal, reason=verdict.reason, may_override=False)

    async def _dial(self, ask: Ask, call: Call, lifted: frozenset[Reason] = frozenset()) -> Answer:
        now, actor = self.ordering.clock(), ask.actor.user_id

        def write(connection: Connection) -> Call | None:
            again = ledger.call_now(connection, call, run=self.run, actor=actor, now=now)
            if again is not None and lifted:
                policy_lifted(connection, again, actor, lifted, now)
            return again

        moved = await self.ordering.database.write(write)
        self._moved(call, moved)
        return Answer(then=partial(self.placer.place, moved or call))

    async def again(self, ask: Ask) -> Answer:
        """Call Again on a call that is over: a new row, which remembers the old one."""
        call = await self._row(ask)
        typed = fields_of(call) | {"retry_of": call.id}
        return await self.ordering.order(ask, flow_of(call), typed, retry_of=call.id)

    async def edit(self, ask: Ask) -> Answer:
        """Edit and Try Again: the modal with what was sent, and what Toingg said of it."""
        call = await self._row(ask)
        return self.ordering.open(ask, flow_of(call), fields_of(call), problem=call.said or "")


def register(routes: Routes, flow: CardFlow) -> None:
    """It Rang, Call Again, Call Now, Discard, Edit and Try Again, Call Anyway."""
    routes.add(Kind.CLICK, "call.it_rang", Deed.SETTLE_CALL, flow.it_rang)
    routes.add(Kind.CLICK, "call.retry", Deed.SETTLE_CALL, flow.dial)
    routes.add(Kind.CLICK, "call.now", Deed.SETTLE_CALL, flow.dial)
    routes.add(Kind.CLICK, "call.discard", Deed.SETTLE_CALL, flow.discard)
    routes.add(Kind.CLICK, "call.again", Deed.PLACE_CALL, flow.again)
    routes.add(Kind.CLICK, "call.edit", Deed.SETTLE_CALL, flow.edit)
    routes.add(Kind.CLICK, "call.anyway", Deed.OVERRIDE_POLICY, flow.anyway)
