"""/toingg script: one number, by a script of one's own."""

from bot.access import Deed
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from bot.slack.text import parse_quick_number_name, unwrap
from commands.ordering import Ordering, inputs_of

FLOW = Flow(
    word="script",
    summary="Call one person with a script of your own",
    usage="[number | name | campaign | script]",
    examples=(
        "/toingg-script",
        "/toingg-script +1 415 555 0132 | John Doe | Reminders | Ask whether ten o'clock suits.",
    ),
)


def register(routes: Routes, ordering: Ordering) -> None:
    """The command and its modal."""

    async def command(ask: Ask) -> Answer:
        phone, name, campaign, script = parse_quick_number_name(unwrap(ask.text), 4)
        typed = {
            "phone": phone,
            "name": name,
            "campaign": campaign or ordering.default_campaign(ask.workspace.id),
            "script": script,
            "channel": ask.channel,
        }
        if not all(typed[field] for field in ("phone", "name", "campaign", "script")):
            return ordering.open(ask, "script", typed)
        return await ordering.order(ask, "script", typed)

    async def submitted(ask: Ask) -> Answer:
        return await ordering.order(ask, "script", inputs_of(ask))

    routes.command(FLOW, Deed.PLACE_CALL, command)
    routes.add(Kind.SUBMISSION, "script.form", Deed.PLACE_CALL, submitted)
