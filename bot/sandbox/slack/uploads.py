"""`files.*`: uploading in three steps, and looking a file up."""

from typing import Any

from bot.sandbox.slack.chat import by_the_bot, thread, writable
from bot.sandbox.slack.content import parsed
from bot.sandbox.slack.files import File
from bot.sandbox.slack.refusals import Json, breach, missing
from bot.sandbox.slack.state import Workspace


def get_upload_url(ws: Workspace, args: Json) -> Json:
    """`files.getUploadURLExternal`: where to send the bytes, and how many are expected."""
    absent = [name for name in ("filename", "length") if not args.get(name)]
    if absent:
        raise missing(*absent)
    name, size = str(args["filename"]), int(args["length"])
    file = ws.files.announce(name, size, ws.team.bot.id, ws.team.id)
    return {"upload_url": f"{ws.base_url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(ws: Workspace, args: Json) -> Json:
    """`files.completeUploadExternal`: shares the files in a channel, as one message."""
    listed: Any = parsed(args.get("files") or [], "a missing argument")
    if not isinstance(listed, list) or not listed:
        raise missing("files")
    channels: tuple[str, ...] = ()
    if args.get("channel_id"):
        if str(args["channel_id"]).startswith(("#", "U")):
            raise breach("a file's channel by its name")
        channels = (writable(ws, args["channel_id"]).id,)
    elif args.get("channels"):
        named = str(args["channels"]).split(",")
        channels = tuple(writable(ws, channel).id for channel in named)
    if len(channels) == 1:
        thread(ws, channels[0], args)
    files = [ws.files.complete(f["id"], f.get("title") or "", channels) for f in listed]
    shown = tuple(file.as_slack(ws.base_url) for file in files)
    for channel in channels:
        ws.messages.post(
            by_the_bot(
                ws,
                channel,
                "files.completeUploadExternal",
                text=args.get("initial_comment") or "",
                thread_ts=args.get("thread_ts"),
                files=shown,
            )
        )
    return {"files": list(shown)}


def info(ws: Workspace, args: Json) -> Json:
    """`files.info`."""
    if not args.get("file"):
        raise missing("file")
    file: File = ws.files.get(args["file"])
    if file.deleted:
        raise breach("a deleted file")
    return {"file": file.as_slack(ws.base_url)}


def delete(ws: Workspace, args: Json) -> Json:
    """`files.delete`: a bot's own files, whatever the conversation they were sent to."""
    if not args.get("file"):
        raise missing("file")
    file: File = ws.files.get(args["file"])
    if file.deleted:
        raise breach("a deleted file")
    if file.user != ws.team.bot.id:
        raise breach("another's file to delete")
    ws.files.delete(file.id)
    return {}
