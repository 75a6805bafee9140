"""Requests as Slack signs them, put together by hand: anybody, anything, from anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import Acked, Parcel
from bot.slack.routes import Kind

Json = dict[str, Any]
_PATIENCE = 30.0
"""Seconds: what is asked by the hundred at once isn't asked for its speed."""


@dataclass(frozen=True)
class Request:
    """What is asked for, by a route's kind and name; what a kind doesn't carry is left out.

    `value` is a button's, `metadata` a view's, `typed` what a view's inputs hold by block id.
    `in_view`: the click is in a modal of this metadata rather than in a message. `umbrella`: the
    command is typed as `/toingg word`. `more` overrides the body's own fields.
    """

    kind: Kind
    name: str
    text: str = ""
    value: str = ""
    metadata: str = ""
    typed: Mapping[str, str] | None = None
    message_ts: str = "1700000000.000001"
    in_view: bool = False
    umbrella: bool = False
    more: Mapping[str, Any] | None = None


class Forger:
    """Sends what no client of Slack's would, in one workspace, as patiently as it takes."""

    def __init__(self, slack: SlackSandbox, channel: str) -> None:
        self.slack = slack
        slack.wire.ack_seconds = _PATIENCE
        self.channel = slack.channel(channel)

    async def send(self, who: Person, request: Request, channel: str = "") -> Acked:
        """One request of this person's; `channel` (an id) takes the place of the usual one."""
        ws = self.slack.workspace
        if request.kind is Kind.EVENT:
            inner = _event(who, ws.directory.direct(who.id), request, ws.feed.new_ts())
            event_id, now = ws.feed.new_id("Ev"), int(ws.feed.now().timestamp())
            body = payloads.event(ws.team, inner, event_id, now)
            return await self._post("events_api", body, request)
        if request.kind is Kind.COMMAND:
            return await self._post("slash_commands", self._command(who, request), request)
        body = payloads.interaction(ws.team, who, "")
        body |= {
            Kind.CLICK: self._click,
            Kind.SUBMISSION: self._submission,
            Kind.SHORTCUT: self._shortcut,
        }[request.kind](who, request, channel or self.channel.id)
        stack = ws.views.stack(who.id)
        view_id = stack[-1].id if stack else None
        body["trigger_id"] = ws.triggers.issue(who.id, channel=self.channel.id, view_id=view_id)
        return await self._post("interactive", body, request)

    async def _post(self, kind: Any, body: Json, request: Request) -> Acked:
        parcel = Parcel(kind, body | dict(request.more or {}))
        (acked,) = await self.slack.wire.send(parcel)
        return acked

    def _url(self, kind: str, who: Person) -> str:
        ws = self.slack.workspace
        return ws.base_url + ws.response_urls.issue(kind, ws.team.id, who.id, self.channel.id)

    def _command(self, who: Person, request: Request) -> Json:
        ws = self.slack.workspace
        name, text = f"/toingg-{request.name}", request.text
        if request.umbrella:
            name, text = "/toingg", f"{request.name} {request.text}".strip()
        fields = payloads.command(ws.team, who, self.channel, name, text)
        trigger = ws.triggers.issue(who.id, channel=self.channel.id)
        return fields | {"trigger_id": trigger, "response_url": self._url("commands", who)}

    def _click(self, who: Person, request: Request, channel: str) -> Json:
        action = {"action_id": request.name, "block_id": "b", "value": request.value}
        body: Json = {"type": "block_actions", "actions": [action | {"type": "button"}]}
        if request.in_view:
            view = self._view(request, "modal")
            return body | {"container": {"type": "view", "view_id": view["id"]}, "view": view}
        container = {"type": "message", "message_ts": request.message_ts, "channel_id": channel}
        return body | {
            "container": container,
            "channel": {"id": channel, "name": "somewhere"},
            "response_url": self._url("actions", who),
        }

    def _submission(self, who: Person, request: Request, channel: str) -> Json:
        return {"type": "view_submission", "view": self._view(request, "modal")}

    def _shortcut(self, who: Person, request: Request, channel: str) -> Json:
        if not request.text:
            return {"type": "shortcut", "callback_id": request.name}
        message = Message(channel, request.message_ts, who.id, request.text)
        return {
            "type": "message_action",
            "callback_id": request.name,
            "channel": {"id": channel, "name": "somewhere"},
            "message": message.as_slack(),
            "message_ts": request.message_ts,
            "response_url": self._url("app", who),
        }

    def _view(self, request: Request, kind: str) -> Json:
        """As Slack sends it; each is another one: its id is what a submission is known by."""
        ws = self.slack.workspace
        held = {
            block: {"value": {"type": "plain_text_input", "value": text}}
            for block, text in (request.typed or {}).items()
        }
        content = {
            "type": kind,
            "callback_id": request.name,
            "private_metadata": request.metadata,
            "blocks": [],
        }
        view_id = ws.feed.new_id("V")
        view = View(view_id, "", ws.team, "1.a", content, view_id)
        return view.as_slack(with_state=False) | {"state": {"values": held}}


def _event(who: Person, direct: Channel, request: Request, ts: str) -> Json:
    if request.name == "app_home_opened":
        return payloads.home_opened(who, direct, None, ts)
    message = Message(direct.id, ts, who.id, request.text, team=who.team_id)
    return payloads.said(message, direct)


def told_in(acked: Acked) -> str:
    """All that stands in an answer's body."""
    return str(acked.body or "")
