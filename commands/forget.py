"""/toingg forget: erases a person everywhere, once it is confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.access import Deed
from bot.privacy import Privacy
from bot.recipients.numbers import parse_number
from bot.slack.blocks import forget as blocks
from bot.slack.blocks import notices
from bot.slack.blocks.forget import Found
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import unwrap
from commands.ordering import Ordering
from storage import Connection, erasure, erasures, optouts, ours_in_slack
from storage.optouts import Source
from storage.secrets import phone_key

FLOW = Flow(
    word="forget",
    summary="Erase a person everywhere",
    usage="[number]",
    examples=("/toingg-forget +1 415 555 0132",),
)


@dataclass(frozen=True)
class ForgetFlow:
    """The command, what is stored, the question."""

    privacy: Privacy
    ordering: Ordering
    region: Callable[[str], str]
    """A workspace's, by its id: the country of numbers without `+`."""

    async def command(self, ask: Ask) -> Answer:
        """What is stored of the number, in a modal."""
        typed = unwrap(ask.text)
        if not typed:
            return Answer(notices.ephemeral("Whom? `/toingg-forget +1 415 555 0132`"))
        e164 = parse_number(typed, self.region(ask.workspace.id)).e164
        draft = await self.ordering.keep(ask, FLOW.word, {"phone": e164})
        view = blocks.stored_view(e164, await self._found(ask, e164), draft.id)
        return Answer(then=partial(self.ordering.show, ask, view))

    async def _found(self, ask: Ask, e164: str) -> Found:
        number = (ask.workspace.id, phone_key(ask.workspace.number_key, e164))

        def look(connection: Connection) -> Found:
            held = erasure.stored(connection, *number)
            return Found(held, *ours_in_slack.count(connection, *number))

        return await self.ordering.database.scan(look)

    async def next(self, ask: Ask) -> Answer:
        """Next: the question, in the place of what is stored."""
        e164 = await self._number(ask, ask.metadata)
        found = await self._found(ask, e164)
        ticked = blocks.NEVER_AGAIN in ask.typed.get("out", "").split()
        opts_out = found.stored.is_out or ticked
        metadata = f"{ask.metadata}.{blocks.NEVER_AGAIN if opts_out else ''}"
        view = blocks.question_view(e164, found, metadata, opts_out=opts_out)
        return Answer({"response_action": "update", "view": view})

    async def confirmed(self, ask: Ask) -> Answer:
        """Erase: written down before the answer, and done after it, whatever dies."""
        draft_id, _, after = ask.metadata.partition(".")
        e164 = await self._number(ask, draft_id)
        begin = partial(self._begin, ask=ask, e164=e164, opts_out=after == blocks.NEVER_AGAIN)
        is_new = await self.ordering.database.write(begin)
        view = blocks.begun_view() if is_new else blocks.begun_view(blocks.UNDER_WAY)
        return Answer({"response_action": "update", "view": view})

    def _begin(self, connection: Connection, ask: Ask, e164: str, *, opts_out: bool) -> bool:
        """The erasure, and what has to be so before it: nobody begins to reach the person now."""
        now, by = self.ordering.clock(), ask.actor.user_id
        number = (ask.workspace.id, phone_key(ask.workspace.number_key, e164))
        held = erasure.stored(connection, *number)
        cancelled = erasure.cancel(connection, *number, until=now)
        if opts_out and not optouts.is_out(connection, *number):
            who = (connection, number[0], e164, number[1])
            optouts.add(*who, source=Source.PERSON, by=by, now=now)
        begun = erasures.ask(
            connection,
            number[0],
            phone=e164,
            phone_key=number[1],
            by=by,
            run=self.privacy.calling.run,
            now=now,
            opted_out=opts_out,
            calls=held.calls,
            texts=held.texts,
        )
        if begun is not None:
            erasures.learn(connection, begun, counts={"cancelled": cancelled})
        return begun is not None

    async def _number(self, ask: Ask, draft_id: str) -> str:
        draft = await self.ordering.draft(ask, draft_id)
        return parse_number(str(draft.fields.get("phone", "")), self.region(ask.workspace.id)).e164


def register(routes: Routes, flow: ForgetFlow) -> None:
    """The command and its modals."""
    routes.command(FLOW, Deed.FORGET, flow.command)
    routes.add(Kind.SUBMISSION, "forget.form", Deed.FORGET, flow.next)
    routes.add(Kind.SUBMISSION, "forget.confirm", Deed.FORGET, flow.confirmed)
