"""/toingg optout: who mustn't be contacted; one number, a list of them, all there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.access import Deed, may
from bot.errors import NotAllowed
from bot.recipients.numbers import parse_number
from bot.recipients.optout import OptOuts
from bot.slack.api import Posted
from bot.slack.blocks import opt_outs as blocks
from bot.slack.blocks.parts import Message
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import first_word, unwrap
from commands.ordering import Ordering
from storage import ours_in_slack
from storage.optouts import Position, Source

FLOW = Flow(
    word="optout",
    summary="See or change who mustn't be contacted",
    usage="[number | add number | remove number | list | import | export]",
    examples=(
        "/toingg-optout +1 415 555 0132",
        "/toingg-optout add +1 415 555 0132",
        "/toingg-optout list",
    ),
)

_LONGEST_KEY = 64


@dataclass(frozen=True)
class OptOutFlow:
    """The command, its list, and what its buttons do."""

    opt_outs: OptOuts
    ordering: Ordering
    region: Callable[[str], str]
    """A workspace's, by its id: the country of numbers without `+`."""

    async def command(self, ask: Ask) -> Answer:
        """A word and what follows it, or a number alone; nothing: the modal."""
        word, rest = first_word(unwrap(ask.text))
        match word:
            case "" | "import":
                return self.form(ask)
            case "add" | "remove" if not rest:
                return self.form(ask)
            case "list":
                return Answer(await self._list(ask, None))
            case "export":
                return await self.export(ask)
            case "add":
                return await self._add(ask, rest)
            case "remove":
                return await self._remove(ask, rest)
            case _:
                return await self._state(ask, unwrap(ask.text))

    # One number

    async def _state(self, ask: Ask, typed: str) -> Answer:
        number = parse_number(typed, self.region(ask.workspace.id))
        return Answer(await self._shown(ask, number.e164, number.extension))

    async def _add(self, ask: Ask, typed: str) -> Answer:
        number = parse_number(typed, self.region(ask.workspace.id))
        await self._opt_out(ask, number.e164)
        return Answer(await self._shown(ask, number.e164, number.extension))

    async def _remove(self, ask: Ask, typed: str) -> Answer:
        require(ask, Deed.ALLOW_AGAIN)
        number = parse_number(typed, self.region(ask.workspace.id))
        await self.opt_outs.allow(ask.workspace, number.e164, by=ask.actor.user_id)
        return Answer(await self._shown(ask, number.e164, number.extension))

    async def _opt_out(self, ask: Ask, e164: str) -> None:
        by = ask.actor.user_id
        await self.opt_outs.add(ask.workspace, [e164], source=Source.PERSON, by=by)

    async def _shown(self, ask: Ask, e164: str, extension: str | None = None) -> Message:
        """How the number stands now; a draft of who asks holds it for the buttons."""
        out = await self.opt_outs.find(ask.workspace, e164)
        draft = await self.ordering.keep(ask, "optout", {"phone": e164})
        may_allow = may(ask.actor, Deed.ALLOW_AGAIN, ask.workspace.id)
        return blocks.number_state(e164, out, draft.id, may_allow=may_allow, extension=extension)

    async def add_clicked(self, ask: Ask) -> Answer:
        """Opt Out, under a number's state."""
        e164 = await self._number(ask)
        await self._opt_out(ask, e164)
        return self._redrawn(ask, await self._shown(ask, e164))

    async def allow_clicked(self, ask: Ask) -> Answer:
        """Allow Again, once it is confirmed."""
        e164 = await self._number(ask)
        await self.opt_outs.allow(ask.workspace, e164, by=ask.actor.user_id)
        return self._redrawn(ask, await self._shown(ask, e164))

    async def _number(self, ask: Ask) -> str:
        draft = await self.ordering.draft(ask, ask.value)
        return parse_number(str(draft.fields.get("phone", "")), self.region(ask.workspace.id)).e164

    def _redrawn(self, ask: Ask, message: Message) -> Answer:
        """The message in the place of the one that was clicked."""
        replaced = message | {"replace_original": True}
        return Answer(then=partial(self.ordering.whisper, ask, replaced))

    # The list

    async def _list(self, ask: Ask, after: Position | None) -> Message:
        page = await self.opt_outs.page(ask.workspace, after)
        return blocks.opt_out_list(
            page.opt_outs,
            page.total,
            after=_written(page.next),
            is_first=after is None,
            may_exchange=may(ask.actor, Deed.EXCHANGE_OPT_OUTS, ask.workspace.id),
        )

    async def listed(self, ask: Ask) -> Answer:
        """Older, or Newest: another page in the place of this one."""
        return self._redrawn(ask, await self._list(ask, _read(ask.value)))

    async def export(self, ask: Ask) -> Answer:
        """The list as a file, by direct message to who asks."""
        require(ask, Deed.EXCHANGE_OPT_OUTS)

        async def then() -> None:
            export = await self.opt_outs.export(ask.workspace, by=ask.actor.user_id)
            api = self.ordering.directory.api(ask.workspace.id)
            channel = await api.dm(ask.actor.user_id)
            file_id = await api.upload(
                channel,
                name="opt-outs.csv",
                data=export.data,
                title="Opt-outs",
                comment=blocks.export_comment(export.count),
            )
            await self.ordering.keep_post(ask, ours_in_slack.OPT_OUTS, Posted(channel, file_id))

        ack = blocks.exporting() if ask.kind is Kind.COMMAND else None
        return Answer(ack, then)

    # Many

    def form(self, ask: Ask) -> Answer:
        """The modal for many numbers."""
        may_import = may(ask.actor, Deed.EXCHANGE_OPT_OUTS, ask.workspace.id)
        view = blocks.opt_out_form(may_import=may_import)
        return Answer(then=partial(self.ordering.show, ask, view))

    async def form_clicked(self, ask: Ask) -> Answer:
        """Opt Out Numbers, under the list."""
        return self.form(ask)


def require(ask: Ask, deed: Deed) -> None:
    """Raises NotAllowed where who asks may not; for the words of one command that differ."""
    if not may(ask.actor, deed, ask.workspace.id):
        raise NotAllowed(detail=deed.value)


def _written(position: Position | None) -> str:
    return f"{position.at.isoformat()}|{position.phone_key}" if position else ""


def _read(text: str) -> Position | None:
    """Where a page begins; what a button never says is the beginning."""
    at, _, key = text.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Position(moment, key) if moment.tzinfo and len(key) <= _LONGEST_KEY else None


def register(routes: Routes, flow: OptOutFlow) -> None:
    """The command and its buttons."""
    routes.command(FLOW, Deed.OPT_OUT, flow.command)
    routes.add(Kind.CLICK, "optout.add", Deed.OPT_OUT, flow.add_clicked)
    routes.add(Kind.CLICK, "optout.allow", Deed.ALLOW_AGAIN, flow.allow_clicked)
    routes.add(Kind.CLICK, "optout.list", Deed.OPT_OUT, flow.listed)
    routes.add(Kind.CLICK, "optout.newest", Deed.OPT_OUT, flow.listed)
    routes.add(Kind.CLICK, "optout.open", Deed.OPT_OUT, flow.form_clicked)
    routes.add(Kind.CLICK, "optout.export", Deed.EXCHANGE_OPT_OUTS, flow.export)
