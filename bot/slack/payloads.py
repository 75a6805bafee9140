"""What Slack sends, read tolerantly: only what the bot uses, everything else ignored."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, model_validator

from bot.errors import InputError
from bot.slack.held import Files, Held, Id, Part
from bot.slack.shown import shown_text

_MOST_FIELDS = 100
"""Of a form; a slash command has about fifteen."""


class Named(Part):
    """A team, user or channel of a payload."""

    id: Id
    team_id: str | None = None


class Command(Part):
    """A slash command, typed."""

    command: str = Field(pattern=r"^/\S+$")
    text: str = ""
    team_id: Id
    enterprise_id: str | None = None
    is_enterprise_install: str = "false"
    user_id: Id
    channel_id: Id
    trigger_id: Id
    response_url: str = ""


class Action(Held):
    """A click on one element."""

    action_id: str
    block_id: str = ""


class Container(Part):
    """Where the click was."""

    channel_id: str = ""
    message_ts: str = ""


class Answered(Held):
    """What one input of a view holds."""

    type: str = ""


class State(Part):
    """What all inputs of a view hold, by block and action."""

    values: dict[str, dict[str, Answered]] = Field(default_factory=dict)


class View(Part):
    """A modal."""

    type: str = "modal"
    id: Id
    callback_id: str = ""
    private_metadata: str = ""
    hash: str = ""
    state: State = State()


class ResponseUrl(Part):
    """Where the answer to a submission may go: the chosen conversation."""

    response_url: str
    channel_id: str


class _Interaction(Part):
    team: Named | None = None
    enterprise: Named | None = None
    is_enterprise_install: bool = False
    user: Named
    trigger_id: str = ""
    response_url: str = ""


class Click(_Interaction):
    """One or more clicks in a message or a view."""

    type: Literal["block_actions"]
    actions: list[Action] = Field(min_length=1)
    container: Container = Container()
    channel: Named | None = None
    view: View | None = None


class Submission(_Interaction):
    """A modal's submit."""

    type: Literal["view_submission"]
    view: View
    response_urls: list[ResponseUrl] = Field(default_factory=list)


class Closed(_Interaction):
    """A modal's close."""

    type: Literal["view_closed"]
    view: View


class Message(Part):
    """A message that somebody used a shortcut on; `text` is what it shows, in Slack's markup."""

    ts: str = ""
    text: str = ""
    files: Files | None = None

    @model_validator(mode="before")
    @classmethod
    def _shown(cls, message: Any) -> Any:
        # Here and not later: what is nested too deep to be copied is dropped before it is.
        return message | {"text": shown_text(message)} if isinstance(message, dict) else message


class Shortcut(_Interaction):
    """A global shortcut; with `message` and `channel`, one on a message."""

    type: Literal["shortcut", "message_action"]
    callback_id: str
    channel: Named | None = None
    message: Message | None = None
    message_ts: str = ""


Interaction = Annotated[Click | Submission | Closed | Shortcut, Field(discriminator="type")]
_INTERACTION: TypeAdapter[Click | Submission | Closed | Shortcut] = TypeAdapter(Interaction)


class Happened(Part):
    """An event of which the bot reads the type alone."""

    type: str = ""


class Said(Message):
    """A message event. What is missing is missing in Slack's too, for one subtype or another.

    Source: Slack, "message.im" and "file_share"; the latter has no `team`.
    """

    type: Literal["message"]
    subtype: str | None = None
    channel_type: str = ""
    channel: str = ""
    user: str | None = None
    team: str | None = None
    bot_id: str | None = None


class HomeOpened(Part):
    """Somebody looks at a tab of the app: its Home, or its messages."""

    type: Literal["app_home_opened"]
    user: Id
    tab: str = ""


class Tokens(Part):
    """Whose tokens were revoked: the ids of people, and of bot users."""

    oauth: list[str] | None = None
    bot: list[str] | None = None


class Left(Part):
    """A workspace removed the app, or took tokens back.

    Either comes first, and each perhaps long after the app is installed again. Source: Slack,
    "app_uninstalled" and "tokens_revoked"; slackapi/bolt-js 1103.
    """

    type: Literal["app_uninstalled", "tokens_revoked"]
    tokens: Tokens = Tokens()


def _which_event(event: Any) -> str:
    kind = event.get("type") if isinstance(event, dict) else getattr(event, "type", "")
    if kind == "app_home_opened":
        return "home"
    if kind in ("app_uninstalled", "tokens_revoked"):
        return "left"
    return "said" if kind == "message" else "happened"


class Installed(Part):
    """An installation of the app that an event is for."""

    team_id: str | None = None
    enterprise_id: str | None = None
    is_enterprise_install: bool | None = None


class Event(Installed):
    """An event of the Events API, or Slack's question whether somebody is there.

    Whose it is stands in `authorizations`; its own `team_id` may be another organisation's, where
    that shares the conversation. `event_time` in seconds since the epoch. Source: Slack, "Events
    API", on authorizations.
    """

    type: Literal["event_callback", "url_verification", "app_rate_limited"]
    authorizations: list[Installed] | None = None
    event_id: str = ""
    event_time: int = 0
    event: Annotated[
        Annotated[Said, Tag("said")]
        | Annotated[HomeOpened, Tag("home")]
        | Annotated[Left, Tag("left")]
        | Annotated[Happened, Tag("happened")],
        Discriminator(_which_event),
    ] = Happened()
    challenge: str = ""


def read(body: dict[str, Any]) -> Command | Click | Submission | Closed | Shortcut | Event:
    """What was sent, out of Bolt's parsed body. Raises InputError for what Slack never sends."""
    try:
        if "command" in body:
            return Command.model_validate(body)
        if body.get("type") in ("event_callback", "url_verification", "app_rate_limited"):
            return Event.model_validate(body)
        return _INTERACTION.validate_python(body)
    except ValidationError:
        raise InputError({"body": "This isn't a request that Slack makes."}) from None


def usable(body: dict[str, Any]) -> dict[str, Any]:
    """What the bot uses of a body, and nothing else: Bolt stumbles over what it didn't expect.

    Raises InputError as `read` does; and for half of a surrogate pair, which JSON can escape and
    neither a database nor an answer can hold.
    """
    used = read(body).model_dump(exclude_none=True)
    try:
        json.dumps(used, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError({"body": "This body holds half a character."}) from None
    return used


def check(raw: bytes, content_type: str) -> dict[str, Any]:
    """The raw body's usable part. Raises InputError for what Slack never sends."""
    try:
        text = raw.decode()
        if content_type.partition(";")[0].strip().lower() == "application/json":
            body = json.loads(text)
        else:
            fields = parse_qs(text, max_num_fields=_MOST_FIELDS)
            form = {key: values[0] for key, values in fields.items()}
            if form.get("ssl_check") == "1":
                return {"ssl_check": "1"}
            body = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        raise InputError({"body": "This body is neither JSON nor a form in UTF-8."}) from None
    if not isinstance(body, dict):
        raise InputError({"body": "This body isn't an object."})
    return usable(body)
