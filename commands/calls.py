"""/toingg calls: the recent calls, for one person's eyes."""

from functools import partial

from bot.access import Deed, may
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.calls_list import CHOICES, calls_list
from bot.slack.blocks.parts import Message
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from storage import cards
from storage.engine import Database
from storage.rows import Call

FLOW = Flow(
    word="calls",
    summary="See the recent calls",
    usage="[all | live | waiting | failed]",
    examples=("/toingg-calls", "/toingg-calls live"),
)


def register(routes: Routes, *, database: Database, directory: Directory, source: Source) -> None:
    """The command and its filter."""

    async def listed(ask: Ask, which: str) -> Message:
        calls = await database.read(
            partial(cards.recent, workspace_id=ask.workspace.id, which=which)
        )

        def sees(call: Call) -> bool:
            return may(ask.actor, Deed.HANG_UP, ask.workspace.id, asked_by=call.requested_by)

        return calls_list(
            calls,
            which,
            source,
            team_url=ask.workspace.at.url,
            sees=sees,
            places=may(ask.actor, Deed.PLACE_CALL, ask.workspace.id),
        )

    async def command(ask: Ask) -> Answer:
        word = ask.text.strip().lower()
        return Answer(await listed(ask, word if word in CHOICES else "all"))

    async def filtered(ask: Ask) -> Answer:
        which = ask.value if ask.value in CHOICES else "all"
        message = await listed(ask, which)

        async def then() -> None:
            api = directory.api(ask.workspace.id)
            await api.respond(ask.response_url, message | {"replace_original": True})

        return Answer(then=then)

    routes.command(FLOW, Deed.SEE_CALLS, command)
    routes.add(Kind.CLICK, "calls.filter", Deed.SEE_CALLS, filtered)
