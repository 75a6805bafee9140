"""`conversations.*`, `users.*` and `auth.test`: who and where."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.slack.chat import seen
from bot.sandbox.slack.content import true
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.refusals import Json, breach, missing
from bot.sandbox.slack.state import Workspace

T = TypeVar("T")


def _page(found: Sequence[T], args: Json, default: int = 100) -> tuple[Sequence[T], Json]:
    """One page of a list, and the `response_metadata` with the cursor of the next."""
    try:
        limit = max(1, min(int(args.get("limit") or default), 1000))
    except ValueError:
        raise breach("a limit that isn't a number") from None
    try:
        start = int(base64.b64decode(args.get("cursor") or "", validate=True) or b"0")
    except (binascii.Error, ValueError):
        raise breach("a cursor that isn't one") from None
    after = start + limit
    cursor = base64.b64encode(str(after).encode()).decode() if after < len(found) else ""
    return found[start:after], {"next_cursor": cursor}


def auth_test(ws: Workspace, args: Json) -> Json:
    """`auth.test`."""
    del args
    body: Json = {
        "url": f"https://{ws.team.domain}.slack.com/",
        "team": ws.team.name,
        "user": ws.team.bot.name,
        "team_id": ws.team.id,
        "user_id": ws.team.bot.id,
        "bot_id": ws.team.bot_id,
        "is_enterprise_install": False,
    }
    return body | ({"enterprise_id": ws.team.enterprise_id} if ws.team.enterprise_id else {})


def users_info(ws: Workspace, args: Json) -> Json:
    """`users.info`; the address only with `users:read.email`."""
    if not args.get("user"):
        raise missing("user")
    person = ws.directory.find_person(args["user"])
    if person is None:
        raise breach("an unknown person")
    body = person.as_slack()
    if "users:read.email" not in ws.scopes:
        del body["profile"]["email"]
    return {"user": body}


def users_list(ws: Workspace, args: Json) -> Json:
    """`users.list`, in pages."""
    people, metadata = _page(ws.directory.people(), args)
    return {"members": [person.as_slack() for person in people], "response_metadata": metadata}


def groups_list(ws: Workspace, args: Json) -> Json:
    """`usergroups.list`."""
    del args
    return {"usergroups": [each.as_slack(ws.team.id) for each in ws.directory.groups.values()]}


def groups_users(ws: Workspace, args: Json) -> Json:
    """`usergroups.users.list`."""
    if not args.get("usergroup"):
        raise missing("usergroup")
    group = ws.directory.groups.get(str(args["usergroup"]))
    if group is None:
        raise breach("an unknown user group")
    return {"users": list(group.users)}


def info(ws: Workspace, args: Json) -> Json:
    """`conversations.info`."""
    channel = seen(ws, args.get("channel"))
    return {"channel": channel.as_slack(ws.team.id, ws.team.bot.id)}


def _listed(ws: Workspace, channel: Channel, kinds: set[str]) -> bool:
    known = channel.kind == "public_channel" or ws.team.bot.id in channel.members
    return known and channel.kind in kinds


def list_all(ws: Workspace, args: Json) -> Json:
    """`conversations.list`, in pages: what the bot may know of, of the `types` asked for."""
    kinds = set(str(args.get("types") or "public_channel").replace(" ", "").split(","))
    found = [channel for channel in ws.directory.channels() if _listed(ws, channel, kinds)]
    if true(args.get("exclude_archived")):
        found = [channel for channel in found if not channel.is_archived]
    channels, metadata = _page(found, args)
    return {
        "channels": [channel.as_slack(ws.team.id, ws.team.bot.id) for channel in channels],
        "response_metadata": metadata,
    }


def members(ws: Workspace, args: Json) -> Json:
    """`conversations.members`, in pages."""
    found, metadata = _page(seen(ws, args.get("channel")).members, args)
    return {"members": list(found), "response_metadata": metadata}


def open_direct(ws: Workspace, args: Json) -> Json:
    """`conversations.open`: the bot's direct message with one person or several."""
    users = [user for user in str(args.get("users") or "").split(",") if user]
    if not users:
        raise missing("users")
    for user in users:
        if ws.directory.find_person(user) is None:
            raise breach("an unknown person")
    channel = ws.directory.direct(*users)
    if true(args.get("return_im")):
        return {"channel": channel.as_slack(ws.team.id, ws.team.bot.id)}
    return {"channel": {"id": channel.id}}


def join(ws: Workspace, args: Json) -> Json:
    """`conversations.join`: public channels only."""
    channel = seen(ws, args.get("channel"))
    if channel.kind != "public_channel":
        raise breach("a channel of another kind")
    if channel.is_archived:
        raise breach("an archived channel")
    return {"channel": ws.directory.join(channel.id).as_slack(ws.team.id, ws.team.bot.id)}


_HISTORY = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}


def _readable(ws: Workspace, args: Json) -> Channel:
    channel = seen(ws, args.get("channel"))
    needed = _HISTORY[channel.kind]
    if needed not in ws.scopes:
        provided = ",".join(sorted(ws.scopes))
        raise breach("a scope that wasn't granted", extra={"needed": needed, "provided": provided})
    if ws.team.bot.id not in channel.members:
        raise breach("a channel without the bot")
    return channel


def history(ws: Workspace, args: Json) -> Json:
    """`conversations.history`: newest first, between `oldest` and `latest`, threads left out."""
    channel = _readable(ws, args)
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9")
    found = [
        message
        for message in reversed(ws.messages.in_channel(channel.id))
        if oldest < message.ts < latest
        and (message.thread_ts in (None, message.ts) or message.broadcast)
    ]
    messages, metadata = _page(found, args)
    body: Json = {"messages": [_told(args, message.as_slack()) for message in messages]}
    return body | {"has_more": bool(metadata["next_cursor"]), "response_metadata": metadata}


def replies(ws: Workspace, args: Json) -> Json:
    """`conversations.replies`: a thread with its parent, oldest first."""
    channel = _readable(ws, args)
    if not args.get("ts"):
        raise missing("ts")
    found = ws.messages.in_channel(channel.id, str(args["ts"]))
    if not found:
        raise breach("an unknown thread")
    messages, metadata = _page(found, args)
    body: Json = {"messages": [_told(args, message.as_slack()) for message in messages]}
    return body | {"has_more": bool(metadata["next_cursor"]), "response_metadata": metadata}


def _told(args: Json, message: Json) -> Json:
    """Metadata is shown to those who ask for it."""
    if not true(args.get("include_all_metadata")):
        message.pop("metadata", None)
    return message
