"""How Slack reads an app's answers, and what it shows when there is none."""

from dataclasses import replace

from bot.sandbox.slack.checks import option_faults
from bot.sandbox.slack.content import view_content
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import SLACKBOT
from bot.sandbox.slack.refusals import Json, SlackError, breach
from bot.sandbox.slack.replies import take_reply
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.tickets import Grant
from bot.sandbox.slack.views import View
from bot.sandbox.slack.wire import FAILED, Acked

TROUBLE = "We had some trouble connecting. Try again?"
"""What stands at the top of a modal whose submission came to nothing."""


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
        ws.feed.tell("interaction_failed", error=error, payload={"command": command})
        say_alone(ws, grant.user, grant.channel, f'{command} failed with the error "{error}"')


def of_submission(ws: Workspace, view: View, acked: Acked) -> None:
    """Does with the modal what the app answered; it stays, with a notice, where that failed."""
    if not acked.ok:
        ws.views.note(view, notice=TROUBLE)
        return
    body = acked.body if isinstance(acked.body, dict) else {}
    try:
        _react(ws, view, body)
    except SlackError as refusal:
        ws.feed.tell("interaction_failed", error=refusal.code, payload=body)
        ws.views.note(view, notice=TROUBLE)


def _react(ws: Workspace, view: View, body: Json) -> None:
    action = body.get("response_action")
    if action is None:
        ws.views.close(view)
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
        ws.views.note(view, errors=dict(errors), notice="")
    else:
        raise breach("an answer to a submission")


def of_suggestion(acked: Acked) -> Acked:
    """An option load's answer, failed where Slack would show no options for it."""
    if acked.ok and (not isinstance(acked.body, dict) or option_faults(acked.body)):
        return replace(acked, error=FAILED)
    return acked
