"""`chat.*`: posting, changing and taking away messages."""

import re

from bot.sandbox.slack.content import fitting, fitting_update, message_content, true
from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import APP_ID, Channel
from bot.sandbox.slack.refusals import Json, breach, missing
from bot.sandbox.slack.state import Workspace


def seen(ws: Workspace, channel_id: str | None) -> Channel:
    """The channel, where the bot may know of it; raises `channel_not_found`."""
    if not channel_id:
        raise missing("channel")
    channel = ws.directory.find_channel(channel_id)
    if channel is None or (
        channel.kind != "public_channel" and ws.team.bot.id not in channel.members
    ):
        raise breach("an unknown channel")
    return channel


def writable(ws: Workspace, channel_id: str | None) -> Channel:
    """The channel, where the bot may post; raises `is_archived` and `not_in_channel` too."""
    if channel_id and ws.directory.find_person(channel_id):
        return ws.directory.direct(channel_id)
    channel = seen(ws, channel_id)
    if channel.is_archived:
        raise breach("an archived channel")
    if ws.team.bot.id not in channel.members and "chat:write.public" not in ws.scopes:
        raise breach("a channel without the bot")
    return channel


def thread(ws: Workspace, channel: str, args: Json) -> str | None:
    """The thread that a message goes into; raises `invalid_thread_ts` and `thread_not_found`."""
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return None
    if not re.fullmatch(r"\d+\.\d+", str(thread_ts)):
        line = f"[ERROR] {thread_ts} is not a valid thread_ts"
        raise breach(
            "a thread_ts that isn't one", extra={"response_metadata": {"messages": [line]}}
        )
    if ws.messages.in_channel(channel, str(thread_ts)):
        return str(thread_ts)
    if ws.orphans_land:
        return None
    raise breach("an unknown thread")


def by_the_bot(ws: Workspace, channel: str, via: str, **fields: object) -> Message:
    """A message of the bot's, at this moment, not posted yet."""
    team = ws.team
    ours: Json = {"bot_id": team.bot_id, "app_id": APP_ID, "team": team.id, "via": via, **fields}
    return Message(channel, ws.feed.new_ts(), team.bot.id, **ours)


def post_message(ws: Workspace, args: Json) -> Json:
    """`chat.postMessage`: text beyond 40,000 characters is cut, as Slack does.

    What answers a message that is gone is refused, or lands in the channel, as the workspace says.
    """
    channel = writable(ws, args.get("channel"))
    thread_ts = thread(ws, channel.id, args)
    content = message_content(ws, args)
    content["text"] = content.get("text", "")[: LIMITS["text of a message"].number]
    message = by_the_bot(
        ws,
        channel.id,
        "chat.postMessage",
        **content,
        thread_ts=thread_ts,
        broadcast=true(args.get("reply_broadcast")) and thread_ts is not None,
        unfurl_links=None if args.get("unfurl_links") is None else true(args["unfurl_links"]),
        unfurl_media=None if args.get("unfurl_media") is None else true(args["unfurl_media"]),
    )
    ws.messages.post(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack()}


def post_ephemeral(ws: Workspace, args: Json) -> Json:
    """`chat.postEphemeral`: for one member of a channel."""
    channel = writable(ws, args.get("channel"))
    if not args.get("user"):
        raise missing("user")
    if args["user"] not in channel.members:
        raise breach("somebody outside the channel")
    content = message_content(ws, args)
    content.pop("metadata", None)
    content["text"] = fitting(content.get("text", ""), "text of a message")
    message = by_the_bot(
        ws,
        channel.id,
        "chat.postEphemeral",
        **content,
        thread_ts=args.get("thread_ts"),
        to=args["user"],
    )
    ws.messages.post(message)
    return {"message_ts": message.ts}


def _own(ws: Workspace, args: Json, rule: str) -> Message:
    """The bot's message that a request names; raises `message_not_found` and the breach."""
    channel = seen(ws, args.get("channel"))
    if not args.get("ts"):
        raise missing("ts")
    message = ws.messages.find(channel.id, str(args["ts"]))
    if message is None:
        raise breach("an unknown message")
    if message.user != ws.team.bot.id:
        raise breach(rule)
    return message


def update(ws: Workspace, args: Json) -> Json:
    """`chat.update`: what isn't given (blocks, attachments, metadata) stays as it was."""
    message = _own(ws, args, "another's message to change")
    if seen(ws, message.channel).is_archived:
        raise breach("a message of an archived channel")
    content = message_content(ws, args)
    if "text" in content:
        content["text"] = fitting_update(content["text"])
    changed = ws.messages.change(message, **content)
    return {
        "channel": changed.channel,
        "ts": changed.ts,
        "text": changed.text,
        "message": changed.as_slack(),
    }


def delete(ws: Workspace, args: Json) -> Json:
    """`chat.delete`."""
    message = _own(ws, args, "another's message to delete")
    ws.messages.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(ws: Workspace, args: Json) -> Json:
    """`chat.getPermalink`."""
    channel = seen(ws, args.get("channel"))
    if not args.get("message_ts"):
        raise missing("message_ts")
    message = ws.messages.find(channel.id, args["message_ts"])
    if message is None:
        raise breach("an unknown message")
    link = (
        f"https://{ws.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    )
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
