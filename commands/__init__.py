"""The slash flows, a file each: their commands, modals and clicks."""

from bot.calling import Calling
from bot.recipients.optout import OptOuts
from bot.slack.routes import Routes
from commands import (
    attach,
    call,
    calls,
    card,
    conversation,
    hangup,
    optout,
    optout_lists,
    script,
    why,
)
from commands import help as help_
from commands.attach import AttachFlow
from commands.card import CardFlow
from commands.hangup import HangUpFlow
from commands.optout import OptOutFlow
from commands.optout_lists import OptOutLists
from commands.ordering import Ordering
from commands.why import WhyFlow


def build_routes(parts: Calling, *, default_campaign: str) -> Routes:
    """Everything that can be asked of the bot."""
    routes = Routes()
    source = parts.rules.source
    ordering = Ordering(
        door=parts.door,
        placer=parts.placer,
        cards=parts.cards,
        database=parts.database,
        directory=parts.directory,
        background=parts.background,
        clock=parts.clock,
        source=source,
        default_campaign=default_campaign,
        offers_shared=bool(parts.rules.shared_channels),
    )
    call.register(routes, ordering)
    script.register(routes, ordering)
    hangup.register(
        routes,
        HangUpFlow(
            database=parts.database,
            hang_ups=parts.hang_ups,
            cards=parts.cards,
            directory=parts.directory,
            source=source,
            clock=parts.clock,
        ),
    )
    calls.register(routes, database=parts.database, directory=parts.directory, source=source)
    attach.register(routes, AttachFlow(ordering, parts.cards))
    card.register(routes, CardFlow(ordering, parts.placer, parts.cards, parts.run))
    conversation.register(
        routes,
        database=parts.database,
        cards=parts.cards,
        directory=parts.directory,
        accounts=parts.accounts,
    )
    opt_outs, region = OptOuts(parts.database, parts.clock), parts.rules.region
    optout.register(routes, OptOutFlow(opt_outs, ordering, region))
    optout_lists.register(routes, OptOutLists(opt_outs, parts.directory, region))
    why.register(routes, WhyFlow(parts.database, ordering, source, region))
    help_.register(routes, parts.database)
    return routes
