"""The payloads that Slack sends to an app, as pure functions of what somebody did."""

from bot.sandbox.slack.inputs import initial_state, stateful
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import APP_ID, Channel, Person, Team
from bot.sandbox.slack.refusals import Json
from bot.sandbox.slack.views import View

VERIFICATION_TOKEN = "sandbox-verification-token"


def command(team: Team, person: Person, channel: Channel, name: str, text: str) -> Json:
    """The fields of a slash command's form, but for `trigger_id` and `response_url`."""
    fields: Json = {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.spoken(),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }
    enterprise = team.enterprise()
    if enterprise:
        fields |= {"enterprise_id": enterprise["id"], "enterprise_name": enterprise["name"]}
    return fields


def interaction(team: Team, person: Person, kind: str) -> Json:
    """What every interaction says of who did it and where the app lives."""
    return {
        "type": kind,
        "team": {"id": team.id, "domain": team.domain}
        | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {}),
        "enterprise": team.enterprise(),
        "is_enterprise_install": False,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
    }


def in_message(message: Message, channel: Channel) -> Json:
    """Where a click in a message was; an ephemeral message itself isn't sent along."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body: Json = {"container": container, "channel": {"id": channel.id, "name": channel.spoken()}}
    return body if message.to else body | {"message": message.as_slack()}


def message_state(message: Message) -> dict[str, dict[str, Json]]:
    """`state.values` of the inputs in a message, as they were to begin with."""
    values: dict[str, dict[str, Json]] = {}
    for block_id, element in message.elements():
        if stateful(element):
            state = initial_state(element, message.channel)
            values.setdefault(block_id, {})[element["action_id"]] = state
    return values


def in_view(view: View) -> Json:
    """Where something in a view was done."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.as_slack()}


def response_inputs(view: View) -> list[tuple[str, str, str]]:
    """The channels chosen for an answer: (block_id, action_id, channel id)."""
    found: list[tuple[str, str, str]] = []
    values = view.values()
    for block in view.blocks:
        element = block.get("element", {})
        if element.get("response_url_enabled"):
            state = values[block["block_id"]][element["action_id"]]
            chosen = state.get("selected_conversation") or state.get("selected_channel")
            if chosen:
                found.append((block["block_id"], element["action_id"], chosen))
    return found


def event(team: Team, inner: Json, event_id: str, seconds: int) -> Json:
    """The envelope of an event; `inner` is the event itself."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "enterprise_id": team.enterprise_id,
        "api_app_id": APP_ID,
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": seconds,
        "authorizations": [
            {
                "enterprise_id": team.enterprise_id,
                "team_id": team.id,
                "user_id": team.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-sandbox",
    }


def home_opened(person: Person, direct: Channel, view: View | None, ts: str) -> Json:
    """`app_home_opened`; with the Home tab where one was published."""
    inner: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": direct.id,
        "tab": "home",
        "event_ts": ts,
    }
    return inner if view is None else inner | {"view": view.as_slack()}


def said(message: Message, channel: Channel) -> Json:
    """The `message` event of something that a person wrote."""
    kinds = {"public_channel": "channel", "private_channel": "group"}
    inner = message.as_slack()
    if message.files:
        inner["subtype"] = "file_share"
    return inner | {
        "channel": channel.id,
        "channel_type": kinds.get(channel.kind, channel.kind),
        "event_ts": message.ts,
        "client_msg_id": f"sandbox-{message.ts}",
    }
