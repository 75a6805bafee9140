"""The one funnel: every request is read, placed, checked and answered here, its errors too."""

import asyncio
from functools import partial
from typing import Any

from bot.access import may
from bot.background import Background, report
from bot.clock import monotonic
from bot.errors import BotError, InputError, NotAllowed
from bot.logs import Action, log
from bot.metrics import ANSWERS
from bot.slack.api import SlackApi
from bot.slack.blocks import notices
from bot.slack.directory import Directory
from bot.slack.payloads import Click, Closed, Command, Event, Shortcut, Submission, View, read
from bot.slack.people import People
from bot.slack.routes import Answer, Ask, Kind, Route, Routes
from bot.slack.text import first_word
from storage.workspaces import Workspace

_UMBRELLA = "/toingg"
_IN_TIME = 2.5
"""Seconds for the answer; Slack gives up after 3."""

Body = dict[str, Any]
Interaction = Click | Submission | Shortcut


class Funnel:
    """Asks in, answers out: never an exception, always within Slack's three seconds."""

    def __init__(
        self, routes: Routes, directory: Directory, people: People, background: Background
    ) -> None:
        self._routes = routes
        self._directory = directory
        self._people = people
        self._background = background

    async def handle(self, body: Body) -> Body | None:
        """The body of the 200 with which Slack is answered."""
        try:
            payload = read(body)
        except InputError:
            log(Action.REFUSED_REQUEST, level="warning", cause="shape")
            return None
        if isinstance(payload, Closed | Event):
            return None
        found = self._find(payload)
        if found is None:
            log(Action.REFUSED_REQUEST, level="warning", cause="workspace")
            return notices.ephemeral(notices.NOT_INSTALLED) if _takes_text(payload) else None
        workspace, api = found
        return await self._answer(payload, workspace, api)

    def _find(self, payload: Command | Interaction) -> tuple[Workspace, SlackApi] | None:
        if isinstance(payload, Command):
            return self._directory.find(payload.enterprise_id or "", payload.team_id)
        enterprise = payload.enterprise.id if payload.enterprise else ""
        return self._directory.find(enterprise, payload.team.id if payload.team else "")

    async def _answer(
        self, payload: Command | Interaction, workspace: Workspace, api: SlackApi
    ) -> Body | None:
        refusal = partial(_refuse, payload)
        started = monotonic()
        try:
            async with asyncio.timeout(_IN_TIME):
                ask, route = await self._ask(payload, workspace, api)
                answer = await route.handler(ask)
        except BotError as error:
            log(Action.REFUSED, error=type(error).__name__, detail=error.detail)
            return self._deliver(refusal(error), payload, api, error)
        except TimeoutError:
            slow = BotError(notices.SLOW)
            return self._deliver(refusal(slow), payload, api, slow)
        except Exception as error:  # noqa: BLE001 - whatever it is, it gets an answer
            fault = BotError(notices.fault(report(error)))
            return self._deliver(refusal(fault), payload, api, fault)
        ANSWERS.labels(ask.kind).observe(monotonic() - started)
        log(Action.ANSWERED, kind=ask.kind, name=ask.name, role=ask.actor.role)
        if answer.then is not None:
            self._background.start(self._after(answer, payload, api))
        return answer.ack

    async def _ask(
        self, payload: Command | Interaction, workspace: Workspace, api: SlackApi
    ) -> tuple[Ask, Route]:
        kind, name, rest = self._name(payload)
        route = self._routes.find(kind, name)
        if route is None:
            raise BotError(notices.UNKNOWN)
        user = payload.user_id if isinstance(payload, Command) else payload.user.id
        team = None if isinstance(payload, Command) else payload.user.team_id
        actor = await self._people.actor(workspace, api, user, team)
        if not may(actor, route.deed, workspace.id):
            raise NotAllowed(detail=route.deed.value)
        return Ask(kind=kind, name=name, actor=actor, workspace=workspace, **rest), route

    def _name(self, payload: Command | Interaction) -> tuple[Kind, str, Body]:
        """Kind, name and the rest of the ask, as the payload's kind has them."""
        match payload:
            case Command():
                return self._command(payload)
            case Submission():
                return Kind.SUBMISSION, payload.view.callback_id, _submission(payload)
            case Click():
                return Kind.CLICK, payload.actions[0].action_id, _click(payload)
            case Shortcut():
                rest = {
                    "key": payload.trigger_id,
                    "trigger_id": payload.trigger_id,
                    "response_url": payload.response_url,
                    "channel": payload.channel.id if payload.channel else "",
                }
                return Kind.SHORTCUT, payload.callback_id, rest

    def _command(self, payload: Command) -> tuple[Kind, str, Body]:
        word, text = payload.command.removeprefix(f"{_UMBRELLA}-"), payload.text
        if payload.command == _UMBRELLA:
            word, text = first_word(payload.text)
            word = word.lower() or "help"
        if text.strip().lower() == "help":
            word, text = "help", word
        elif word not in self._routes.flows:
            word, text = "help", f"{word} {text}".strip()
        rest = {
            "key": payload.trigger_id,
            "text": text.strip(),
            "channel": payload.channel_id,
            "trigger_id": payload.trigger_id,
            "response_url": payload.response_url,
        }
        return Kind.COMMAND, word, rest

    async def _after(self, answer: Answer, payload: Command | Interaction, api: SlackApi) -> None:
        if answer.then is None:
            return
        try:
            await answer.then()
        except BotError as error:
            log(Action.REFUSED, error=type(error).__name__, detail=error.detail)
            await _tell(payload, api, error)
        except Exception as error:  # noqa: BLE001 - the person gets a reference for it
            await _tell(payload, api, BotError(notices.fault(report(error))))

    def _deliver(
        self, ack: Body | None, payload: Command | Interaction, api: SlackApi, error: BotError
    ) -> Body | None:
        """The refusal in the ack where the door takes one, else by a message of its own."""
        if ack is None:
            self._background.start(_tell(payload, api, error))
        return ack


def _takes_text(payload: Command | Interaction) -> bool:
    return isinstance(payload, Command)


def _submission(payload: Submission) -> Body:
    typed = _typed(payload.view)
    chosen = {each.channel_id: each.response_url for each in payload.response_urls}
    channel, response_url = next(iter(chosen.items()), ("", ""))
    return {
        "key": payload.view.id,
        "typed": typed,
        "metadata": payload.view.private_metadata,
        "channel": typed.get("channel", channel),
        "view_id": payload.view.id,
        "trigger_id": payload.trigger_id,
        "response_url": response_url,
    }


def _typed(view: View) -> dict[str, str]:
    """What the inputs hold, by block id: each block has one input."""
    typed = {}
    for block_id, inputs in view.state.values.items():
        for each in inputs.values():
            picked = each.selected_option.value if each.selected_option else None
            typed[block_id] = each.value or picked or each.selected_conversation or ""
    return typed


def _click(payload: Click) -> Body:
    action = payload.actions[0]
    value = action.value or (action.selected_option.value if action.selected_option else "")
    channel = payload.channel.id if payload.channel else payload.container.channel_id
    return {
        "key": f"{action.action_id}:{value}",
        "value": value,
        "channel": channel,
        "message_ts": payload.container.message_ts,
        "view_id": payload.view.id if payload.view else "",
        "trigger_id": payload.trigger_id,
        "response_url": payload.response_url,
    }


def _refuse(payload: Command | Interaction, error: BotError) -> Body | None:
    if isinstance(payload, Command):
        return notices.ephemeral(notices.words(error))
    if not isinstance(payload, Submission):
        return None
    if isinstance(error, InputError):
        here = {field: text for field, text in error.fields.items() if field in _blocks(payload)}
        if here:
            return {"response_action": "errors", "errors": here}
    return {"response_action": "push", "view": notices.view(notices.words(error))}


def _blocks(payload: Submission) -> set[str]:
    return set(payload.view.state.values)


async def _tell(payload: Command | Interaction, api: SlackApi, error: BotError) -> None:
    """Says it where only who asked sees it: the response_url, a view on top, else a DM."""
    user = payload.user_id if isinstance(payload, Command) else payload.user.id
    message = notices.message(notices.words(error))
    try:
        if payload.response_url:
            await api.respond(payload.response_url, message)
        elif isinstance(payload, Click) and payload.view and payload.trigger_id:
            await api.call(
                "views.push", trigger_id=payload.trigger_id, view=notices.view(notices.words(error))
            )
        else:
            await api.post(await api.dm(user), message)
    except BotError as undelivered:
        log(Action.POST_FAILED, level="warning", detail=undelivered.detail)
