"""A flow of the tests' own behind each way in, which writes down what it is asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.access import Deed
from bot.app import Bot
from bot.slack.blocks import parts
from bot.slack.blocks.zones import zone_input
from bot.slack.routes import MESSAGE, Answer, Ask, Kind, Route
from tests.stage import Stage

ROWS = b"phone,name\n+14155550132,John Doe\n"
AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
FORM = parts.modal(
    "Campaign",
    [
        parts.live(parts.text_input("numbers", "Numbers", multiline=True, optional=True), "f.live"),
        parts.file_input("list", "File", optional=True),
        parts.moment_input("start", "Start", optional=True),
        parts.number_input("pace", "Calls a minute", limits=(1, 600), value=60),
        parts.person_input("approver", "Approver", optional=True),
        parts.checks_input("also", "Also", {"retry": "Call again", "text": "Text those missed"}),
        zone_input("zone", "Time zone", value="UTC"),
    ],
    callback_id="f.form",
    metadata="draft-1",
    submit="Start",
)


@dataclass
class Desk:
    """Routes that write down what they are asked."""

    bot: Bot
    stage: Stage
    asks: list[Ask] = field(default_factory=list)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        for kind, name in (
            (Kind.EVENT, "message.im"),
            (Kind.SHORTCUT, "campaign.from_message"),
            (Kind.SHORTCUT, "campaign.new"),
            (Kind.SUBMISSION, "f.form"),
            (Kind.CLICK, "f.live"),
        ):
            route = Route(kind, name, Deed.PLACE_CALL, self.take)
            self.bot.routes._routes[kind, name] = route  # in the place of the product's own

    async def take(self, ask: Ask) -> Answer:
        """Any of them; a shortcut opens the form, live typing redraws it."""
        self.asks.append(ask)
        if self.fault is not None:
            raise self.fault
        api = self.bot.directory.api(ask.workspace.id)

        async def then() -> None:
            if ask.kind is Kind.SHORTCUT:
                await api.call("views.open", trigger_id=ask.trigger_id, view=FORM)
            elif ask.kind is Kind.CLICK:
                seen = parts.context(f"{len(ask.typed['numbers'])} characters")
                view = FORM | {"blocks": [seen, *FORM["blocks"]]}
                await api.call("views.update", view_id=ask.view_id, hash=ask.view_hash, view=view)
            elif ask.kind is Kind.EVENT:
                for file in ask.files.get(MESSAGE, ()):
                    read = await api.download(file.id, most=10_000_000)
                    words = {"text": f"{read.name}: {len(read.data)} bytes"}
                    await api.post(ask.channel, words)

        return Answer(then=then)

    async def asked(self, number: int = 1) -> Ask:
        """The ask of that number, once it is there."""
        await self.stage.until(lambda: len(self.asks) >= number)
        return self.asks[number - 1]
