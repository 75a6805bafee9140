"""Reading what a message or a view is to hold out of a request, refused as Slack refuses it."""

import json
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack.checks import Surface, block_faults, view_faults
from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.messages import named
from bot.sandbox.slack.refusals import Json, SlackError, missing
from bot.sandbox.slack.shapes import Fault
from bot.sandbox.slack.state import Workspace


def refuse(faults: Sequence[Fault], code: str = "") -> None:
    """Raises the refusal of the first fault, with a line for each; nothing where there is none."""
    if not faults:
        return
    lines = [fault.line() for fault in faults]
    raise SlackError(
        code or faults[0].code,
        extra={
            "errors": lines,
            "response_metadata": {"messages": [f"[ERROR] {line}" for line in lines]},
        },
    )


def parsed(value: Any, code: str) -> Any:
    """JSON that came as JSON, or as a string with JSON in it (as in forms)."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(code) from None


def true(value: Any) -> bool:
    """A flag as JSON or as a form has it."""
    return value in (True, "true", "True", "1", 1)


def message_content(ws: Workspace, args: Json) -> Json:
    """The `text`, `blocks`, `attachments` and `metadata` given; those not given aren't there."""
    content: Json = {}
    if args.get("text") is not None:
        content["text"] = str(args["text"])
    if args.get("blocks") is not None:
        blocks = parsed(args["blocks"], "invalid_blocks_format")
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        refuse(block_faults(blocks, "message"))
        content["blocks"] = named(ws.feed, blocks)
    if args.get("attachments") is not None:
        content["attachments"] = tuple(parsed(args["attachments"], "invalid_attachments"))
    if args.get("metadata") is not None:
        metadata = parsed(args["metadata"], "invalid_metadata_format")
        if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
            raise SlackError("invalid_metadata_format")
        content["metadata"] = metadata
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    return content


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
    view = parsed(args["view"], "invalid_arguments")
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    # slack_sdk's View classes send what isn't set as null, and Slack takes it for absent.
    view = {name: value for name, value in view.items() if value is not None}
    faults = view_faults(view, surface)
    if faults:
        refuse(
            faults, faults[0].code if faults[0].code == "view_too_large" else "invalid_arguments"
        )
    return view
