"""Something of every kind that the sandbox's page draws, and reading what was drawn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from bot.sandbox.page.drawing import Reader

NOW = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
EPOCH = 1_795_620_000
"""10:20 of the same day in New York."""

READER = Reader(
    people={"U0CARL0001": "Carl", "U0ANN00001": "Ann <b>"},
    channels={"C0SALES001": "sales", "C0OPS00001": "ops"},
    zone="America/New_York",
    user_id="U0CARL0001",
    clock=lambda: NOW,
)

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A text object of plain text."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """A text object of mrkdwn."""
    return {"type": "mrkdwn", "text": text}


def option(value: str, **more: Any) -> Json:
    """An option; its text is the value with a capital."""
    return {"text": plain(value.title()), "value": value, **more}


CONFIRM: Json = {
    "title": plain("Hang up?"),
    "text": mrkdwn("The call to *Ann* ends <now>."),
    "confirm": plain("Hang Up"),
    "deny": plain("Not Yet"),
    "style": "danger",
}
OPTIONS = [option("mail"), option("phone", description=plain("By voice")), option("text")]
HERE = "http://127.0.0.1:1/files/F1/logo.png"

_HELD: Json = {"placeholder": plain("Pick something")}

ELEMENTS: dict[str, Json] = {
    "button": {"text": plain("Hang Up"), "style": "danger", "value": "7", "confirm": CONFIRM},
    "icon_button": {"icon": "trash", "text": plain("Delete"), "value": "x"},
    "feedback_buttons": {
        "positive_button": {"text": plain("Good"), "value": "good"},
        "negative_button": {
            "text": plain("Bad"),
            "value": "bad",
            "accessibility_label": "This answer was bad",
        },
    },
    "workflow_button": {"text": plain("Run"), "workflow": {}},
    "image": {"image_url": HERE, "alt_text": "A logo"},
    "overflow": {
        "options": [option("copy"), option("docs", url="https://example.com/docs")],
        "confirm": CONFIRM,
    },
    "static_select": {"options": OPTIONS, "initial_option": OPTIONS[1], **_HELD},
    "multi_static_select": {
        "option_groups": [
            {"label": plain("Slow"), "options": OPTIONS[:1]},
            {"label": plain("Fast"), "options": OPTIONS[1:]},
        ],
        "initial_options": OPTIONS[1:],
        "max_selected_items": 2,
    },
    "external_select": {"initial_option": OPTIONS[0], "min_query_length": 1, **_HELD},
    "multi_external_select": {"initial_options": OPTIONS[:2]},
    "users_select": {"initial_user": "U0ANN00001"},
    "multi_users_select": {"initial_users": ["U0CARL0001", "U0STRANGER"]},
    "channels_select": {"initial_channel": "C0OPS00001"},
    "multi_channels_select": {"initial_channels": ["C0SALES001"]},
    "conversations_select": {"default_to_current_conversation": True},
    "multi_conversations_select": {"initial_conversations": ["C0SALES001", "C0OPS00001"]},
    "datepicker": {"initial_date": "2026-11-26"},
    "timepicker": {"initial_time": "09:30", "timezone": "America/New_York"},
    "datetimepicker": {"initial_date_time": EPOCH},
    "radio_buttons": {"options": OPTIONS, "initial_option": OPTIONS[2]},
    "checkboxes": {"options": OPTIONS, "initial_options": OPTIONS[:2]},
    "plain_text_input": {
        "initial_value": "\nHello <there>",
        "multiline": True,
        "min_length": 2,
        "max_length": 300,
    },
    "email_text_input": {"initial_value": "jo@example.com"},
    "url_text_input": {"placeholder": plain("https://example.com")},
    "number_input": {"is_decimal_allowed": False, "min_value": "1", "max_value": "9"},
    "rich_text_input": {},
    "file_input": {"filetypes": ["csv", "xlsx"], "max_files": 3},
}
"""An element of each type that the stand-in takes."""


def element(kind: str, **more: Any) -> Json:
    """The gallery's element of that type, with an action_id of its own."""
    name: Json = {} if kind == "image" else {"action_id": f"a-{kind}"}
    return {"type": kind, **name, **ELEMENTS[kind], **more}


def asked(kind: str, **more: Any) -> Json:
    """An input block that asks for such an element."""
    block: Json = {"type": "input", "block_id": f"in-{kind}", "label": plain(f"The {kind}")}
    return block | {"element": element(kind)} | more


def styled(text: str, **style: bool) -> Json:
    """A text within rich text."""
    return {"type": "text", "text": text, "style": style}


def rich(kind: str, *elements: Json, **more: Any) -> Json:
    """A part of rich text."""
    return {"type": f"rich_text_{kind}", "elements": list(elements), **more}


_CATEGORIES = ["Mon", "Tue", "Wed"]


def _series(name: str, *values: float) -> Json:
    data = [{"label": label, "value": v} for label, v in zip(_CATEGORIES, values, strict=True)]
    return {"name": name, "data": data}


def chart(kind: str) -> Json:
    """A chart with two axes."""
    series = [
        _series("Answered", 12, 40, 31),
        _series("Busy", 3, -4, 8),
        _series("Failed", 0.5, 2, 1),
    ]
    return {
        "type": kind,
        "series": series,
        "axis_config": {"categories": _CATEGORIES, "x_label": "Day", "y_label": "Calls"},
    }


PIE: Json = {
    "type": "pie",
    "segments": [{"label": f"State {n}", "value": n * 7} for n in range(1, 7)],
}

RICH: list[Json] = [
    rich(
        "section",
        styled("Bold", bold=True),
        styled(" and struck italic code", italic=True, strike=True, code=True),
        {"type": "link", "url": "https://example.com", "text": " a link "},
        {"type": "user", "user_id": "U0CARL0001"},
        {"type": "channel", "channel_id": "C0SALES001"},
        {"type": "usergroup", "usergroup_id": "S0GROUP001"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "wave"},
        {"type": "emoji", "name": "parrot", "unicode": "1f99c"},
        {"type": "color", "value": "#ff0000"},
        {"type": "date", "timestamp": EPOCH, "format": "{date_pretty} at {time}"},
    ),
    rich("list", rich("section", styled("one")), rich("section", styled("two")), style="bullet"),
    rich("list", rich("section", styled("inner")), style="ordered", indent=1, offset=2),
    rich("quote", styled("A quote")),
    rich("preformatted", styled("x = 1\ny = 2")),
]

_ROWS: list[list[Json]] = [
    [{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Calls"}],
]
_ROWS += [
    [{"type": "raw_text", "text": f"Row {n}"}, {"type": "raw_number", "value": n * 1000.5}]
    for n in range(1, 8)
]

BLOCKS: dict[str, Json] = {
    "section": {
        "text": mrkdwn("*Ann* is called by <@U0CARL0001> in <#C0SALES001>, `now`\n> quoted"),
        "fields": [mrkdwn("*State*\nRinging"), plain("Cost: none")],
        "accessory": element("overflow"),
    },
    "divider": {},
    "header": {"text": plain("A call :wave:"), "level": 2},
    "image": {"image_url": HERE, "alt_text": "A logo", "title": plain("The logo")},
    "markdown": {
        "text": "# Title\n\nSome **bold** [link](https://example.com)\n\n"
        "- [x] done\n- [ ] open\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```\ncode\n```\n"
    },
    "context": {
        "elements": [
            element("image"),
            mrkdwn(f"By <@U0ANN00001>, <!date^{EPOCH}^{{time}}|then>"),
        ]
    },
    "actions": {
        "elements": [
            element("button"),
            {"type": "button", "action_id": "go", "text": plain("Start"), "style": "primary"},
            {
                "type": "button",
                "action_id": "open",
                "text": plain("Open"),
                "url": "https://example.com",
            },
            element("overflow"),
            element("static_select"),
            element("datepicker"),
            element("checkboxes"),
        ]
    },
    "context_actions": {"elements": [element("feedback_buttons"), element("icon_button")]},
    "input": asked("plain_text_input", hint=plain("Say it shortly."), optional=True),
    "rich_text": {"elements": RICH},
    "file": {"external_id": "x", "source": "remote"},
    "video": {
        "alt_text": "A video",
        "title": plain("A video"),
        "thumbnail_url": "https://example.com/t.png",
        "video_url": "https://example.com/v",
    },
    "alert": {"text": mrkdwn("This number is *opted out*."), "level": "warning"},
    "table": {
        "rows": [*_ROWS, [{"type": "rich_text", "elements": RICH[:1]}, _ROWS[1][1]]],
        "column_settings": [{"is_wrapped": True}, {"align": "center"}],
    },
    "data_table": {"caption": "Calls by name", "rows": _ROWS, "page_size": 3},
    "data_visualization": {"title": "States", "chart": PIE},
}
"""A block of each type that the stand-in takes."""


def block(kind: str, **more: Any) -> Json:
    """The gallery's block of that type."""
    return {"type": kind, "block_id": f"b-{kind}", **BLOCKS[kind], **more}


@dataclass
class Tag:
    """An element of HTML as it was read."""

    name: str
    attributes: dict[str, str | None]
    inner: list["Tag | str"] = field(default_factory=list)

    def text(self) -> str:
        """The text within; a `<br>` is the line end that it shows."""
        if self.name == "br":
            return "\n"
        return "".join(one if isinstance(one, str) else one.text() for one in self.inner)

    def every(self, name: str = "", **attributes: str) -> Iterator["Tag"]:
        """The elements within of that name and with these attributes (`data_type` for `data-…`)."""
        wanted = {key.strip("_").replace("_", "-"): v for key, v in attributes.items()}
        for one in self.inner:
            if isinstance(one, Tag):
                if name in ("", one.name) and wanted.items() <= one.attributes.items():
                    yield one
                yield from one.every(name, **attributes)

    def only(self, name: str = "", **attributes: str) -> "Tag":
        """The one such element; AssertionError for none or several."""
        found = list(self.every(name, **attributes))
        assert len(found) == 1, (name, attributes, found)
        return found[0]


_EMPTY = {"br", "hr", "img", "input"}


class _Reading(HTMLParser):
    """Builds the tree, and refuses what a browser would have to guess about."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Tag("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {attrs}"
        made = Tag(tag, dict(attrs))
        self.open[-1].inner.append(made)
        if tag not in _EMPTY:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without anything in it."""
        self.open[-1].inner.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element ends; it has to be the one that is open."""
        assert self.open.pop().name == tag, tag

    def handle_data(self, data: str) -> None:
        """Text."""
        if self.open[-1].name in ("pre", "textarea") and not self.open[-1].inner:
            data = data.removeprefix("\n")
        self.open[-1].inner.append(data)

    def handle_comment(self, data: str) -> None:
        """Nothing that is drawn has comments."""
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        """Nor declarations."""
        raise AssertionError(decl)


def read(drawn: str) -> Tag:
    """What was drawn, as a tree; AssertionError where it isn't well formed."""
    reading = _Reading()
    reading.feed(drawn)
    reading.close()
    assert len(reading.open) == 1, reading.open[-1].name
    return reading.open[0]
