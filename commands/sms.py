"""/toingg sms: one text to one number, measured while it is typed."""

from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.errors import InputError
from bot.recipients.policy import Reason
from bot.slack.blocks.text_form import MESSAGE, METER, SWAP, TEMPLATE, message_block, next_block
from bot.slack.redraws import Redraws
from bot.slack.routes import Answer, Ask, Flow, Handler, Kind, Routes
from bot.slack.text import parse_quick_number_name, unwrap
from bot.texting.segments import simplified
from commands.ordering import REPLY, SMS, Ordering, inputs_of
from storage import templates

FLOW = Flow(
    word=SMS,
    summary="Text one person, or a list",
    usage="[number | name | text, or list, or templates]",
    examples=(
        "/toingg-sms",
        "/toingg-sms +1 415 555 0132",
        "/toingg-sms +1 415 555 0132 | John | See you at ten",
        "/toingg-sms list",
        "/toingg-sms templates",
    ),
)


@dataclass(frozen=True)
class SmsFlow:
    """The command, its modal, and the meter in it."""

    ordering: Ordering
    redraws: Redraws

    async def command(self, ask: Ask) -> Answer:
        """The quick form sends at once; with a part missing the modal opens, prefilled."""
        phone, name, message = parse_quick_number_name(unwrap(ask.text), 3)
        typed = {"phone": phone, "name": name, MESSAGE: message, "channel": ask.channel}
        if not (phone and name and message):
            return self.ordering.open(ask, SMS, typed)
        return await self.ordering.order(ask, SMS, typed)

    async def new(self, ask: Ask) -> Answer:
        """Text Somebody, as a button."""
        return self.ordering.open(ask, SMS, {"channel": ask.channel})

    async def submitted(self, ask: Ask) -> Answer:
        """Sends it; a fault of the message stands under the block that holds it now."""
        lifted = frozenset({Reason.RECENT} if ask.metadata == REPLY else ())
        try:
            return await self.ordering.order(ask, SMS, inputs_of(ask), lifted=lifted)
        except InputError as error:
            block = message_block(ask.typed)
            faults = dict(error.fields)
            if MESSAGE in faults:
                faults[block] = faults.pop(MESSAGE)
            raise InputError(faults) from None

    # While it is typed

    async def typing(self, ask: Ask) -> Answer:
        """A character more, or less: the meter follows."""
        return await self._redrawn(ask, inputs_of(ask), message_block(ask.typed))

    async def swap(self, ask: Ask) -> Answer:
        """Use Plain Characters: the message with what GSM-7 has in place of what it hasn't."""
        typed = inputs_of(ask)
        plain = typed | {MESSAGE: simplified(typed.get(MESSAGE, ""))}
        return await self._redrawn(ask, plain, next_block(message_block(ask.typed)))

    async def template(self, ask: Ask) -> Answer:
        """A template was chosen: it is the message from now on."""
        find = partial(templates.get, workspace_id=ask.workspace.id, template_id=ask.value)
        found = await self.ordering.database.read(find)
        if found is None:
            return Answer()
        typed = inputs_of(ask) | {MESSAGE: found.text}
        return await self._redrawn(ask, typed, next_block(message_block(ask.typed)))

    async def _redrawn(self, ask: Ask, typed: dict[str, str], block: str) -> Answer:
        view = await self.ordering.text_form(ask, typed, block=block)
        view["private_metadata"] = ask.metadata

        async def then() -> None:
            self.redraws.show(ask, view)

        return Answer(then=then)


def register(routes: Routes, flow: SmsFlow, command: Handler) -> None:
    """The command, its modal and its meter."""
    routes.command(FLOW, Deed.SEND_TEXT, command)
    routes.add(Kind.SUBMISSION, "sms.form", Deed.SEND_TEXT, flow.submitted)
    routes.add(Kind.CLICK, METER, Deed.SEND_TEXT, flow.typing)
    routes.add(Kind.CLICK, SWAP, Deed.SEND_TEXT, flow.swap)
    routes.add(Kind.CLICK, TEMPLATE, Deed.SEND_TEXT, flow.template)
    routes.add(Kind.CLICK, "sms.new", Deed.SEND_TEXT, flow.new)
