"""The manifest that the sandbox's Slack goes by: commands, shortcuts, scopes, the Home tab."""

from pathlib import Path

import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import FingerError, ManifestError, SlackSandbox
from bot.sandbox.slack.manifest import Command, Shortcut, project_manifest, read_manifest
from bot.sandbox.slack.served import Served
from tests.contract.sandbox_slack_app import Listener

WRITTEN = Path(__file__).parents[2] / "manifest.yml"
SMALL = """
display_information: {name: Small}
features:
  app_home: {home_tab_enabled: true, messages_tab_read_only_enabled: true}
  slash_commands:
    - {command: /call, description: Call one person, usage_hint: "[number]"}
    - {command: /help, description: What there is}
  shortcuts:
    - {name: Call This, type: message, callback_id: call_this, description: Call its number}
    - {name: Call, type: global, callback_id: call, description: Call one person}
oauth_config: {scopes: {bot: [commands, "chat:write"]}}
settings: {event_subscriptions: {bot_events: [message.channels]}}
"""


def test_the_projects_own_manifest_is_read() -> None:
    """Unless told otherwise a sandbox has the project's commands, hints and scopes."""
    written = yaml.safe_load(WRITTEN.read_text())
    slack = SlackSandbox()
    known = slack.app_manifest
    assert known is project_manifest()
    assert [(c.command, c.description, c.usage_hint) for c in known.commands] == [
        (each["command"], each["description"], each["usage_hint"])
        for each in written["features"]["slash_commands"]
    ]
    assert slack.workspace.scopes == set(written["oauth_config"]["scopes"]["bot"])
    assert known.home_tab is written["features"]["app_home"]["home_tab_enabled"]


def test_a_manifest_is_read_whole(tmp_path: Path) -> None:
    """Commands with and without a hint, both kinds of shortcuts, scopes."""
    (path := tmp_path / "manifest.yml").write_text(SMALL)
    manifest = read_manifest(path)
    assert manifest.commands == (
        Command("/call", "Call one person", "[number]"),
        Command("/help", "What there is"),
    )
    assert manifest.shortcuts == (
        Shortcut("Call This", "message", "call_this", "Call its number"),
        Shortcut("Call", "global", "call", "Call one person"),
    )
    assert (manifest.name, manifest.home_tab) == ("Small", True)
    assert manifest.scopes == {"commands", "chat:write"}
    assert manifest.events == {"message.channels"}
    assert manifest.takes_messages is False


@pytest.mark.parametrize("written", ["features: [", "- a list", "features: {}", ""])
def test_what_isnt_a_manifest_is_told(tmp_path: Path, written: str) -> None:
    """A file that isn't YAML, or isn't a manifest, is named."""
    (path := tmp_path / "manifest.yml").write_text(written)
    with pytest.raises(ManifestError, match=r"manifest\.yml"):
        read_manifest(path)


async def test_a_mistyped_command_is_answered_by_slackbot() -> None:
    """A command that the manifest hasn't never reaches the app: Slackbot says so, to one person."""
    slack, app = SlackSandbox(), Listener()
    with slack.serve(), Served(app.starlette()) as serving:
        slack.bot_url = serving.url
        acked = await slack.command("carl", "#sales", "/toing", "+1")
        both = await slack.command("carl", "#sales", "/toing", copies=2)
        assert (await slack.command("carl", "#sales", "/toingg")).ok
    assert (acked.status, acked.error, len(both)) == (0, "unknown_command", 2)
    assert len(app.bodies) == 1
    told = slack.ephemerals("carl")
    assert [m.user for m in told] == ["USLACKBOT", "USLACKBOT"]
    assert told[0].text.startswith("/toing is not a valid command. In Slack, all messages")


async def test_a_menu_has_the_manifests_shortcuts_only(tmp_path: Path) -> None:
    """A message's shortcut isn't in the other menu, and none is in a menu that has none."""
    (path := tmp_path / "manifest.yml").write_text(SMALL)
    slack, app = SlackSandbox(app_manifest=read_manifest(path)), Listener()
    with slack.serve(), Served(app.starlette()) as serving:
        slack.bot_url = serving.url
        assert (await slack.shortcut("carl", "call")).ok
        with pytest.raises(FingerError, match="call_this"):
            await slack.shortcut("carl", "call_this")
    assert len(app.bodies) == 1


async def test_the_app_hears_what_it_subscribed_to(tmp_path: Path) -> None:
    """Nothing is told of other places; where the messages tab is read-only nobody can write."""
    (path := tmp_path / "manifest.yml").write_text(SMALL)
    slack, app = SlackSandbox(app_manifest=read_manifest(path)), Listener()
    slack.directory.join("C0BOARD001")
    with slack.serve(), Served(app.starlette()) as serving:
        slack.bot_url = serving.url
        await slack.say("carl", "#sales", "told")
        await slack.say("olivia", "board", "not told")
        assert await slack.open_home("carl") is None
        with pytest.raises(FingerError, match="turned off"):
            await slack.say("carl", "@carl", "can't be written")
        await slack.say("oscar", "D0OTHERS01", "between people")
    (told,) = app.bodies
    assert b'"text":"told"' in told
    assert slack.messages("@carl") == []


async def test_the_token_may_do_what_the_manifest_asks_for() -> None:
    """A method whose scope isn't in the manifest is refused with what is needed and provided."""
    slack = SlackSandbox()
    with slack.serve():
        client = AsyncWebClient("xoxb-test", base_url=slack.api_url)
        await client.chat_postMessage(channel="C0SALES001", text="x")
        with pytest.raises(SlackApiError) as error:
            await client.conversations_history(channel="C0SALES001")
    body = error.value.response
    assert body["error"] == "missing_scope"
    assert "channels:history" in body["needed"].split(",")
    assert set(body["provided"].split(",")) == slack.app_manifest.scopes
