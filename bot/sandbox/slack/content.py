"""Reading what a message or a view is to hold out of a request, refused as Slack refuses it."""

import json
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack.checks import Surface, block_faults, view_faults
from bot.sandbox.slack.limits import LIMITS, RULES
from bot.sandbox.slack.messages import named
from bot.sandbox.slack.refusals import Json, SlackError, breach, missing
from bot.sandbox.slack.shapes import Fault
from bot.sandbox.slack.state import Workspace


def refuse(faults: Sequence[Fault]) -> None:
    """Raises the refusal of the first fault, with a line for each; nothing where there is none."""
    if faults:
        lines = [fault.line() for fault in faults]
        messages = [f"[ERROR] {line}" for line in lines]
        extra = {"errors": lines, "response_metadata": {"messages": messages}}
        raise SlackError(faults[0].code, extra=extra)


def _refuse_view(faults: Sequence[Fault]) -> None:
    """As `refuse`: but a view's size has a code of its own, and the lines stand in one place."""
    if faults:
        sized = faults[0].code == LIMITS["JSON of a view"].code
        code = faults[0].code if sized else RULES["a view's shape"].code
        messages = [f"[ERROR] {fault.line()}" for fault in faults]
        raise SlackError(code, extra={"response_metadata": {"messages": messages}})


def parsed(value: Any, rule: str) -> Any:
    """JSON that came as JSON, or as a string with JSON in it (as in forms).

    Raises the breach of the rule where it is neither.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise breach(rule) from None


def true(value: Any) -> bool:
    """A flag as JSON or as a form has it."""
    return value in (True, "true", "True", "1", 1)


def message_content(ws: Workspace, args: Json) -> Json:
    """The `text`, `blocks`, `attachments` and `metadata` given; those not given aren't there."""
    content: Json = {}
    if args.get("text") is not None:
        content["text"] = str(args["text"])
    if args.get("blocks") is not None:
        blocks = _listed(args["blocks"], "blocks that aren't a list")
        refuse(block_faults(blocks, "message") or _unknown_pictures(ws, blocks))
        content["blocks"] = named(ws.feed, blocks)
    if args.get("attachments") is not None:
        content["attachments"] = _attachments(args["attachments"])
    if args.get("metadata") is not None:
        content["metadata"] = _metadata(args["metadata"])
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise breach("nothing to say")
    return content


def _unknown_pictures(ws: Workspace, blocks: list[Json]) -> list[Fault]:
    """Pictures out of files that aren't there, or aren't there yet."""
    named_here = (
        (n, ws.files.find(block["slack_file"]["id"]))
        for n, block in enumerate(blocks)
        if block["type"] == "image" and "id" in block.get("slack_file", {})
    )
    return [
        Fault(f"/blocks/{n}/slack_file", "invalid slack file")
        for n, file in named_here
        if file is None or not file.complete or file.deleted
    ]


def _listed(value: Any, rule: str) -> list[Any]:
    listed = parsed(value, rule)
    if not isinstance(listed, list):
        raise breach(rule)
    return listed


def _attachments(value: Any) -> tuple[Json, ...]:
    """The attachments; the blocks within them keep the rules of a message's."""
    rule = "attachments that aren't a list"
    attachments = _listed(value, rule)
    for n, attachment in enumerate(attachments):
        if not isinstance(attachment, dict):
            raise breach(rule)
        refuse(block_faults(attachment.get("blocks", []), "message", f"/attachments/{n}/blocks"))
    return tuple(attachments)


def _metadata(value: Any) -> Json:
    rule = "metadata without its fields"
    metadata = parsed(value, rule)
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        raise breach(rule)
    return metadata


def fitting(text: str, limit: str) -> str:
    """The text, where it is short enough for an answer; raises `msg_too_long`."""
    if len(text) > LIMITS[limit].number:
        raise SlackError(LIMITS[limit].code)
    return text


def fitting_update(text: str) -> str:
    """The text of an update: counted in bytes, after `&`, `<` and `>` are escaped."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    limit = LIMITS["text of an updated message"]
    if len(escaped.encode()) > limit.number:
        raise SlackError(limit.code)
    return text


def view_content(args: Json, surface: Surface) -> Json:
    """The `view` of a request, as it is to be shown; raises `invalid_arguments` and others."""
    if args.get("view") is None:
        raise missing("view")
    rule = "a view's shape"
    view = parsed(args["view"], rule)
    if not isinstance(view, dict):
        raise breach(rule)
    # slack_sdk's View classes send what isn't set as null, and Slack takes it for absent.
    view = {name: value for name, value in view.items() if value is not None}
    _refuse_view(view_faults(view, surface))
    return view
