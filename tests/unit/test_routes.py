"""Everything that can be asked of the bot has its deed; what nobody registered is answered too."""

import ast
from pathlib import Path

import pytest

from bot.access import RULES, Deed
from bot.slack.routes import Answer, Ask, Flow, Kind, Routes
from tests.stage import Stage
from tests.unit.test_manifest import FLOWS, MANIFEST

ROOT = Path(__file__).parents[2]
FLOW = Flow("ring", "Ring somebody", "[number]", ("/toingg-ring",))


async def answer(ask: Ask) -> Answer:
    """Any handler."""
    return Answer()


def drawn() -> set[str]:
    """Every action id and callback id that some view of the product draws."""
    found = set()
    for path in [*(ROOT / "bot/slack/blocks").glob("*.py"), *(ROOT / "commands").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                family, dot, word = node.value.partition(".")
                plain = f"{family}{word}".replace("_", "").isalpha() and node.value.islower()
                if dot and word and plain and family in FAMILIES:
                    found.add(node.value)
    return found


FAMILIES = {
    *("call", "calls", "campaign", "campaigns", "draft", "attach", "script", "notify", "optout"),
    *("why", "checkout", "sms", "text", "settings", "home", "forget", "number"),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_listener_has_its_deed(stage: Stage) -> None:
    """Each route names a deed that the rules know; each flow is one that the manifest has."""
    async with stage.bot() as bot:
        routes = list(bot.routes)
        assert len(routes) >= 20
        assert {route.deed for route in routes} <= set(RULES)
        assert set(RULES) == set(Deed)
        assert bot.routes.flows == FLOWS
        commands = {route.name for route in routes if route.kind is Kind.COMMAND}
        assert commands == set(FLOWS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_control_has_its_listener(stage: Stage) -> None:
    """Whatever the views draw to click or to submit is registered, and nothing else is."""
    async with stage.bot() as bot:
        kinds = (Kind.CLICK, Kind.SUBMISSION, Kind.SHORTCUT)
        registered = {route.name for route in bot.routes if route.kind in kinds}
    assert drawn() == registered


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_shortcuts_and_events_are_the_manifests(stage: Stage) -> None:
    """Slack offers every shortcut, and tells of every event, that has a listener."""
    async with stage.bot() as bot:
        registered = {(route.kind, route.name) for route in bot.routes}
    shortcuts = {each["callback_id"] for each in MANIFEST["features"]["shortcuts"]}
    events = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert {name for kind, name in registered if kind is Kind.SHORTCUT} <= shortcuts
    assert {name for kind, name in registered if kind is Kind.EVENT} <= events


def test_a_name_is_taken_once() -> None:
    """Two handlers for one thing are a mistake, found at the start."""
    routes = Routes()
    routes.command(FLOW, Deed.PLACE_CALL, answer)
    with pytest.raises(ValueError, match="command ring is registered twice"):
        routes.add(Kind.COMMAND, "ring", Deed.PLACE_CALL, answer)
    routes.add(Kind.CLICK, "ring", Deed.PLACE_CALL, answer)
    assert [route.kind for route in routes] == [Kind.COMMAND, Kind.CLICK]


def test_what_nobody_registered() -> None:
    """An unknown thing has no route, whatever other kinds know by its name."""
    routes = Routes()
    routes.command(FLOW, Deed.PLACE_CALL, answer)
    assert routes.find(Kind.COMMAND, "ring") is not None
    for kind, name in ((Kind.CLICK, "ring"), (Kind.COMMAND, "RING"), (Kind.COMMAND, "")):
        assert routes.find(kind, name) is None
