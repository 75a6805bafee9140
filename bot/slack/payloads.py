"""What Slack sends, read tolerantly: only what the bot uses, everything else ignored."""

import json
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import InputError

_MOST_FIELDS = 100
"""Of a form; a slash command has about fifteen."""

Id = Annotated[str, Field(min_length=1, max_length=64)]


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(_Payload):
    """A team, user or channel of a payload."""

    id: Id
    team_id: str | None = None


class Command(_Payload):
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


class Picked(_Payload):
    """An option of a select."""

    value: str


class Action(_Payload):
    """A click on one element."""

    action_id: str
    block_id: str = ""
    value: str | None = None
    selected_option: Picked | None = None


class Container(_Payload):
    """Where the click was."""

    channel_id: str = ""
    message_ts: str = ""


class Answered(_Payload):
    """What one input of a view holds."""

    type: str = ""
    value: str | None = None
    selected_option: Picked | None = None
    selected_conversation: str | None = None


class State(_Payload):
    """What all inputs of a view hold, by block and action."""

    values: dict[str, dict[str, Answered]] = Field(default_factory=dict)


class View(_Payload):
    """A modal."""

    type: str = "modal"
    id: Id
    callback_id: str = ""
    private_metadata: str = ""
    hash: str = ""
    state: State = State()


class ResponseUrl(_Payload):
    """Where the answer to a submission may go: the chosen conversation."""

    response_url: str
    channel_id: str


class _Interaction(_Payload):
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


class Shortcut(_Interaction):
    """A global or a message shortcut."""

    type: Literal["shortcut", "message_action"]
    callback_id: str
    channel: Named | None = None


Interaction = Annotated[Click | Submission | Closed | Shortcut, Field(discriminator="type")]
_INTERACTION: TypeAdapter[Click | Submission | Closed | Shortcut] = TypeAdapter(Interaction)


class Happened(_Payload):
    """What an event says: its type alone, since the bot acts on none yet."""

    type: str = ""


class Event(_Payload):
    """An event of the Events API, or Slack's question whether somebody is there."""

    type: Literal["event_callback", "url_verification", "app_rate_limited"]
    team_id: str | None = None
    event: Happened = Happened()
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

    Raises InputError as `read` does.
    """
    return read(body).model_dump(exclude_none=True)


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
