"""How Slack reads an app's answers, and what it shows when there is none."""

from dataclasses import replace

from bot.sandbox.slack.checks import option_faults
from bot.sandbox.slack.content import view_content
from bot.sandbox.slack.failures import SORRY, TROUBLE, UNLOADED, Failure
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import SLACKBOT
from bot.sandbox.slack.refusals import Json, SlackError, breach
from bot.sandbox.slack.replies import take_reply
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.tickets import Grant
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import FAILED, Acked

UNKNOWN = (
    '{} is not a valid command. In Slack, all messages that start with the "/" character are '
    "interpreted as commands.\n\nIf you are trying to send a message and not run a command, try "
    'preceding the "/" with an empty space.'
)
"""What Slackbot says to who mistypes a command."""


def say_alone(ws: Workspace, user: str, channel: str, text: str) -> None:
    """Slackbot's words to one person in a channel."""
    words = Message(
        channel, ws.feed.new_ts(), SLACKBOT, text, team=ws.team.id, to=user, via="slack"
    )
    ws.messages.post(words)


def of_command(ws: Workspace, grant: Grant, command: str, acked: Acked) -> None:
    """Shows the answer to a command, or Slack's word for why there is none."""
    error = acked.error
    if not error and acked.body:
        body = acked.body if isinstance(acked.body, dict) else {"text": str(acked.body)}
        try:
            take_reply(ws, grant, body, "ack")
        except SlackError as refusal:
            error = refusal.code
    if error:
        words = f'{command} failed with the error "{error}"'
        failed(ws, Failure("command", grant.user, error, words), {"command": command})
        say_alone(ws, grant.user, grant.channel, words)


def failed(ws: Workspace, failure: Failure, payload: Json) -> None:
    """Tells whoever looks on of a deed that came to nothing."""
    ws.feed.tell("interaction_failed", error=failure.error, payload=payload, failure=failure)


def of_click(ws: Workspace, at: Message | View, body: Json, acked: Acked) -> None:
    """A click that came to nothing leaves a warning mark; one that didn't takes it away."""
    action = body["actions"][0]
    failure = Failure(
        "click", body["user"]["id"], acked.error, TROUBLE, action["block_id"], action["action_id"]
    )
    if not acked.ok:
        failed(ws, failure, body)
    _mark(ws, at, failure)


def _mark(ws: Workspace, at: Message | View, failure: Failure) -> None:
    """Puts a mark at an element, or takes it away where nothing failed."""
    with ws.feed.lock:
        if isinstance(at, Message):
            now: Message | View | None = ws.messages.current(at)
        else:
            now = ws.views.find(at.id)
        if now is None:
            return
        marks = tuple(each for each in now.failures if each.place != failure.place)
        if failure.error:
            marks = (*marks, failure)
        if isinstance(now, Message):
            ws.messages.mark(now, marks)
        elif marks != now.failures:
            modal = now.content["type"] == "modal"
            notice = marks[-1].words if marks and modal else ""
            ws.views.note(now, "failures", failures=marks, notice=notice)


def of_shortcut(ws: Workspace, channel: str, body: Json, acked: Acked) -> None:
    """A shortcut that came to nothing: Slack says so to who used it."""
    if not acked.ok:
        user = body["user"]["id"]
        failed(ws, Failure("shortcut", user, acked.error, SORRY), body)
        say_alone(ws, user, channel, SORRY)


def of_close(ws: Workspace, body: Json, acked: Acked) -> None:
    """A closed modal is closed, whatever the app answered."""
    if not acked.ok:
        failed(ws, Failure("close", body["user"]["id"], acked.error), body)


def of_submission(ws: Workspace, view: View, body: Json, acked: Acked) -> None:
    """Does with the modal what the app answered; it stays, with a notice, where that failed."""
    error, payload = acked.error, body
    if not error:
        payload = acked.body if isinstance(acked.body, dict) else {}
        try:
            _react(ws, view, payload)
        except SlackError as refusal:
            error = refusal.code
    if error:
        failed(ws, Failure("submission", view.user, error, TROUBLE), payload)
        ws.views.note(view, "trouble", notice=TROUBLE)


def _react(ws: Workspace, view: View, body: Json) -> None:
    action = body.get("response_action")
    if action is None:
        ws.views.close(view, "submitted")
    elif action == "clear":
        ws.views.clear(view.user)
    elif action == "update":
        ws.views.update(ws.views.find(view.id) or view, view_content(body, "modal"))
    elif action == "push":
        ws.views.push(view.user, view_content(body, "modal"))
    elif action == "errors":
        errors = body.get("errors")
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise breach("an answer to a submission")
        ws.views.note(view, "errors", errors=dict(errors), notice="")
    else:
        raise breach("an answer to a submission")


def of_suggestion(ws: Workspace, at: Message | View, body: Json, acked: Acked) -> Acked:
    """An option load's answer, failed where Slack would show no options for it."""
    if acked.ok and (not isinstance(acked.body, dict) or option_faults(acked.body)):
        acked = replace(acked, error=FAILED)
    failure = Failure(
        "options", body["user"]["id"], acked.error, UNLOADED, body["block_id"], body["action_id"]
    )
    if not acked.ok:
        failed(ws, failure, body)
    _mark(ws, at, failure)
    return acked
