"""Slack's rich text: sections, lists, quotes and preformatted text, with what stands in them.

The stand-in doesn't look into rich text, so that anything may be in it: what isn't as Slack's
reference has it can't be drawn, and is told with its place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from bot.sandbox.page.drawing.dates import draw_date
from bot.sandbox.page.drawing.emoji import EMOJI
from bot.sandbox.page.drawing.mrkdwn import draw_channel, draw_mention, draw_person
from bot.sandbox.page.drawing.reader import CantDraw, Reader
from bot.sandbox.page.drawing.sheet import Spot, required
from bot.sandbox.page.drawing.text import draw_link, may_open
from bot.sandbox.slack.refusals import Json

_STYLES = {
    "code": "code",
    "bold": "b",
    "italic": "i",
    "strike": "s",
    "underline": "u",
    "highlight": "mark",
    "client_highlight": "mark",
}
_DEEPEST = 8


def draw_rich_text(block: Json, reader: Reader, spot: Spot) -> Markup:
    """The parts of a rich text, one below the other."""
    parts = required(block, "elements", list, spot)
    drawn = [_part(part, reader, spot.inner("elements").inner(n)) for n, part in enumerate(parts)]
    return Markup().join(drawn)


def _part(part: Any, reader: Reader, spot: Spot) -> Markup:
    return _PARTS[_type_in(_PARTS, part, spot)](part, reader, spot)


def _type_in(table: Mapping[str, Any], value: Any, spot: Spot) -> str:
    """The type of a piece of rich text; raises CantDraw where the table doesn't have it."""
    kind = value.get("type") if isinstance(value, dict) else value
    if not isinstance(kind, str) or kind not in table:
        raise CantDraw(str(kind), spot.pointer)
    return kind


def _section(part: Json, reader: Reader, spot: Spot) -> Markup:
    return Markup('<div class="rich-section">{}</div>').format(_inner(part, reader, spot))


def _quote(part: Json, reader: Reader, spot: Spot) -> Markup:
    return Markup("<blockquote>{}</blockquote>").format(_inner(part, reader, spot))


def _preformatted(part: Json, reader: Reader, spot: Spot) -> Markup:
    return Markup("<pre>\n{}</pre>").format(_inner(part, reader, spot))


def _list(part: Json, reader: Reader, spot: Spot) -> Markup:
    """A list of one depth; Slack sends a deeper one as a list of its own, with an `indent`."""
    tag, start = "ul", Markup()
    if required(part, "style", str, spot) == "ordered":
        tag = "ol"
        start = Markup(' start="{}"').format(_count(part, "offset", spot) + 1)
    indent = min(_count(part, "indent", spot), _DEEPEST)
    items = [
        Markup("<li>{}</li>").format(_inner(item, reader, spot.inner("elements").inner(n)))
        for n, item in enumerate(required(part, "elements", list, spot))
        if _type_in({"rich_text_section": None}, item, spot.inner("elements").inner(n))
    ]
    frame = Markup('<{0} class="rich-list indent-{1}"{2}>{3}</{0}>')
    return frame.format(tag, indent, start, Markup().join(items))


def _count(part: Json, name: str, spot: Spot) -> int:
    number: int = required(part, name, int, spot) if name in part else 0
    if number < 0:
        raise CantDraw(f"{name} {number}", spot.inner(name).pointer)
    return number


def _inner(part: Json, reader: Reader, spot: Spot) -> Markup:
    """What stands in a line: texts, links, mentions."""
    drawn = []
    for n, piece in enumerate(required(part, "elements", list, spot)):
        place = spot.inner("elements").inner(n)
        made = _PIECES[_type_in(_PIECES, piece, place)](piece, reader, place)
        drawn.append(_styled(made, piece, place))
    return Markup().join(drawn)


def _styled(made: Markup, piece: Json, spot: Spot) -> Markup:
    style = required(piece, "style", dict, spot) if "style" in piece else {}
    for name, tag in _STYLES.items():
        if style.get(name):
            made = Markup("<{0}>{1}</{0}>").format(tag, made)
    return made


def _text(piece: Json, reader: Reader, spot: Spot) -> Markup:
    del reader
    return escape(required(piece, "text", str, spot))


def _link(piece: Json, reader: Reader, spot: Spot) -> Markup:
    del reader
    url = required(piece, "url", str, spot)
    label = required(piece, "text", str, spot) if "text" in piece else url
    return draw_link(url, label) if may_open(url) else escape(label)


def _user(piece: Json, reader: Reader, spot: Spot) -> Markup:
    return draw_person(required(piece, "user_id", str, spot), "", reader)


def _channel(piece: Json, reader: Reader, spot: Spot) -> Markup:
    return draw_channel(required(piece, "channel_id", str, spot), "", reader)


def _usergroup(piece: Json, reader: Reader, spot: Spot) -> Markup:
    del reader
    return draw_mention(f"@{required(piece, 'usergroup_id', str, spot)}")


def _broadcast(piece: Json, reader: Reader, spot: Spot) -> Markup:
    del reader
    return draw_mention(f"@{required(piece, 'range', str, spot)}", mine=True)


def _emoji(piece: Json, reader: Reader, spot: Spot) -> Markup:
    """The emoji of the table, else the code points that Slack sends with it, else its name."""
    del reader
    name = required(piece, "name", str, spot)
    code = required(piece, "unicode", str, spot) if "unicode" in piece else ""
    return escape(EMOJI.get(name) or _characters(code) or f":{name}:")


def _characters(code: str) -> str:
    """`1f44b-1f3fd` as the characters that it names; nothing where it names none."""
    try:
        return "".join(chr(int(part, 16)) for part in code.split("-"))
    except (ValueError, OverflowError):
        return ""


def _date(piece: Json, reader: Reader, spot: Spot) -> Markup:
    timestamp = required(piece, "timestamp", int, spot)
    more = {
        name: required(piece, name, str, spot)
        for name in ("fallback", "url", "timezone")
        if name in piece
    }
    return draw_date(
        timestamp,
        required(piece, "format", str, spot),
        reader,
        fallback=more.get("fallback", str(timestamp)),
        url=more.get("url", ""),
        zone=more.get("timezone", ""),
    )


def _color(piece: Json, reader: Reader, spot: Spot) -> Markup:
    """A colour is its own name: a patch of any colour beside it would need a style of its own."""
    del reader
    return Markup("<code>{}</code>").format(required(piece, "value", str, spot))


Drawer = Callable[[Json, Reader, Spot], Markup]

_PARTS: Mapping[str, Drawer] = {
    "rich_text_section": _section,
    "rich_text_list": _list,
    "rich_text_quote": _quote,
    "rich_text_preformatted": _preformatted,
}
_PIECES: Mapping[str, Drawer] = {
    "text": _text,
    "link": _link,
    "user": _user,
    "channel": _channel,
    "usergroup": _usergroup,
    "broadcast": _broadcast,
    "emoji": _emoji,
    "date": _date,
    "color": _color,
}
