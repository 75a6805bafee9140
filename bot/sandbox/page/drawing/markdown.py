"""Standard Markdown, as the `markdown` block takes it: no HTML, no pictures, few kinds of links."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from bot.sandbox.page.drawing.emoji import with_emoji
from bot.sandbox.page.drawing.headings import depths
from bot.sandbox.page.drawing.text import draw_link, may_open

_TASK = re.compile(r"\[([ xX])\] ")


def draw_markdown(text: str) -> Markup:
    """Markdown as HTML; a picture becomes a link, as in Slack, and HTML stays the text it is."""
    # The parser escapes every text (`html` is off), and only our own rules write tags.
    return Markup(_parser().render(text))  # noqa: S704


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    # A bound method of the parser's, which it lets its users replace.
    parser.validateLink = may_open  # type: ignore[method-assign]
    parser.core.ruler.push("slack", _as_slack)
    parser.add_render_rule("image", _picture)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _as_slack(state: Any) -> None:
    """Headings below the page's, links that open beside it, emoji, and boxes for tasks."""
    headings = [token for token in state.tokens if token.type == "heading_open"]
    deep = iter(depths(int(token.tag[1:]) for token in headings))
    tag = ""
    for n, token in enumerate(state.tokens):
        if token.type == "heading_open":
            tag = f"h{next(deep)}"
        if token.type in ("heading_open", "heading_close"):
            token.tag = tag
        if token.type == "inline":
            in_item = n > 1 and state.tokens[n - 2].type == "list_item_open"
            _inline(token.children or [], in_item=in_item)
        if token.type in ("th_open", "td_open") and token.attrs:
            token.attrs = {"class": f"align-{str(token.attrs['style']).rpartition(':')[2]}"}


def _inline(tokens: list[Token], *, in_item: bool) -> None:
    for n, token in enumerate(tokens):
        if token.type == "link_open":
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
        if token.type == "text":
            token.content = with_emoji(token.content)
            if in_item and n == 0:
                token.content = _TASK.sub(_box, token.content, count=1)


def _box(found: re.Match[str]) -> str:
    return "☐ " if found[1] == " " else "☑ "


def _picture(self: RendererHTML, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
    """A link with the picture's words: nothing is loaded from elsewhere."""
    token = tokens[idx]
    words = self.renderInlineAsText(token.children or [], options, env)
    url = str(token.attrGet("src") or "")
    return draw_link(url, words or url)


def _table_open(*_: Any) -> str:
    return '<div class="table-box" role="group" aria-label="Table" tabindex="0"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>"
