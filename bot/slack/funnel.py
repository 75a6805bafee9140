"""The one funnel: every request is read, placed, checked and answered here, its errors too."""

import asyncio
from functools import partial
from typing import Any, Protocol

from bot.access import may
from bot.background import Background, report
from bot.clock import monotonic
from bot.errors import BotError, InputError, NotAllowed, StorageError, UnknownPerson
from bot.logs import Action, log
from bot.metrics import ANSWERS
from bot.slack.api import SlackApi
from bot.slack.asks import Payload, Read, asker, read_ask, team_of
from bot.slack.blocks import notices
from bot.slack.directory import Directory
from bot.slack.payloads import Click, Closed, Command, Event, Left, Said, Submission, read
from bot.slack.people import People
from bot.slack.routes import Answer, Ask, Route, Routes
from storage.workspaces import Workspace

_IN_TIME = 2.5
"""Seconds for the answer; Slack gives up after 3."""

Body = dict[str, Any]


class Installs(Protocol):
    """Whoever knows what becomes of installations."""

    async def seek(self, enterprise_id: str, team_id: str) -> None:
        """Looks whether this team's is one that the directory doesn't know yet.

        Raises StorageError.
        """

    async def left(self, payload: Event) -> None:
        """Slack says that a workspace removed the app, or took its token. Raises StorageError."""


class Funnel:
    """Asks in, answers out: never an exception, always within Slack's three seconds."""

    def __init__(
        self,
        routes: Routes,
        directory: Directory,
        people: People,
        installs: Installs,
        background: Background,
    ) -> None:
        self._routes = routes
        self._directory = directory
        self._people = people
        self._installs = installs
        self._background = background

    async def handle(self, body: Body) -> Body | None:
        """The body of the 200 with which Slack is answered.

        Raises StorageError where an event that mustn't be lost couldn't be written down.
        """
        try:
            payload = read(body)
        except InputError:
            log(Action.REFUSED_REQUEST, level="warning", cause="shape")
            return None
        if isinstance(payload, Closed):
            return None
        if isinstance(payload, Event) and isinstance(payload.event, Left):
            await self._installs.left(payload)
            return None
        asked = read_ask(payload, self._routes.flows)
        if asked is None:
            return None
        try:
            found = self._directory.find(*team_of(payload)) or await self._sought(payload)
        except BotError as error:
            self._refused(error)
            return notices.ephemeral(notices.words(error)) if _takes_text(payload) else None
        if found is None:
            log(Action.REFUSED_REQUEST, level="warning", cause="workspace")
            return notices.ephemeral(notices.NOT_INSTALLED) if _takes_text(payload) else None
        workspace, api = found
        if isinstance(payload, Event):
            self._background.start(self._react(payload, asked, workspace, api))
            return None
        return await self._answer(payload, asked, workspace, api)

    async def _sought(self, payload: Payload) -> tuple[Workspace, SlackApi] | None:
        """The installation of a team that isn't known yet. Raises BotError: nobody can say."""
        team = team_of(payload)
        try:
            async with asyncio.timeout(_IN_TIME):
                await self._installs.seek(*team)
        except TimeoutError:
            raise StorageError(detail="timeout") from None
        return self._directory.find(*team)

    async def _answer(
        self, payload: Payload, asked: Read, workspace: Workspace, api: SlackApi
    ) -> Body | None:
        refusal = partial(_refuse, payload)
        started = monotonic()
        try:
            async with asyncio.timeout(_IN_TIME):
                ask, route = await self._ask(payload, asked, workspace, api)
                answer = await route.handler(ask)
        except BotError as error:
            self._refused(error, workspace)
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
            self._background.start(self._after(answer, payload, workspace, api))
        return answer.ack

    async def _react(
        self, payload: Event, asked: Read, workspace: Workspace, api: SlackApi
    ) -> None:
        """What an event asks, after its 200; nobody waits, so nobody is told of what isn't ours."""
        kind, name, _ = asked
        user, _ = asker(payload)
        if self._routes.find(kind, name) is None or user == workspace.at.bot_user_id:
            return
        try:
            ask, route = await self._ask(payload, asked, workspace, api)
            answer = await route.handler(ask)
        except UnknownPerson as error:
            log(Action.REFUSED, level="warning", error=type(error).__name__)
            return
        except BotError as error:
            self._refused(error, workspace)
            await _tell(payload, api, error)
            return
        except Exception as error:  # noqa: BLE001 - the person gets a reference for it
            await _tell(payload, api, BotError(notices.fault(report(error))))
            return
        log(Action.ANSWERED, kind=ask.kind, name=ask.name, role=ask.actor.role)
        await self._after(answer, payload, workspace, api)

    async def _ask(
        self, payload: Payload, asked: Read, workspace: Workspace, api: SlackApi
    ) -> tuple[Ask, Route]:
        kind, name, rest = asked
        route = self._routes.find(kind, name)
        if route is None:
            raise BotError(notices.UNKNOWN)
        user, team = asker(payload)
        actor = await self._people.actor(workspace, api, user, team)
        if not may(actor, route.deed, workspace.id):
            raise NotAllowed(detail=route.deed.value)
        return Ask(kind=kind, name=name, actor=actor, workspace=workspace, **rest), route

    async def _after(
        self, answer: Answer, payload: Payload, workspace: Workspace, api: SlackApi
    ) -> None:
        if answer.then is None:
            return
        try:
            await answer.then()
        except BotError as error:
            self._refused(error, workspace)
            await _tell(payload, api, error)
        except Exception as error:  # noqa: BLE001 - the person gets a reference for it
            await _tell(payload, api, BotError(notices.fault(report(error))))

    def _refused(self, error: BotError, workspace: Workspace | None = None) -> None:
        """Written down; who lacks the role is told who can help."""
        log(Action.REFUSED, error=type(error).__name__, detail=error.detail)
        if isinstance(error, NotAllowed) and workspace is not None:
            error.owners = tuple(self._people.owners(workspace.id))

    def _deliver(
        self, ack: Body | None, payload: Payload, api: SlackApi, error: BotError
    ) -> Body | None:
        """The refusal in the ack where the door takes one, else by a message of its own."""
        if ack is None:
            self._background.start(_tell(payload, api, error))
        return ack


def _takes_text(payload: Payload) -> bool:
    return isinstance(payload, Command)


def _refuse(payload: Payload, error: BotError) -> Body | None:
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


async def _tell(payload: Payload, api: SlackApi, error: BotError) -> None:
    """Says it where only who asked sees it: the response_url, a view on top, else a DM."""
    user, _ = asker(payload)
    message = notices.message(notices.words(error))
    try:
        if isinstance(payload, Event):
            if _direct(payload):  # Home has none: it stays as it is
                await api.post(_direct(payload), message)
        elif payload.response_url:
            await api.respond(payload.response_url, message)
        elif isinstance(payload, Click) and payload.view and payload.trigger_id:
            method = "views.push" if payload.view.type == "modal" else "views.open"
            view = notices.view(notices.words(error))
            await api.call(method, trigger_id=payload.trigger_id, view=view)
        else:
            await api.post(await api.dm(user), message)
    except BotError as undelivered:
        log(Action.POST_FAILED, level="warning", detail=undelivered.detail)


def _direct(payload: Event) -> str:
    """The direct message in which the event's words were written."""
    return payload.event.channel if isinstance(payload.event, Said) else ""
