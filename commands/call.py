"""/toingg call: one number, by a campaign."""

from bot.access import Deed
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import parse_quick_number_name, unwrap
from commands.ordering import Ordering, inputs_of

FLOW = Flow(
    word="call",
    summary="Call one person",
    usage="[number | name | campaign]",
    examples=(
        "/toingg-call",
        "/toingg-call +1 415 555 0132",
        "/toingg-call +1 415 555 0132 | John Doe | Spring Sale",
    ),
)


def register(routes: Routes, ordering: Ordering) -> None:
    """The command, its modal, and what leads on from a draft."""

    async def command(ask: Ask) -> Answer:
        phone, name, campaign = parse_quick_number_name(unwrap(ask.text), 3)
        typed = {
            "phone": phone,
            "name": name,
            "campaign": campaign or ordering.default_campaign(ask.workspace.id),
            "channel": ask.channel,
        }
        if not (typed["phone"] and typed["name"] and typed["campaign"]):
            return ordering.open(ask, "call", typed)
        return await ordering.order(ask, "call", typed)

    async def submitted(ask: Ask) -> Answer:
        return await ordering.order(ask, "call", inputs_of(ask))

    async def new(ask: Ask) -> Answer:
        return ordering.open(ask, "call", {"channel": ask.channel})

    routes.command(FLOW, Deed.PLACE_CALL, command)
    routes.add(Kind.SUBMISSION, "call.form", Deed.PLACE_CALL, submitted)
    routes.add(Kind.SUBMISSION, "draft.confirm", Deed.PLACE_CALL, ordering.confirmed)
    routes.add(Kind.CLICK, "draft.confirm", Deed.PLACE_CALL, ordering.confirmed)
    routes.add(Kind.CLICK, "draft.edit", Deed.PLACE_CALL, ordering.edit_draft)
    routes.add(Kind.CLICK, "calls.new", Deed.PLACE_CALL, new)
