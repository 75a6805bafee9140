"""Slack's own markup, mrkdwn, as HTML for one reader."""

import re
from collections.abc import Callable, Mapping
from itertools import groupby

from markupsafe import Markup, escape

from bot.sandbox.page.drawing import emoji
from bot.sandbox.page.drawing.dates import draw_date
from bot.sandbox.page.drawing.reader import Reader
from bot.sandbox.page.drawing.text import draw_link, draw_plain, fit, may_open, unescaped

_FENCE = re.compile("```(.+?)```", re.DOTALL)
_REST_QUOTED = re.compile(r"^(?:>>>|&gt;&gt;&gt;) ?", re.MULTILINE)
_QUOTED = re.compile("(?:>|&gt;) ?")
_LINE_END = re.compile("\r\n?|\u2028|\u2029")

_ANGLE = r"<(?P<angle>[^<>\n]+)>"
_CODE = r"`(?P<code>[^`\n]+)`"


def _style(name: str, sign: str) -> str:
    """A span between two signs, each at a word's edge, that steps over links and code as wholes.

    The alternatives within exclude each other, so that no text makes the search go back and forth.
    """
    within = rf"<[^<>\n]+>|`[^`\n]+`|<(?![^<>\n]+>)|`(?![^`\n]+`)|[^{sign}\n<`]"
    return rf"(?<![^\W_])[{sign}](?=[^\s{sign}])(?P<{name}>(?:{within})+?)(?<!\s)[{sign}](?![^\W_])"


_INLINE = re.compile(
    "|".join(
        [
            _CODE,
            _ANGLE,
            _style("bold", "*"),
            _style("italic", "_"),
            _style("strike", "~"),
            f"(?P<emoji>{emoji.PATTERN})",
            r"(?P<line>\n)",
        ]
    )
)
_IN_CODE = re.compile(_ANGLE)


def draw_mrkdwn(text: str, reader: Reader) -> Markup:
    """Slack's markup as HTML: text, `<br>`, `<blockquote>` and `<pre>`, and what stands in a line.

    Whatever isn't markup, or isn't allowed (a `javascript:` link), stays the text that it is.
    """
    parts = _FENCE.split(_LINE_END.sub("\n", text))
    drawn = []
    for n, part in enumerate(parts):
        if n % 2:
            drawn.append(_preformatted(part, reader))
        else:
            drawn.append(_prose(_beside_fences(part, n, len(parts)), reader))
    return fit(Markup().join(drawn))


def _beside_fences(part: str, n: int, parts: int) -> str:
    """The text without the line ends next to a fence, which starts a line and ends one anyway."""
    if n > 0:
        part = part.removeprefix("\n")
    return part.removesuffix("\n") if n < parts - 1 else part


def _preformatted(text: str, reader: Reader) -> Markup:
    # The parser drops a line end right after the tag, so that one of the text's own is kept.
    code = text.removeprefix("\n").removesuffix("\n")
    return Markup("<pre>\n{}</pre>").format(_walk(_IN_CODE, code, reader))


def _prose(text: str, reader: Reader) -> Markup:
    """Lines and quotes; after `>>>` everything is a quote."""
    start = _REST_QUOTED.search(text)
    rest = "" if start is None else text[start.end() :]
    lines = (text if start is None else text[: start.start()].removesuffix("\n")).split("\n")
    drawn = []
    if start is None or start.start() > 0:
        for quoted, group in groupby(lines, lambda line: _QUOTED.match(line) is not None):
            drawn.append(_lines(quoted, list(group), reader))
    if start is not None:
        drawn.append(_quote(rest, reader))
    return Markup().join(drawn)


def _lines(quoted: bool, lines: list[str], reader: Reader) -> Markup:  # noqa: FBT001 - groupby's
    if quoted:
        return _quote("\n".join(_QUOTED.sub("", line, count=1) for line in lines), reader)
    return _inline("\n".join(lines), reader)


def _quote(text: str, reader: Reader) -> Markup:
    return Markup("<blockquote>{}</blockquote>").format(_inline(text, reader))


def _inline(text: str, reader: Reader) -> Markup:
    return _walk(_INLINE, text, reader)


def _walk(pattern: re.Pattern[str], text: str, reader: Reader) -> Markup:
    """Draws what the pattern finds by its group's name, and the text between as it is."""
    drawn: list[Markup] = []
    done = 0
    for found in pattern.finditer(text):
        drawn.append(escape(unescaped(text[done : found.start()])))
        name = found.lastgroup or ""
        drawn.append(_DRAWN[name](found[name], reader))
        done = found.end()
    drawn.append(escape(unescaped(text[done:])))
    return Markup().join(drawn)


def _tagged(tag: str) -> Callable[[str, Reader], Markup]:
    frame = Markup("<{0}>{{}}</{0}>").format(tag)

    def draw(text: str, reader: Reader) -> Markup:
        return frame.format(_inline(text, reader))

    return draw


def _code(text: str, reader: Reader) -> Markup:
    return Markup("<code>{}</code>").format(_walk(_IN_CODE, text, reader))


def _angle(inner: str, reader: Reader) -> Markup:
    """What stands between `<` and `>`: a mention, a date, a link, or only text."""
    target, _, label = inner.partition("|")
    for sign, draw in _ANGLES.items():
        if target.startswith(sign):
            drawn = draw(target.removeprefix(sign), unescaped(label), reader)
            return escape(f"<{unescaped(inner)}>") if drawn is None else drawn
    return _link(unescaped(target), unescaped(label)) or escape(f"<{unescaped(inner)}>")


def _link(url: str, label: str) -> Markup | None:
    if not may_open(url):
        return None
    scheme, _, rest = url.partition(":")
    shown = url if scheme.lower().startswith("http") else rest
    return draw_link(url, draw_plain(label or shown))


def draw_mention(text: str, *, mine: bool = False) -> Markup:
    """A name that stands for somebody or for a place; `mine` where it is the reader's."""
    kind = "mention mention-mine" if mine else "mention"
    return Markup('<span class="{}">{}</span>').format(kind, text)


def draw_person(user_id: str, label: str, reader: Reader) -> Markup:
    """A person's name as this reader knows it, else the label, else the id."""
    name = reader.people.get(user_id) or label.removeprefix("@") or user_id
    return draw_mention(f"@{name}", mine=user_id == reader.user_id)


def draw_channel(channel_id: str, label: str, reader: Reader) -> Markup:
    """A channel's name as this reader knows it, else the label, else the id."""
    name = reader.channels.get(channel_id) or label.removeprefix("#") or channel_id
    return draw_mention(f"#{name}")


def _subteam(group_id: str, label: str, reader: Reader) -> Markup:
    del reader
    return draw_mention(f"@{label.removeprefix('@') or group_id}")


def _date(inner: str, fallback: str, reader: Reader) -> Markup | None:
    epoch, _, rest = inner.partition("^")
    template, _, url = rest.partition("^")
    if not template:
        return None
    return draw_date(
        epoch,
        unescaped(template),
        reader,
        fallback=fallback or f"<!date^{unescaped(inner)}>",
        url=unescaped(url),
    )


def _special(word: str, label: str, reader: Reader) -> Markup | None:
    del reader
    if word in ("channel", "here", "everyone"):
        return draw_mention(f"@{word}", mine=True)
    return draw_plain(label) if label else None


_ANGLES: Mapping[str, Callable[[str, str, Reader], Markup | None]] = {
    "@": draw_person,
    "#": draw_channel,
    "!subteam^": _subteam,
    "!date^": _date,
    "!": _special,
}
_DRAWN: Mapping[str, Callable[[str, Reader], Markup]] = {
    "angle": _angle,
    "bold": _tagged("b"),
    "italic": _tagged("i"),
    "strike": _tagged("s"),
    "code": _code,
    "emoji": lambda found, _: escape(emoji.emoji_of(found)),
    "line": lambda *_: Markup("<br>"),
}
