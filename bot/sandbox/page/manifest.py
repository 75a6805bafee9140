"""What the app's manifest makes Slack show: commands, shortcuts, the Home tab."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parents[3] / "manifest.yml"


@dataclass(frozen=True)
class Command:
    """A slash command, as Slack's list of them shows it."""

    name: str
    description: str
    hint: str


@dataclass(frozen=True)
class Shortcut:
    """A shortcut: `on_message` in a message's menu, else in the composer's."""

    name: str
    callback_id: str
    description: str
    on_message: bool


@dataclass(frozen=True)
class Manifest:
    """What there is of an app in Slack's client."""

    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    home_tab: bool
    may_write_to_bot: bool


def read_manifest(given: Mapping[str, Any] | None = None) -> Manifest:
    """The manifest beside the code, unless one is given."""
    manifest = given or yaml.safe_load(_FILE.read_text())
    features = manifest["features"]
    home = features.get("app_home", {})
    return Manifest(
        commands=tuple(_command(each) for each in features.get("slash_commands", ())),
        shortcuts=tuple(_shortcut(each) for each in features.get("shortcuts", ())),
        home_tab=bool(home.get("home_tab_enabled")),
        may_write_to_bot=bool(home.get("messages_tab_enabled"))
        and not home.get("messages_tab_read_only_enabled"),
    )


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(entry["command"], entry["description"], entry.get("usage_hint", ""))


def _shortcut(entry: Mapping[str, Any]) -> Shortcut:
    on_message = entry["type"] == "message"
    return Shortcut(entry["name"], entry["callback_id"], entry["description"], on_message)
