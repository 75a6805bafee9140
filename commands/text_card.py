"""The buttons on a text's card and in its thread."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed, may
from bot.errors import NotAllowed, OutOfDate
from bot.recipients.optout import OptOuts
from bot.slack.blocks import notices
from bot.slack.routes import Answer, Ask, Kind, Routes
from commands.card import CardFlow
from commands.ordering import REPLY, SMS, fields_of
from commands.rows import row_of
from storage import inbound
from storage.optouts import Source
from storage.rows import Call

_OPTED_OUT = "Opted out: nobody here calls or texts this number any more."
_WAS_OUT = "This number had opted out already."


@dataclass(frozen=True)
class TextCardFlow:
    """What only a text's buttons do; what a person decides of a row is `CardFlow`'s."""

    card: CardFlow
    opt_outs: OptOuts

    async def _row(self, ask: Ask, deed: Deed, *, on_card: bool = True) -> Call:
        flow = self.card
        return await row_of(ask, deed, flow.ordering.database, flow.cards, on_card=on_card)

    async def another(self, ask: Ask) -> Answer:
        """Send Another: the modal with the number, and nothing said yet."""
        return await self._open(ask, await self._row(ask, Deed.SETTLE_CALL), "")

    async def reply(self, ask: Ask) -> Answer:
        """Reply, in the thread in which somebody's words stand."""
        text = await self._row(ask, Deed.SETTLE_CALL, on_card=False)
        return await self._open(ask, text, REPLY)

    async def _open(self, ask: Ask, text: Call, metadata: str) -> Answer:
        typed = fields_of(text) | {"message": ""}
        view = await self.card.ordering.form(ask, SMS, typed) | {"private_metadata": metadata}
        return Answer(then=partial(self.card.ordering.show, ask, view))

    async def answer(self, ask: Ask) -> Answer:
        """Reply to a text that answers none of ours; only who sees everybody's numbers may."""
        if not may(ask.actor, Deed.SETTLE_CALL, ask.workspace.id, asked_by=""):
            raise NotAllowed(detail=Deed.SETTLE_CALL.value)
        find = partial(inbound.get, workspace_id=ask.workspace.id, inbound_id=ask.value)
        said = await self.card.ordering.database.read(find)
        if said is None:
            raise OutOfDate
        typed = {"phone": said.phone, "channel": ask.channel}
        view = await self.card.ordering.form(ask, SMS, typed) | {"private_metadata": REPLY}
        return Answer(then=partial(self.card.ordering.show, ask, view))

    async def opt_out(self, ask: Ask) -> Answer:
        """Opt Out: the person said so in another way than by STOP."""
        text = await self._row(ask, Deed.OPT_OUT)
        by = ask.actor.user_id
        count = await self.opt_outs.add(ask.workspace, [text.phone], source=Source.PERSON, by=by)
        said = notices.message(_OPTED_OUT if count else _WAS_OUT)
        return Answer(then=partial(self.card.ordering.whisper, ask, said))


def register(routes: Routes, flow: TextCardFlow) -> None:
    """What decides of a row as with a call, then Send Another, Reply and Opt Out."""
    card = flow.card
    routes.add(Kind.CLICK, "text.arrived", Deed.SETTLE_CALL, card.it_rang)
    routes.add(Kind.CLICK, "text.retry", Deed.SETTLE_CALL, card.dial)
    routes.add(Kind.CLICK, "text.now", Deed.SETTLE_CALL, card.dial)
    routes.add(Kind.CLICK, "text.discard", Deed.SETTLE_CALL, card.discard)
    routes.add(Kind.CLICK, "text.edit", Deed.SETTLE_CALL, card.edit)
    routes.add(Kind.CLICK, "text.another", Deed.SEND_TEXT, flow.another)
    routes.add(Kind.CLICK, "text.reply", Deed.SEND_TEXT, flow.reply)
    routes.add(Kind.CLICK, "sms.answer", Deed.SETTLE_CALL, flow.answer)
    routes.add(Kind.CLICK, "text.opt_out", Deed.OPT_OUT, flow.opt_out)
