"""/toingg help: what there is, each with an example; and where things stand."""

from functools import partial

from bot.access import Deed, may
from bot.slack.blocks.help import help_message
from bot.slack.routes import Answer, Ask, Flow, Kind, Route, Routes
from bot.slack.text import first_word
from commands.campaigns_shown import CampaignsShown
from storage import statuses
from storage.engine import Database

FLOW = Flow(
    word="help",
    summary="What there is, with examples",
    usage="[command]",
    examples=("/toingg", "/toingg help", "/toingg-call help"),
)


def register(routes: Routes, database: Database, shown: CampaignsShown) -> None:
    """The command; it also answers for words that nobody knows."""

    async def command(ask: Ask) -> Answer:
        word, _ = first_word(ask.text)
        flows = [each.name for each in routes if _is_open(each, ask)]
        if word:  # what there is stays the same: nothing is looked up for it
            return Answer(help_message(routes.flows, word, may=flows, live=None))
        live = None
        if may(ask.actor, Deed.SEE_CALLS, ask.workspace.id):
            live = await database.read(partial(statuses.live_count, workspace_id=ask.workspace.id))
        under_way = await shown.blocks(ask)
        message = help_message(routes.flows, word, may=flows, live=live, under_way=under_way)
        return Answer(message)

    routes.command(FLOW, Deed.READ_HELP, command)


def _is_open(route: Route, ask: Ask) -> bool:
    """Whether it is a command that who asks may use."""
    return route.kind is Kind.COMMAND and may(ask.actor, route.deed, ask.workspace.id)
