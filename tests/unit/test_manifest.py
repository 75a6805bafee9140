"""manifest.yml, the registry, the settings and the README's tables say the same."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command

from bot.__main__ import cli
from bot.payments.facts import TYPES
from bot.sandbox.stories import DEFAULT, STORIES
from bot.settings import Settings
from bot.slack.oauth import SCOPES
from bot.slack.routes import Flow
from commands import (
    call,
    calls,
    campaign,
    checkout,
    forget,
    hangup,
    notify,
    optout,
    script,
    settings,
    sms,
    stop,
    why,
)
from commands import help as help_

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
README = (ROOT / "README.md").read_text()
FLOWS: dict[str, Flow] = {
    module.FLOW.word: module.FLOW
    for module in (
        call,
        script,
        campaign,
        sms,
        hangup,
        calls,
        stop,
        checkout,
        notify,
        optout,
        why,
        forget,
        settings,
        help_,
    )
}
"""Every flow; `test_routes` holds the running bot's registry to the same modules."""
UNSET = "—"


def commands() -> dict[str, dict[str, Any]]:
    """The manifest's slash commands by name."""
    return {each["command"]: each for each in MANIFEST["features"]["slash_commands"]}


def table(heading: str, first: str = "") -> Iterator[list[str]]:
    """The cells of each row of the table under a heading of the README, below its head.

    `first` is what the head begins with, where there are several; else the first one counts.
    """
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = section[section.index(f"\n| {first}") + 1 :].split("\n\n", 1)[0].splitlines()
    for row in rows[2:]:
        cells = re.split(r"(?<!\\)\|", row.strip().strip("|"))
        yield [cell.strip().replace("\\|", "|") for cell in cells]


def code(cell: str) -> str:
    """A cell's text without its backticks."""
    return cell.removeprefix("`").removesuffix("`")


def test_slacks_own_schema() -> None:
    """Slack's schema takes the manifest."""
    path = os.environ.get("SLACK_MANIFEST_SCHEMA")
    if not path:
        pytest.skip("SLACK_MANIFEST_SCHEMA isn't set: it is the path of Slack's manifest schema")
    jsonschema.Draft7Validator(json.loads(Path(path).read_text())).validate(MANIFEST)


def test_limits() -> None:
    """Names and texts are as long as Slack takes them, wherever the schema isn't at hand."""
    display, features = MANIFEST["display_information"], MANIFEST["features"]
    assert 1 <= len(display["name"]) <= 35
    assert 1 <= len(display["description"]) <= 140
    assert 175 <= len(display["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", display["background_color"])
    assert 1 <= len(features["bot_user"]["display_name"]) <= 80
    assert 1 <= len(features["slash_commands"]) <= 50
    for each in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", each["command"])
        assert 1 <= len(each["description"]) <= 2000
        assert 1 <= len(each["usage_hint"]) <= 1000
        assert each["should_escape"] is False
    assert len(commands()) == len(features["slash_commands"])
    assert len(features["shortcuts"]) <= 10
    for each in features["shortcuts"]:
        assert 1 <= len(each["name"]) <= 24
        assert 1 <= len(each["description"]) <= 150
        assert 1 <= len(each["callback_id"]) <= 255
        assert each["type"] in ("global", "message")


def test_addresses() -> None:
    """Everything that Slack sends goes to one door, at an address that is nobody's."""
    urls = {each["url"] for each in MANIFEST["features"]["slash_commands"]}
    settings = MANIFEST["settings"]
    urls |= {settings[door]["request_url"] for door in ("interactivity", "event_subscriptions")}
    assert urls == {"https://example.com/slack/events"}
    assert settings["interactivity"]["is_enabled"] is True


def test_what_the_app_is() -> None:
    """Always online, people may write to it; one workspace, long-lived tokens, HTTP."""
    assert MANIFEST["features"]["bot_user"]["always_online"] is True
    assert MANIFEST["features"]["app_home"]["messages_tab_enabled"] is True
    assert MANIFEST["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    switches = ("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled")
    assert [MANIFEST["settings"][switch] for switch in switches] == [False, False, False]


def test_commands_are_the_flows() -> None:
    """`/toingg` and one shortcut a flow, with the flow's own words."""
    assert set(commands()) == {"/toingg", *(f"/toingg-{word}" for word in FLOWS)}
    for word, flow in FLOWS.items():
        command = commands()[f"/toingg-{word}"]
        assert (command["description"], command["usage_hint"]) == (flow.summary, flow.usage)
    umbrella = commands()["/toingg"]["usage_hint"]
    assert umbrella == f"[{' | '.join(FLOWS)}]"


def test_readme_commands_are_the_flows() -> None:
    """The README's table of commands has every flow, as the help has it."""
    rows = {code(name): (code(usage), what) for name, usage, what in table("Commands")}
    assert rows == {f"/toingg {word}": (flow.usage, flow.summary) for word, flow in FLOWS.items()}


def test_readme_stories_are_the_demos() -> None:
    """The README's table of stories is the demo's list, the one that `make demo` plays first."""
    rows = {code(name): what for name, what in table("Stories")}
    assert rows == {name: story.summary for name, story in STORIES.items()}
    assert next(iter(rows)) == DEFAULT


def test_scopes() -> None:
    """Manifest, doctor and README name the same scopes, each with its reason."""
    assert tuple(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES
    reasons = {code(scope): why for scope, why in table("Scopes")}
    assert set(SCOPES) == {scope for scope in reasons if "optional" not in reasons[scope].lower()}
    assert all(reasons.values())


def test_readme_shortcuts_are_the_manifests() -> None:
    """The README's table of shortcuts has each that Slack offers, and where."""
    places = {"global": "the shortcuts menu", "message": "a message's menu"}
    rows = {name: (where, what) for name, where, what in table("Commands", "shortcut")}
    assert rows == {
        each["name"]: (places[each["type"]], each["description"])
        for each in MANIFEST["features"]["shortcuts"]
    }


def test_readme_events_are_the_manifests() -> None:
    """Each event that the app subscribes to has its reason, and the scope that Slack wants."""
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    reasons = {code(event): why for event, why in table("Scopes", "event")}
    assert list(reasons) == events
    assert all(reasons.values())
    assert "im:history" in SCOPES  # for message.im


def test_readme_settings_are_the_settings() -> None:
    """The README's table of settings has every field, its default and its description."""
    rows = {code(name): (code(default), what) for name, default, what in table("Settings")}
    fields = Settings.model_fields.items()
    assert rows == {
        name.upper(): (_default(field.get_default(call_default_factory=True)), field.description)
        for name, field in fields
    }


def _default(value: Any) -> str:
    """A default as the README shows it."""
    shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return UNSET if shown in ("", None, (), {}) else str(shown)


def test_readme_names_every_event_and_every_group() -> None:
    """Who sets the webhook up finds the events to choose; who subscribes, the groups."""
    section = README.split("\n## Stripe\n", 1)[1].split("\n## ", 1)[0]
    chosen = next(line for line in section.splitlines() if "`checkout.session.completed`" in line)
    assert set(chosen.replace("`", "").split()) == TYPES
    assert [code(name) for name, _ in table("Commands", "group")] == list(notify.GROUPS)


def test_the_readme_has_the_whole_command_line() -> None:
    """Each command once, those of `audit` too, and no other."""
    root: Any = get_command(cli)
    named = set()
    for name, command in root.commands.items():
        within = getattr(command, "commands", {"": None})
        named |= {f"`toingg-bot {name} {each}".strip() + "`" for each in within}
    assert named == {row[0] for row in table("Running it")}
