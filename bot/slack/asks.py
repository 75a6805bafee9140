"""What a payload asks: its kind, its name, and the fields of the ask that come from it. Pure."""

from collections.abc import Collection
from typing import Any

from bot.slack.held import SentFile
from bot.slack.payloads import (
    Click,
    Command,
    Event,
    HomeOpened,
    Installed,
    Said,
    Shortcut,
    Submission,
    View,
)
from bot.slack.routes import MESSAGE, FileRef, Kind
from bot.slack.text import first_word

_UMBRELLA = "/toingg"
_MODAL = "modal"
"""A view in which another can be opened on top; the other kind is Home."""
_BY_PEOPLE = (None, "file_share")
"""Subtypes of what somebody writes; the others tell of edits, joins and the like."""

Payload = Command | Submission | Click | Shortcut | Event
Read = tuple[Kind, str, dict[str, Any]]


def read_ask(payload: Payload, flows: Collection[str]) -> Read | None:
    """Kind, name and the other fields of the ask; None for an event that asks nothing.

    `flows` are the words that may follow `/toingg`.
    """
    match payload:
        case Command():
            return _command(payload, flows)
        case Submission():
            return Kind.SUBMISSION, payload.view.callback_id, _submission(payload)
        case Click():
            return Kind.CLICK, payload.actions[0].action_id, _click(payload)
        case Shortcut():
            return Kind.SHORTCUT, payload.callback_id, _shortcut(payload)
        case Event():
            return _event(payload)


def asker(payload: Payload) -> tuple[str, str | None]:
    """Who asks, and of which team, where the payload says: `""` for an event of nobody's."""
    if isinstance(payload, Command):
        return payload.user_id, None
    if isinstance(payload, Event):
        said = payload.event
        if isinstance(said, HomeOpened):
            return said.user, None
        return (said.user or "", said.team) if isinstance(said, Said) else ("", None)
    return payload.user.id, payload.user.team_id


def team_of(payload: Payload) -> tuple[str, str]:
    """The enterprise and the team that the payload is of; "" where it names none."""
    if isinstance(payload, Command):
        return payload.enterprise_id or "", payload.team_id
    if isinstance(payload, Event):
        of = _installed(payload)
        return of.enterprise_id or "", of.team_id or ""
    enterprise = payload.enterprise.id if payload.enterprise else ""
    return enterprise, payload.team.id if payload.team else ""


def installation_of(payload: Event) -> tuple[str, str]:
    """The very installation that an event is of: an organisation's own has no team."""
    of = _installed(payload)
    return of.enterprise_id or "", "" if of.is_enterprise_install else of.team_id or ""


def _installed(payload: Event) -> Installed:
    return payload.authorizations[0] if payload.authorizations else payload


def _command(payload: Command, flows: Collection[str]) -> Read:
    word, text = payload.command.removeprefix(f"{_UMBRELLA}-"), payload.text
    if payload.command == _UMBRELLA:
        word, text = first_word(payload.text)
        word = word.lower() or "help"
    if text.strip().lower() == "help":
        word, text = "help", word
    elif word not in flows:
        word, text = "help", f"{word} {text}".strip()
    rest = {
        "key": payload.trigger_id,
        "text": text.strip(),
        "channel": payload.channel_id,
        "trigger_id": payload.trigger_id,
        "response_url": payload.response_url,
    }
    return Kind.COMMAND, word, rest


def _submission(payload: Submission) -> dict[str, Any]:
    view = _view(payload.view)
    chosen = {each.channel_id: each.response_url for each in payload.response_urls}
    channel, response_url = next(iter(chosen.items()), ("", ""))
    return {
        **view,
        "key": payload.view.id,
        "channel": view["typed"].get("channel", channel),
        "trigger_id": payload.trigger_id,
        "response_url": response_url,
    }


def _click(payload: Click) -> dict[str, Any]:
    action = payload.actions[0]
    return {
        **(_view(payload.view) if payload.view and payload.view.type == _MODAL else {}),
        "key": f"{action.action_id}:{action.text}",
        "value": action.text,
        "channel": payload.channel.id if payload.channel else payload.container.channel_id,
        "message_ts": payload.container.message_ts,
        "trigger_id": payload.trigger_id,
        "response_url": payload.response_url,
    }


def _shortcut(payload: Shortcut) -> dict[str, Any]:
    message = payload.message
    return {
        "key": payload.trigger_id,
        "text": message.text if message else "",
        "files": _in_message(message.files) if message else {},
        "channel": payload.channel.id if payload.channel else "",
        "message_ts": payload.message_ts or (message.ts if message else ""),
        "trigger_id": payload.trigger_id,
        "response_url": payload.response_url,
    }


def _event(payload: Event) -> Read | None:
    said = payload.event
    if isinstance(said, HomeOpened):
        is_home = said.tab == "home" and payload.event_id
        return (Kind.EVENT, said.type, {"key": payload.event_id}) if is_home else None
    if not (isinstance(said, Said) and said.channel_type == "im" and payload.event_id):
        return None
    if said.bot_id or not said.user or said.subtype not in _BY_PEOPLE:
        return None
    rest = {
        "key": payload.event_id,
        "text": said.text,
        "files": _in_message(said.files),
        "channel": said.channel,
        "message_ts": said.ts,
    }
    return Kind.EVENT, "message.im", rest


def _view(view: View) -> dict[str, Any]:
    """What a view holds, by block id: each block has one input."""
    held = {
        block_id: each for block_id, inputs in view.state.values.items() for each in inputs.values()
    }
    return {
        "typed": {block_id: each.text for block_id, each in held.items()},
        "files": {block_id: _files(each.files) for block_id, each in held.items() if each.files},
        "metadata": view.private_metadata,
        "view_id": view.id,
        "view_hash": view.hash,
    }


def _in_message(sent: list[SentFile] | None) -> dict[str, tuple[FileRef, ...]]:
    return {MESSAGE: _files(sent)} if sent else {}


def _files(sent: list[SentFile]) -> tuple[FileRef, ...]:
    return tuple(FileRef(each.id, each.name or "", each.size or 0) for each in sent)
