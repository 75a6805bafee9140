"""Rich text: sections, lists, quotes and preformatted text, and the elements within them.

After docs.slack.dev/reference/block-kit/blocks/rich-text-block and the pages of its elements.
Elements that Slack's own client writes and apps have no use for (canvases, unfurls, workflows,
records of Salesforce's) aren't known here: they are refused as unsupported.
"""

from bot.sandbox.slack.limits import LIMITS
from bot.sandbox.slack.shapes import (
    Check,
    flag,
    integer,
    items,
    only,
    shape,
    string,
    tagged,
    url,
    word,
)

_INK: dict[str, Check] = dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag)
_MARKS: dict[str, Check] = dict.fromkeys(("highlight", "client_highlight", "unlink"), flag)
_INKED: dict[str, Check] = {"style": shape({}, _INK)}
_MARKED: dict[str, Check] = {"style": shape({}, {**_INK, **_MARKS})}

ELEMENTS: dict[str, Check] = {
    "text": shape({"text": string()}, _INKED),
    "link": shape({"url": url}, {**_INKED, "text": string(least=0), "unsafe": flag}),
    "emoji": shape({"name": string()}, {**_INKED, "unicode": string(), "skin_tone": integer(1, 6)}),
    "user": shape({"user_id": string()}, _MARKED),
    "channel": shape({"channel_id": string()}, _MARKED),
    "usergroup": shape({"usergroup_id": string()}, _MARKED),
    "team": shape({"team_id": string()}, _MARKED),
    "broadcast": shape({"range": word("here", "channel", "everyone")}, _MARKED),
    "date": shape(
        {"timestamp": integer(0), "format": string()},
        {**_INKED, "url": url, "fallback": string()},
    ),
    "color": shape({"value": string()}, _INKED),
}

_FRAMED: dict[str, Check] = {"border": integer(0, 1)}
_RUN = items(tagged(ELEMENTS), None, least=0)
_SECTION = shape({"elements": _RUN})

PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": shape(
        {
            "style": word("bullet", "ordered"),
            "elements": items(tagged({"rich_text_section": _SECTION}), None),
        },
        {**_FRAMED, "indent": integer(0, LIMITS["indent of a list"].number), "offset": integer(0)},
    ),
    "rich_text_quote": shape({"elements": _RUN}, _FRAMED),
    "rich_text_preformatted": shape(
        {"elements": items(tagged(only(ELEMENTS, "text", "link")), None, least=0)},
        {**_FRAMED, "language": string()},
    ),
}

RICH_TEXT = shape(
    {"elements": items(tagged(PARTS), None, least=0)}, {"block_id": string("block_id")}
)
"""A rich text block, as a block of its own, in a cell, or as what an input holds at first."""
