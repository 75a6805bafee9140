"""What an app says without the Web API: in the answer to a command, or by a response_url."""

from typing import Literal

from bot.sandbox.slack.chat import by_the_bot
from bot.sandbox.slack.content import fitting, message_content, true
from bot.sandbox.slack.refusals import Json, breach
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.tickets import Grant


def take_reply(
    ws: Workspace, grant: Grant, body: Json, via: Literal["ack", "response_url"]
) -> None:
    """Does what the app said: posts, shows, replaces or deletes; wherever the person was.

    Raises SlackError for what Slack refuses (`no_text`, `invalid_blocks`, …).
    """
    original = ws.messages.current(grant.original) if grant.original else None
    if true(body.get("delete_original")):
        if original:
            ws.messages.delete(original)
        return
    content = message_content(ws, body)
    content["text"] = fitting(content.get("text", ""), "text of a message")
    if true(body.get("replace_original")) and grant.original:
        if original is None:
            raise breach("an original that is gone")
        ws.messages.change(original, **{"blocks": (), **content})
        return
    for_all = body.get("response_type") == "in_channel"
    message = by_the_bot(
        ws,
        grant.channel,
        via,
        **content,
        thread_ts=body.get("thread_ts"),
        to=None if for_all else grant.user,
    )
    ws.messages.post(message)


def use_response_url(ws: Workspace, path: str, body: Json) -> None:
    """One use of a response_url; a refused one isn't counted. Raises SlackError."""
    with ws.feed.lock:
        grant = ws.response_urls.look_up(path)
        take_reply(ws, grant, body, "response_url")
        grant.left -= 1
