"""What a message shows, as text: its own, or its blocks' and attachments'. Pure."""

from collections.abc import Iterator
from typing import Any

_DEEPEST = 20
"""Levels of blocks within blocks; a list in a quote in rich text has about eight."""
_MOST = 100_000
"""Characters; Slack cuts a message's text at 40,000."""
_PEOPLES = "rich_text"
"""What Slack makes of a person's own typing: its text stands in `text` as well."""
_RUNS = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
"""Rich text that is read on: a bold word within a number doesn't break it apart."""


def shown_text(message: dict[str, Any]) -> str:
    """What somebody reads in a message, in Slack's markup.

    An app's blocks take the place of its `text`, which is then only for notifications. A message
    without either shows its attachments: a forwarded message, an older app's post.
    """
    text, blocks = message.get("text"), message.get("blocks")
    own = text if isinstance(text, str) else ""
    if not own or _are_an_apps(blocks):
        own = _joined(blocks) or own
    return (own or _joined(message.get("attachments")))[:_MOST]


def _are_an_apps(blocks: Any) -> bool:
    kinds = [each.get("type") for each in _listed(blocks) if isinstance(each, dict)]
    return any(kind != _PEOPLES for kind in kinds)


def _joined(part: Any) -> str:
    return "\n".join(line for line in _lines(part, 0) if line)


def _lines(part: Any, depth: int) -> Iterator[str]:
    """The lines of a piece of blocks: one a text, one a row of a table, with tabs."""
    if depth > _DEEPEST:
        return
    if isinstance(part, list):
        for each in part:
            if isinstance(each, list):
                yield "\t".join(" ".join(_lines(cell, depth + 1)) for cell in each)
            else:
                yield from _lines(each, depth + 1)
    elif isinstance(part, dict):
        yield from _lines_of(part, depth)


def _lines_of(part: dict[str, Any], depth: int) -> Iterator[str]:
    if part.get("type") in ("button", "image"):  # neither is what somebody reads
        return
    if part.get("type") in _RUNS:
        yield "".join("".join(_pieces(each)) for each in _listed(part.get("elements")))
        return
    for name in ("pretext", "title", "text", "value", "fields", "elements", "rows", "blocks"):
        inner = part.get(name)
        if isinstance(inner, str):
            yield inner
        else:
            yield from _lines(inner, depth + 1)


def _pieces(piece: Any) -> Iterator[str]:
    """A run of rich text: its words, else where it leads."""
    if isinstance(piece, dict):
        found = piece.get("text") or piece.get("url")
        if isinstance(found, str):
            yield found


def _listed(part: Any) -> list[Any]:
    return part if isinstance(part, list) else []
