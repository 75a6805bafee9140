"""/toingg calls: the recent calls, for one person's eyes."""

from collections.abc import Callable
from functools import partial

from bot.access import Deed, may
from bot.clock import Clock
from bot.slack.blocks.call_card import Source
from bot.slack.blocks.calls_list import CHOICES, calls_list
from bot.slack.blocks.parts import Message
from bot.slack.directory import Directory
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from commands.rows import note_seen
from storage import cards
from storage.engine import Database
from storage.rows import Call

FLOW = Flow(
    word="calls",
    summary="See the recent calls",
    usage="[all | live | waiting | failed]",
    examples=("/toingg-calls", "/toingg-calls live"),
)

_IN_FULL = "calls.numbers"


def register(
    routes: Routes,
    *,
    database: Database,
    directory: Directory,
    source: Callable[[str], Source],
    clock: Clock,
) -> None:
    """The command, its filter, and the numbers in full; `source` of a workspace, by its id."""

    async def listed(ask: Ask, which: str, *, in_full: bool = False) -> Message:
        calls = await database.read(
            partial(cards.recent, workspace_id=ask.workspace.id, which=which)
        )

        def may_see(call: Call) -> bool:
            owner = call.requested_by
            return may(ask.actor, Deed.SEE_NUMBER, ask.workspace.id, asked_by=owner)

        def may_hang_up(call: Call) -> bool:
            owner = call.requested_by
            return may(ask.actor, Deed.HANG_UP, ask.workspace.id, asked_by=owner)

        if in_full:
            seen = [each.phone_key for each in calls if may_see(each) and each.phone_key]
            await note_seen(ask, database, seen, clock())
        return calls_list(
            calls,
            which,
            source(ask.workspace.id),
            team_url=ask.workspace.at.url,
            sees=may_see,
            in_full=in_full,
            hangs_up=may_hang_up,
            places=may(ask.actor, Deed.PLACE_CALL, ask.workspace.id),
        )

    async def command(ask: Ask) -> Answer:
        word = ask.text.strip().lower()
        return Answer(await listed(ask, word if word in CHOICES else "all"))

    async def filtered(ask: Ask) -> Answer:
        which = ask.value if ask.value in CHOICES else "all"
        message = await listed(ask, which, in_full=ask.name == _IN_FULL)

        async def then() -> None:
            api = directory.api(ask.workspace.id)
            await api.respond(ask.response_url, message | {"replace_original": True})

        return Answer(then=then)

    routes.command(FLOW, Deed.SEE_CALLS, command)
    routes.add(Kind.CLICK, "calls.filter", Deed.SEE_CALLS, filtered)
    routes.add(Kind.CLICK, _IN_FULL, Deed.SEE_NUMBER, filtered)
