"""The app's manifest as Slack has it: which commands and shortcuts there are, and which scopes."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

_HERE = Path(__file__).parent
_PLACES = (_HERE / "manifest.yml", _HERE.parents[2] / "manifest.yml")
"""Beside this file where the project is installed, at its top where it is worked on."""


class ManifestError(Exception):
    """The manifest can't be read, or isn't one; the text says where and why."""


@dataclass(frozen=True)
class Command:
    """A slash command, with what Slack's client shows of it while somebody types."""

    command: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True)
class Shortcut:
    """A shortcut from the menu of Slack's client (`global`) or of a message (`message`)."""

    name: str
    type: Literal["global", "message"]
    callback_id: str
    description: str = ""


@dataclass(frozen=True)
class AppManifest:
    """What an app may do in the workspace: `scopes` are the bot token's, `events` the bot's.

    `takes_messages`: people may write in its direct messages, its messages tab isn't read-only;
    `redirect_urls` is where OAuth may send people back to.
    """

    name: str = "Toingg"
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    scopes: frozenset[str] = frozenset()
    home_tab: bool = True
    events: frozenset[str] = frozenset()
    takes_messages: bool = True
    redirect_urls: tuple[str, ...] = ()

    def hears(self, event: str) -> bool:
        """Whether the app subscribed to it (`message.im`)."""
        return event in self.events

    def command(self, name: str) -> Command | None:
        """The command of that name (`/toingg`)."""
        return next((each for each in self.commands if each.command == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        """The shortcut of that callback_id, in that menu."""
        wanted = (callback_id, kind)
        return next((s for s in self.shortcuts if (s.callback_id, s.type) == wanted), None)


@cache
def project_manifest() -> AppManifest:
    """The project's own. Raises ManifestError."""
    for path in _PLACES:
        if path.exists():
            return read_manifest(path)
    raise ManifestError(f"There is no manifest.yml at {_PLACES[-1]}")


def read_manifest(path: Path) -> AppManifest:
    """A manifest in YAML, as it is pasted into Slack. Raises ManifestError."""
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _manifest(read)
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"{path} isn't an app's manifest: {error!r}") from error


def _manifest(read: Any) -> AppManifest:
    features = read["features"]
    commands = (
        Command(each["command"], each["description"], each.get("usage_hint", ""))
        for each in features.get("slash_commands", [])
    )
    shortcuts = (
        Shortcut(each["name"], each["type"], each["callback_id"], each["description"])
        for each in features.get("shortcuts", [])
    )
    home, settings = features.get("app_home", {}), read.get("settings", {})
    return AppManifest(
        read["display_information"]["name"],
        tuple(commands),
        tuple(shortcuts),
        frozenset(read["oauth_config"]["scopes"]["bot"]),
        home_tab=home.get("home_tab_enabled", False),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        takes_messages=not home.get("messages_tab_read_only_enabled", False),
        redirect_urls=tuple(read["oauth_config"].get("redirect_urls", ())),
    )
